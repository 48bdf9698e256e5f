/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-letter - what the owner of a certificate is told when it ends */
#ifndef MAILSEAL_FILTER_KEY_LETTER_H
#define MAILSEAL_FILTER_KEY_LETTER_H

#include "filter/key.h"

/* The fingerprint of the certificate that ends then: of several, the last that can be used. */
const char *key_letter_about(const struct entry *entry, int64_t end);

/* contact: to whom the owner sends a newer copy; NULL: his postmaster. */
void key_letter(const struct key_run *run, const struct entry *entry, int64_t end,
                const char *contact, struct buf *subject, struct buf *body);

#endif
