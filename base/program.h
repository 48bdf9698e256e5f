/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * program - where the program's own files are
 *
 * Beside the program when it runs from its build folder, else where `make
 * install` puts them; never where the caller says.
 */
#ifndef MAILSEAL_BASE_PROGRAM_H
#define MAILSEAL_BASE_PROGRAM_H

/* The read-only GnuPG home that gpg is given: `gnupg`, beside or in
 * $pkgdatadir. The caller frees. */
char *program_gnupg_home(void);

/* A shared object that is loaded on use, beside or in $pkglibdir: an absolute
 * path, whether it is there or not. The caller frees. */
char *program_module(const char *name);

/* A program of our own that no person runs, beside or in $pkglibexecdir: as program_module. */
char *program_helper(const char *name);

#endif
