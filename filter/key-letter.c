/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-letter - what the owner of a certificate is told when it ends */
#include <config.h>

#include <string.h>

#include "filter/key-letter.h"
#include "keystore/health.h"

static const char *what_happens(const struct policy *policy)
{
	switch (policy->on_expired) {
	case UNUSABLE_DEFER:
		return "mail for you waits on the server, and goes back to its senders after some days";
	case UNUSABLE_REFUSE:
		return "mail for you goes back to its senders";
	case UNUSABLE_SEAL:
		return "mail for you is still encrypted to it, and marked";
	default:
		return "mail for you is kept, and you don't get it";
	}
}

const char *key_letter_about(const struct entry *entry, int64_t end)
{
	for (size_t i = 0; i < entry->certs; i++)
		if (health_end(&entry->cert[i]) == end)
			return entry->cert[i].fingerprint;
	return "";
}

void key_letter(const struct key_run *run, const struct entry *entry, int64_t end,
                const char *contact, struct buf *subject, struct buf *body)
{
	const struct policy policy = config_policy(run->config, entry->address);
	const char *fingerprint = key_letter_about(entry, end);
	const bool over = end <= run->now;

	buf_addf(subject, "Your OpenPGP certificate %s on ", over ? "expired" : "expires");
	key_add_date(subject, end);
	buf_addf(body, "Mail for %s is encrypted to your OpenPGP certificate\n\n    %s\n\nwhich %s on ",
	         entry->address, fingerprint, over ? "expired" : "expires");
	key_add_date(body, end);
	buf_addf(body, " (UTC).\n%s %s.\nWhat is encrypted already stays readable with your key.\n\n",
	         over ? "Since then" : "From then on", what_happens(&policy));
	buf_addf(body, "To extend it by two years:\n\n"
	         "    gpg --quick-set-expire %s 2y\n"
	         "    gpg --quick-set-expire %s 2y '*'\n"
	         "    gpg --armor --export %s >certificate.asc\n\n"
	         "Then send certificate.asc, which holds no secret, to %s.\n",
	         fingerprint, fingerprint, fingerprint,
	         contact ? contact : "your postmaster");
}
