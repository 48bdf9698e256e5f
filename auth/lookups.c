/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lookups - what the evaluators of one message ask, and what came back */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/lookups.h"
#include "base/mem.h"

#define BUCKETS 256

struct question {
	char *name; /* lower case, no final dot; "" is the root */
	enum dns_type type;
	struct dns_answer *answer;
	int next; /* in its bucket; -1: none */
};

struct lookups {
	struct question *question;
	size_t count, taken, answered, bytes;
	int bucket[BUCKETS];
	struct dns_answer *no_name; /* for what can't be asked */
	struct dns_answer *over;    /* for what is asked when it is too late, or too much */
	char *closed;               /* why; NULL: open */
};

struct lookups *lookups_new(void)
{
	struct lookups *l = mem_alloc(sizeof *l);

	for (int i = 0; i < BUCKETS; i++)
		l->bucket[i] = -1;
	l->no_name = dns_answer_new(DNS_NO_NAME, DNS_UNKNOWN);
	l->over = dns_answer_failed(DNS_UNKNOWN, "too many lookups for one message");
	return l;
}

void lookups_free(struct lookups **lookups)
{
	struct lookups *l = *lookups;

	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++) {
		dns_answer_free(&l->question[i].answer);
		free(l->question[i].name);
	}
	dns_answer_free(&l->no_name);
	dns_answer_free(&l->over);
	free(l->question);
	free(l->closed);
	free(l);
	*lookups = NULL;
}

/* Lower case, ASCII alone, no final dot. */
static void normalize(const char *name, char out[DNS_NAME_MAX])
{
	size_t len = strlen(name);

	if (name[len - 1] == '.')
		len--;
	for (size_t i = 0; i < len; i++)
		out[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
	out[len] = '\0';
}

static unsigned bucket_of(const char *name, enum dns_type type)
{
	unsigned hash = (unsigned)type;

	for (const char *p = name; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	return hash % BUCKETS;
}

static const struct question *find(const struct lookups *l, const char *name,
                                   enum dns_type type)
{
	int i = l->bucket[bucket_of(name, type)];

	while (i >= 0 && (l->question[i].type != type ||
	                  strcmp(l->question[i].name, name) != 0))
		i = l->question[i].next;
	return i < 0 ? NULL : &l->question[i];
}

static void add(struct lookups *l, const char *name, enum dns_type type)
{
	unsigned bucket = bucket_of(name, type);
	struct question *q;

	l->question = mem_grow(l->question, l->count + 1, sizeof *l->question);
	q = &l->question[l->count];
	memset(q, 0, sizeof *q);
	q->name = mem_strdup(name);
	q->type = type;
	q->next = l->bucket[bucket];
	l->bucket[bucket] = (int)l->count++;
}

const struct dns_answer *lookups_ask(struct lookups *l, const char *name,
                                     enum dns_type type)
{
	char normal[DNS_NAME_MAX];
	const struct question *known;

	if (!dns_name_valid(name))
		return l->no_name;
	normalize(name, normal);
	known = find(l, normal, type);
	if (known)
		return known->answer;
	if (l->count == LOOKUPS_MAX || l->bytes > LOOKUPS_BYTES_MAX)
		return l->over;
	add(l, normal, type);
	if (l->closed)
		lookups_feed(l, l->count - 1, dns_answer_failed(DNS_UNKNOWN, l->closed));
	return l->question[l->count - 1].answer;
}

/* ---- for who answers ---------------------------------------------------- */

bool lookups_take(struct lookups *l, struct lookup *out)
{
	while (l->taken < l->count && l->question[l->taken].answer)
		l->taken++;
	if (l->taken == l->count)
		return false;
	*out = lookups_get(l, l->taken++);
	return true;
}

void lookups_feed(struct lookups *l, size_t id, struct dns_answer *answer)
{
	if (id >= l->count || l->question[id].answer) {
		dns_answer_free(&answer);
		return;
	}
	for (size_t i = 0; i < answer->count; i++)
		l->bytes += answer->record[i].len;
	l->question[id].answer = answer;
	l->answered++;
}

void lookups_close(struct lookups *l, const char *why)
{
	if (l->closed)
		return;
	l->closed = mem_strdup(why);
	for (size_t i = 0; i < l->count; i++)
		if (!l->question[i].answer)
			lookups_feed(l, i, dns_answer_failed(DNS_UNKNOWN, why));
}

size_t lookups_answered(const struct lookups *l)
{
	return l->answered;
}

size_t lookups_count(const struct lookups *l)
{
	return l->count;
}

struct lookup lookups_get(const struct lookups *l, size_t id)
{
	const struct question *q = &l->question[id];

	return (struct lookup){ id, q->name, q->type, q->answer };
}
