/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * claim - what a mark-line or an X-Mailseal field says of the original
 *
 * Each take_ function moves *p behind what it found, or leaves it.
 */
#include <config.h>

#include <string.h>

#include "mime/claim.h"

static bool take_text(const char **p, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*p, text, len) != 0)
		return false;
	*p += len;
	return true;
}

static bool take_number(const char **p, uint64_t *number)
{
	const char *s = *p;

	for (*number = 0; *s >= '0' && *s <= '9'; s++) {
		unsigned digit = (unsigned)(*s - '0');

		if (*number > (UINT64_MAX - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	if (s == *p)
		return false;
	*p = s;
	return true;
}

static bool take_sha256(const char **p, char out[SHA256_HEX])
{
	size_t len = SHA256_HEX - 1;

	if (strspn(*p, "0123456789abcdef") != len)
		return false;
	memcpy(out, *p, len);
	out[len] = '\0';
	*p += len;
	return true;
}

bool claim_read_mark(const char *text, size_t len, struct claim *claim)
{
	const char *p = text;

	*claim = (struct claim){ 0 };
	if (!take_text(&p, "size=") || !take_number(&p, &claim->size) ||
	    !take_text(&p, "; "))
		return false;
	if (take_text(&p, "cut=") &&
	    (!take_number(&p, &claim->cut_at) || !take_text(&p, "+") ||
	     !take_number(&p, &claim->cut_len) || !take_text(&p, "; ")))
		return false;
	if (take_text(&p, "gap=") &&
	    (!take_number(&p, &claim->gap) || !take_text(&p, "; ")))
		return false;
	return take_text(&p, "sha256=") && take_sha256(&p, claim->sha256) &&
	       p == text + len;
}

/* Where one `name=value` of X-Mailseal is over. */
static bool is_item_end(char c)
{
	return c == '\0' || c == ';' || c == ' ';
}

static bool take_passed(const char **p)
{
	return take_text(p, "v=1; passed") && is_item_end(**p);
}

bool claim_says_passed(const char *value)
{
	return take_passed(&value);
}

bool claim_read_passed(const char *value, struct claim *claim)
{
	*claim = (struct claim){ 0 };
	return take_passed(&value) &&
	       take_text(&value, "; lines=") && take_number(&value, &claim->lines) &&
	       take_text(&value, "; size=") && take_number(&value, &claim->size) &&
	       take_text(&value, "; sha256=") && take_sha256(&value, claim->sha256) &&
	       is_item_end(*value);
}
