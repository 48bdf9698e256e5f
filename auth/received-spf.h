/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * received-spf - the Received-SPF field (RFC 7208 section 9.1), read
 */
#ifndef MAILSEAL_AUTH_RECEIVED_SPF_H
#define MAILSEAL_AUTH_RECEIVED_SPF_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/token.h"
#include "base/buf.h"

struct received_spf {
	char result[16];         /* pass, softfail ... as written */
	struct token_text front; /* all before the first key: comments that may name the receiver */
	struct buf receiver, identity, envelope_from, helo, client_ip; /* empty: absent */
};

/* False: not of that grammar, or a key twice. The caller frees either way. */
bool received_spf_parse(const char *value, size_t len, struct received_spf *out);
void received_spf_free(struct received_spf *spf);

/* The result in lower case; NULL: not one of RFC 7208's seven. */
const char *received_spf_result(const struct received_spf *spf);

#endif
