/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store-dir-list - a keystore in a folder: whose entries are in it
 *
 * A name is turned back into its address, and counts if the path
 * computation leads from there to this very file: what else lies about
 * (an editor's backup, a half-way copy) is nobody's entry.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "keystore/address.h"
#include "keystore/store-dir.h"

static const char hex[] = "0123456789abcdef";

static int hex_digit(char c)
{
	const char *at = c != '\0' ? strchr(hex, c) : NULL;

	return at ? (int)(at - hex) : -1;
}

/* The address that an escaped name stands for, or NULL. */
static char *unescape(const char *name)
{
	struct buf address = BUF_INIT;

	for (; *name; name++) {
		int high = 0, low = 0;

		if (*name != '%') {
			buf_addc(&address, *name);
			continue;
		}
		high = hex_digit(name[1]);
		low = high < 0 ? -1 : hex_digit(name[2]);
		if (low < 0 || (high | low) == 0) {
			buf_free(&address);
			return NULL;
		}
		buf_addc(&address, (char)(high << 4 | low));
		name += 2;
	}
	return buf_steal(&address);
}

static bool is_hash(const char *name)
{
	return name[0] == '%' && strlen(name) == SHA256_HEX &&
	       strspn(name + 1, hex) == SHA256_HEX - 1;
}

struct listing {
	const struct store_dir *dir;
	int (*each)(void *ctx, const char *address);
	void *ctx;
	struct err *err;
	bool incomplete; /* *err says where */
};

/* The listing goes on with the rest; the first trouble is the one told. */
static void incomplete(struct listing *l, const char *path, struct err *trouble)
{
	if (!l->incomplete && trouble)
		*l->err = *trouble;
	else if (!l->incomplete)
		store_dir_unreadable(l->dir, path, l->err);
	l->incomplete = true;
}

/* Whose entry a text claims to be; NULL: it can't be told. */
static char *claimed(const struct buf *text, struct err *err)
{
	struct entry *entry = entry_parse(buf_str(text), text->len, NULL, err);
	char *address = entry ? mem_strdup(entry->address) : NULL;

	entry_free(&entry);
	return address;
}

/* Whose entry a file is; NULL: nobody's (a stranger's file), or unreadable. */
static char *address_of(struct listing *l, const char *path, const char *name)
{
	struct buf text = BUF_INIT;
	struct err err;
	char *address = NULL;

	if (!is_hash(name))
		return unescape(name);

	enum store_answer answer = store_dir_read(l->dir, path, ENTRY_MAX, &text, &err);

	if (answer == STORE_FOUND)
		address = claimed(&text, &err);
	if (answer == STORE_COULD_NOT_ASK || (answer == STORE_FOUND && !address))
		incomplete(l, path, &err);
	buf_free(&text);
	return address;
}

static int list_file(struct listing *l, const char *folder, const char *name)
{
	struct store_dir_place place;
	char *path = mem_printf("%s/%s", folder, name);
	char *address = address_of(l, path, name);
	int rc = 0;

	if (address && address_is_normal(address)) {
		store_dir_place(address, &place);
		if (strcmp(place.path, path) == 0)
			rc = l->each(l->ctx, address);
	}
	free(address);
	free(path);
	return rc;
}

static bool is_folder_name(const char *name)
{
	return strlen(name) == 2 && strspn(name, hex) == 2;
}

/* NULL with *err noted; folder "" is the root. */
static DIR *open_names(struct listing *l, const char *folder)
{
	int fd = store_dir_open_folder(l->dir, folder[0] ? folder : ".");
	DIR *names = fd >= 0 ? fdopendir(fd) : NULL;

	if (!names) {
		incomplete(l, folder, NULL);
		if (fd >= 0)
			close(fd);
	}
	return names;
}

static const char *next_name(struct listing *l, const char *folder, DIR *names)
{
	struct dirent *e;

	errno = 0;
	e = readdir(names);
	if (!e && errno != 0)
		incomplete(l, folder, NULL);
	return e ? e->d_name : NULL;
}

static int list_folder(struct listing *l, const char *folder)
{
	DIR *names = open_names(l, folder);
	const char *name;
	int rc = 0;

	if (!names)
		return 0;
	while (rc == 0 && (name = next_name(l, folder, names)))
		if (name[0] != '.')
			rc = list_file(l, folder, name);
	closedir(names);
	return rc;
}

static int list_root(struct listing *l)
{
	DIR *names = open_names(l, "");
	const char *name;
	int rc = 0;

	if (!names)
		return 0;
	while (rc == 0 && (name = next_name(l, "", names)))
		if (is_folder_name(name))
			rc = list_folder(l, name);
	closedir(names);
	return rc;
}

int store_dir_each(void *ctx, int (*each)(void *each_ctx, const char *address),
                   void *each_ctx, struct err *err)
{
	struct listing l = { .dir = ctx, .each = each, .ctx = each_ctx, .err = err };
	int rc = list_root(&l);

	return rc == 0 && l.incomplete ? -1 : rc;
}
