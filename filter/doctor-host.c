/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor-host - what this machine does to memory, programs and logs */
#include <config.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "filter/doctor.h"

#define PROC_MAX ((size_t)64 * 1024)

/* The file's text without its last line end; the caller frees. NULL: none. */
static char *read_proc(const char *path)
{
	size_t len;
	struct err err;
	char *text = io_read_file(AT_FDCWD, path, PROC_MAX, &len, &err);

	if (text && len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return text;
}

/* A crash is caught and no core is allowed, but a pipe in core_pattern is
 * given the core of gpg, or of us on SIGSYS, whatever the limit (core(5)). */
static void check_core(struct doctor *d)
{
	char *pattern = read_proc("/proc/sys/kernel/core_pattern");

	if (pattern && pattern[0] == '|')
		doctor_add(d, LEVEL_WARN, "core dumps",
		           "systemd-coredump: Storage=none in /etc/systemd/coredump.conf; or sysctl kernel.core_pattern=core",
		           "a program collects the memory of crashed ones (%s)",
		           pattern);
	else
		doctor_add(d, LEVEL_OK, "core dumps", NULL,
		           "deliveries write none");
	free(pattern);
}

static void check_swap(struct doctor *d)
{
	char *swaps = read_proc("/proc/swaps");
	const char *line = swaps ? strchr(swaps, '\n') : NULL;
	bool open = false;

	for (; line && line[1]; line = strchr(line + 1, '\n'))
		open |= strncmp(line + 1, "/dev/dm-", 8) != 0 &&
		        strncmp(line + 1, "/dev/mapper/", 12) != 0 &&
		        strncmp(line + 1, "/dev/zram", 9) != 0;
	if (open)
		doctor_add(d, LEVEL_WARN, "swap",
		           "encrypt it (crypttab: swap with /dev/urandom as its key) or swapoff -a",
		           "memory that holds mail may be written to swap in the clear");
	else
		doctor_add(d, LEVEL_OK, "swap", NULL,
		           "none in the clear that can be seen");
	free(swaps);
}

static void check_memfd(struct doctor *d)
{
	int fd = memfd_create("mailseal", MFD_CLOEXEC);

	if (fd < 0 || access("/proc/self/fd", X_OK))
		doctor_add(d, LEVEL_FAIL, "kernel",
		           "mount /proc and allow memfd_create (a container or a seccomp filter may forbid it)",
		           "certificates can't be handed to gpg in memory");
	if (fd >= 0)
		close(fd);
}

static void check_syslog(struct doctor *d)
{
	if (access("/dev/log", F_OK) == 0)
		doctor_add(d, LEVEL_OK, "log", NULL, "syslog listens");
	else
		doctor_add(d, LEVEL_WARN, "log",
		           "start a syslog daemon, or look at the MTA's log for stderr",
		           "nothing listens on /dev/log: the line per message is lost");
}

void doctor_host(struct doctor *d)
{
	check_core(d);
	check_swap(d);
	check_memfd(d);
	check_syslog(d);
}
