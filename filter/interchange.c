/* SPDX-License-Identifier: GPL-3.0-or-later */
/* interchange - certificates as other programs keep them, file by file */
#include <config.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "filter/config-value.h"
#include "filter/interchange.h"
#include "keystore/keybox.h"
#include "keystore/wkd.h"

#define WKD_DEPTH 5 /* folders above `hu` */
#define KBX "pubring.kbx"
#define GPG "pubring.gpg"

struct interchange_kind {
	const char *name;
	int (*read)(int folder, const char *path, const struct interchange *to,
	            struct err *err);
};

/* ---- folders and files ---------------------------------------------------------- */

static int open_folder(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC |
	                        (at == AT_FDCWD ? 0 : O_NOFOLLOW));
}

/* Calls visit for each name that does not begin with a dot, unless hidden. */
static int each_name(int folder, bool hidden,
                     int (*visit)(void *ctx, int folder, const char *name), void *ctx)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	int rc = 0;

	if (!names && fd >= 0)
		close(fd);
	while (names && rc == 0 && (e = readdir(names)))
		if (e->d_name[0] != '.' ||
		    (hidden && strcmp(e->d_name, ".") && strcmp(e->d_name, "..")))
			rc = visit(ctx, folder, e->d_name);
	if (names)
		closedir(names);
	return rc;
}

/* A plain file's bytes; NULL: told to skipped. A link may lead to what its owner may not read. */
static char *read_plain(int folder, const char *name, size_t max, size_t *len,
                        const struct interchange *to, const char *shown)
{
	struct stat st;
	struct err err;
	char *data = NULL;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		to->skipped(to->ctx, shown, "not a plain file");
	else if (!(data = io_read_file(folder, name, max, len, &err)))
		to->skipped(to->ctx, shown, err.what);
	return data;
}

static int give_file(const struct interchange *to, int folder, const char *name,
                     struct interchange_item *item)
{
	size_t len = 0;
	char *data = read_plain(folder, name, INTERCHANGE_FILE_MAX, &len, to, item->name);
	int rc = 0;

	if (data) {
		item->data = data;
		item->size = len;
		rc = to->each(to->ctx, item);
	}
	free(data);
	return rc;
}

/* ---- a GnuPG home -------------------------------------------------------------------- */

struct ring {
	const struct interchange *to;
	const char *name;
};

static int give_cert(void *ctx, const void *cert, size_t len)
{
	const struct ring *ring = ctx;
	const struct interchange_item item = {
		.name = ring->name, .data = cert, .size = len, .domain = "", .wkd_hash = "",
	};

	return ring->to->each(ring->to->ctx, &item);
}

/* A keybox, or certificates one behind the other. */
static int read_ring(int folder, const char *name, const struct interchange *to)
{
	struct ring ring = { to, name };
	size_t len = 0;
	char *data = read_plain(folder, name, KEYBOX_MAX, &len, to, name);
	struct err err = { .class = ERR_NONE };
	int rc = 0;

	if (data && keybox_is(data, len))
		rc = keybox_each(data, len, give_cert, &ring, &err);
	else if (data && len)
		rc = give_cert(&ring, data, len);
	if (err.class != ERR_NONE) {
		to->skipped(to->ctx, name, err.what);
		rc = 0;
	}
	free(data);
	return rc;
}

static bool is_there(int folder, const char *name)
{
	return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int read_gnupg(int folder, const char *path, const struct interchange *to,
                      struct err *err)
{
	static const char *const rings[] = { KBX, GPG };
	bool any = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof rings / sizeof rings[0]; i++) {
		if (!is_there(folder, rings[i]))
			continue;
		any = true;
		rc = read_ring(folder, rings[i], to);
	}
	if (any)
		return rc;
	return err_set(err, ERR_NO_INPUT, is_there(folder, "public-keys.d")
		? "its keys are with keyboxd: `gpg --export` there, then import that file" : NULL,
		"%s has neither " KBX " nor " GPG, path);
}

static int visit_file(void *ctx, int folder, const char *name)
{
	struct interchange_item item = { .name = name, .domain = "", .wkd_hash = "" };
	struct stat st;

	if (fstatat(folder, name, &st, 0) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return give_file(ctx, folder, name, &item);
}

static int read_files(int folder, const char *path, const struct interchange *to,
                      struct err *err)
{
	if (is_there(folder, KBX) || is_there(folder, GPG) ||
	    is_there(folder, "public-keys.d"))
		return read_gnupg(folder, path, to, err);
	return each_name(folder, false, visit_file, (void *)(uintptr_t)to);
}

/* ---- a Web Key Directory ----------------------------------------------------------------- */

struct wkd {
	const struct interchange *to;
	const char *above; /* the folder that `hu` would be in */
	int depth;
	bool *any;
};

struct hu {
	const struct interchange *to;
	char *domain;
};

static int visit_hash(void *ctx, int folder, const char *name)
{
	const struct hu *hu = ctx;
	char *shown;
	struct interchange_item item = {
		.domain = hu->domain ? hu->domain : "", .wkd_hash = name,
	};
	int rc;

	if (!wkd_is_hash(name))
		return 0;
	shown = mem_printf("hu/%s", name);
	item.name = shown;
	rc = give_file(hu->to, folder, name, &item);
	free(shown);
	return rc;
}

/* The folder above says the domain, except in the direct layout: openpgpkey/hu. */
static int read_hu(const struct wkd *wkd, int folder)
{
	struct hu hu = { wkd->to, NULL };
	struct err ignored;
	int rc;

	*wkd->any = true;
	if (strchr(wkd->above, '.') && wkd->above[0] != '.')
		hu.domain = config_domain(wkd->above, &ignored);
	rc = each_name(folder, false, visit_hash, &hu);
	free(hu.domain);
	return rc;
}

static int visit_wkd(void *ctx, int folder, const char *name)
{
	const struct wkd *wkd = ctx;
	int fd = open_folder(folder, name);
	int rc = 0;

	if (fd < 0)
		return 0;
	if (strcmp(name, "hu") == 0) {
		rc = read_hu(wkd, fd);
	} else if (wkd->depth < WKD_DEPTH) {
		struct wkd below = { wkd->to, name, wkd->depth + 1, wkd->any };

		rc = each_name(fd, true, visit_wkd, &below);
	}
	close(fd);
	return rc;
}

static int read_wkd(int folder, const char *path, const struct interchange *to,
                    struct err *err)
{
	char *whole = realpath(path, NULL);
	const char *last = whole && strrchr(whole, '/') ? strrchr(whole, '/') + 1 : "";
	bool any = false;
	struct wkd wkd = { to, last, 0, &any };
	int rc;

	if (strcmp(last, "hu") == 0) {
		wkd.above = "";
		rc = read_hu(&wkd, folder);
	} else {
		rc = each_name(folder, true, visit_wkd, &wkd);
	}
	free(whole);
	if (rc == 0 && !any)
		return err_set(err, ERR_NO_INPUT, "name the folder that holds openpgpkey, or one below it",
		               "%s has no folder `hu`", path);
	return rc;
}

/* ---- a shared certificate directory ---------------------------------------------------------- */

static const char lower_hex[] = "0123456789abcdef";

static bool is_hex(const char *name, size_t len)
{
	return strlen(name) == len && strspn(name, lower_hex) == len;
}

struct cert_d {
	const struct interchange *to;
	const char *front; /* the first two digits */
	bool *any;
};

static int visit_rest(void *ctx, int folder, const char *name)
{
	const struct cert_d *d = ctx;
	struct interchange_item item = { .domain = "", .wkd_hash = "" };
	char *shown;
	int rc;

	if (!is_hex(name, 38) && !is_hex(name, 62))
		return 0;
	shown = mem_printf("%s/%s", d->front, name);
	item.name = shown;
	snprintf(item.fingerprint, sizeof item.fingerprint, "%.2s%.62s", d->front, name);
	for (char *c = item.fingerprint; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	rc = give_file(d->to, folder, name, &item);
	free(shown);
	return rc;
}

static int visit_front(void *ctx, int folder, const char *name)
{
	struct cert_d below = *(struct cert_d *)ctx;
	int fd = is_hex(name, 2) ? open_folder(folder, name) : -1;
	int rc;

	if (fd < 0)
		return 0;
	*below.any = true;
	below.front = name;
	rc = each_name(fd, false, visit_rest, &below);
	close(fd);
	return rc;
}

static int read_cert_d(int folder, const char *path, const struct interchange *to,
                       struct err *err)
{
	bool any = false;
	struct cert_d d = { to, "", &any };
	int rc = each_name(folder, false, visit_front, &d);

	if (rc == 0 && !any)
		return err_set(err, ERR_NO_INPUT, NULL,
		               "%s has no folder of two hexadecimal digits", path);
	return rc;
}

/* ---- which ------------------------------------------------------------------------------------ */

static const struct interchange_kind kinds[] = {
	{ "gnupg", read_gnupg },
	{ "gpg-mailgate", read_files },
	{ "pgp-cert-d", read_cert_d },
	{ "wkd", read_wkd },
	{ "zeyple", read_files },
};

const struct interchange_kind *interchange_kind(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

int interchange_read(const struct interchange_kind *kind, const char *path,
                     const struct interchange *to, struct err *err)
{
	int folder = open_folder(AT_FDCWD, path);
	int rc;

	if (folder < 0 && errno == ENOTDIR && kind->read == read_gnupg)
		return read_ring(AT_FDCWD, path, to);
	if (folder < 0)
		return err_sys(err, ERR_NO_INPUT, NULL, "cannot open the folder %s", path);
	rc = kind->read(folder, path, to, err);
	close(folder);
	return rc;
}
