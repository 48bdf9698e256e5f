/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leaf - is the body of a part what it has to be, and nothing else? */
#include <config.h>

#include <string.h>

#include "mime/ciphertext.h"
#include "mime/cursor.h"
#include "mime/leaf.h"
#include "mime/smime.h"

/* 1 when it is whole, 0 when `to` wants no more or it is badly encoded. */
static int decode(struct spool *spool, const struct part *part,
                  struct octets to, struct err *err)
{
	struct transfer transfer;
	struct cursor in;

	transfer_start(&transfer, part->encoding, to);
	cursor_start(&in, spool, part->body, part->end, err);
	while (cursor_fill(&in)) {
		if (transfer_add(&transfer, in.data, in.len))
			return 0;
		cursor_skip(&in, in.len);
	}
	if (cursor_failed(&in))
		return -1;
	return transfer_is_whole(&transfer);
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int take_white(void *ctx, const void *data, size_t len)
{
	const char *p = data;

	(void)ctx;
	for (size_t i = 0; i < len; i++)
		if (!is_white(p[i]))
			return -1;
	return 0;
}

int leaf_is_blank(struct spool *spool, const struct part *part, struct err *err)
{
	return decode(spool, part, (struct octets){ take_white, NULL }, err);
}

struct version {
	char text[LEAF_VERSION_MAX];
	size_t len;
};

static int take_version(void *ctx, const void *data, size_t len)
{
	struct version *v = ctx;

	if (len > sizeof v->text - v->len)
		return -1;
	memcpy(v->text + v->len, data, len);
	v->len += len;
	return 0;
}

int leaf_is_version(struct spool *spool, const struct part *part, struct err *err)
{
	static const char expected[] = "Version: 1";
	struct version v = { "", 0 };
	size_t from = 0;
	int rc = decode(spool, part, (struct octets){ take_version, &v }, err);

	if (rc <= 0)
		return rc;
	while (from < v.len && is_white(v.text[from]))
		from++;
	while (v.len > from && is_white(v.text[v.len - 1]))
		v.len--;
	return v.len - from == sizeof expected - 1 &&
	       memcmp(v.text + from, expected, sizeof expected - 1) == 0;
}

static int take_armour(void *ctx, const void *data, size_t len)
{
	return ciphertext_reader_add(ctx, data, len);
}

int leaf_is_armour(struct spool *spool, const struct part *part, struct err *err)
{
	struct ciphertext_reader *reader = ciphertext_reader_new(CIPHERTEXT_WHOLE);
	struct ciphertext found;
	int rc = decode(spool, part, (struct octets){ take_armour, reader }, err);

	ciphertext_reader_finish(reader, &found);
	ciphertext_reader_free(&reader);
	return rc > 0 ? found.complete : rc;
}

static int take_smime(void *ctx, const void *data, size_t len)
{
	return smime_add(ctx, data, len);
}

int leaf_is_smime(struct spool *spool, const struct part *part, struct err *err)
{
	struct smime smime;

	smime_start(&smime);

	int rc = decode(spool, part, (struct octets){ take_smime, &smime }, err);

	return rc > 0 ? smime_finish(&smime) : rc;
}
