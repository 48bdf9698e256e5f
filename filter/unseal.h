/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unseal - the payload of a PGP/MIME message, by the user's own gpg
 */
#ifndef MAILSEAL_FILTER_UNSEAL_H
#define MAILSEAL_FILTER_UNSEAL_H

#include "base/err.h"
#include "base/spool.h"
#include "filter/config.h"
#include "mime/message.h"

/* 1: payload, a new spool, has it whole. 0: the message is not PGP/MIME. -1 with *err, as engine_open. */
int unseal(const struct config *config, const struct message *message,
           struct spool *payload, struct err *err);

#endif
