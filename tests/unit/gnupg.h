/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gnupg - a GnuPG home of its own for a group of tests, the real gpg, and
 * programs that only call themselves gpg
 */
#ifndef MAILSEAL_TESTS_GNUPG_H
#define MAILSEAL_TESTS_GNUPG_H

#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "keystore/engine.h"
#include "tests/unit/folder.h"

#define GPG "/usr/bin/gpg"

struct gnupg {
	char *dir;      /* all of it */
	char *home;     /* with the secret keys */
	char *seal;     /* a home as mailseal installs it, read-only */
	struct engine_config config;
};

/* Runs a shell command; its stdout, or NULL when it did not end with 0. */
static inline char *gnupg_sh(const struct gnupg *g, const char *command,
                             size_t *len)
{
	struct buf out = BUF_INIT;
	char piece[4096];
	int fds[2], status = 1;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		setenv("GNUPGHOME", g->home, 1);
		if (chdir(g->dir) == 0)
			execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	while ((n = read(fds[0], piece, sizeof piece)) > 0)
		buf_add(&out, piece, (size_t)n);
	close(fds[0]);
	waitpid(pid, &status, 0);
	if (len)
		*len = out.len;
	buf_addc(&out, '\0');
	if (status == 0)
		return buf_steal(&out);
	buf_free(&out);
	return NULL;
}

static inline void gnupg_must(const struct gnupg *g, const char *command)
{
	char *out = gnupg_sh(g, command, NULL);

	if (!out)
		fail_msg("failed: %s", command);
	free(out);
}

static inline char *gnupg_path(const struct gnupg *g, const char *name)
{
	return mem_printf("%s/%s", g->dir, name);
}

static inline void gnupg_write(const struct gnupg *g, const char *name,
                               const void *data, size_t len, mode_t mode)
{
	char *path = gnupg_path(g, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	free(path);
}

static inline struct gnupg *gnupg_new(void)
{
	struct gnupg *g = mem_alloc(sizeof *g);
	const char *srcdir = getenv("srcdir");
	size_t len;
	char *conf = folder_read(srcdir ? srcdir : ".",
	                         "keystore/gnupg/gpg.conf", &len);

	g->dir = folder_new();
	g->home = gnupg_path(g, "home");
	g->seal = gnupg_path(g, "seal");
	assert_int_equal(mkdir(g->home, 0700), 0);
	assert_int_equal(mkdir(g->seal, 0755), 0);
	assert_non_null(conf);
	gnupg_write(g, "seal/gpg.conf", conf, len, 0444);
	gnupg_must(g, "chmod 555 seal");
	free(conf);
	g->config = (struct engine_config){ .program = GPG, .home = g->seal };
	return g;
}

static inline void gnupg_free(struct gnupg *g)
{
	free(gnupg_sh(g, "for h in home*; do GNUPGHOME=$h gpgconf "
	              "--kill all; done; chmod 755 seal", NULL));
	folder_remove(g->dir);
	free(g->home);
	free(g->seal);
	free(g);
}

/* A new key without a passphrase; what: parameters as for --quick-gen-key. */
static inline void gnupg_key(const struct gnupg *g, const char *user,
                             const char *what)
{
	char *command = mem_printf("gpg -q --batch --no-tty --passphrase '' "
	                           "--quick-gen-key '%s' %s 2>gen.log",
	                           user, what);

	gnupg_must(g, command);
	free(command);
}

/* The fingerprint of a user's N-th key: 0 the primary. */
static inline char *gnupg_fingerprint(const struct gnupg *g, const char *user,
                                      int n)
{
	char *command = mem_printf("gpg --batch --with-colons --list-keys '%s' "
	                           "2>list.log | grep ^fpr | cut -d: -f10 | "
	                           "sed -n %dp | tr -d '\\n'", user, n + 1);
	char *out = gnupg_sh(g, command, NULL);

	assert_non_null(out);
	assert_int_equal(strlen(out), 40);
	free(command);
	return out;
}

/* A subkey as an entry has it: the certificate with it alone. */
static inline void gnupg_subkey(const struct gnupg *g, const char *user, int n,
                                struct entry_subkey *subkey)
{
	char *fingerprint = gnupg_fingerprint(g, user, n);
	char *command = mem_printf("gpg -q --batch --export %s!", fingerprint);

	memset(subkey, 0, sizeof *subkey);
	memcpy(subkey->fingerprint, fingerprint, strlen(fingerprint) + 1);
	subkey->keyid = entry_keyid(fingerprint);
	subkey->data = (unsigned char *)gnupg_sh(g, command, &subkey->size);
	assert_non_null(subkey->data);
	free(command);
	free(fingerprint);
}

/* A program in the folder; script is for bash, GPG the real one's path. */
static inline char *gnupg_fake(const struct gnupg *g, const char *name,
                               const char *script)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, "#!/bin/bash\nPATH=/usr/bin:/bin\n");
	buf_addf(&text, "cd '%s'\n", g->dir);
	buf_adds(&text, script);
	gnupg_write(g, name, text.data, text.len, 0755);
	buf_free(&text);
	return gnupg_path(g, name);
}

/* How many processes have us as their parent. */
static inline int gnupg_children(void)
{
	DIR *proc = opendir("/proc");
	int count = 0;

	assert_non_null(proc);
	for (struct dirent *e; (e = readdir(proc));) {
		char path[300], line[512] = "";
		const char *end;
		int fd, parent = 0;

		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, line, sizeof line - 1) > 0 &&
		    (end = strrchr(line, ')')) != NULL)
			parent = (int)strtol(end + 4, NULL, 10);
		close(fd);
		count += parent == getpid();
	}
	closedir(proc);
	return count;
}

/* No child is left, neither running nor as a zombie. */
static inline void gnupg_assert_alone(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(gnupg_children(), 0);
}

#endif
