/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor-cf - a keystore in PostgreSQL or a directory: its FILE.cf, and how old its cache is */
#include <config.h>

#include <sys/stat.h>
#include <time.h>

#include "filter/doctor.h"
#include "keystore/ldap-conf.h"
#include "keystore/pgsql-conf.h"
#include "keystore/store-cache.h"

#define ADVICE_TIMER "`mailseal key sync`, and see why its timer did not (docs/systemd)"

/* What both kinds of file say. */
struct cf {
	const char *path, *what; /* it is: `database` */
	bool password;           /* it stands in the file itself */
	const char *advice;      /* then */
	const char *cache;       /* or NULL */
	int64_t valid;           /* seconds */
	const char *stale;       /* what mail does when it is older */
};

static void check_cf(struct doctor *d, const struct cf *cf)
{
	struct stat st;

	doctor_writers(d, "keystore", cf->path);
	if (!cf->password)
		doctor_reach(d, "keystore", cf->path, S_IROTH);
	else if (stat(cf->path, &st) == 0 && (st.st_mode & S_IROTH))
		doctor_add(d, LEVEL_FAIL, "keystore", cf->advice,
		           "every user of this machine can read the %s's password in %s",
		           cf->what, cf->path);
}

static void check_age(struct doctor *d, const struct cf *cf,
                      const struct store_cache_stamp *stamp)
{
	int64_t now = time(NULL), age = now - stamp->time;

	if (!store_cache_fresh(stamp, now, cf->valid))
		doctor_add(d, LEVEL_FAIL, "cache", ADVICE_TIMER,
		           "%s is %jd minutes old, and does not answer: mail %s",
		           cf->cache, (intmax_t)age / 60, cf->stale);
	else
		doctor_add(d, age > cf->valid / 2 ? LEVEL_WARN : LEVEL_OK, "cache",
		           age > cf->valid / 2 ? ADVICE_TIMER : NULL,
		           "%s is %jd minutes old, and answers until it is %jd", cf->cache,
		           (intmax_t)age / 60, (intmax_t)cf->valid / 60);
}

static void check_cache(struct doctor *d, const struct cf *cf)
{
	struct store_cache_stamp stamp;
	struct err err;
	struct store_cache *cache = store_cache_open(cf->cache, &err);
	enum store_answer answer = cache ? store_cache_stamp(cache, &stamp, &err)
	                                 : STORE_COULD_NOT_ASK;

	if (answer == STORE_FOUND)
		check_age(d, cf, &stamp);
	else if (answer == STORE_NOT_ENROLLED)
		doctor_add(d, LEVEL_FAIL, "cache", ADVICE_TIMER, "%s was never complete", cf->cache);
	else
		doctor_add(d, LEVEL_FAIL, "cache", ADVICE_TIMER, "%s", err.what);
	if (cache) {
		doctor_writers(d, "cache", cf->cache);
		doctor_reach(d, "cache", cf->cache, S_IXOTH);
	}
	store_cache_free(&cache);
}

static void check(struct doctor *d, const struct cf *cf)
{
	check_cf(d, cf);
	if (cf->cache)
		check_cache(d, cf);
	else
		doctor_add(d, LEVEL_WARN, "cache", "set `cache` in it, and run `mailseal key sync` from a timer",
		           "each delivery connects to the database, needs its password, and waits when it is away (%s)",
		           cf->path);
}

void doctor_pgsql(struct doctor *d, const char *path)
{
	struct err err;
	struct pgsql_conf *conf = pgsql_conf_read(path, &err);

	if (conf)
		check(d, &(struct cf){
			conf->path, "database", conf->text[PGSQL_PASSWORD],
			"move the password into a file of its own: password-file",
			conf->text[PGSQL_CACHE], conf->cache_valid, "needs the database",
		});
	else
		doctor_add(d, LEVEL_FAIL, "keystore", err.advice, "%s", err.what);
	pgsql_conf_free(&conf);
}

void doctor_ldap(struct doctor *d, const char *path)
{
	struct err err;
	struct ldap_conf *conf = ldap_conf_read(path, &err);

	if (conf)
		check(d, &(struct cf){
			conf->path, "directory", conf->text[LDAP_CONF_BIND_PW],
			"move the password into a file of its own: bind-pw-file",
			conf->text[LDAP_CONF_CACHE], conf->cache_valid, "waits",
		});
	else
		doctor_add(d, LEVEL_FAIL, "keystore", err.advice, "%s", err.what);
	ldap_conf_free(&conf);
}
