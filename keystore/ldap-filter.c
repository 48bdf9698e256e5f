/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ldap-filter - an administrator's search filter with an address in it */
#include <config.h>

#include <string.h>

#include "keystore/ldap-filter.h"

static bool is_part(char c)
{
	return c != '\0' && strchr("sSuUdD", c);
}

int ldap_filter_check(const char *filter, struct err *err)
{
	long depth = 0;
	bool any = false, outside = false;

	for (const char *p = filter; *p; p++) {
		outside |= depth == 0 && (*p != '(' || p > filter);
		depth += (*p == '(') - (*p == ')');
		if (depth < 0)
			break;
		if (*p != '%')
			continue;
		any |= is_part(p[1]);
		if (p[1] != '%' && !is_part(p[1]))
			return err_set(err, ERR_CONFIG, "write %s, %u or %d; a percent sign is %%",
			               "`query_filter` has a %% that stands for nothing");
		p++;
	}
	if (depth || outside || !*filter)
		return err_set(err, ERR_CONFIG, "for example (mail=%s)",
		               "`query_filter` is not one filter in parentheses");
	if (!any)
		return err_set(err, ERR_CONFIG, "for example (mail=%s)",
		               "`query_filter` asks for no address");
	return 0;
}

/* RFC 4515 section 3; whatever is not plain is escaped, too. */
static void add_value(struct buf *out, const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c < 0x20 || c >= 0x7f || strchr("*()\\", c))
			buf_addf(out, "\\%02x", c);
		else
			buf_addc(out, (char)c);
	}
}

/* `**` is no substring (section 2): what it matches `*` does. */
static void add_anything(struct buf *out)
{
	if (out->len == 0 || out->data[out->len - 1] != '*')
		buf_addc(out, '*');
}

static bool add_part(struct buf *out, char part, const char *address)
{
	const char *at = strrchr(address, '@'), *from = address;
	size_t len = strlen(address);

	if (part == 'u' || part == 'U')
		len = (size_t)(at - address);
	else if (part == 'd' || part == 'D')
		len -= (size_t)((from = at + 1) - address);
	add_value(out, from, len);
	return len > 0;
}

bool ldap_filter_fill(const char *filter, const char *address, struct buf *out)
{
	for (const char *p = filter; *p; p++) {
		if (!address && *p == '*')
			add_anything(out);
		else if (*p != '%')
			buf_addc(out, *p);
		else if (*++p == '%')
			buf_addc(out, '%');
		else if (!address)
			add_anything(out);
		else if (!add_part(out, *p, address))
			return false;
	}
	return true;
}
