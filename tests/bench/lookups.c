/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lookups - how many addresses a process looks up in a second, for tests/bench/keystore
 *
 * usage: lookups KEYSTORE PUBLIC-KEY RECIPIENTS SECONDS
 *
 * One address at a time, at random among make-entries' user0@example.org to the last, each
 * entry read whole and its signature verified, as a delivery does.  Prints the number per second.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "keystore/store.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int look_up(struct store *store, unsigned long recipient, struct err *err)
{
	char address[64];
	struct entry *entry = NULL;
	enum store_answer answer;

	snprintf(address, sizeof address, "user%lu@example.org", recipient);
	answer = store_lookup(store, address, "+", &entry, err);
	entry_free(&entry);
	if (answer == STORE_NOT_ENROLLED)
		err_set(err, ERR_DATA, NULL, "%s is not enrolled", address);
	return answer == STORE_FOUND ? 0 : -1;
}

static int measure(struct store *store, unsigned long recipients, double seconds,
                   struct err *err)
{
	double start = now(), took = 0;
	unsigned long done = 0;
	unsigned long random = 1;

	for (; took < seconds; done++, took = now() - start) {
		random = random * 6364136223846793005UL + 1442695040888963407UL;
		if (look_up(store, (random >> 33) % recipients, err))
			return -1;
	}
	printf("%.0f\n", (double)done / took);
	return 0;
}

int main(int argc, char **argv)
{
	struct store_options options = { 0 };
	struct signing_public *pinned;
	struct store *store = NULL;
	struct err err;
	int rc = -1;

	if (argc != 5) {
		fprintf(stderr, "usage: %s KEYSTORE PUBLIC-KEY RECIPIENTS SECONDS\n", argv[0]);
		return 64;
	}
	pinned = signing_public_read(argv[2], &err);
	options.pinned = pinned;
	if (pinned)
		store = store_open(argv[1], &options, &err);
	if (store)
		rc = measure(store, strtoul(argv[3], NULL, 10), strtod(argv[4], NULL), &err);
	if (rc)
		fprintf(stderr, "%s: %s\n", argv[0], err.what);
	store_free(&store);
	signing_public_free(&pinned);
	return rc ? 1 : 0;
}
