/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-health - how an entry stands, for those who look after it */
#include <config.h>

#include <stdlib.h>

#include "filter/key-health.h"

enum key_health key_health(const struct entry *entry, int64_t now, int64_t warn_days)
{
	bool usable = entry->certs == 0;
	int64_t end = health_entry_end(entry);

	for (size_t i = 0; i < entry->certs; i++)
		usable |= entry_cert_usability(&entry->cert[i], now) == USABLE;
	if (!usable)
		return KEY_HEALTH_UNUSABLE;
	if (entry->certs && warn_days >= 0 && end > 0 &&
	    end - now <= warn_days * KEY_DAY_S)
		return KEY_HEALTH_ENDS;
	return KEY_HEALTH_GOOD;
}

const char *key_health_word(enum key_health health)
{
	static const char *const word[] = {
		[KEY_HEALTH_GOOD] = "good",
		[KEY_HEALTH_ENDS] = "ends soon",
		[KEY_HEALTH_UNUSABLE] = "unusable",
		[KEY_HEALTH_UNREADABLE] = "unreadable",
	};

	return word[health];
}

int key_days(const char *text, int64_t *days, struct err *err)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < 0 || n > 3650)
		return err_set(err, ERR_USAGE, "for example 30", "no number of days: %.40s", text);
	*days = n;
	return 0;
}
