/* SPDX-License-Identifier: GPL-3.0-or-later */
/* entry-private - what the writer and the reader of an entry's text share */
#ifndef MAILSEAL_KEYSTORE_ENTRY_PRIVATE_H
#define MAILSEAL_KEYSTORE_ENTRY_PRIVATE_H

#include "keystore/entry.h"

#define ENTRY_FIRST_WORD "mailseal-entry "
#define ENTRY_FIRST_LINE ENTRY_FIRST_WORD "1\n"

#endif
