/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * armour-header - may this armour header stand outside the ciphertext?
 *
 * `Version: GnuPG v2` tells nothing; `Comment: meet me at noon` does.  A
 * header is accepted when it is a known key whose value consists of words
 * that OpenPGP programs are known to write there.
 */
#ifndef MAILSEAL_MIME_ARMOUR_HEADER_H
#define MAILSEAL_MIME_ARMOUR_HEADER_H

#include <stdbool.h>

#define ARMOUR_HEADERS_MAX 8     /* in one armour */
#define ARMOUR_HEADER_MAX 100    /* bytes of a line */

/* line: without its line end and trailing blanks. */
bool armour_header_is_harmless(const char *line);

#endif
