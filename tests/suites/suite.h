/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * suite - public test suites, case by case against the evaluators, without a network
 *
 * tests/suites/run KIND FILE builds and calls `evaluate KIND FILE`: one function for each kind of
 * file reads its cases, feeds the evaluator from a zone and reports.
 */
#ifndef MAILSEAL_TESTS_SUITE_H
#define MAILSEAL_TESTS_SUITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "tests/suites/zone.h"

struct suite {
	const char *folder; /* where the file is: messages stand below it */
	unsigned passed, total;
};

/* Counts one case; prints `not ok ID: what it should be and what it was` if it failed. */
void suite_case(struct suite *suite, const char *id, bool passed,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* A member that is text; "" if it is missing or null. */
const char *suite_text(const json_t *object, const char *key);
/* The whole of a file below the folder; the caller frees. Ends the program if it can't be read. */
char *suite_file(const struct suite *suite, const char *name, size_t *len);

/* Adds a TXT record whose strings are a list of texts. */
void suite_txt(struct zone *zone, const char *name, const json_t *strings);

/* root: the parsed file. */
void suite_spf(struct suite *suite, const json_t *root);
void suite_dkim(struct suite *suite, const json_t *root);
void suite_arc(struct suite *suite, const json_t *root);
void suite_dmarc(struct suite *suite, const json_t *root);
void suite_authres(struct suite *suite, const json_t *root);
void suite_attacks(struct suite *suite, const json_t *root);

#endif
