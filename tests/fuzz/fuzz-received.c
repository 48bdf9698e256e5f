/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-received - any bytes as the value of Received and of Received-SPF: what is read is
 * printable, bounded, and addresses are addresses
 */
#include <config.h>

#include <string.h>

#include "auth/received-spf.h"
#include "auth/received.h"
#include "tests/fuzz/fuzz.h"

static void check_word(const char *s, size_t size)
{
	FUZZ_CHECK(memchr(s, '\0', size));
	for (; *s; s++)
		FUZZ_CHECK(*s > ' ' && *s < 0x7f);
}

static void check_received(const char *value, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	struct received r;

	received_parse(value, size, &r);
	check_word(r.address, sizeof r.address);
	check_word(r.name, sizeof r.name);
	check_word(r.helo, sizeof r.helo);
	check_word(r.by, sizeof r.by);
	check_word(r.id, sizeof r.id);
	check_word(r.tls_version, sizeof r.tls_version);
	check_word(r.tls_cipher, sizeof r.tls_cipher);
	FUZZ_CHECK(!r.name[0] || r.address[0]);
	FUZZ_CHECK(r.tls || (!r.tls_version[0] && !r.tls_cipher[0]));
	if (!r.address[0])
		return;
	FUZZ_CHECK(received_address(r.address, strlen(r.address), address));
	FUZZ_CHECK(strcmp(r.address, address) == 0);
}

static void check_spf(const char *value, size_t size)
{
	struct received_spf spf;

	if (received_spf_parse(value, size, &spf)) {
		FUZZ_CHECK(strlen(buf_str(&spf.receiver)) == spf.receiver.len);
		FUZZ_CHECK(strlen(buf_str(&spf.envelope_from)) == spf.envelope_from.len);
	}
	FUZZ_CHECK(spf.front.at == value && spf.front.end <= value + size);
	received_spf_free(&spf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_received((const char *)data, size);
	check_spf((const char *)data, size);
	return 0;
}
