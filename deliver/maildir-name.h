/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * maildir-name - how a Maildir file is named
 *
 * TIME.M<usec>P<pid>R<random>.HOST,S=<size>, for example
 *   1700000000.M123456P4321R0123456789abcdef.mx.example.org,S=2048
 *
 * TIME    seconds since 1970: mail readers sort by it, cleaners of tmp/ too
 * M       microseconds of that second
 * P       our process ID: no other process of this host has it now
 * R       64 random bits in hexadecimal: when clocks stand still, process
 *         IDs repeat (containers) or hosts share a name, this one differs
 * HOST    the host's name; what could end or split a name (`/`, `:`, `,` and
 *         all but letters, digits, `-`, `_`, `.`) as \ooo, its octal number,
 *         as in `\057` and `\072`
 * S       the file's size in bytes, so that Dovecot need not ask for it;
 *         only in new/, since in tmp/ it is not known yet
 *
 * Flags (`:2,S`) come when a mail reader moves the file from new/ to cur/.
 */
#ifndef MAILSEAL_DELIVER_MAILDIR_NAME_H
#define MAILSEAL_DELIVER_MAILDIR_NAME_H

#include <stdint.h>

/* Bytes with the NUL: below NAME_MAX, with room for flags. */
#define MAILDIR_NAME_MAX 224
#define MAILDIR_HOST_MAX 129 /* bytes with the NUL; a longer one is cut */

/* A new unique name without S, for tmp/. */
void maildir_name_tmp(char out[static MAILDIR_NAME_MAX]);
/* Another unique name, with S, for new/. */
void maildir_name_new(char out[static MAILDIR_NAME_MAX], uint64_t size);
/* The host's name as it stands in a file name. */
void maildir_name_host(char out[static MAILDIR_HOST_MAX], const char *host);

#endif
