/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keyblock - what somebody wants to import, seen before gpg sees it */
#include <config.h>

#include <nettle/base64.h>
#include <stdint.h>
#include <string.h>

#include "base/crc24.h"
#include "keystore/keyblock.h"

/* RFC 9580 section 5: packet types. */
enum {
	PKESK = 1,
	SIGNATURE = 2,
	SKESK = 3,
	ONE_PASS_SIGNATURE = 4,
	SECRET_KEY = 5,
	PUBLIC_KEY = 6,
	SECRET_SUBKEY = 7,
	COMPRESSED = 8,
	ENCRYPTED = 9,
	MARKER = 10,
	LITERAL = 11,
	TRUST = 12,
	USER_ID = 13,
	PUBLIC_SUBKEY = 14,
	USER_ATTRIBUTE = 17,
	SEIPD = 18,
	AEAD = 20,
	PADDING = 21,
};

static const char export_it[] =
	"export the certificate with `gpg --armor --export ADDRESS`";

/* What is still to be read. */
struct rest {
	const unsigned char *data;
	size_t size;
};

static void advance(struct rest *r, size_t n)
{
	r->data += n;
	r->size -= n;
}

/* ---- packets ---- */

/* A big-endian number of n octets. */
static bool take_number(struct rest *r, size_t n, size_t *value)
{
	if (r->size < n)
		return false;
	*value = 0;
	for (size_t i = 0; i < n; i++)
		*value = *value << 8 | r->data[i];
	advance(r, n);
	return true;
}

/* Section 4.2.1; a partial length has no place in a certificate. */
static bool take_new_length(struct rest *r, size_t *length)
{
	size_t first, second;

	if (!take_number(r, 1, &first))
		return false;
	if (first == 255)
		return take_number(r, 4, length);
	*length = first;
	if (first < 192)
		return true;
	if (first >= 224 || !take_number(r, 1, &second))
		return false;
	*length = ((first - 192) << 8) + second + 192;
	return true;
}

/* Section 4.2: type and length of the body, which is behind r afterwards;
 * false: no packet, or it goes beyond the end. */
static bool take_packet(struct rest *r, unsigned *type, size_t *length)
{
	size_t head;
	bool good;

	if (!take_number(r, 1, &head) || !(head & 0x80))
		return false;
	if (head & 0x40) {
		*type = head & 0x3f;
		good = take_new_length(r, length);
	} else {
		*type = head >> 2 & 0xf;
		good = (head & 3) != 3 &&
		       take_number(r, (size_t)1 << (head & 3), length);
	}
	if (!good || *length > r->size)
		return false;
	advance(r, *length);
	return true;
}

static bool may_follow(unsigned type)
{
	switch (type) {
	case SIGNATURE:
	case MARKER:
	case TRUST:
	case USER_ID:
	case PUBLIC_SUBKEY:
	case USER_ATTRIBUTE:
	case PADDING:
		return true;
	default:
		return type >= 60; /* private or experimental */
	}
}

/* What a file is whose first packet is no key. */
static const char *name_of(unsigned type)
{
	switch (type) {
	case PKESK:
	case SKESK:
	case ENCRYPTED:
	case SEIPD:
	case AEAD:
		return "an encrypted message, not a certificate";
	case SIGNATURE:
		return "a detached signature, not a certificate";
	case ONE_PASS_SIGNATURE:
	case COMPRESSED:
	case LITERAL:
		return "an OpenPGP message, not a certificate";
	default:
		return "no OpenPGP certificate";
	}
}

static int refuse(struct err *err, const char *what)
{
	return err_set(err, ERR_DATA, export_it, "%s", what);
}

static bool is_key(unsigned type)
{
	return type == PUBLIC_KEY || type == SECRET_KEY;
}

/* RSA, ElGamal, DSA, ECDH, ECDSA, EdDSA (RFC 4880 section 9.1, RFC 6637, RFC 9580 section 9.1). */
static bool is_classic(unsigned algorithm)
{
	return (algorithm >= 1 && algorithm <= 3) ||
	       (algorithm >= 16 && algorithm <= 22);
}

/* Section 5.5.2: version, four octets of time, algorithm. */
static void note_primary(struct keyblock *k, const unsigned char *body, size_t size)
{
	k->certs++;
	if (size >= 1 && body[0] != 4)
		k->odd_version = body[0];
	else if (size >= 6 && !is_classic(body[5]))
		k->odd_algorithm = body[5];
}

/* Counts the certificates and looks for private keys. */
static int walk(struct rest r, struct keyblock *k, struct err *err)
{
	bool first = true;

	while (r.size > 0) {
		unsigned type = 0;
		size_t body;

		if (!take_packet(&r, &type, &body))
			return refuse(err, "the certificate is damaged or cut "
			              "off");
		if (first && type == MARKER)
			continue;
		if (first && !is_key(type))
			return refuse(err, name_of(type));
		first = false;
		if (type == SECRET_KEY || type == SECRET_SUBKEY)
			k->secret = true;
		else if (type == PUBLIC_KEY)
			note_primary(k, r.data - body, body);
		else if (!may_follow(type))
			return err_set(err, ERR_DATA, export_it,
			               "a packet of type %u does not belong "
			               "into a certificate", type);
	}
	return first ? refuse(err, name_of(0)) : 0;
}

int keyblock_user_ids(const void *packets, size_t size,
                      int (*each)(void *ctx, const char *user_id, size_t len),
                      void *ctx)
{
	struct rest r = { packets, size };
	unsigned type = 0;
	size_t body = 0;
	int rc = 0;

	while (!rc && take_packet(&r, &type, &body))
		if (type == USER_ID)
			rc = each(ctx, (const char *)r.data - body, body);
	return rc;
}

/* ---- armour ---- */

static const char private_block[] = "-----BEGIN PGP PRIVATE KEY BLOCK";

/* The next line without its end and trailing blanks; false at the end. */
static bool take_line(struct rest *r, struct rest *line)
{
	const unsigned char *end;
	size_t len;

	if (r->size == 0)
		return false;
	end = memchr(r->data, '\n', r->size);
	len = end ? (size_t)(end - r->data) + 1 : r->size;
	*line = (struct rest){ r->data, len };
	advance(r, len);
	while (line->size > 0 && strchr(" \t\r\n", line->data[line->size - 1]) &&
	       line->data[line->size - 1] != '\0')
		line->size--;
	return true;
}

static bool begins(struct rest line, const char *text)
{
	size_t len = strlen(text);

	return line.size >= len && memcmp(line.data, text, len) == 0;
}

/* Decodes a line of base64 behind out. */
static bool decode_line(struct base64_decode_ctx *base64, struct rest line,
                        struct buf *out)
{
	uint8_t bytes[256];

	while (line.size > 0) {
		size_t n = line.size < 256 ? line.size : 256;
		size_t got = sizeof bytes;

		if (!base64_decode_update(base64, &got, bytes, n,
		                          (const char *)line.data))
			return false;
		buf_add(out, bytes, got);
		advance(&line, n);
	}
	explicit_bzero(bytes, sizeof bytes);
	return true;
}

/* `=` and 4 characters (section 6.1); not every program writes it. */
static bool checksum_holds(struct rest line, const struct buf *out, size_t start)
{
	struct buf sum = BUF_INIT;
	struct base64_decode_ctx base64;
	struct crc24 crc;
	bool good;

	crc24_start(&crc);
	crc24_add(&crc, out->data + start, out->len - start);
	advance(&line, 1);
	base64_decode_init(&base64);
	good = line.size == 4 && decode_line(&base64, line, &sum) &&
	       sum.len == 3 &&
	       memcmp(sum.data, (const uint8_t[]){ crc.value >> 16 & 0xff,
	                                           crc.value >> 8 & 0xff,
	                                           crc.value & 0xff }, 3) == 0;
	buf_free(&sum);
	return good;
}

static bool is_armour_header(struct rest line)
{
	return line.size > 0 && memchr(line.data, ':', line.size);
}

/* From behind the BEGIN line to behind the END line. */
static int take_block(struct rest *r, struct buf *out, struct err *err)
{
	struct base64_decode_ctx base64;
	size_t start = out->len;
	struct rest line;
	bool more, summed = false, good = true;

	base64_decode_init(&base64);
	while ((more = take_line(r, &line)) && is_armour_header(line))
		;
	for (; more && !begins(line, "-----"); more = take_line(r, &line)) {
		if (summed)
			good = line.size == 0; /* the checksum is the last */
		else if (begins(line, "=") && base64_decode_final(&base64))
			good = summed = out->len > start &&
			                checksum_holds(line, out, start);
		else
			good = decode_line(&base64, line, out);
		if (!good)
			return refuse(err, "the armour is damaged");
	}
	if (!more || !begins(line, "-----END PGP PUBLIC KEY BLOCK-----"))
		return refuse(err, "the armour is cut off: no END line");
	if (!base64_decode_final(&base64))
		return refuse(err, "the armour is damaged");
	return 0;
}

/*
 * The type of the key packet at the front; 0: there is none.  Packets begin
 * with an octet that a UTF-8 text may begin with as well; the version of the
 * key tells them apart.
 */
static unsigned key_type(struct rest r)
{
	unsigned type = 0;
	size_t body = 0;

	if (!take_packet(&r, &type, &body) || !is_key(type) || body == 0 ||
	    r.data[-(ptrdiff_t)body] > 6)
		return 0;
	return type;
}

/*
 * Every key block of a text; what stands between them is skipped.  other:
 * what it is if there is none.  A private key without armour is looked for
 * behind a key block, where people append it; before one, any binary file
 * might seem to have one.
 */
static int read_text(struct rest r, const char *other, struct keyblock *k,
                     struct err *err)
{
	struct rest line;
	bool any = false;

	if (begins(r, "\xef\xbb\xbf")) /* a byte order mark */
		advance(&r, 3);
	while (take_line(&r, &line)) {
		const size_t left = (size_t)(r.data + r.size - line.data);

		if (begins(line, private_block) ||
		    (any && key_type((struct rest){ line.data, left }) ==
		            SECRET_KEY)) {
			k->secret = true;
			return 0;
		}
		if (begins(line, "-----BEGIN PGP MESSAGE"))
			other = name_of(PKESK);
		else if (begins(line, "-----BEGIN PGP SIGNATURE"))
			other = name_of(SIGNATURE);
		if (!begins(line, "-----BEGIN PGP PUBLIC KEY BLOCK-----"))
			continue;
		if (take_block(&r, &k->packets, err) < 0)
			return -1;
		any = true;
	}
	if (!any)
		return refuse(err, other);
	return walk((struct rest){ (const unsigned char *)k->packets.data,
	                           k->packets.len }, k, err);
}

/*
 * The type of a packet whose length is not told at its front, as in messages;
 * no UTF-8 text begins like that.  0: it is none.
 */
static unsigned open_ended_type(struct rest r)
{
	if (r.size < 2 || !(r.data[0] & 0x80))
		return 0;
	if (!(r.data[0] & 0x40))
		return (r.data[0] & 3) == 3 ? r.data[0] >> 2 & 0xf : 0;
	return r.data[1] >= 224 && r.data[1] < 255 ? r.data[0] & 0x3f : 0;
}

static int read_any(struct rest whole, struct keyblock *k, struct err *err)
{
	struct rest r = whole;
	size_t body = 0;
	unsigned type = 0;

	if (!take_packet(&r, &type, &body))
		return read_text(whole, name_of(open_ended_type(whole)), k,
		                 err);
	if (!key_type(whole))
		return read_text(whole, name_of(type), k, err);
	if (walk(whole, k, err) < 0)
		return -1;
	if (!k->secret)
		buf_add(&k->packets, whole.data, whole.size);
	return 0;
}

int keyblock_read(const void *data, size_t size, struct keyblock *out,
                  struct err *err)
{
	int rc = read_any((struct rest){ data, size }, out, err);

	/* Of what is refused, a private key is the first thing to be told. */
	if (rc < 0 && size > 0 &&
	    memmem(data, size, private_block, strlen(private_block)))
		out->secret = true;
	if (!out->secret)
		return rc;
	keyblock_clear(out);
	out->secret = true;
	return 0;
}

bool keyblock_next(const struct keyblock *k, size_t *at, struct buf *cert)
{
	struct rest r = { (const unsigned char *)k->packets.data + *at,
	                  k->packets.len - *at };
	unsigned type = 0;
	size_t body = 0;
	bool any = false;

	buf_cut(cert, 0);
	while (r.size > 0) {
		struct rest packet = r;

		if (!take_packet(&r, &type, &body) || (type == PUBLIC_KEY && any))
			break;
		any |= type == PUBLIC_KEY;
		if (any && type != TRUST)
			buf_add(cert, packet.data, packet.size - r.size);
		*at = k->packets.len - r.size;
	}
	return any;
}

void keyblock_clear(struct keyblock *k)
{
	if (k->packets.data)
		explicit_bzero(k->packets.data, k->packets.len);
	buf_free(&k->packets);
	*k = (struct keyblock){ .packets = BUF_INIT };
}
