/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signing - the site's signature on what the keystore says */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/secret.h"
#include "keystore/signing.h"

#define KIND "ed25519:"
#define SECRET_WORD "mailseal-signing-key "
#define FILE_MAX ((size_t)4096)
#define TEXT_MAX 128 /* bytes of a key or signature as text, with NUL */

struct signing_secret {
	unsigned char key[crypto_sign_SECRETKEYBYTES];
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
};

struct signing_public {
	unsigned char key[SIGNING_KEYS_MAX][crypto_sign_PUBLICKEYBYTES];
	size_t count;
};

/* ---- texts ------------------------------------------------------------- */

static void add_text(struct buf *out, const unsigned char *data, size_t len)
{
	char text[TEXT_MAX];

	sodium_bin2base64(text, sizeof text, data, len,
	                  sodium_base64_VARIANT_ORIGINAL);
	buf_adds(out, KIND);
	buf_adds(out, text);
	sodium_memzero(text, sizeof text);
}

/* Exactly size bytes, in the one text that add_text gives them. */
static bool read_text(const char *text, size_t len, unsigned char *out,
                      size_t size)
{
	const size_t kind = strlen(KIND);
	size_t got = 0;

	return len > kind && memcmp(text, KIND, kind) == 0 &&
	       sodium_base642bin(out, size, text + kind, len - kind, NULL, &got,
	                         NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       got == size;
}

/* ---- the secret half ----------------------------------------------------- */

int signing_make(const char *path, struct err *err)
{
	unsigned char seed[crypto_sign_SEEDBYTES];
	struct buf text = BUF_INIT;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	              0600);
	int rc;

	if (fd < 0)
		return err_sys(err, ERR_TEMPORARY, errno == EEXIST ?
		               "a key that is lost can't be had again: name another file" : NULL,
		               "cannot make %s", path);
	secret_random(seed, sizeof seed);
	buf_adds(&text, SECRET_WORD);
	add_text(&text, seed, sizeof seed);
	buf_addc(&text, '\n');
	rc = io_write(fd, text.data, text.len, path, DEADLINE_NEVER, err);
	if (rc == 0 && fsync(fd))
		rc = err_sys(err, ERR_TEMPORARY, NULL, "cannot write %s", path);
	if (close(fd) && rc == 0)
		rc = err_sys(err, ERR_TEMPORARY, NULL, "cannot write %s", path);
	if (rc)
		unlink(path);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(text.data, text.len);
	buf_free(&text);
	return rc;
}

static int check_private(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st))
		return err_sys(err, ERR_CONFIG, "`mailseal key sign-init` makes one",
		               "cannot read the signing key %s", path);
	if (st.st_mode & 077)
		return err_set(err, ERR_CONFIG, "chmod 600 it, and think of who has read it",
		               "others may read the signing key %s", path);
	return 0;
}

struct signing_secret *signing_secret_read(const char *path, struct err *err)
{
	const size_t word = strlen(SECRET_WORD);
	struct signing_secret *secret = NULL;
	unsigned char seed[crypto_sign_SEEDBYTES];
	size_t len = 0;
	char *text = check_private(path, err) ? NULL
	             : io_read_file(AT_FDCWD, path, FILE_MAX, &len, err);

	if (!text)
		return NULL;
	if (len > word && text[len - 1] == '\n' &&
	    memcmp(text, SECRET_WORD, word) == 0 &&
	    read_text(text + word, len - word - 1, seed, sizeof seed)) {
		secret = mem_alloc(sizeof *secret);
		crypto_sign_seed_keypair(secret->public, secret->key, seed);
	} else {
		err_set(err, ERR_CONFIG, "`mailseal key sign-init` makes one",
		        "%s is no signing key", path);
	}
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(text, len);
	free(text);
	return secret;
}

void signing_secret_free(struct signing_secret **secret)
{
	if (!*secret)
		return;
	sodium_memzero(*secret, sizeof **secret);
	free(*secret);
	*secret = NULL;
}

void signing_secret_public(const struct signing_secret *secret, struct buf *out)
{
	add_text(out, secret->public, sizeof secret->public);
}

void signing_sign(const struct signing_secret *secret, const void *data,
                  size_t len, struct buf *out)
{
	unsigned char signature[crypto_sign_BYTES];

	crypto_sign_detached(signature, NULL, data, len, secret->key);
	add_text(out, signature, sizeof signature);
}

/* ---- the public half ----------------------------------------------------- */

static bool add_key(struct signing_public *keys, const char *text, size_t len)
{
	if (keys->count == SIGNING_KEYS_MAX ||
	    !read_text(text, len, keys->key[keys->count],
	               crypto_sign_PUBLICKEYBYTES))
		return false;
	keys->count++;
	return true;
}

static bool add_lines(struct signing_public *keys, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)((lf ? lf : end) - text);

		if (line && text[0] != '#' && !add_key(keys, text, line))
			return false;
		text += line + 1;
	}
	return keys->count > 0;
}

static int read_keys(struct signing_public *keys, const char *value,
                     struct err *err)
{
	size_t len = strlen(value);
	bool file = value[0] == '/';
	char *text = file ? io_read_file(AT_FDCWD, value, FILE_MAX, &len, err)
	                  : mem_strdup(value);
	bool ok = text && add_lines(keys, text, len);

	if (!text)
		err->class = ERR_CONFIG;
	else if (!ok)
		err_set(err, ERR_CONFIG, "`mailseal key sign-init` prints it",
		        "keystore-public-key: no `ed25519:...`%s%.100s",
		        file ? " in " : "", file ? value : "");
	free(text);
	return ok ? 0 : -1;
}

struct signing_public *signing_public_read(const char *value, struct err *err)
{
	struct signing_public *keys = mem_alloc(sizeof *keys);

	if (read_keys(keys, value, err))
		signing_public_free(&keys);
	return keys;
}

void signing_public_free(struct signing_public **keys)
{
	free(*keys);
	*keys = NULL;
}

bool signing_verify(const struct signing_public *keys, const void *data,
                    size_t len, const char *signature)
{
	unsigned char bytes[crypto_sign_BYTES];

	if (!signature || !read_text(signature, strlen(signature), bytes, sizeof bytes))
		return false;
	for (size_t i = 0; i < keys->count; i++)
		if (crypto_sign_verify_detached(bytes, data, len, keys->key[i]) == 0)
			return true;
	return false;
}

bool signing_public_has(const struct signing_public *keys, const char *text)
{
	unsigned char key[crypto_sign_PUBLICKEYBYTES];

	if (!read_text(text, strlen(text), key, sizeof key))
		return false;
	for (size_t i = 0; i < keys->count; i++)
		if (memcmp(keys->key[i], key, sizeof key) == 0)
			return true;
	return false;
}
