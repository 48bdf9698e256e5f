/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pgsql-host - a server's addresses, under a deadline
 *
 * libpq asks getaddrinfo, which waits for as long as a name server pleases.  So a child asks, and
 * libpq is given addresses (its option hostaddr).
 */
#ifndef MAILSEAL_KEYSTORE_PGSQL_HOST_H
#define MAILSEAL_KEYSTORE_PGSQL_HOST_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#define PGSQL_ADDRESSES_MAX 8 /* of one name */

/* What libpq takes for a socket's folder or an address: nothing is to be asked. */
bool pgsql_host_is_address(const char *host);

/* Appends the addresses of a name, separated by commas; *count of them. -1 with *err. */
int pgsql_host_resolve(const char *host, struct buf *addresses, size_t *count,
                       struct deadline deadline, struct err *err);

#endif
