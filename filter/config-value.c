/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config-value - one value of the configuration: what it may be, and what it says */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "auth/resolver.h"
#include "base/mem.h"
#include "filter/config-value.h"
#include "keystore/address.h"

static char **split(const char *text)
{
	size_t count = 0;
	char **list = mem_array(strlen(text) / 2 + 2, sizeof *list);

	while (*text) {
		size_t blank = strspn(text, " \t");
		size_t word = strcspn(text + blank, " \t");

		if (word)
			list[count++] = mem_strndup(text + blank, word);
		text += blank + word;
	}
	return list;
}

static int64_t unit_of(enum config_kind kind, const char *unit)
{
	static const struct {
		enum config_kind kind;
		char unit;
		int64_t factor;
	} units[] = {
		{ KIND_SIZE, 'K', 1 << 10 }, { KIND_SIZE, 'M', 1 << 20 },
		{ KIND_SIZE, 'G', 1 << 30 }, { KIND_TIME, 's', 1000 },
		{ KIND_TIME, 'm', 60 * 1000 }, { KIND_TIME, 'h', 3600 * 1000 },
		{ KIND_TIME, 'd', 24 * 3600 * 1000 },
	};

	if (!*unit)
		return kind == KIND_TIME ? 1000 : 1;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].kind == kind && units[i].unit == unit[0] && !unit[1])
			return units[i].factor;
	return 0;
}

/* A positive number with a unit: bytes, or milliseconds. */
static bool parse_number(enum config_kind kind, const char *text, int64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;

	long long n = strtoll(text, &end, 10);
	int64_t factor = unit_of(kind, end);

	if (errno || n <= 0 || !factor || n > INT64_MAX / factor)
		return false;
	*out = n * factor;
	return true;
}

static bool parse_choice(const char *const *choice, const char *text,
                         int64_t *out)
{
	for (int i = 0; i < CONFIG_CHOICES_MAX && choice[i]; i++) {
		if (strcmp(choice[i], text) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* trust-ad [SERVER] | validate [SERVER...] | none */
static bool is_resolver(char *const *word)
{
	size_t servers = 0;

	if (!word[0])
		return false;
	while (word[1 + servers])
		servers++;
	if (strcmp(word[0], "none") == 0)
		return servers == 0;

	const bool trust_ad = strcmp(word[0], "trust-ad") == 0;

	if ((!trust_ad && strcmp(word[0], "validate") != 0) ||
	    servers > (trust_ad ? 1 : RESOLVER_SERVERS_MAX))
		return false;
	for (size_t i = 1; i <= servers; i++)
		if (!resolver_address_valid(word[i], trust_ad))
			return false;
	return true;
}

/* Of a server alone: no user, question or fragment. */
static bool is_https_url(const char *text)
{
	static const char scheme[] = "https://";
	const size_t len = strlen(scheme);

	if (strncmp(text, scheme, len) != 0 || !isalnum((unsigned char)text[len]))
		return false;
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-._~:/%", *c))
			return false;
	return true;
}

char *config_domain(const char *domain, struct err *err)
{
	char *probe = mem_printf("x@%s", domain);
	char *normal = address_normalize(probe, err);
	char *result = normal ? mem_strdup(strrchr(normal, '@') + 1) : NULL;

	free(normal);
	free(probe);
	return result;
}

/* What is looked up, or compared, has one form. */
static int normalize(enum config_kind kind, char **word, struct err *err)
{
	for (; *word; word++) {
		char *normal = kind == KIND_DOMAINS ? config_domain(*word, err)
		                                    : address_normalize(*word, err);

		if (!normal) {
			err->class = ERR_CONFIG;
			return -1;
		}
		free(*word);
		*word = normal;
	}
	return 0;
}

static bool is_list(enum config_kind kind)
{
	return kind == KIND_LIST || kind == KIND_ADDRESSES ||
	       kind == KIND_DOMAINS || kind == KIND_RESOLVER;
}

static bool fits(enum config_kind kind, const char *const *choice,
                 const char *text, struct config_value *value)
{
	switch (kind) {
	case KIND_EMPTIABLE:
	case KIND_LIST:
	case KIND_ADDRESSES:
	case KIND_DOMAINS: return true;
	case KIND_TEXT: return *text != '\0';
	case KIND_CHOICE: return parse_choice(choice, text, &value->number);
	case KIND_SIZE:
	case KIND_TIME: return parse_number(kind, text, &value->number);
	case KIND_PATH: return text[0] == '/';
	case KIND_ANCHOR: return text[0] == '/' || strcmp(text, "none") == 0;
	case KIND_RESOLVER: return is_resolver(value->list);
	case KIND_URL: return is_https_url(text);
	}
	return false;
}

static const char *expectation(enum config_kind kind)
{
	switch (kind) {
	case KIND_SIZE: return "a size such as 50M";
	case KIND_TIME: return "a time such as 300s";
	case KIND_PATH: return "an absolute path";
	case KIND_ANCHOR: return "an absolute path, or none";
	case KIND_URL: return "a URL such as https://keys.openpgp.org";
	case KIND_CHOICE: return "one of the words that mailseal.conf(5) names";
	case KIND_RESOLVER:
		return "`trust-ad`, perhaps with an address of this host, `validate`, "
		       "perhaps with addresses, or `none`";
	default: return "a value";
	}
}

int config_value_parse(enum config_kind kind, const char *const *choice,
                       const char *text, struct config_value *value,
                       struct err *err)
{
	if (is_list(kind))
		value->list = split(text);
	if (!fits(kind, choice, text, value))
		return err_set(err, ERR_CONFIG, "see mailseal.conf(5)",
		               "it wants %s", expectation(kind));
	if (kind == KIND_ADDRESSES || kind == KIND_DOMAINS)
		if (normalize(kind, value->list, err))
			return -1;
	value->text = mem_strdup(text);
	return 0;
}

void config_value_empty(enum config_kind kind, struct config_value *value)
{
	if (!is_list(kind))
		return;
	value->list = split("");
	value->text = mem_strdup("");
}

void config_value_clear(struct config_value *value)
{
	for (char **word = value->list; word && *word; word++)
		free(*word);
	free(value->list);
	free(value->text);
	memset(value, 0, sizeof *value);
}
