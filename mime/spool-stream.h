/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spool-stream - a spool as GMime reads it
 *
 * A read-only, seekable GMimeStream, so that GMime finds the parts of a
 * message of any size without holding it in memory.
 */
#ifndef MAILSEAL_MIME_SPOOL_STREAM_H
#define MAILSEAL_MIME_SPOOL_STREAM_H

#include <gmime/gmime.h>

#include "mime/structure-module.h"

/* source outlives the stream. g_object_unref() it. */
GMimeStream *spool_stream_new(const struct structure_source *source);

#endif
