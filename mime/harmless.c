/* SPDX-License-Identifier: GPL-3.0-or-later */
/* harmless - what may stand in the clear around a ciphertext */
#include <config.h>

#include <string.h>
#include <strings.h>

#include "mime/compose.h"
#include "mime/harmless.h"
#include "mime/transfer.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static const char *const preambles[] = {
	COMPOSE_PREAMBLE,
	"This is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)",
	"This is an OpenPGP/MIME encrypted message (RFC 2440 and 3156)",
	"This is an OpenPGP/MIME encrypted message (RFC 9580 and 3156)",
	"This is an OpenPGP/MIME encrypted message (RFC 2440, 3156 and 4880)",
	"This is a PGP/MIME encrypted message (RFC 2015)",
	"This is a multi-part message in MIME format",
	"This is a multipart message in MIME format",
	"This is a MIME-encapsulated message",
	"This is a MIME-formatted message",
	"This message is in MIME format",
	"This is a MIME-formatted message.  If you see this text it means that your",
	"E-mail software does not support MIME-formatted messages",
	"This message is in MIME format. Since your mail reader does not understand",
	"this format, some or all of this message may not be legible",
	"(Automatically encrypted by Stalwart)",
	NULL
};

static const char *const descriptions[] = {
	"OpenPGP encrypted data",
	"OpenPGP encrypted message",
	"OpenPGP/MIME Versions Identification",
	"PGP Encrypted Data",
	"PGP encrypted message",
	"PGP/MIME encrypted message",
	"PGP/MIME version identification",
	"PGP/MIME Versions Identification",
	"PGPMIME version identification",
	"PGPMIME Versions Identification",
	"S/MIME Encrypted Message",
	"This is a digitally encrypted message part",
	NULL
};

/* A file name is one of these, up to five digits, and an ending. */
static const char *const file_stems[] = {
	"att", "attachment", "encrypted", "encrypted.eml", "enveloped", "mail",
	"message", "mime", "msg", "noname", "OpenPGP encrypted message",
	"openpgp-encrypted-message", "pgp", "pgp-encrypted", "pgpmime",
	"PGPMIME version identification", "PGPMIME Versions Identification",
	"smime", "version", NULL
};

static const char *const file_endings[] = {
	"", ".asc", ".bin", ".dat", ".eml", ".gpg", ".p7m", ".pgp", ".txt", NULL
};

static bool is_in(const char *const *list, const char *text)
{
	for (; *list; list++)
		if (strcasecmp(*list, text) == 0)
			return true;
	return false;
}

/* Between min and max of these characters, and no others. */
static bool is_of(const char *text, const char *characters, size_t min, size_t max)
{
	size_t len = strspn(text, characters);

	return text[len] == '\0' && len >= min && len <= max;
}

bool harmless_preamble(const char *line)
{
	char copy[128];
	size_t len = strlen(line);

	if (len >= sizeof copy)
		return false;
	memcpy(copy, line, len + 1);
	if (is_in(preambles, copy))
		return true;
	if (len > 0 && copy[len - 1] == '.')
		copy[len - 1] = '\0';
	return is_in(preambles, copy);
}

bool harmless_charset(const char *charset)
{
	/* with as many letters, digits and dashes behind them */
	static const struct {
		const char *name;
		size_t more;
	} families[] = {
		{ "us-ascii", 0 }, { "utf-8", 0 }, { "iso-8859-", 4 }, { "windows-125", 1 },
		{ "cp125", 1 }, { "latin", 1 }, { "ansi_x3.4-", 4 }, { "koi8-", 2 },
		{ "iso-2022-", 4 }, { "euc-", 2 }, { "shift_jis", 0 }, { "big5", 0 },
		{ "gb2312", 0 }, { "gbk", 0 }, { "gb18030", 0 },
	};

	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		size_t len = strlen(families[i].name);

		if (strncasecmp(charset, families[i].name, len) == 0 &&
		    is_of(charset + len, LETTERS DIGITS "-", 0, families[i].more))
			return true;
	}
	return false;
}

/* What stands behind the stem: digits and an ending. */
static bool is_file_rest(const char *rest)
{
	size_t digits = strspn(rest, DIGITS);

	return digits <= 5 && is_in(file_endings, rest + digits);
}

static bool is_file_name(const char *name)
{
	for (size_t i = 0; file_stems[i]; i++) {
		size_t len = strlen(file_stems[i]);

		if (strncasecmp(name, file_stems[i], len) == 0 && is_file_rest(name + len))
			return true;
	}
	return false;
}

/* Tue, 24 Nov 2026 20:00:00 +0000: at most three words of at most three letters. */
static bool is_date(const char *text)
{
	unsigned words = 0;

	if (!is_of(text, LETTERS DIGITS " ,:+-", 10, 40))
		return false;
	for (const char *p = text; *p;) {
		size_t letters = strspn(p, LETTERS);

		if (letters > 3 || (letters > 0 && ++words > 3))
			return false;
		p += letters ? letters : 1;
	}
	return true;
}

/* RFC 2046 section 5.1.1, but one with spaces could be a sentence. */
static bool is_boundary(const char *text)
{
	return is_of(text, LETTERS DIGITS "'()+_,-./:=?", 1, 70);
}

static bool is_size(const char *text)
{
	return is_of(text, DIGITS, 1, 20);
}

static bool is_mode(const char *text)
{
	return is_of(text, DIGITS, 1, 10);
}

/* Is value one of the words of list? */
static bool is_word_of(const char *list, const char *value)
{
	while (*list) {
		size_t len = strcspn(list, " ");

		if (strlen(value) == len && strncasecmp(list, value, len) == 0)
			return true;
		list += len + strspn(list + len, " ");
	}
	return false;
}

static bool is_harmless_param(const struct content_param *param)
{
	static const struct {
		const char *name, *values; /* NULL: is_harmless tells */
		bool (*is_harmless)(const char *value);
	} known[] = {
		{ "boundary", NULL, is_boundary },
		{ "charset", NULL, harmless_charset },
		{ "creation-date", NULL, is_date },
		{ "delsp", "yes no", NULL },
		{ "filename", NULL, is_file_name },
		{ "format", "flowed fixed text", NULL },
		{ "hp", "clear cipher", NULL },
		{ "modification-date", NULL, is_date },
		{ "name", NULL, is_file_name },
		{ "protected-headers", "v1", NULL },
		{ "protocol", "application/pgp-encrypted", NULL },
		{ "read-date", NULL, is_date },
		{ "reply-type", "original", NULL },
		{ "size", NULL, is_size },
		{ "smime-type", "enveloped-data authEnveloped-data signed-data compressed-data",
		  NULL },
		{ "version", "1", NULL },
		{ "x-action", "encrypt pgp-encrypted", NULL },
		{ "x-mac-creator", NULL, is_mode },
		{ "x-mac-type", NULL, is_mode },
		{ "x-unix-mode", NULL, is_mode },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(param->name, known[i].name) == 0)
			return known[i].values ? is_word_of(known[i].values, param->value) :
			                         known[i].is_harmless(param->value);
	return false;
}

static bool has_harmless_params(const struct content *content)
{
	if (content->odd)
		return false;
	for (unsigned i = 0; i < content->params; i++)
		if (!is_harmless_param(&content->param[i]))
			return false;
	return true;
}

bool harmless_type(const struct content *content)
{
	return strchr(content->type, '/') && has_harmless_params(content);
}

bool harmless_disposition(const struct content *content)
{
	bool known = strcmp(content->type, "inline") == 0 ||
	             strcmp(content->type, "attachment") == 0;

	return known && has_harmless_params(content);
}

static bool is_description(const char *text)
{
	return is_in(descriptions, text);
}

static bool is_known_encoding(const char *text)
{
	return transfer_encoding_of(text) != TRANSFER_UNKNOWN;
}

/* As Exchange makes them: <F5A1D2B1C3D4E54F@eurprd01.prod.exchangelabs.com> */
static bool is_content_id(const char *text)
{
	static const char *const hosts[] = {
		".prod.exchangelabs.com>", ".prod.outlook.com>", NULL
	};
	size_t digits = *text == '<' ? strspn(text + 1, DIGITS "ABCDEFabcdef") : 0;
	const char *at = text + 1 + digits;

	if (digits == 0 || digits > 64 || *at != '@')
		return false;

	size_t label = strspn(at + 1, LETTERS DIGITS);

	return label <= 10 && is_in(hosts, at + 1 + label);
}

/* Up to three of: en-US, de */
static bool is_language_list(const char *text)
{
	for (int tags = 0; tags < 3; tags++) {
		size_t len = strspn(text, LETTERS);

		if (len < 2 || len > 3)
			return false;
		text += len;
		if (*text == '-') {
			len = strspn(++text, LETTERS DIGITS);
			if (len < 2 || len > 4)
				return false;
			text += len;
		}
		if (*text == '\0')
			return true;
		if (*text++ != ',')
			return false;
		text += *text == ' ';
	}
	return false;
}

static bool is_content_class(const char *text)
{
	return strcasecmp(text, "urn:content-classes:message") == 0;
}

static bool is_md5(const char *text)
{
	return is_of(text, LETTERS DIGITS "+/=", 24, 24);
}

bool harmless_field(const char *name, const char *value)
{
	static const struct {
		const char *name;
		bool (*is_harmless)(const char *value);
	} known[] = {
		{ "Content-Class", is_content_class },
		{ "Content-Description", is_description },
		{ "Content-ID", is_content_id },
		{ "Content-Language", is_language_list },
		{ "Content-Length", is_size },
		{ "Content-MD5", is_md5 },
		{ "Content-Transfer-Encoding", is_known_encoding },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasecmp(name, known[i].name) == 0)
			return known[i].is_harmless(value);
	return false;
}
