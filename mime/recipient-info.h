/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recipient-info - the RecipientInfos of a CMS message (RFC 5652 section 6.2)
 *
 * Key transport, key agreement, key encryption key and password.  Every
 * octet must belong to a field that such a message needs and that has a
 * plausible size; what was encrypted is given to a noise test.  The names of
 * certificate issuers are readable by nature; their size is bounded.
 */
#ifndef MAILSEAL_MIME_RECIPIENT_INFO_H
#define MAILSEAL_MIME_RECIPIENT_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/der.h"
#include "mime/noise.h"

#define RECIPIENT_INFO_MAX 8192      /* bytes of one */
#define RECIPIENT_NAME_MAX 512       /* of an issuer's name */
#define RECIPIENT_NAME_VALUE_MAX 128 /* of each of its attributes */

/* tag: of the RecipientInfo; value: its contents. */
bool recipient_info_is_plain(unsigned tag, struct der value, struct noise *noise);

/* AlgorithmIdentifier (RFC 5280 section 4.1.1.2); value: its contents. */
bool recipient_algorithm_is_plain(struct der value);

#endif
