/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure-module - the one place that asks GMime, loaded on use */
#include <config.h>

#include <gmime/gmime.h>
#include <string.h>

#include "mime/spool-stream.h"
#include "mime/structure-module.h"

/* out is all zero. */
static void copy_type(char out[static CONTENT_TYPE_MAX], GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	char *name = type ? g_mime_content_type_get_mime_type(type) : NULL;

	if (name && strlen(name) < CONTENT_TYPE_MAX)
		for (size_t i = 0; name[i]; i++)
			out[i] = (char)g_ascii_tolower(name[i]);
	g_free(name);
}

static enum transfer_encoding encoding_of(GMimePart *part)
{
	switch (g_mime_part_get_content_encoding(part)) {
	case GMIME_CONTENT_ENCODING_DEFAULT:
	case GMIME_CONTENT_ENCODING_7BIT:
	case GMIME_CONTENT_ENCODING_8BIT:
	case GMIME_CONTENT_ENCODING_BINARY:
		return TRANSFER_IDENTITY;
	case GMIME_CONTENT_ENCODING_BASE64:
		return TRANSFER_BASE64;
	case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE:
		return TRANSFER_QUOTED_PRINTABLE;
	default:
		return TRANSFER_UNKNOWN;
	}
}

/* An object that is no leaf stays without type and range. */
static void add_part(struct structure *out, GMimeObject *object)
{
	struct structure_part *part;

	if (out->parts++ >= STRUCTURE_PARTS_MAX || !GMIME_IS_PART(object))
		return;
	part = &out->part[out->parts - 1];
	copy_type(part->type, object);
	part->encoding = encoding_of(GMIME_PART(object));

	GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(object));
	GMimeStream *stream = content ? g_mime_data_wrapper_get_stream(content) : NULL;

	if (stream && stream->bound_start >= 0 && stream->bound_end >= stream->bound_start) {
		part->start = (uint64_t)stream->bound_start;
		part->end = (uint64_t)stream->bound_end;
	}
}

static void outline(struct structure *out, GMimeMessage *message)
{
	GMimeObject *root = g_mime_message_get_mime_part(message);

	if (!root)
		return;
	copy_type(out->type, root);
	if (!GMIME_IS_MULTIPART(root)) {
		add_part(out, root);
		return;
	}

	int count = g_mime_multipart_get_count(GMIME_MULTIPART(root));

	for (int i = 0; i < count; i++)
		add_part(out, g_mime_multipart_get_part(GMIME_MULTIPART(root), i));
}

static void read_structure(const struct structure_source *source,
                           struct structure *out)
{
	g_mime_init();

	GMimeStream *stream = spool_stream_new(source);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);

	g_mime_parser_set_format(parser, GMIME_FORMAT_MESSAGE);
	g_mime_parser_set_persist_stream(parser, TRUE);

	GMimeMessage *parsed = g_mime_parser_construct_message(parser, NULL);

	if (parsed) {
		outline(out, parsed);
		g_object_unref(parsed);
	}
	g_object_unref(parser);
	g_object_unref(stream);
}

/* All that is to be seen from outside; the program knows it by its name. */
extern const struct structure_module structure_module
	__attribute__((visibility("default")));

const struct structure_module structure_module = {
	.abi = STRUCTURE_MODULE_ABI,
	.read = read_structure,
};
