/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit - is the keystore what its log says, and the log what a checkpoint said */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/names.h"
#include "keystore/audit.h"

#define CHECKPOINT "mailseal-checkpoint 1 "

/* What the log says of an address. */
struct state {
	uint64_t serial;
	char entry[SHA256_HEX]; /* hash of the last version */
	bool removed, seen;
};

struct run {
	struct audit *audit;
	struct names states; /* a struct state for each address */
	char head[SHA256_HEX]; /* of the line before */
	uint64_t number;
	/* The checkpoint's. */
	uint64_t checked;
	char checked_head[SHA256_HEX];
	bool met;
};

static void find(struct run *r, enum audit_kind kind, const char *address,
                 const char *text)
{
	const struct audit_finding finding = { kind, address, text };

	r->audit->findings++;
	r->audit->found(r->audit->ctx, &finding);
}

static struct state *state_of(struct run *r, const char *address)
{
	struct name *name = names_find(&r->states, address);

	return name ? name->value : NULL;
}

static struct state *make_state(struct run *r, const char *address)
{
	struct name *name = names_add(&r->states, address);

	if (!name->value)
		name->value = mem_alloc(sizeof(struct state));
	return name->value;
}

/* ---- the log ------------------------------------------------------------------ */

static void check_chain(struct run *r, const struct change *change)
{
	char text[96];

	if (change->number == r->number + 1 &&
	    (r->number == 0 || strcmp(change->previous, r->head) == 0))
		return;
	snprintf(text, sizeof text, "line %" PRIu64 " does not follow the one before",
	         change->number);
	find(r, AUDIT_LOG, "", text);
}

static void note(struct run *r, const struct change *change)
{
	struct state *s = make_state(r, change->address);

	if (change->serial <= s->serial)
		find(r, AUDIT_LOG, change->address, "its serial goes back");
	s->serial = change->serial;
	s->removed = strcmp(change->action, "remove") == 0;
	memcpy(s->entry, change->entry, sizeof s->entry);
}

static int see_line(void *ctx, const char *line, size_t len)
{
	struct run *r = ctx;
	struct change change;
	const char *why = change_parse(line, len, r->audit->keys, &change);
	char text[160];

	if (why) {
		snprintf(text, sizeof text, "line %" PRIu64 ": %s", r->number + 1, why);
		find(r, AUDIT_LOG, "", text);
		r->number++;
	} else {
		check_chain(r, &change);
		note(r, &change);
		r->number = change.number;
	}
	change_hash(line, len, r->head);
	if (r->checked && r->number == r->checked &&
	    strcmp(r->head, r->checked_head) == 0)
		r->met = true;
	change_clear(&change);
	return 0;
}

/* ---- the checkpoint -------------------------------------------------------------- */

static bool read_checkpoint(struct run *r)
{
	const char *line = r->audit->checkpoint, *blank;
	const size_t first = strlen(CHECKPOINT);
	char *end;

	if (strncmp(line, CHECKPOINT, first) != 0)
		return false;
	r->checked = strtoull(line + first, &end, 10);
	if (*end != ' ' || strlen(end + 1) < SHA256_HEX - 1)
		return false;
	memcpy(r->checked_head, end + 1, SHA256_HEX - 1);
	if (!r->audit->keys)
		return true;
	blank = strrchr(line, ' ');
	return signing_verify(r->audit->keys, line, (size_t)(blank - line), blank + 1);
}

static void check_checkpoint(struct run *r)
{
	char text[160];

	if (!r->audit->checkpoint || r->met || (r->checked == 0 && r->number == 0))
		return;
	snprintf(text, sizeof text, r->number < r->checked
	         ? "the log has %" PRIu64 " lines and had %" PRIu64
	         : "of the log's %" PRIu64 " lines, number %" PRIu64 " is another one",
	         r->number, r->checked);
	find(r, AUDIT_CHECKPOINT, "", text);
}

/* ---- the entries ------------------------------------------------------------------- */

static bool is_signed(const struct run *r, const char *address, const struct buf *text)
{
	struct err ignored;
	struct entry *entry;
	bool ok;

	if (!r->audit->keys)
		return true;
	entry = entry_parse(buf_str(text), text->len, address, &ignored);
	ok = entry && signing_verify(r->audit->keys, text->data,
	                             entry->signed_len, entry->signature);
	entry_free(&entry);
	return ok;
}

static void compare(struct run *r, const char *address, struct state *s,
                    const struct buf *text)
{
	char hash[SHA256_HEX];
	struct err ignored;
	struct entry *entry;

	change_hash(buf_str(text), text->len, hash);
	if (strcmp(hash, s->entry) == 0)
		return;
	entry = entry_parse(buf_str(text), text->len, address, &ignored);
	if (!entry)
		find(r, AUDIT_SWAPPED, address, "it can't be read, and was not written so");
	else if (entry->serial < s->serial)
		find(r, AUDIT_ROLLED_BACK, address, "an older version stands again");
	else
		find(r, AUDIT_SWAPPED, address, "it is not the one that was written last");
	entry_free(&entry);
}

static int see_entry(void *ctx, const char *address)
{
	struct run *r = ctx;
	struct state *s = state_of(r, address);
	struct buf text = BUF_INIT;
	struct err err;

	r->audit->entries++;
	if (store_text(r->audit->store, address, &text, &err) != STORE_FOUND) {
		find(r, AUDIT_SWAPPED, address, err.what);
		if (s)
			s->seen = true;
	} else {
		if (!s)
			find(r, AUDIT_ADDED, address, "the log knows nothing of it");
		else
			compare(r, address, s, &text);
		if (s)
			s->seen = true;
		if (!is_signed(r, address, &text))
			find(r, AUDIT_UNSIGNED, address, "nobody who is pinned signed it");
	}
	buf_free(&text);
	return 0;
}

static int check_seen(void *ctx, struct name *name)
{
	const struct state *s = name->value;

	if (!s->seen)
		find(ctx, AUDIT_MISSING, name->name, s->removed
		     ? "its tombstone is gone" : "it is gone, and nobody removed it");
	return 0;
}

/* ---- the whole ----------------------------------------------------------------------- */

int audit_run(struct audit *audit, struct err *err)
{
	struct run r = { .audit = audit };
	int rc;

	if (audit->checkpoint && !read_checkpoint(&r))
		find(&r, AUDIT_CHECKPOINT, "", "it is none, or its signature does not verify");
	rc = store_changes(audit->store, 1, see_line, &r, err);
	if (rc == 0)
		rc = store_each(audit->store, see_entry, &r, err);
	if (rc == 0) {
		names_each(&r.states, check_seen, &r);
		check_checkpoint(&r);
	}
	audit->changes = r.number;
	names_free(&r.states, free);
	return rc;
}

struct head {
	uint64_t number;
	char hash[SHA256_HEX];
};

static int see_head(void *ctx, const char *line, size_t len)
{
	struct head *head = ctx;

	head->number++;
	change_hash(line, len, head->hash);
	return 0;
}

int audit_checkpoint(struct store *store, const struct signing_secret *secret,
                     int64_t now, struct buf *out, struct err *err)
{
	struct head head = { 0 };
	size_t start = out->len;

	memset(head.hash, '0', SHA256_HEX - 1);
	if (store_changes(store, 1, see_head, &head, err))
		return -1;
	buf_addf(out, CHECKPOINT "%" PRIu64 " %s %" PRId64, head.number, head.hash, now);
	if (secret) {
		struct buf signature = BUF_INIT;

		signing_sign(secret, out->data + start, out->len - start, &signature);
		buf_addf(out, " %s", buf_str(&signature));
		buf_free(&signature);
	}
	buf_addc(out, '\n');
	return 0;
}

const char *audit_word(enum audit_kind kind)
{
	switch (kind) {
	case AUDIT_LOG: return "log";
	case AUDIT_SWAPPED: return "swapped";
	case AUDIT_ADDED: return "added";
	case AUDIT_MISSING: return "missing";
	case AUDIT_ROLLED_BACK: return "rolled-back";
	case AUDIT_UNSIGNED: return "unsigned";
	case AUDIT_CHECKPOINT: return "checkpoint";
	}
	return "?";
}
