/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * make-entries - a keystore of any size for tests/bench/keystore, many entries a second
 *
 * usage: make-entries TEMPLATE SIGNING-KEY COUNT FOLDER    a keystore of dir:
 *        make-entries TEMPLATE SIGNING-KEY COUNT           rows for COPY mailseal_entries, on stdout
 *
 * Each entry is TEMPLATE, an entry's text, but for its address, user0@example.org and on, and is
 * signed.  There is no log: it is there to be looked up in.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "keystore/store-dir.h"

struct source {
	struct entry *entry;
	struct signing_secret *secret;
	size_t count;
};

/* ---- entries ---------------------------------------------------------------------- */

static struct entry *read_template(const char *path, struct err *err)
{
	char *text = mem_alloc(ENTRY_MAX);
	FILE *file = fopen(path, "r");
	struct entry *entry = NULL;

	if (!file)
		err_sys(err, ERR_CONFIG, NULL, "%s", path);
	else
		entry = entry_parse(text, fread(text, 1, ENTRY_MAX, file), NULL, err);
	if (file)
		fclose(file);
	free(text);
	return entry;
}

static void make_text(const struct source *source, size_t number, struct buf *text)
{
	struct buf address = BUF_INIT, signature = BUF_INIT;

	buf_addf(&address, "user%zu@example.org", number);
	free(source->entry->address);
	source->entry->address = mem_strdup(buf_str(&address));
	source->entry->serial = 1;
	buf_cut(text, 0);
	entry_format(source->entry, text);
	signing_sign(source->secret, text->data, text->len, &signature);
	buf_addf(text, "Signature: %s\n", buf_str(&signature));
	buf_free(&address);
	buf_free(&signature);
}

/* ---- where they go ------------------------------------------------------------------- */

static int fill_folder(const struct source *source, const char *folder, struct err *err)
{
	void *dir = store_dir_fill(folder, err);
	struct buf text = BUF_INIT;
	int rc = dir ? 0 : -1;

	for (size_t i = 0; i < source->count && rc == 0; i++) {
		make_text(source, i, &text);
		rc = store_dir_fill_entry(dir, source->entry->address, &text, err);
	}
	if (rc == 0)
		rc = store_dir_fill_end(dir, err);
	if (dir)
		store_dir_close(dir);
	buf_free(&text);
	return rc;
}

/* COPY's text format: an entry has no tab and no backslash that would need care. */
static int print_rows(const struct source *source, struct err *err)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < source->count; i++) {
		make_text(source, i, &text);
		printf("%s\t%" PRIu64 "\t\\N\t", source->entry->address, source->entry->serial);
		for (const char *p = buf_str(&text); *p; p++)
			if (*p == '\n')
				fputs("\\n", stdout);
			else
				putchar(*p);
		putchar('\n');
	}
	buf_free(&text);
	return fflush(stdout) || ferror(stdout)
		? err_sys(err, ERR_TEMPORARY, NULL, "stdout") : 0;
}

int main(int argc, char **argv)
{
	struct source source = { 0 };
	struct err err;
	int rc = -1;

	if (argc < 4 || argc > 5) {
		fprintf(stderr, "usage: %s TEMPLATE SIGNING-KEY COUNT [FOLDER]\n", argv[0]);
		return 64;
	}
	source.count = strtoul(argv[3], NULL, 10);
	source.entry = read_template(argv[1], &err);
	if (source.entry)
		source.secret = signing_secret_read(argv[2], &err);
	if (source.secret)
		rc = argc == 5 ? fill_folder(&source, argv[4], &err)
		               : print_rows(&source, &err);
	if (rc)
		fprintf(stderr, "%s: %s\n", argv[0], err.what);
	signing_secret_free(&source.secret);
	entry_free(&source.entry);
	return rc ? 1 : 0;
}
