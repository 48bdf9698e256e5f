/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shapes - messages by template, for tests of what is already encrypted */
#include <config.h>

#include <string.h>

#include "tests/unit/unit.h"

#include "tests/unit/forge.h"
#include "tests/unit/shapes.h"
#include "tests/unit/spools.h"

void shapes_make(struct shapes_material *m)
{
	struct buf octets = BUF_INIT, cms = BUF_INIT;

	memset(m, 0, sizeof *m);
	forge_packets("rsa seipd1:500", &octets);
	forge_armour("%A", &octets, &m->armour);
	forge_quoted_printable(buf_str(&m->armour), &m->quoted);
	forge_base64(m->armour.data, m->armour.len, 76, &m->coded);
	forge_smime("enveloped", &cms);
	forge_base64(cms.data, cms.len, 64, &m->smime);
	buf_cut(&cms, 0);
	forge_smime("enveloped indefinite", &cms);
	forge_base64(cms.data, cms.len, 64, &m->indefinite);
	buf_free(&octets);
	buf_free(&cms);
}

void shapes_free(struct shapes_material *m)
{
	buf_free(&m->armour);
	buf_free(&m->quoted);
	buf_free(&m->coded);
	buf_free(&m->smime);
	buf_free(&m->indefinite);
}

void shapes_expand(const char *template, const struct shapes_material *m, struct buf *out)
{
	for (; *template; template++) {
		const struct buf *piece = NULL;

		if (*template == '%') {
			template++;
			piece = *template == 'A' ? &m->armour : *template == 'Q' ? &m->quoted :
			        *template == '6' ? &m->coded : *template == 'S' ? &m->smime :
			        *template == 'I' ? &m->indefinite : NULL;
			assert_non_null(piece);
			buf_add(out, piece->data, piece->len);
		} else {
			buf_addc(out, *template);
		}
	}
}

void shapes_to_crlf(const struct buf *text, struct buf *out)
{
	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] == '\n' && (i == 0 || text->data[i - 1] != '\r'))
			buf_addc(out, '\r');
		buf_addc(out, text->data[i]);
	}
}

enum mime_class shapes_classify(const void *data, size_t len)
{
	struct spool *spool = spools_with(data, len);
	struct message message;
	enum mime_class class;
	struct err err;

	spools_check(message_map(spool, &message, &err), &err);
	spools_check(classify_message(&message, &class, &err), &err);
	spool_free(&spool);
	return class;
}
