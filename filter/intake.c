/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake - one message, read once, to its end */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/sha256.h"
#include "filter/intake.h"
#include "mime/message.h"

#define PIECE ((size_t)64 * 1024)

/* The first bytes, until it is known whether they are a From line. */
struct head {
	char data[INTAKE_FROM_LINE_MAX];
	size_t len;
	bool decided;
};

struct reader {
	struct intake *intake;
	struct sha256 hash;
	struct head *head;
	uint64_t max_size; /* 0: none */
	bool too_large;
};

static int keep(struct reader *r, const char *data, size_t len,
                struct err *err)
{
	if (r->max_size && spool_size(r->intake->spool) + len > r->max_size)
		r->too_large = true;
	if (r->too_large || len == 0)
		return 0;
	sha256_add(&r->hash, data, len);
	return spool_add(r->intake->spool, data, len, err);
}

/* The head is what it is: a From line with what follows, or message. */
static int decide_head(struct reader *r, struct err *err)
{
	struct head *h = r->head;
	const char *lf = memchr(h->data, '\n', h->len);
	size_t line = lf ? (size_t)(lf - h->data) + 1 : 0;

	h->decided = true;
	if (line && message_is_from_line(h->data, line))
		r->intake->from_line = mem_strndup(h->data, line);
	else
		line = 0;
	/* A From line with a NUL can't be kept as a string; it is message. */
	if (line && strlen(r->intake->from_line) != line) {
		free(r->intake->from_line);
		r->intake->from_line = NULL;
		line = 0;
	}
	return keep(r, h->data + line, h->len - line, err);
}

static int take(struct reader *r, const char *data, size_t len,
                struct err *err)
{
	struct head *h = r->head;

	if (!h->decided) {
		size_t n = sizeof h->data - h->len;

		if (n > len)
			n = len;
		memcpy(h->data + h->len, data, n);
		h->len += n;
		data += n;
		len -= n;
		if (!memchr(h->data, '\n', h->len) && h->len < sizeof h->data)
			return 0;
		if (decide_head(r, err))
			return -1;
	}
	return keep(r, data, len, err);
}

static int read_all(struct reader *r, int fd, struct deadline deadline,
                    struct err *err)
{
	char *piece = secret_alloc(PIECE);
	ssize_t n;
	int rc = 0;

	while (!rc && (n = io_read(fd, piece, PIECE, "the message on standard input",
	                           deadline, err)) != 0)
		rc = n < 0 ? -1 : take(r, piece, (size_t)n, err);
	if (!rc && !r->head->decided)
		rc = decide_head(r, err);
	secret_free(piece, PIECE);
	return rc;
}

static int check_size(const struct reader *r, struct err *err)
{
	if (!r->too_large)
		return 0;
	return err_set(err, ERR_POLICY, NULL,
	               "the message is larger than max-message-size");
}

int intake_read(int fd, const char *spool_dir, uint64_t max_size,
                struct deadline deadline, struct intake *intake,
                struct err *err)
{
	struct reader r = {
		.intake = intake,
		.head = secret_alloc(sizeof(struct head)),
		.max_size = max_size,
	};

	memset(intake, 0, sizeof *intake);
	intake->spool = spool_new(spool_dir, SPOOL_MEMORY_LIMIT);
	sha256_start(&r.hash);

	int rc = read_all(&r, fd, deadline, err);

	sha256_hex(&r.hash, intake->original.sha256);
	if (!rc)
		rc = check_size(&r, err);
	if (rc)
		intake_free(intake);
	secret_free(r.head, sizeof(struct head));
	return rc;
}

void intake_free(struct intake *intake)
{
	free(intake->from_line);
	intake->from_line = NULL;
	spool_free(&intake->spool);
}
