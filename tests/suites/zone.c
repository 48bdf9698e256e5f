/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zone - names and records in memory that answer lookups, for tests */
#include <config.h>

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/suites/zone.h"

#include "base/mem.h"

struct row {
	char *name; /* no final dot */
	int type;   /* 0: the name alone; or, if it fails, all types */
	char *data;
	size_t len;
	unsigned preference;
	char *why; /* it fails */
};

struct zone {
	struct row *row;
	size_t count;
	char *prefix;
	enum dns_security security;
};

struct zone *zone_new(void)
{
	struct zone *zone = mem_alloc(sizeof *zone);

	zone->security = DNS_INSECURE;
	return zone;
}

void zone_free(struct zone **zone)
{
	struct zone *z = *zone;

	if (!z)
		return;
	for (size_t i = 0; i < z->count; i++) {
		free(z->row[i].name);
		free(z->row[i].data);
		free(z->row[i].why);
	}
	free(z->row);
	free(z->prefix);
	free(z);
	*zone = NULL;
}

static struct row *add(struct zone *zone, const char *name, int type)
{
	size_t len = strlen(name);
	struct row *row;

	zone->row = mem_grow(zone->row, zone->count + 1, sizeof *zone->row);
	row = &zone->row[zone->count++];
	memset(row, 0, sizeof *row);
	if (len && name[len - 1] == '.')
		len--;
	row->name = mem_strndup(name, len);
	row->type = type;
	return row;
}

static void add_data(struct zone *zone, const char *name, int type,
                     const void *data, size_t len, unsigned preference)
{
	struct row *row = add(zone, name, type);

	row->data = mem_alloc(len + 1);
	memcpy(row->data, data, len);
	row->len = len;
	row->preference = preference;
}

void zone_txt(struct zone *zone, const char *name, const char *data, size_t len)
{
	add_data(zone, name, DNS_TXT, data, len, 0);
}

void zone_host(struct zone *zone, const char *name, enum dns_type type,
               const char *host, unsigned preference)
{
	size_t len = strlen(host);

	if (len && host[len - 1] == '.')
		len--;
	add_data(zone, name, (int)type, host, len, preference);
}

void zone_address(struct zone *zone, const char *name, const char *text)
{
	unsigned char bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		add_data(zone, name, DNS_A, bytes, 4, 0);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		add_data(zone, name, DNS_AAAA, bytes, 16, 0);
}

void zone_name(struct zone *zone, const char *name)
{
	add(zone, name, 0);
}

void zone_fails(struct zone *zone, const char *name, int type, const char *why)
{
	add(zone, name, type)->why = mem_strdup(why);
}

void zone_prefix_fails(struct zone *zone, const char *prefix)
{
	free(zone->prefix);
	zone->prefix = mem_strdup(prefix);
}

void zone_security(struct zone *zone, enum dns_security security)
{
	zone->security = security;
}

/* Is row at that name, or below it? */
static bool shows(const struct row *row, const char *name)
{
	size_t len = strlen(row->name), end = strlen(name);

	return len >= end && strcasecmp(row->name + len - end, name) == 0 &&
	       (len == end || row->name[len - end - 1] == '.');
}

static struct dns_answer *answer(const struct zone *zone,
                                 const struct lookup *lookup)
{
	struct dns_answer *a = dns_answer_new(DNS_NO_NAME, zone->security);

	if (zone->prefix &&
	    strncasecmp(lookup->name, zone->prefix, strlen(zone->prefix)) == 0) {
		dns_answer_free(&a);
		return dns_answer_failed(DNS_UNKNOWN, "timed out");
	}
	for (size_t i = 0; i < zone->count; i++) {
		const struct row *row = &zone->row[i];
		bool here = strcasecmp(row->name, lookup->name) == 0;

		if (here && row->why &&
		    (row->type == 0 || row->type == (int)lookup->type)) {
			dns_answer_free(&a);
			return dns_answer_failed(DNS_UNKNOWN, row->why);
		}
		if (a->status == DNS_NO_NAME && shows(row, lookup->name))
			a->status = DNS_NO_DATA;
		if (here && row->data && row->type == (int)lookup->type)
			dns_answer_add(a, row->data, row->len, row->preference);
	}
	return a;
}

void zone_wait(void *zone, struct lookups *lookups, struct deadline deadline)
{
	struct lookup lookup;

	(void)deadline;
	while (lookups_take(lookups, &lookup))
		lookups_feed(lookups, lookup.id, answer(zone, &lookup));
}
