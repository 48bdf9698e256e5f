/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool-stream - a spool as GMime reads it */
#include <config.h>

#include <string.h>

#include "mime/spool-stream.h"

#define TYPE_NAME "MailsealSpoolStream"

typedef struct {
	GMimeStream parent;
	const struct structure_source *source;
} SpoolStream;

typedef struct {
	GMimeStreamClass parent;
} SpoolStreamClass;

static gint64 stream_end(GMimeStream *stream)
{
	return stream->bound_end >= 0 ? stream->bound_end :
	       (gint64)((SpoolStream *)stream)->source->size;
}

static ssize_t stream_read(GMimeStream *stream, char *buf, size_t len)
{
	const struct structure_source *from = ((SpoolStream *)stream)->source;
	gint64 left = stream_end(stream) - stream->position;
	const char *data;
	size_t n;

	if (left <= 0)
		return 0;
	if (from->peek(from->ctx, (uint64_t)stream->position, &data, &n))
		return -1;
	if (n > len)
		n = len;
	if (n > (guint64)left)
		n = (size_t)left;
	memcpy(buf, data, n);
	stream->position += (gint64)n;
	return (ssize_t)n;
}

static ssize_t stream_write(GMimeStream *stream, const char *buf, size_t len)
{
	(void)stream;
	(void)buf;
	(void)len;
	return -1;
}

static int stream_nothing(GMimeStream *stream)
{
	(void)stream;
	return 0;
}

static gboolean stream_eos(GMimeStream *stream)
{
	return stream->position >= stream_end(stream);
}

static int stream_reset(GMimeStream *stream)
{
	stream->position = stream->bound_start;
	return 0;
}

static gint64 stream_seek(GMimeStream *stream, gint64 offset, GMimeSeekWhence whence)
{
	gint64 base = 0; /* GMIME_STREAM_SEEK_SET: offsets are the spool's */

	if (whence == GMIME_STREAM_SEEK_CUR)
		base = stream->position;
	else if (whence == GMIME_STREAM_SEEK_END)
		base = stream_end(stream);
	if (offset < stream->bound_start - base || offset > stream_end(stream) - base)
		return -1;
	stream->position = base + offset;
	return stream->position;
}

static gint64 stream_tell(GMimeStream *stream)
{
	return stream->position;
}

static gint64 stream_length(GMimeStream *stream)
{
	return stream_end(stream) - stream->bound_start;
}

static GMimeStream *make_stream(const struct structure_source *source,
                                gint64 start, gint64 end);

static GMimeStream *stream_substream(GMimeStream *stream, gint64 start, gint64 end)
{
	return make_stream(((SpoolStream *)stream)->source, start, end);
}

static void init_class(void *class, void *data)
{
	GMimeStreamClass *stream = class;

	(void)data;
	stream->read = stream_read;
	stream->write = stream_write;
	stream->flush = stream_nothing;
	stream->close = stream_nothing;
	stream->eos = stream_eos;
	stream->reset = stream_reset;
	stream->seek = stream_seek;
	stream->tell = stream_tell;
	stream->length = stream_length;
	stream->substream = stream_substream;
}

/* GLib remembers the type by its name, so that no variable of ours has to. */
static GType stream_type(void)
{
	GType type = g_type_from_name(TYPE_NAME);

	return type ? type : g_type_register_static_simple(GMIME_TYPE_STREAM, TYPE_NAME,
		sizeof(SpoolStreamClass), init_class, sizeof(SpoolStream), NULL, 0);
}

static GMimeStream *make_stream(const struct structure_source *source,
                                gint64 start, gint64 end)
{
	SpoolStream *s = g_object_new(stream_type(), NULL);

	s->source = source;
	g_mime_stream_construct(&s->parent, start, end);
	return &s->parent;
}

GMimeStream *spool_stream_new(const struct structure_source *source)
{
	return make_stream(source, 0, (gint64)source->size);
}
