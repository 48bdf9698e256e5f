/* SPDX-License-Identifier: GPL-3.0-or-later */
/* migrate - a keystore copied into another kind of store, to the byte */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/signals.h"
#include "keystore/migrate.h"
#include "keystore/store-private.h"

#define ADVICE_MEND "see `mailseal key audit`; mend or remove it first"

/* The store that is being made. */
struct target {
	const struct store_backend *backend;
	void *ctx;
};

/* How far a log is: its lines, and the hash of the last. */
struct head {
	uint64_t lines;
	char hash[SHA256_HEX];
};

static bool same_head(const struct head *a, const struct head *b)
{
	return a->lines == b->lines &&
	       (a->lines == 0 || strcmp(a->hash, b->hash) == 0);
}

struct addresses {
	char **address;
	size_t count;
};

static int add_address(void *ctx, const char *address)
{
	struct addresses *all = ctx;

	if ((all->count & (all->count - 1)) == 0)
		all->address = mem_grow(all->address, all->count ? 2 * all->count : 1,
		                        sizeof *all->address);
	all->address[all->count++] = mem_strdup(address);
	return 0;
}

static void free_addresses(struct addresses *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->address[i]);
	free(all->address);
	*all = (struct addresses){ NULL, 0 };
}

static int stopped(struct err *err)
{
	return signals_stop() ? err_set(err, ERR_TEMPORARY, "the same command goes on with it",
	                                "stopped by a signal") : 0;
}

/* ---- entries -------------------------------------------------------------------- */

/* A text that nobody could use is not carried on. */
static int check_entry(struct migrate *m, const char *address,
                       const struct buf *text, struct err *err)
{
	struct entry *entry = entry_parse(buf_str(text), text->len, address, err);

	if (!entry) {
		snprintf(err->advice, sizeof err->advice, ADVICE_MEND);
		return err_context(err, "%s", store_spec(m->from));
	}
	m->entries++;
	m->tombstones += entry->removed;

	bool good = !m->keys || signing_verify(m->keys, text->data, entry->signed_len,
	                                       entry->signature);

	entry_free(&entry);
	return good ? 0 : err_set(err, ERR_TEMPORARY, ADVICE_MEND,
	                          "the entry of %s is not signed by a pinned key", address);
}

static int read_source(struct migrate *m, const char *address, struct buf *text,
                       struct err *err)
{
	switch (store_text(m->from, address, text, err)) {
	case STORE_FOUND:
		return 0;
	case STORE_NOT_ENROLLED:
		return err_set(err, ERR_TEMPORARY, ADVICE_MEND,
		               "the entry of %s went away meanwhile", address);
	case STORE_COULD_NOT_ASK:
		break;
	}
	return -1;
}

/* Does the copy have just this text? */
static bool has_text(const struct target *to, const char *address,
                    const struct buf *text, struct err *err)
{
	struct buf there = BUF_INIT;
	enum store_answer answer = to->backend->get(to->ctx, address, &there, err);
	bool same = answer == STORE_FOUND && there.len == text->len &&
	            memcmp(there.data, text->data, text->len) == 0;

	buf_free(&there);
	return same;
}

static int copy_entry(struct migrate *m, const struct target *to,
                      const char *address, struct err *err)
{
	struct buf text = BUF_INIT;
	struct err ignored;
	int rc = read_source(m, address, &text, err);

	if (rc == 0)
		rc = check_entry(m, address, &text, err);
	/* One that can't be read there was cut off when the last try was. */
	if (rc == 0 && !has_text(to, address, &text, &ignored)) {
		rc = to->backend->fill_entry(to->ctx, address, &text, err);
		m->copied++;
	}
	buf_free(&text);
	return rc;
}

static int compare_entry(struct migrate *m, const struct target *to,
                         const char *address, struct err *err)
{
	struct buf text = BUF_INIT;
	int rc = read_source(m, address, &text, err);

	if (rc == 0 && !has_text(to, address, &text, err))
		rc = err_set(err, ERR_TEMPORARY, "the same command writes it again",
		             "the copy of %s differs", address);
	buf_free(&text);
	return rc;
}

static int for_all(struct migrate *m, const struct target *to,
                   const struct addresses *all, enum migrate_phase phase,
                   struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < all->count; i++) {
		rc = stopped(err);
		if (rc == 0)
			rc = (phase == MIGRATE_COPY ? copy_entry : compare_entry)(
				m, to, all->address[i], err);
		if (rc == 0 && m->progress)
			m->progress(m->ctx, phase, i + 1, all->count);
	}
	return rc;
}

/* ---- the log --------------------------------------------------------------------- */

static int note_line(void *ctx, const char *line, size_t len)
{
	struct head *head = ctx;

	head->lines++;
	change_hash(line, len, head->hash);
	return 0;
}

static int head_of(const struct target *of, struct head *head, struct err *err)
{
	*head = (struct head){ 0 };
	return of->backend->changes(of->ctx, 1, note_line, head, err);
}

static int source_head(struct migrate *m, struct head *head, struct err *err)
{
	*head = (struct head){ 0 };
	return store_changes(m->from, 1, note_line, head, err);
}

struct log_copy {
	const struct target *to;
	struct change last;
	struct head there; /* what the copy has already */
	struct head read;
	struct err *err;
};

static int copy_line(void *ctx, const char *line, size_t len)
{
	struct log_copy *c = ctx;

	note_line(&c->read, line, len);
	change_clear(&c->last);
	if (change_parse(line, len, NULL, &c->last))
		return err_set(c->err, ERR_TEMPORARY, ADVICE_MEND,
		               "line %ju of the log is none", (uintmax_t)c->read.lines);
	if (c->read.lines == c->there.lines && strcmp(c->read.hash, c->there.hash) != 0)
		return err_set(c->err, ERR_DATA, "name another place, or remove what is there",
		               "what is there already is not of this keystore: its log differs");
	if (c->read.lines <= c->there.lines)
		return 0;
	return c->to->backend->fill_change(c->to->ctx, line, len, c->err);
}

/* A writer logs a change, then puts the entry in its place: has the last one done so? */
static bool is_in_place(struct migrate *m, const struct change *last)
{
	struct buf text = BUF_INIT;
	char hash[SHA256_HEX] = "";
	struct err ignored;

	if (!last->address)
		return true;
	if (read_source(m, last->address, &text, &ignored) == 0)
		change_hash(text.data, text.len, hash);
	buf_free(&text);
	return strcmp(hash, last->entry) == 0;
}

/* 1: copied; 0: a change is half-way; -1 with *err. */
static int copy_log(struct migrate *m, const struct target *to, struct head *copied,
                    struct err *err)
{
	struct log_copy c = { .to = to, .err = err };
	int rc = head_of(to, &c.there, err);

	if (rc == 0)
		rc = store_changes(m->from, 1, copy_line, &c, err);
	if (rc == 0 && c.read.lines < c.there.lines)
		rc = err_set(err, ERR_DATA, "name another place, or remove what is there",
		             "what is there already has a longer log than this keystore");
	*copied = c.read;
	m->changes = c.read.lines;
	if (rc == 0)
		rc = is_in_place(m, &c.last);
	change_clear(&c.last);
	return rc;
}

/* ---- passes ------------------------------------------------------------------------ */

static int count_one(void *ctx, const char *address)
{
	(void)address;
	++*(size_t *)ctx;
	return 0;
}

static int check_copy(struct migrate *m, const struct target *to,
                      const struct addresses *all, const struct head *copied,
                      struct err *err)
{
	struct head there;
	size_t count = 0;

	if (for_all(m, to, all, MIGRATE_CHECK, err) || head_of(to, &there, err) ||
	    to->backend->each(to->ctx, count_one, &count, err))
		return -1;
	if (!same_head(&there, copied))
		return err_set(err, ERR_TEMPORARY, "the same command writes it again",
		               "the copy of the log differs");
	if (count != all->count)
		return err_set(err, ERR_DATA, "name another place, or remove what is there",
		               "the copy has %zu entries, this keystore %zu", count, all->count);
	return 0;
}

/* What differs where the source was changed meanwhile is the next pass's to copy: 0. */
static int compare_all(struct migrate *m, const struct target *to,
                       const struct addresses *all, const struct head *copied,
                       struct err *err)
{
	struct head now;
	struct err ignored;
	int differs = check_copy(m, to, all, copied, err);

	if (source_head(m, &now, differs ? &ignored : err))
		return -1;
	return same_head(copied, &now) ? differs ? -1 : 1 : 0;
}

/* 1: copied and compared; 0: the source was changed meanwhile; -1 with *err. */
static int pass(struct migrate *m, const struct target *to, struct err *err)
{
	struct addresses all = { NULL, 0 };
	struct head before, copied;
	int rc = source_head(m, &before, err);

	m->entries = m->tombstones = 0;
	if (rc == 0)
		rc = store_each(m->from, add_address, &all, err);
	if (rc == 0)
		rc = for_all(m, to, &all, MIGRATE_COPY, err);
	if (rc == 0)
		rc = copy_log(m, to, &copied, err);
	if (rc > 0)
		rc = same_head(&before, &copied)
			? compare_all(m, to, &all, &copied, err) : 0;
	free_addresses(&all);
	return rc;
}

static int copy_all(struct migrate *m, const struct target *to, struct err *err)
{
	const struct timespec pause = { .tv_nsec = MIGRATE_PAUSE_MS * 1000000L };

	for (int i = 0; i < MIGRATE_PASSES_MAX; i++) {
		int rc = pass(m, to, err);

		if (rc > 0)
			return to->backend->fill_end(to->ctx, err);
		if (rc < 0)
			return -1;
		nanosleep(&pause, NULL);
	}
	return err_set(err, ERR_TEMPORARY, "stop what changes it, and give the same command again;"
	               " a change that was broken off is finished by the next change",
	               "%s is changed again and again", store_spec(m->from));
}

int migrate_run(struct migrate *m, struct err *err)
{
	const char *where = NULL;
	struct target to = { store_backend_of(m->to, &where, err), NULL };
	int rc;

	if (!to.backend)
		return -1;
	if (!to.backend->fill)
		return err_set(err, ERR_CONFIG, NULL, "%s can't be written to", m->to);
	to.ctx = to.backend->fill(where, err);
	if (!to.ctx)
		return -1;
	rc = copy_all(m, &to, err);
	to.backend->close(to.ctx);
	return rc;
}
