/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-notify - the owner is told of each change of his certificates (notify-owners = yes)
 *
 * Whoever can change a certificate reads all later mail, and mail about it would be sealed to the new
 * one: so it is sealed to the certificates that held before, which deliveries pass as ciphertext.
 * Who had none that could be used is told in plain text.
 */
#ifndef MAILSEAL_FILTER_KEY_NOTIFY_H
#define MAILSEAL_FILTER_KEY_NOTIFY_H

#include "filter/key.h"

/* before, after: NULL where there is none. What can't be sent is told on stderr; the change stands. */
void key_notify(const struct key_run *run, const char *address,
                const struct entry *before, const struct entry *after);

#endif
