/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evaluate - usage: evaluate KIND FILE; ends with `passed/total`, and 1 if they differ */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites/suite.h"

#include "base/buf.h"
#include "base/mem.h"

static const struct {
	const char *kind;
	void (*run)(struct suite *suite, const json_t *root);
} kinds[] = {
	{ "arc", suite_arc },
	{ "attacks", suite_attacks },
	{ "authres", suite_authres },
	{ "dkim", suite_dkim },
	{ "dmarc", suite_dmarc },
	{ "spf", suite_spf },
	{ NULL, NULL },
};

void suite_case(struct suite *suite, const char *id, bool passed,
                const char *fmt, ...)
{
	va_list ap;

	suite->total++;
	if (passed) {
		suite->passed++;
		return;
	}
	printf("not ok %s: ", id);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

const char *suite_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

void suite_txt(struct zone *zone, const char *name, const json_t *strings)
{
	struct buf text = BUF_INIT;
	const json_t *string;
	size_t i;

	json_array_foreach(strings, i, string)
		buf_add(&text, json_string_value(string), json_string_length(string));
	zone_txt(zone, name, buf_str(&text), text.len);
	buf_free(&text);
}

char *suite_file(const struct suite *suite, const char *name, size_t *len)
{
	char *path = mem_printf("%s/%s", suite->folder, name), *data = NULL;
	FILE *file = fopen(path, "rb");

	*len = 0;
	while (file && !feof(file) && !ferror(file)) {
		data = mem_grow(data, *len + 65536 + 1, 1);
		*len += fread(data + *len, 1, 65536, file);
	}
	if (!file || ferror(file)) {
		perror(path);
		exit(2);
	}
	data[*len] = '\0';
	fclose(file);
	free(path);
	return data;
}

int main(int argc, char **argv)
{
	struct suite suite = { 0 };
	json_error_t error;
	json_t *root;
	char *folder;

	if (argc != 3) {
		fprintf(stderr, "usage: %s KIND FILE\n", argv[0]);
		return 2;
	}
	root = json_load_file(argv[2], JSON_ALLOW_NUL, &error);
	if (!root) {
		fprintf(stderr, "%s:%d: %s\n", argv[2], error.line, error.text);
		return 2;
	}
	folder = strrchr(argv[2], '/') ? mem_strndup(argv[2], (size_t)(strrchr(argv[2], '/') - argv[2]))
	                               : mem_strdup(".");
	suite.folder = folder;
	for (size_t i = 0; kinds[i].kind; i++)
		if (strcmp(kinds[i].kind, argv[1]) == 0)
			kinds[i].run(&suite, root);
	json_decref(root);
	free(folder);
	printf("%u/%u\n", suite.passed, suite.total);
	return suite.total && suite.passed == suite.total ? 0 : 1;
}
