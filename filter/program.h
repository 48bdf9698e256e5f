/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * program - where the program's own files are
 */
#ifndef MAILSEAL_FILTER_PROGRAM_H
#define MAILSEAL_FILTER_PROGRAM_H

/*
 * The read-only GnuPG home that gpg is given: `gnupg` beside a program that
 * runs from its build folder, else $pkgdatadir/gnupg. The caller frees.
 */
char *program_gnupg_home(void);

#endif
