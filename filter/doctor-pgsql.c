/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor-pgsql - a keystore in PostgreSQL: its FILE.cf, and how old its cache is */
#include <config.h>

#include <sys/stat.h>
#include <time.h>

#include "filter/doctor.h"
#include "keystore/pgsql-conf.h"
#include "keystore/store-cache.h"

#define ADVICE_TIMER "`mailseal key sync`, and see why its timer did not (docs/systemd)"

static void check_cf(struct doctor *d, const struct pgsql_conf *conf)
{
	struct stat st;

	doctor_writers(d, "keystore", conf->path);
	if (!conf->text[PGSQL_PASSWORD])
		doctor_reach(d, "keystore", conf->path, S_IROTH);
	else if (stat(conf->path, &st) == 0 && (st.st_mode & S_IROTH))
		doctor_add(d, LEVEL_FAIL, "keystore", "move the password into a file of its own: password-file",
		           "every user of this machine can read the database's password in %s",
		           conf->path);
}

static void check_age(struct doctor *d, const struct pgsql_conf *conf,
                      const struct store_cache_stamp *stamp)
{
	int64_t now = time(NULL), age = now - stamp->time;
	const char *folder = conf->text[PGSQL_CACHE];

	if (!store_cache_fresh(stamp, now, conf->cache_valid))
		doctor_add(d, LEVEL_FAIL, "cache", ADVICE_TIMER,
		           "%s is %jd minutes old, and does not answer: mail needs the database",
		           folder, (intmax_t)age / 60);
	else
		doctor_add(d, age > conf->cache_valid / 2 ? LEVEL_WARN : LEVEL_OK, "cache",
		           age > conf->cache_valid / 2 ? ADVICE_TIMER : NULL,
		           "%s is %jd minutes old, and answers until it is %jd", folder,
		           (intmax_t)age / 60, (intmax_t)conf->cache_valid / 60);
}

static void check_cache(struct doctor *d, const struct pgsql_conf *conf)
{
	const char *folder = conf->text[PGSQL_CACHE];
	struct store_cache_stamp stamp;
	struct err err;
	struct store_cache *cache = store_cache_open(folder, &err);
	enum store_answer answer = cache ? store_cache_stamp(cache, &stamp, &err)
	                                 : STORE_COULD_NOT_ASK;

	if (answer == STORE_FOUND)
		check_age(d, conf, &stamp);
	else if (answer == STORE_NOT_ENROLLED)
		doctor_add(d, LEVEL_FAIL, "cache", ADVICE_TIMER, "%s was never complete", folder);
	else
		doctor_add(d, LEVEL_FAIL, "cache", ADVICE_TIMER, "%s", err.what);
	if (cache) {
		doctor_writers(d, "cache", folder);
		doctor_reach(d, "cache", folder, S_IXOTH);
	}
	store_cache_free(&cache);
}

void doctor_pgsql(struct doctor *d, const char *cf)
{
	struct err err;
	struct pgsql_conf *conf = pgsql_conf_read(cf, &err);

	if (!conf) {
		doctor_add(d, LEVEL_FAIL, "keystore", err.advice, "%s", err.what);
		return;
	}
	check_cf(d, conf);
	if (conf->text[PGSQL_CACHE])
		check_cache(d, conf);
	else
		doctor_add(d, LEVEL_WARN, "cache", "set `cache` in it, and run `mailseal key sync` from a timer",
		           "each delivery connects to the database, needs its password, and waits when it is away (%s)",
		           cf);
	pgsql_conf_free(&conf);
}
