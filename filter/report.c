/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report - the one line per message in the mail log */
#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "filter/report.h"

#define WORD_MAX 200  /* bytes of one value */
#define NAMED_MAX 4   /* recipients or certificates named; the others are counted */

/* A value without blanks, quotes or anything a log reader could trip over. */
static void add_word(struct buf *line, const char *word, size_t len)
{
	if (len > WORD_MAX)
		len = WORD_MAX;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)word[i];
		bool odd = c <= 0x20 || c > 0x7e || strchr("\"'\\,;", c);

		buf_addc(line, odd ? '?' : (char)c);
	}
}

static void add_message_id(struct buf *line, const struct message *message)
{
	struct field field;
	struct buf value = BUF_INIT;
	struct err err;

	if (message &&
	    message_find_field(message, "Message-ID", &field, &err) == 1 &&
	    field_value(message, &field, WORD_MAX, &value, &err) == 0) {
		const char *id = buf_str(&value);
		size_t blank = strspn(id, " \t\r\n");
		size_t len = strcspn(id + blank, " \t\r\n");

		if (len)
			add_word(line, id + blank, len);
		else
			buf_addc(line, '-');
	} else {
		buf_addc(line, '-');
	}
	buf_free(&value);
}

static void add_id(struct buf *line, const struct report *r)
{
	const struct border *border = r->auth->border;
	const char *queue_id = border ? border_queue_id(border) : NULL;

	buf_adds(line, "id=");
	if (queue_id)
		add_word(line, queue_id, strlen(queue_id));
	else
		add_message_id(line, r->message);
}

static void add_recipients(struct buf *line, const struct report *r)
{
	const bool known = r->envelope->recipients > 0;
	const size_t count = known ? r->envelope->recipients
	                           : r->options->recipients;

	buf_adds(line, count ? " to=" : " to=-");
	for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
		const char *address = known ? r->envelope->recipient[i]
		                            : r->options->recipient[i];

		if (i)
			buf_addc(line, ',');
		add_word(line, address, strlen(address));
	}
	if (count > NAMED_MAX)
		buf_addf(line, ",+%zu", count - NAMED_MAX);
}

static void add_certificates(struct buf *line, const struct report *r)
{
	size_t named = 0;

	buf_adds(line, " cert=");
	for (size_t i = 0; r->outcome == OUTCOME_SEALED && i < r->recipients; i++) {
		const struct entry *entry = r->recipient[i].entry;

		for (size_t c = 0; c < entry->certs && named < NAMED_MAX; c++) {
			if (entry_cert_usability(&entry->cert[c],
			                         r->then ? r->then : r->now) != USABLE)
				continue;
			buf_addf(line, "%s%s", named++ ? "," : "",
			         entry->cert[c].fingerprint);
		}
	}
	if (!named)
		buf_addc(line, '-');
}

/* A warning: its owner should have another by now. */
static void add_expired(struct buf *line, const struct report *r)
{
	char date[DECIDE_DATE_MAX];

	if (r->outcome == OUTCOME_SEALED && r->then)
		buf_addf(line, " expired=%s", decide_expired(r->then, date));
}

/* The words alone: domains are what a stranger wrote. */
static void add_results(struct buf *line, const struct report *r)
{
	buf_addf(line, " spf=%s dkim=%s dmarc=%s", authentication_spf(r->auth),
	         authentication_dkim(r->auth), authentication_dmarc(r->auth));
	if (r->junk)
		buf_adds(line, " junk=yes");
	if (r->outcome == OUTCOME_HELD)
		buf_addf(line, " hold=%s", r->hold_id);
}

void report_log(const struct report *r, const struct log *log)
{
	const char *from = envelope_sender_domain(r->envelope);
	const struct border *border = r->auth->border;
	const char *tls = border ? border_transport(border) : "unknown";
	struct buf line = BUF_INIT;

	add_id(&line, r);
	buf_adds(&line, " from=");
	add_word(&line, from, strlen(from));
	add_recipients(&line, r);
	buf_addf(&line, " outcome=%s", outcome_word(r->outcome));
	add_certificates(&line, r);
	add_expired(&line, r);
	buf_addf(&line, " size=%" PRIu64 " tls=",
	         r->message ? r->message->size : 0);
	add_word(&line, tls, strlen(tls));
	add_results(&line, r);
	buf_addf(&line, " ms=%" PRId64, r->ms);
	log_info(log, "%s", buf_str(&line));
	buf_free(&line);
}
