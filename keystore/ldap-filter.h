/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ldap-filter - an administrator's search filter with an address in it (RFC 4515), as for ldap_table(5)
 *
 * `%s` is the whole address, `%u` and `%d` its two sides (`%S`, `%U`, `%D` too), `%%` a percent
 * sign.  What comes from an address is escaped, so that it is a value and no filter.
 */
#ifndef MAILSEAL_KEYSTORE_LDAP_FILTER_H
#define MAILSEAL_KEYSTORE_LDAP_FILTER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* -1 with *err (ERR_CONFIG): parentheses that don't match, a % that is nothing, no address in it. */
int ldap_filter_check(const char *filter, struct err *err);

/*
 * Appends the filter for an address in normal form, or for everybody (NULL): `*` in each place.
 * false: it wants a part that the address does not have, so nobody fits.
 */
bool ldap_filter_fill(const char *filter, const char *address, struct buf *out);

#endif
