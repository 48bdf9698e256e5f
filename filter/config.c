/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config - the configuration file (mailseal.conf(5)) */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "filter/config-value.h"
#include "filter/config.h"
#include "keystore/address.h"

struct definition {
	const char *name;
	enum config_kind kind;
	const char *initial; /* the default, as it would be written */
	bool per_recipient;  /* may stand in a section */
	const char *choice[CONFIG_CHOICES_MAX];
};

/* The order of enum setting. */
static const struct definition definitions[SETTING_COUNT] = {
	[SET_AUTHSERV_ID] = { "authserv-id", KIND_TEXT, "" },
	[SET_TRUSTED_AUTHSERV_IDS] = { "trusted-authserv-ids", KIND_LIST, "" },
	[SET_TRUSTED_ENVELOPE_FIELDS] = { "trusted-envelope-fields", KIND_LIST, "" },
	[SET_TRUSTED_RELAYS] = { "trusted-relays", KIND_LIST, "" },
	[SET_DEFAULT_DOMAIN] = { "default-domain", KIND_EMPTIABLE, "" },
	[SET_RECIPIENT_DELIMITER] = { "recipient-delimiter", KIND_EMPTIABLE, "+" },
	[SET_KEYSTORE] = { "keystore", KIND_TEXT, "dir:/var/lib/mailseal/keys" },
	[SET_KEYSTORE_PUBLIC_KEY] = { "keystore-public-key", KIND_TEXT, "" },
	[SET_KEYSTORE_SIGNING_KEY] = { "keystore-signing-key", KIND_PATH, "" },
	[SET_STATE_DIR] = { "state-dir", KIND_PATH, "/var/lib/mailseal" },
	[SET_SPOOL_DIR] = { "spool-dir", KIND_PATH, "/tmp" },
	[SET_GPG_PROGRAM] = { "gpg-program", KIND_PATH, "/usr/bin/gpg" },
	[SET_ENROLL] = { "enroll", KIND_CHOICE, "optional", true,
	                 { "optional", "required" } },
	[SET_ON_UNUSABLE_KEY] = { "on-unusable-key", KIND_CHOICE, "defer", true,
	                          { "defer", "refuse", "hold" } },
	[SET_ON_EXPIRED] = { "on-expired", KIND_CHOICE, "", true,
	                     { "defer", "refuse", "hold", "seal" } },
	[SET_RECOVERY_CERTIFICATE] = { "recovery-certificate", KIND_ADDRESSES, "", true },
	[SET_HOLD_MAX_SIZE] = { "hold-max-size", KIND_SIZE, "1G" },
	[SET_HOLD_DELIVER] = { "hold-deliver", KIND_LIST, "" },
	[SET_HOLD_OWNERS] = { "hold-owners", KIND_LIST, "root" },
	[SET_NOTIFY_OWNERS] = { "notify-owners", KIND_CHOICE, "no", false, { "no", "yes" } },
	[SET_SENDMAIL] = { "sendmail", KIND_PATH, "/usr/sbin/sendmail" },
	[SET_ARCHIVE_CERTIFICATES] = { "archive-certificates", KIND_ADDRESSES, "", true },
	[SET_HIDDEN_RECIPIENTS] = { "hidden-recipients", KIND_CHOICE, "no", true,
	                            { "no", "yes" } },
	[SET_PROTECT_SUBJECT] = { "protect-subject", KIND_CHOICE, "no", true,
	                          { "no", "yes", "omit" } },
	[SET_PROTECT_HEADERS] = { "protect-headers", KIND_CHOICE, "default", true,
	                          { "default", "strict" } },
	[SET_HIDE_FIELDS] = { "hide-fields", KIND_LIST, "X-Spam-Report", true },
	[SET_MAX_MESSAGE_SIZE] = { "max-message-size", KIND_SIZE, "" },
	[SET_DEADLINE] = { "deadline", KIND_TIME, "300s" },
	[SET_ON_UPSTREAM_REFUSAL] = { "on-upstream-refusal", KIND_CHOICE, "defer",
	                              false, { "defer", "refuse" } },
	[SET_RESOLVER] = { "resolver", KIND_RESOLVER, "" },
	[SET_TRUST_ANCHOR] = { "trust-anchor", KIND_ANCHOR, "" },
	[SET_DNS_BUDGET] = { "dns-budget", KIND_TIME, "20s" },
	[SET_ON_TEMPERROR] = { "on-temperror", KIND_CHOICE, "record", false,
	                       { "record", "defer" } },
	[SET_ON_DMARC_FAIL] = { "on-dmarc-fail", KIND_CHOICE, "record", true,
	                        { "record", "junk", "refuse" } },
	[SET_ON_PARTIAL_BODY] = { "on-partial-body", KIND_CHOICE, "accept", false,
	                          { "accept", "fail" } },
	[SET_TRUSTED_ARC_SEALERS] = { "trusted-arc-sealers", KIND_DOMAINS, "" },
	[SET_VKS_SERVER] = { "vks-server", KIND_URL, "https://keys.openpgp.org" },
	[SET_FETCH_TIMEOUT] = { "fetch-timeout", KIND_TIME, "30s" },
};

/* Settings of the design that this version does not have yet. The word that
 * asks for nothing more than is done today may stand; anything else is
 * refused, and told apart from a typo. */
static const struct {
	const char *name, *harmless;
} later_settings[] = {
	{ "receipts", "no" }, { "engine", "gpgme" },
};

enum section_kind { SECTION_GLOBAL, SECTION_DOMAIN, SECTION_RECIPIENT };

struct section {
	enum section_kind kind;
	char *name; /* normal form */
	struct config_value value[SETTING_COUNT];
	struct section *next;
};

struct config {
	char *path;
	bool exists;
	struct section *sections; /* the first one is the global one */
};

/* ---- the file ---------------------------------------------------------- */

/* Where the parser is, for its errors. */
struct reading {
	struct config *config;
	struct section *section;
	const char *path;
	int line;
};

static int find_setting(const char *name)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		if (strcmp(definitions[i].name, name) == 0)
			return i;
	return -1;
}

/* 0 for a later setting that asks for nothing. */
static int unknown_setting(const struct reading *r, const char *name,
                           const char *text, struct err *err)
{
	for (size_t i = 0; i < sizeof later_settings / sizeof *later_settings; i++) {
		const char *harmless = later_settings[i].harmless;

		if (strcmp(later_settings[i].name, name) != 0)
			continue;
		if (harmless && strcmp(harmless, text) == 0)
			return 0;
		return err_set(err, ERR_CONFIG, "take the line out",
		               "%s:%d: this version does not have the setting `%s` yet",
		               r->path, r->line, name);
	}
	return err_set(err, ERR_CONFIG, "see mailseal.conf(5)",
	               "%s:%d: unknown setting `%s`", r->path, r->line, name);
}

static int set_value(struct reading *r, const char *name, const char *text,
                     struct err *err)
{
	int i = find_setting(name);

	if (i < 0)
		return unknown_setting(r, name, text, err);

	const struct definition *def = &definitions[i];
	struct config_value *value = &r->section->value[i];

	if (r->section->kind != SECTION_GLOBAL && !def->per_recipient)
		return err_set(err, ERR_CONFIG, "move it above the first section",
		               "%s:%d: `%s` holds for the whole program",
		               r->path, r->line, name);
	if (value->text)
		return err_set(err, ERR_CONFIG, "keep one of them",
		               "%s:%d: `%s` is set twice", r->path, r->line, name);
	if (config_value_parse(def->kind, def->choice, text, value, err))
		return err_context(err, "%s:%d: `%s`", r->path, r->line, name);
	return 0;
}

static struct section *add_section(struct config *config,
                                   enum section_kind kind, char *name)
{
	struct section **last = &config->sections;

	while (*last)
		last = &(*last)->next;
	*last = mem_alloc(sizeof **last);
	(*last)->kind = kind;
	(*last)->name = name;
	return *last;
}

static int open_section(struct reading *r, char *text, struct err *err)
{
	char *end = text + strlen(text) - 1;
	size_t word = strcspn(text + 1, " \t]");
	enum section_kind kind;

	if (*end != ']')
		return err_set(err, ERR_CONFIG, NULL,
		               "%s:%d: a section without `]`", r->path, r->line);
	*end = '\0';
	if (strncmp(text + 1, "domain", word) == 0 && word == 6)
		kind = SECTION_DOMAIN;
	else if (strncmp(text + 1, "recipient", word) == 0 && word == 9)
		kind = SECTION_RECIPIENT;
	else
		return err_set(err, ERR_CONFIG, "see mailseal.conf(5)",
		               "%s:%d: a section is `[domain D]` or `[recipient A]`",
		               r->path, r->line);

	char *name = text + 1 + word;

	name += strspn(name, " \t");
	name = kind == SECTION_DOMAIN ? config_domain(name, err)
	                              : address_normalize(name, err);
	if (!name) {
		err->class = ERR_CONFIG;
		return err_context(err, "%s:%d", r->path, r->line);
	}
	for (struct section *s = r->config->sections; s; s = s->next) {
		if (s->kind == kind && s->name && strcmp(s->name, name) == 0) {
			err_set(err, ERR_CONFIG, "join the two",
			        "%s:%d: the section of %s stands twice",
			        r->path, r->line, name);
			free(name);
			return -1;
		}
	}
	r->section = add_section(r->config, kind, name);
	return 0;
}

/* Cuts blanks at both ends, and a comment: a `#` in front or behind a blank. */
static char *trim(char *line)
{
	for (char *p = line; *p; p++) {
		if (*p == '#' && (p == line || p[-1] == ' ' || p[-1] == '\t')) {
			*p = '\0';
			break;
		}
	}
	line += strspn(line, " \t\r");

	size_t len = strlen(line);

	while (len && strchr(" \t\r", line[len - 1]))
		line[--len] = '\0';
	return line;
}

static int parse_line(struct reading *r, char *line, struct err *err)
{
	line = trim(line);
	if (!*line)
		return 0;
	if (*line == '[')
		return open_section(r, line, err);

	char *equals = strchr(line, '=');

	if (!equals)
		return err_set(err, ERR_CONFIG, "see mailseal.conf(5)",
		               "%s:%d: not a `key = value` line", r->path, r->line);
	*equals = '\0';
	return set_value(r, trim(line), trim(equals + 1), err);
}

static int parse_text(struct config *config, char *text, size_t len,
                      struct err *err)
{
	struct reading r = { config, config->sections, config->path, 0 };

	if (strlen(text) != len)
		return err_set(err, ERR_CONFIG, NULL, "%s: holds a NUL byte",
		               config->path);
	while (text) {
		char *next = strchr(text, '\n');

		if (next)
			*next++ = '\0';
		r.line++;
		if (parse_line(&r, text, err))
			return -1;
		text = next;
	}
	return 0;
}

/* What was not set gets its default, which can be parsed. */
static void fill_defaults(struct section *global)
{
	struct err err;

	for (int i = 0; i < SETTING_COUNT; i++) {
		const struct definition *def = &definitions[i];

		if (global->value[i].text || i == SET_ON_EXPIRED)
			continue;
		if (*def->initial)
			config_value_parse(def->kind, def->choice, def->initial,
			                   &global->value[i], &err);
		else
			config_value_empty(def->kind, &global->value[i]);
	}
}

static void default_authserv_id(struct section *global)
{
	char host[256] = "localhost";

	if (global->value[SET_AUTHSERV_ID].text)
		return;
	gethostname(host, sizeof host - 1);
	global->value[SET_AUTHSERV_ID].text = mem_strdup(host);
}

/* ENOENT alone means "no such file": anything else may hide settings. */
static char *load(const char *path, bool may_be_missing, size_t *len,
                  bool *exists, struct err *err)
{
	char *text = io_read_file(AT_FDCWD, path, CONFIG_MAX, len, err);

	*exists = text != NULL;
	if (text)
		return text;
	if (may_be_missing && errno == ENOENT) {
		*len = 0;
		return mem_strdup("");
	}
	err->class = ERR_CONFIG;
	err_context(err, "configuration");
	return NULL;
}

struct config *config_read(const char *path, struct err *err)
{
	struct config *config = mem_alloc(sizeof *config);
	size_t len;

	config->path = mem_strdup(path ? path
	                               : SYSCONFDIR "/mailseal/mailseal.conf");
	add_section(config, SECTION_GLOBAL, NULL);

	char *text = load(config->path, path == NULL, &len, &config->exists, err);

	if (!text || parse_text(config, text, len, err))
		config_free(&config);
	free(text);
	if (config) {
		fill_defaults(config->sections);
		default_authserv_id(config->sections);
	}
	return config;
}

void config_free(struct config **config)
{
	if (!*config)
		return;
	for (struct section *s = (*config)->sections, *next; s; s = next) {
		next = s->next;
		for (int i = 0; i < SETTING_COUNT; i++)
			config_value_clear(&s->value[i]);
		free(s->name);
		free(s);
	}
	free((*config)->path);
	free(*config);
	*config = NULL;
}

/* ---- what is asked of it ------------------------------------------------ */

void config_override(struct config *config, enum setting setting,
                     const char *value)
{
	const struct definition *def = &definitions[setting];
	struct config_value *v = &config->sections->value[setting];
	struct err err;

	config_value_clear(v);
	config_value_parse(def->kind, def->choice, value, v, &err);
}

const char *config_path(const struct config *config)
{
	return config->path;
}

bool config_file_exists(const struct config *config)
{
	return config->exists;
}

static const struct config_value *global(const struct config *config,
                                  enum setting setting)
{
	return &config->sections->value[setting];
}

const char *config_text(const struct config *config, enum setting setting)
{
	const char *text = global(config, setting)->text;

	return text ? text : "";
}

const char *const *config_list(const struct config *config,
                               enum setting setting)
{
	return (const char *const *)global(config, setting)->list;
}

int64_t config_number(const struct config *config, enum setting setting)
{
	return global(config, setting)->number;
}

int config_choice(const struct config *config, enum setting setting)
{
	return (int)global(config, setting)->number;
}

bool config_list_has(const struct config *config, enum setting setting,
                     const char *word)
{
	for (const char *const *w = config_list(config, setting); *w; w++)
		if (strcasecmp(*w, word) == 0)
			return true;
	return false;
}

bool config_says(const struct config *config, enum setting setting, int choice)
{
	for (const struct section *s = config->sections; s; s = s->next)
		if (s->value[setting].text && s->value[setting].number == choice)
			return true;
	return false;
}

static const struct section *find_section(const struct config *config,
                                          enum section_kind kind,
                                          const char *name)
{
	for (const struct section *s = config->sections; s; s = s->next)
		if (s->kind == kind && s->name && strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

/* The value that holds for a recipient: NULL where none was set at all. */
static const struct config_value *holds(const struct section *const from[3],
                                 enum setting setting)
{
	for (int i = 0; i < 3; i++)
		if (from[i] && from[i]->value[setting].text)
			return &from[i]->value[setting];
	return NULL;
}

struct policy config_policy(const struct config *config, const char *address)
{
	const char *at = strrchr(address, '@');
	const struct section *const from[3] = {
		find_section(config, SECTION_RECIPIENT, address),
		at ? find_section(config, SECTION_DOMAIN, at + 1) : NULL,
		config->sections,
	};
	const struct config_value *expired = holds(from, SET_ON_EXPIRED);
	struct policy p = {
		.enroll = (int)holds(from, SET_ENROLL)->number,
		.on_unusable_key = (int)holds(from, SET_ON_UNUSABLE_KEY)->number,
		.hidden_recipients = holds(from, SET_HIDDEN_RECIPIENTS)->number,
		.on_dmarc_fail = (int)holds(from, SET_ON_DMARC_FAIL)->number,
		.protect_subject = (int)holds(from, SET_PROTECT_SUBJECT)->number,
		.strict_headers = holds(from, SET_PROTECT_HEADERS)->number,
		.hide_fields = (const char *const *)
			holds(from, SET_HIDE_FIELDS)->list,
		.archive_certificates = (const char *const *)
			holds(from, SET_ARCHIVE_CERTIFICATES)->list,
		.recovery_certificate = (const char *const *)
			holds(from, SET_RECOVERY_CERTIFICATE)->list,
	};

	p.on_expired = expired ? (int)expired->number : p.on_unusable_key;
	return p;
}

static bool same_list(const char *const *a, const char *const *b)
{
	while (*a && *b && strcasecmp(*a, *b) == 0)
		a++, b++;
	return !*a && !*b;
}

bool policy_equal(const struct policy *a, const struct policy *b)
{
	return a->enroll == b->enroll &&
	       a->on_unusable_key == b->on_unusable_key &&
	       a->on_expired == b->on_expired &&
	       a->on_dmarc_fail == b->on_dmarc_fail &&
	       a->hidden_recipients == b->hidden_recipients &&
	       a->protect_subject == b->protect_subject &&
	       a->strict_headers == b->strict_headers &&
	       same_list(a->hide_fields, b->hide_fields) &&
	       same_list(a->archive_certificates, b->archive_certificates) &&
	       same_list(a->recovery_certificate, b->recovery_certificate);
}
