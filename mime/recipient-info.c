/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recipient-info - the RecipientInfos of a CMS message (RFC 5652 section 6.2) */
#include <config.h>

#include "mime/recipient-info.h"

#define OID_MAX 32
#define SERIAL_MAX 32    /* RFC 5280 allows 20 octets; some are longer */
#define KEY_ID_MAX 32
#define UKM_MAX 64
#define ALGORITHM_MAX 256
#define PUBLIC_KEY_MAX 256 /* ephemeral, of key agreement */
#define WRAPPED_MIN 24   /* a key, wrapped or encrypted */
#define WRAPPED_MAX 2048

/* A value of that tag with at most max octets, whatever they are. */
static bool skip(struct der *d, unsigned tag, size_t max)
{
	struct der value = der_take(d, tag);

	return !value.bad && der_left(&value) <= max;
}

/* An OCTET STRING that was encrypted, or that is random. */
static bool skip_random(struct der *d, size_t min, size_t max, struct noise *noise)
{
	struct der octets = der_take(d, DER_OCTET_STRING);

	if (octets.bad || der_left(&octets) < min || der_left(&octets) > max)
		return false;
	noise_break(noise);
	noise_add(noise, octets.p, der_left(&octets));
	noise_break(noise);
	return !noise->failed;
}

bool recipient_algorithm_is_plain(struct der value)
{
	bool small = der_left(&value) <= ALGORITHM_MAX &&
	             !noise_is_text(value.p, der_left(&value));

	if (!small || !skip(&value, DER_OID, OID_MAX))
		return false;
	if (der_left(&value) > 0)
		der_take_any(&value);
	return der_is_over(&value);
}

static bool skip_algorithm(struct der *d, unsigned tag)
{
	struct der algorithm = der_take(d, tag);

	return !algorithm.bad && recipient_algorithm_is_plain(algorithm);
}

/* Name (RFC 5280 section 4.1.2.4): SEQUENCE OF SET OF { type, value } */
static bool skip_name(struct der *d)
{
	struct der name = der_take(d, DER_SEQUENCE);

	if (name.bad || der_left(&name) > RECIPIENT_NAME_MAX)
		return false;
	while (der_left(&name) > 0) {
		struct der set = der_take(&name, DER_SET);

		do {
			struct der attribute = der_take(&set, DER_SEQUENCE);
			bool typed = skip(&attribute, DER_OID, OID_MAX);
			struct der value = der_take_any(&attribute);

			if (!typed || der_left(&value) > RECIPIENT_NAME_VALUE_MAX ||
			    !der_is_over(&attribute))
				return false;
		} while (der_left(&set) > 0);
	}
	return true;
}

static bool skip_issuer_and_serial(struct der *d)
{
	struct der id = der_take(d, DER_SEQUENCE);

	return skip_name(&id) && skip(&id, DER_INTEGER, SERIAL_MAX) && der_is_over(&id);
}

/* KeyTransRecipientInfo ::= { version, rid, keyEncryptionAlgorithm, encryptedKey } */
static bool is_key_transport(struct der d, struct noise *noise)
{
	bool identified;

	if (!skip(&d, DER_INTEGER, 1))
		return false;
	if (der_peek(&d) == DER_SEQUENCE)
		identified = skip_issuer_and_serial(&d);
	else
		identified = skip(&d, DER_CONTEXT(0), KEY_ID_MAX);
	return identified && skip_algorithm(&d, DER_SEQUENCE) &&
	       skip_random(&d, 64, WRAPPED_MAX, noise) && der_is_over(&d);
}

/* OriginatorPublicKey ::= [1] { algorithm, publicKey BIT STRING } */
static bool skip_originator_key(struct der *d)
{
	struct der key = der_take(d, DER_CONTEXT_CONSTRUCTED(1));

	if (!skip_algorithm(&key, DER_SEQUENCE))
		return false;

	struct der bits = der_take(&key, DER_BIT_STRING);

	return der_is_over(&key) && der_left(&bits) <= PUBLIC_KEY_MAX &&
	       !noise_is_text(bits.p, der_left(&bits));
}

/* originator [0] EXPLICIT OriginatorIdentifierOrKey */
static bool skip_originator(struct der *d)
{
	struct der originator = der_take(d, DER_CONTEXT_CONSTRUCTED(0));
	bool plain;

	if (der_peek(&originator) == DER_SEQUENCE)
		plain = skip_issuer_and_serial(&originator);
	else if (der_peek(&originator) == DER_CONTEXT(0))
		plain = skip(&originator, DER_CONTEXT(0), KEY_ID_MAX);
	else
		plain = skip_originator_key(&originator);
	return plain && der_is_over(&originator);
}

/* RecipientEncryptedKey ::= { rid, encryptedKey } */
static bool skip_recipient_key(struct der *d, struct noise *noise)
{
	struct der key = der_take(d, DER_SEQUENCE);
	bool identified;

	if (der_peek(&key) == DER_SEQUENCE) {
		identified = skip_issuer_and_serial(&key);
	} else {
		struct der id = der_take(&key, DER_CONTEXT_CONSTRUCTED(0));

		identified = skip(&id, DER_OCTET_STRING, KEY_ID_MAX) && der_is_over(&id);
	}
	return identified && skip_random(&key, WRAPPED_MIN, WRAPPED_MAX, noise) &&
	       der_is_over(&key);
}

/* ukm [1] EXPLICIT OCTET STRING OPTIONAL */
static bool skip_ukm(struct der *d, struct noise *noise)
{
	if (der_peek(d) != DER_CONTEXT_CONSTRUCTED(1))
		return true;

	struct der ukm = der_take(d, DER_CONTEXT_CONSTRUCTED(1));

	return skip_random(&ukm, 1, UKM_MAX, noise) && der_is_over(&ukm);
}

/* KeyAgreeRecipientInfo ::= { version, originator, ukm OPTIONAL,
 * keyEncryptionAlgorithm, recipientEncryptedKeys } */
static bool is_key_agreement(struct der d, struct noise *noise)
{
	if (!skip(&d, DER_INTEGER, 1) || !skip_originator(&d) || !skip_ukm(&d, noise) ||
	    !skip_algorithm(&d, DER_SEQUENCE))
		return false;

	struct der keys = der_take(&d, DER_SEQUENCE);

	do {
		if (!skip_recipient_key(&keys, noise))
			return false;
	} while (der_left(&keys) > 0);
	return der_is_over(&d);
}

/* KEKRecipientInfo ::= { version, kekid { keyIdentifier }, keyEncryptionAlgorithm,
 * encryptedKey } */
static bool is_key_encryption_key(struct der d, struct noise *noise)
{
	if (!skip(&d, DER_INTEGER, 1))
		return false;

	struct der id = der_take(&d, DER_SEQUENCE);

	return skip(&id, DER_OCTET_STRING, KEY_ID_MAX) && der_is_over(&id) &&
	       skip_algorithm(&d, DER_SEQUENCE) &&
	       skip_random(&d, WRAPPED_MIN, WRAPPED_MAX, noise) && der_is_over(&d);
}

/* PasswordRecipientInfo ::= { version, keyDerivationAlgorithm [0] OPTIONAL,
 * keyEncryptionAlgorithm, encryptedKey } */
static bool is_password(struct der d, struct noise *noise)
{
	if (!skip(&d, DER_INTEGER, 1))
		return false;
	if (der_peek(&d) == DER_CONTEXT_CONSTRUCTED(0) &&
	    !skip_algorithm(&d, DER_CONTEXT_CONSTRUCTED(0)))
		return false;
	return skip_algorithm(&d, DER_SEQUENCE) &&
	       skip_random(&d, 16, WRAPPED_MAX, noise) && der_is_over(&d);
}

bool recipient_info_is_plain(unsigned tag, struct der value, struct noise *noise)
{
	switch (tag) {
	case DER_SEQUENCE:
		return is_key_transport(value, noise);
	case DER_CONTEXT_CONSTRUCTED(1):
		return is_key_agreement(value, noise);
	case DER_CONTEXT_CONSTRUCTED(2):
		return is_key_encryption_key(value, noise);
	case DER_CONTEXT_CONSTRUCTED(3):
		return is_password(value, noise);
	default: /* OtherRecipientInfo could be anything */
		return false;
	}
}
