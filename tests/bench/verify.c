/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify - DKIM signatures verified per CPU second, beside libopendkim, on the same messages in
 * one run (docs/performance.md)
 *
 * usage: verify [ROUNDS]
 *
 * Messages of 10 KB, signed with rsa-2048; the key is handed over, not asked for.  Both are given
 * the same bytes in memory: libopendkim field by field, and the body at once; ours in a spool, as a
 * delivery has it.  There are two readings of ours, without and with the filling of that spool and
 * the first look through it (a delivery does both anyway).  The three take turns; what is printed
 * is the median of the rounds.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "auth/dkim.h"
#include "base/mem.h"
#include "base/module.h"
#include "tests/bench/peer.h"
#include "tests/suites/zone.h"
#include "tests/unit/signer.h"

#define NAMES "From:To:Subject:Date:Message-ID:MIME-Version:Content-Type"
#define KEY_NAME "s._domainkey.example.org"
#define ROUNDS 9
#define ROUNDS_MAX 99
#define MESSAGES 400 /* in a round */
#define NOW 1800000000

static const char header[] =
	"Received: from mail.example.org (mail.example.org [192.0.2.1])\r\n"
	"\tby mx.example.net (Postfix) with ESMTPS id 4Xab12\r\n"
	"\tfor <bob@example.net>; Tue, 24 Nov 2026 20:00:00 +0000 (UTC)\r\n"
	"From: Ann Other <ann@example.org>\r\n"
	"To: Bob <bob@example.net>\r\n"
	"Subject: The figures of last month, and what they say about the next\r\n"
	"Date: Tue, 24 Nov 2026 20:00:00 +0000\r\n"
	"Message-ID: <20261124200000.1@example.org>\r\n"
	"MIME-Version: 1.0\r\n"
	"Content-Type: text/plain; charset=utf-8\r\n";

static char *body_of(size_t size)
{
	static const char *const words[] = {
		"the", "signature", "of", "a", "message", "is", "verified,", "and", "what", "was",
		"found", "recorded", "before", "it", "goes", "on.",
	};
	struct buf body = BUF_INIT;
	size_t line = 0;
	unsigned random = 1;

	while (body.len < size) {
		const char *word = words[(random = random * 1103515245 + 12345) >> 16 & 15];

		if (line + strlen(word) > 72) {
			buf_adds(&body, "\r\n");
			line = 0;
		}
		buf_addf(&body, "%s%s", line ? " " : "", word);
		line += strlen(word) + 1;
	}
	buf_adds(&body, "\r\n");
	return buf_steal(&body);
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* ---- ours ------------------------------------------------------------------ */

/* A message as a delivery has it: in a spool, mapped. */
static struct spool *spool_of(const struct buf *text, struct message *message)
{
	struct spool *spool = spool_new("/tmp", SPOOL_MEMORY_LIMIT);
	struct err err;

	if (spool_add(spool, text->data, text->len, &err) || message_map(spool, message, &err))
		abort();
	return spool;
}

/* The number of signatures that passed. */
static unsigned verify_ours(const struct message *message, struct zone *zone)
{
	const struct dkim_policy policy = { .now = NOW };
	struct body_hashes *hashes = body_hashes_new();
	struct lookups *lookups = lookups_new();
	struct header fields;
	struct dkim *dkim;
	struct err err;
	unsigned passed = 0;

	if (header_load(message, &fields, &err))
		abort();
	dkim = dkim_new(&fields, &policy, hashes);
	if (body_hashes_run(hashes, message, &err))
		abort();
	while (!dkim_step(dkim, lookups))
		zone_wait(zone, lookups, DEADLINE_NEVER);
	for (size_t i = 0; i < dkim_count(dkim); i++)
		passed += dkim_get(dkim, i)->result == DKIM_PASS;
	dkim_free(&dkim);
	header_free(&fields);
	lookups_free(&lookups);
	body_hashes_free(&hashes);
	return passed;
}

static double ours(const struct message *message, struct zone *zone)
{
	double start = cpu_seconds();

	for (int i = 0; i < MESSAGES; i++)
		if (verify_ours(message, zone) != 1)
			abort();
	return MESSAGES / (cpu_seconds() - start);
}

/* From the bytes on. */
static double ours_spooled(const struct buf *text, struct zone *zone)
{
	double start = cpu_seconds();

	for (int i = 0; i < MESSAGES; i++) {
		struct message message;
		struct spool *spool = spool_of(text, &message);

		if (verify_ours(&message, zone) != 1)
			abort();
		spool_free(&spool);
	}
	return MESSAGES / (cpu_seconds() - start);
}

/* ---- libopendkim ------------------------------------------------------------- */

static double theirs(const struct peer *peer, void *lib, const struct buf *text,
                     const char *record)
{
	double start = cpu_seconds();

	for (int i = 0; i < MESSAGES; i++)
		if (!peer->verify(lib, text->data, text->len, record))
			abort();
	return MESSAGES / (cpu_seconds() - start);
}

/* ---- the table ----------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof *values, compare);
	return values[count / 2];
}

static void sign(const struct signer *signer, bool relaxed, const char *body, struct buf *out)
{
	struct signer_order signing = {
		"DKIM-Signature",
		relaxed ? "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s"
		        : "v=1; a=rsa-sha256; c=simple/simple; d=example.org; s=s",
		NAMES, relaxed, relaxed, -1,
	};

	signer_sign(signer, &signing, header, body, out);
	buf_addf(out, "%s\r\n%s", header, body);
}

/* Divides each of a by that of b: the median of the ratios. */
static double median_ratio(const double *a, const double *b, int count)
{
	double ratio[ROUNDS_MAX];

	for (int i = 0; i < count; i++)
		ratio[i] = a[i] / b[i];
	return median(ratio, count);
}

static void run(const char *name, const struct peer *peer, const struct buf *text,
                struct zone *zone, const char *record, int rounds)
{
	double own[ROUNDS_MAX], spooled[ROUNDS_MAX], other[ROUNDS_MAX], first, second;
	void *lib = peer ? peer->start() : NULL;
	struct message message;
	struct spool *spool = spool_of(text, &message);

	ours(&message, zone);
	for (int i = 0; i < rounds; i++) {
		own[i] = ours(&message, zone);
		spooled[i] = ours_spooled(text, zone);
		other[i] = peer ? theirs(peer, lib, text, record) : 1;
	}
	spool_free(&spool);
	first = median_ratio(own, other, rounds);
	second = median_ratio(spooled, other, rounds);
	printf("%-16s %8.0f  %8.0f", name, median(own, rounds), median(spooled, rounds));
	if (peer)
		printf("  %11.0f  %5.2f  %5.2f times", median(other, rounds), first, second);
	printf("\n");
	if (peer)
		peer->end(lib);
}

/* Microseconds of CPU time for a message with so many signatures, all good. */
static double cost(const struct buf *signature, const char *body, int count, struct zone *zone)
{
	struct buf text = BUF_INIT;
	struct message message;
	struct spool *spool;
	double seconds;

	for (int i = 0; i < count; i++)
		buf_add(&text, signature->data, signature->len);
	buf_addf(&text, "%s\r\n%s", header, body);
	spool = spool_of(&text, &message);
	seconds = -cpu_seconds();
	for (int i = 0; i < MESSAGES / 4; i++)
		verify_ours(&message, zone);
	seconds += cpu_seconds();
	spool_free(&spool);
	buf_free(&text);
	return seconds * 1e6 / (MESSAGES / 4);
}

static void run_many(const struct signer *signer, const char *body, struct zone *zone)
{
	static const int counts[] = { 0, 1, 8, 2000 };
	struct signer_order signing = {
		"DKIM-Signature", "v=1; a=rsa-sha256; d=example.org; s=s", "From", false, false, -1,
	};
	struct buf signature = BUF_INIT;

	signer_sign(signer, &signing, header, body, &signature);
	printf("\nsignatures   us of CPU time\n");
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		printf("%10d %8.0f\n", counts[i], cost(&signature, body, counts[i], zone));
	buf_free(&signature);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;
	struct signer *signer = signer_rsa(2048);
	struct zone *zone = zone_new();
	char *body = body_of(10000);
	struct buf record = BUF_INIT;
	struct err err;
	const struct peer *peer = module_load(PEER_FILE, PEER_SYMBOL, PEER_ABI, "libopendkim", &err);

	if (rounds < 1 || rounds > ROUNDS_MAX)
		rounds = ROUNDS;
	buf_adds(&record, "v=DKIM1; k=rsa; p=");
	signer_key(signer, false, &record);
	zone_txt(zone, KEY_NAME, record.data, record.len);
	printf("messages per CPU second\n%-16s %8s  %8s  %s\n", "", "mailseal", "spooled",
	       peer ? "libopendkim  mailseal, and spooled, beside it" : "(libopendkim is not there)");
	for (int relaxed = 1; relaxed >= 0; relaxed--) {
		struct buf text = BUF_INIT;

		sign(signer, relaxed, body, &text);
		run(relaxed ? "relaxed/relaxed" : "simple/simple", peer, &text, zone, record.data, rounds);
		buf_free(&text);
	}
	run_many(signer, body, zone);
	buf_free(&record);
	zone_free(&zone);
	signer_free(&signer);
	free(body);
	return 0;
}
