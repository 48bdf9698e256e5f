/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secret - memory that holds plaintext or keys */
#include <config.h>

#include <sodium.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "base/secret.h"

void *secret_alloc(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		mem_exhausted();
	/* All are best effort: RLIMIT_MEMLOCK is often 64 KiB, and an old
	 * kernel may not know the advice. The core limit stands anyway. */
	(void)mlock2(p, size, MLOCK_ONFAULT);
	(void)madvise(p, size, MADV_DONTDUMP);
	(void)madvise(p, size, MADV_DONTFORK);
	return p;
}

void secret_free(void *data, size_t size, size_t used)
{
	if (!data)
		return;
	sodium_memzero(data, used);
	munmap(data, size);
}

void secret_random(void *data, size_t size)
{
	randombytes_buf(data, size);
}

void secret_init(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	/* Fails only when the system has no randomness at all; there is
	 * nothing that could be sealed then. */
	if (sodium_init() < 0)
		mem_exhausted();
}
