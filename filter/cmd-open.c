/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd-open - mailseal open: the bytes that arrived, from what is stored
 *
 * A passed message is put back from its X-Mailseal block; a sealed one is decrypted with
 * the user's own GnuPG and put back from its mark.  Nothing goes out before it
 * is known what it is: the plaintext waits in a spool, which never rests on disk readable.
 */
#include <config.h>

#include <getopt.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "filter/command.h"
#include "filter/config.h"
#include "filter/intake.h"
#include "filter/open-verify.h"
#include "filter/outcome.h"
#include "filter/unseal.h"
#include "mime/restore.h"

/* What is done for one stored message; the spools are its own. */
struct opening {
	const struct config *config;
	bool as_stored, verify;
	const char *from_line; /* written first; or NULL */
	struct sink out;       /* standard output */
	struct log log;        /* standard error */
};

static int write_stored(const struct opening *o, const struct message *m,
                        struct err *err)
{
	if (o->from_line && sink_puts(o->out, o->from_line, err))
		return -1;
	return spool_copy(m->spool, 0, m->size, o->out, err);
}

static int write_spool(const struct opening *o, struct spool *spool,
                       struct err *err)
{
	if (o->from_line && sink_puts(o->out, o->from_line, err))
		return -1;
	return spool_copy(spool, 0, spool_size(spool), o->out, err);
}

static int not_ours(const struct opening *o, const struct message *m,
                    struct err *err)
{
	log_info(&o->log, "not sealed by mailseal; given back unchanged");
	return write_stored(o, m, err);
}

static int mismatch(struct err *err)
{
	return err_set(err, ERR_DATA,
	               "compare with a backup: a later hop or a disk changed it",
	               "size or hash is not the one recorded when the message arrived; given back as it is stored");
}

/* ---- sealed ------------------------------------------------------------------ */

/* --as-stored: the stored header up to the last of our own fields that stand
 * below X-Mailseal, with the empty line that a headerless original needs. */
static int write_trace(const struct message *m, struct spool *original,
                       struct sink out, struct err *err)
{
	struct message inner;
	struct field field;
	uint64_t at = 0, end = 0;
	int rc;

	while ((rc = message_next_field(m, &at, &field, err)) == 1) {
		if (end && !field_is(&field, "Authentication-Results") &&
		    !field_begins(&field, "X-Mailseal"))
			break;
		if (end || field_is(&field, "X-Mailseal"))
			end = field.end;
	}
	if (rc < 0 || spool_copy(m->spool, 0, end, out, err) ||
	    message_map(original, &inner, err))
		return -1;
	if (end && inner.size && !inner.has_fields &&
	    inner.end == HEADER_ENDS_OTHER_LINE)
		return sink_puts(out, message_nl(&inner), err);
	return 0;
}

static int write_original(const struct opening *o, const struct message *m,
                          struct spool *original, struct err *err)
{
	if (o->from_line && sink_puts(o->out, o->from_line, err))
		return -1;
	if (o->as_stored && write_trace(m, original, o->out, err))
		return -1;
	return spool_copy(original, 0, spool_size(original), o->out, err);
}

static int restore_sealed(const struct opening *o, const struct message *m,
                          struct spool *payload, struct err *err)
{
	struct spool *original = spool_new(config_text(o->config, SET_SPOOL_DIR),
	                                   SPOOL_MEMORY_LIMIT);
	enum restore_result result;
	int rc = restore_payload(payload, spool_sink(original), &result, err);

	if (!rc && result == RESTORE_FOREIGN)
		rc = not_ours(o, m, err);
	else if (!rc)
		rc = write_original(o, m, original, err);
	if (!rc && result == RESTORE_MISMATCH)
		rc = mismatch(err);
	else if (!rc && result == RESTORE_EXACT && o->verify)
		rc = open_verify(payload, original, m,
		                 config_text(o->config, SET_AUTHSERV_ID), &o->log, err);
	spool_free(&original);
	return rc;
}

/* Passed mail as it was: nothing is recorded in it. */
static int write_passed(const struct opening *o, const struct message *m,
                        struct err *err)
{
	if (o->verify)
		log_info(&o->log, "passed, not sealed: no keys were recorded for it");
	return write_stored(o, m, err);
}

/* passed: it came out of a passed message, so another's ciphertext, which need not
 * be ours to read. */
static int open_sealed(const struct opening *o, const struct message *m,
                       bool passed, struct err *err)
{
	struct spool *payload = spool_new(config_text(o->config, SET_SPOOL_DIR),
	                                  SPOOL_MEMORY_LIMIT);
	int rc = unseal(o->config, m, payload, err);

	if (rc > 0)
		rc = restore_sealed(o, m, payload, err);
	else if (passed && (rc == 0 || err->class != ERR_TEMPORARY))
		rc = write_passed(o, m, err);
	else if (rc == 0)
		rc = not_ours(o, m, err);
	spool_free(&payload);
	return rc;
}

/* ---- passed ------------------------------------------------------------------ */

static int open_message(const struct opening *o, const struct message *m,
                        struct err *err)
{
	struct spool *original = spool_new(config_text(o->config, SET_SPOOL_DIR),
	                                   SPOOL_MEMORY_LIMIT);
	enum restore_result result;
	struct message inner;
	int rc = restore_passed(m, o->as_stored, spool_sink(original), &result,
	                        err);

	if (!rc && result == RESTORE_FOREIGN) {
		rc = open_sealed(o, m, false, err);
	} else if (!rc && (result == RESTORE_MISMATCH || o->as_stored)) {
		rc = write_spool(o, original, err);
		if (!rc && result == RESTORE_MISMATCH)
			rc = mismatch(err);
	} else if (!rc) {
		rc = message_map(original, &inner, err) ||
		     open_sealed(o, &inner, true, err) ? -1 : 0;
	}
	spool_free(&original);
	return rc;
}

/* ---- the command ------------------------------------------------------------- */

static int run_open(struct opening *o, const char *file, struct err *err)
{
	struct io_stream out = { STDOUT_FILENO, "standard output",
	                         DEADLINE_NEVER };
	struct intake intake;
	struct message message;
	int rc;

	if (intake_read_file(file, config_text(o->config, SET_SPOOL_DIR), &intake, err))
		return -1;
	o->from_line = intake.from_line;
	o->out = io_sink(&out);
	rc = message_map(intake.spool, &message, err) ||
	     open_message(o, &message, err) ? -1 : 0;
	intake_free(&intake);
	return rc;
}

static int parse(int argc, char **argv, const char **file, struct opening *o,
                 struct err *err)
{
	static const struct option options[] = {
		{ "as-stored", no_argument, NULL, 's' },
		{ "verify", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			o->as_stored = true;
		else if (c == 'V')
			o->verify = true;
		else
			return err_set(err, ERR_USAGE, "see mailseal(1)",
			               "open: unknown option %s", argv[optind - 1]);
	}
	if (argc - optind > 1)
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "open takes one file");
	if (optind < argc)
		*file = argv[optind];
	return 0;
}

int cmd_open(const struct global *global, int argc, char **argv)
{
	struct opening o = { .log = { .to_stderr = true } };
	struct err err = { .class = ERR_NONE };
	struct config *config = NULL;
	const char *file = "-";
	int rc = parse(argc, argv, &file, &o, &err);

	if (!rc) {
		config = config_read(global->config_path, &err);
		o.config = config;
		rc = config ? run_open(&o, file, &err) : -1;
	}
	if (rc)
		log_err(&o.log, &err);
	config_free(&config);
	return rc ? outcome_exit_error(&err, false) : 0;
}
