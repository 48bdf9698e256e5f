/* SPDX-License-Identifier: GPL-3.0-or-later */
/* armour-header - may this armour header stand outside the ciphertext? */
#include <config.h>

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "mime/armour-header.h"

#define WORD_MAX 64
#define NUMBERS_MAX 3 /* words like v2.0.15 in one value */

/* Programs: a Version or Comment begins with one of them. */
static const char *const programs[] = {
	"APG", "BCPG", "Canary", "CryptUp", "DidiSoft", "Encryption", "Enigmail",
	"FlowCrypt", "GnuPG", "GnuPG/MacGPG2", "GopenPGP", "GPGTools", "Hush",
	"iPGMail", "Keybase", "Kleopatra", "Mailvelope", "NetPGP", "ObjectivePGP",
	"OpenKeychain", "OpenPGP", "OpenPGP.js", "Passbolt", "PGP", "PGPfreeware",
	"PGPsdk", "Proton", "ProtonMail", "R2Mail2", "RNP", "Sequoia",
	"Sequoia-PGP", "Symantec", NULL
};

/* What else they write; `Seamlessly send ...` is FlowCrypt's comment. */
static const char *const words[] = {
	"-", "and", "Android", "Build", "by", "C#", "Command", "Created", "Darwin",
	"Desktop", "Email", "encrypted", "for", "FreeBSD", "Freeware", "Gmail",
	"GNU/Linux", "Icedove", "iOS", "Java", "JavaScript", "Library", "Line",
	"Linux", "MacOS", "MacGPG2", "Mail", "MingW32", "Mozilla", "NetBSD",
	"non-commercial", "OpenBSD", "OS", "personal", "portable", "Postbox",
	"receive", "SDK", "SeaMonkey", "Seamlessly", "Security", "send", "Server",
	"SunOS", "Thunderbird", "Universal", "use", "Using", "VERSION",
	"v@RELEASE_NAME@", "Windows", "with", "X", NULL
};

/* With or without `/`, `www.` and TLS. */
static const char *const sites[] = {
	"cryptup.org", "enigmail.mozdev.org", "enigmail.net", "flowcrypt.com",
	"gnupg.org", "gopenpgp.org", "gpgtools.org", "keybase.io/crypto",
	"mailvelope.com", "openkeychain.org", "openpgpjs.org", "pgp.com",
	"protonmail.com", "proton.me", "sequoia-pgp.org", NULL
};

static bool is_in(const char *const *list, const char *word)
{
	for (; *list; list++)
		if (strcasecmp(*list, word) == 0)
			return true;
	return false;
}

/* v2, v2.0.15, 4028, 1.20131017, 2.1.0-beta3 */
static bool is_number(const char *word)
{
	if (*word == 'v' || *word == 'V')
		word++;
	if (*word == '.')
		word++;
	return isdigit((unsigned char)*word) && strlen(word) <= 16 &&
	       strspn(word, "0123456789.-abcrvet") == strlen(word);
}

static const char *behind(const char *word, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncasecmp(word, prefix, len) == 0 ? word + len : word;
}

static bool is_site(char *word)
{
	size_t len = strlen(word);

	if (len > 0 && word[len - 1] == '/')
		word[len - 1] = '\0';

	const char *host = behind(behind(word, "https://"), "http://");

	return host != word && is_in(sites, behind(host, "www."));
}

/* Copies the next word of *value without what stands around it: 1; 0 at the
 * end; -1 when it is too long. */
static int next_word(const char **value, char word[static WORD_MAX])
{
	static const char around[] = " ()<>,;";
	const char *p = *value + strspn(*value, around);
	size_t len = strcspn(p, around);

	*value = p + len;
	if (len >= WORD_MAX)
		return -1;
	memcpy(word, p, len);
	word[len] = '\0';
	return len > 0;
}

static bool is_first_word(char *word)
{
	static const char *const starts[] = { "Using", "Created", "Seamlessly", NULL };

	return is_in(programs, word) || is_in(starts, word) || is_site(word);
}

static bool is_further_word(char *word)
{
	return is_in(words, word) || is_in(programs, word) || is_site(word);
}

static bool is_about_program(const char *value)
{
	char word[WORD_MAX];
	unsigned numbers = 0;
	int rc = next_word(&value, word);

	if (rc <= 0 || !is_first_word(word))
		return false;
	while ((rc = next_word(&value, word)) > 0)
		if (is_number(word) ? ++numbers > NUMBERS_MAX : !is_further_word(word))
			return false;
	return rc == 0;
}

static bool is_charset(const char *value)
{
	static const char *const starts[] = {
		"utf-8", "us-ascii", "iso-8859-", "iso-2022-", "windows-125",
		"koi8-", "euc-", "gb2312", "gbk", "gb18030", "big5", "shift_jis", NULL
	};

	for (size_t i = 0; starts[i]; i++)
		if (behind(value, starts[i]) != value)
			return strlen(behind(value, starts[i])) <= 3;
	return false;
}

static bool is_hash_list(const char *value)
{
	static const char *const hashes[] = {
		"MD5", "SHA1", "RIPEMD160", "SHA224", "SHA256", "SHA384",
		"SHA512", "SHA3-256", "SHA3-512", NULL
	};
	char word[WORD_MAX];

	int rc;

	while ((rc = next_word(&value, word)) > 0)
		if (!is_in(hashes, word))
			return false;
	return rc == 0;
}

bool armour_header_is_harmless(const char *line)
{
	static const struct {
		const char *key;
		bool (*is_harmless)(const char *value);
	} known[] = {
		{ "Version: ", is_about_program },
		{ "Comment: ", is_about_program },
		{ "Charset: ", is_charset },
		{ "Hash: ", is_hash_list },
	};

	if (strlen(line) > ARMOUR_HEADER_MAX)
		return false;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t len = strlen(known[i].key);

		if (strncmp(line, known[i].key, len) == 0)
			return known[i].is_harmless(line + len);
	}
	return false;
}
