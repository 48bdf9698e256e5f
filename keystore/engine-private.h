/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * engine-private - one gpg at work, for keystore/engine-*.c alone
 *
 * A session is a GPGME context bound to one gpg program and one home, with
 * every process of it under adopted_watch (base/adopted.h).  Operations are
 * begun with a gpgme_op_..._start on session.ctx and driven by
 * engine_session_run, our own loop under the session's deadline.
 */
#ifndef MAILSEAL_KEYSTORE_ENGINE_PRIVATE_H
#define MAILSEAL_KEYSTORE_ENGINE_PRIVATE_H

#include <gpgme.h>
#include <stdbool.h>

#include "keystore/engine.h"

#define ENGINE_FDS_MAX 8 /* status, log, colon, input, output: 5 are used */
/* Turns of the loop in a row in which no data moves: what gpg says without
 * doing anything would fill our memory. */
#define ENGINE_IDLE_MAX 1000
#define ENGINE_BUFFER ((size_t)64 * 1024) /* bytes: what a pipe holds */
/* A message that doesn't fit the pipe gets a wider one, and while that is full
 * a pause, so that the two processes don't wake each other at every block. */
#define ENGINE_PIPE (1024 * 1024) /* bytes */
#define ENGINE_PACE_MS 4

/* A descriptor that GPGME waits for. */
struct engine_fd {
	int fd; /* -1: free */
	short events;
	gpgme_io_cb_t call;
	void *data;
	/* Once it is known which stream it carries: */
	struct engine_input *in;
	struct engine_output *out;
};

struct engine_session {
	gpgme_ctx_t ctx;
	struct deadline deadline;
	const char *program; /* borrowed, for errors */
	bool watched;
	char *old_home; /* the caller's GNUPGHOME; NULL: it had none */
	bool home_set;
	bool then_set; /* MAILSEAL_GPG and MAILSEAL_GPG_TIME are in the environment */
	/* the operation that runs */
	struct engine_fd fds[ENGINE_FDS_MAX];
	struct engine_fd *current; /* whose handler GPGME runs */
	struct engine_input *in;   /* of the operation; NULL: GPGME has it */
	bool widened; /* its pipes */
	bool done;
	gpgme_error_t error;
	unsigned idle, idle_max;
	int wait_status; /* of a gpg that did not end with 0; else 0 */
	struct err stream; /* what a source or a sink said; else ERR_NONE */
	/* Each status line: keyword and arguments. May be NULL. */
	void (*on_status)(void *ctx, const char *keyword, const char *args);
	/* Each key of a listing; the callee owns it. May be NULL. */
	void (*on_key)(void *ctx, gpgme_key_t key);
	void *on_ctx;
};

/*
 * config->home NULL: the user's own home, no deadline, and no watch: gpg may
 * start an agent, which must outlive us.  -1 with *err (ERR_TEMPORARY).
 * engine_session_end is due in any case.
 */
int engine_session_start(struct engine_session *s,
                         const struct engine_config *config,
                         struct deadline deadline, struct err *err);
void engine_session_end(struct engine_session *s);

/*
 * Drives the operation that gave `started` to its end. 0: GPGME has no
 * complaint, which proves nothing.  -1 with *err: a source, a sink, the
 * deadline, a signal, or GPGME (s->error, the text then speaks of gpg).
 */
int engine_session_run(struct engine_session *s, gpgme_error_t started,
                       struct err *err);

/* " (...)": how gpg ended, by s->wait_status; "" when it ended well. */
const char *engine_session_ended(const struct engine_session *s, char *out,
                                 size_t size);

/*
 * A source or a sink as GPGME's data; what they say goes to session->stream.
 * All zero but session and source or sink, then opened, later closed.
 */
struct engine_input {
	struct engine_session *session;
	struct source source;
	gpgme_data_t data;
	bool ended; /* it was read, and handed on, to its end */
	bool finished; /* nothing more goes to gpg */
	char *buffer; /* ENGINE_BUFFER bytes, of which at .. end-1 are due */
	size_t at, end;
	size_t used; /* bytes of buffer that were ever written to */
	bool full;   /* gpg's pipe takes no more for now */
	int rest;    /* io_pipe_rest, from `ended` on; -1: could not be had */
};
struct engine_output {
	struct engine_session *session;
	struct sink sink;
	gpgme_data_t data;
	char *buffer; /* ENGINE_BUFFER bytes */
	size_t used;
};
int engine_streams_open(struct engine_input *in, struct engine_output *out,
                        struct err *err);
void engine_streams_close(struct engine_input *in, struct engine_output *out);
/* For the loop: move what can be moved now. -1: session->stream says why. */
int engine_input_feed(struct engine_input *in, struct engine_fd *f);
int engine_output_drain(struct engine_output *out, struct engine_fd *f);
/* When gpg is gone: did it read all of it? */
bool engine_input_was_read(const struct engine_input *in);

/* engine_seal; *refused is the subkey that gpg could not use, if it said so. */
int engine_seal_try(const struct engine_config *config,
                    const struct entry_subkey *const *subkeys, size_t count,
                    bool hidden, struct source plain, struct sink cipher,
                    struct deadline deadline,
                    const struct entry_subkey **refused, struct err *err);

/* Takes the subkeys out that gpg can't encrypt to, though they are usable; cert->note tells. */
int engine_trial(const struct engine_config *config, struct engine_cert *cert,
                 struct deadline deadline, struct err *err);
/* Adds to cert->note what gpg lists, but does not know how to use. */
void engine_note_unknown(struct engine_cert *cert, gpgme_key_t key);

/* A throw-away home in TMPDIR or /tmp, 0700. engine_home_remove is due in
 * any case: it removes the folder with all that is in it. */
int engine_home_make(char **home, struct err *err);
void engine_home_remove(char **home);
/* What is exported from now on keeps the user IDs of mailbox alone (NULL:
 * all). mailbox must be plain: engine_cert_mailbox. */
int engine_home_keep(const char *home, const char *mailbox, struct err *err);

/* Of a listed key: what cert says of the primary key; -1: nothing usable. */
int engine_cert_head(struct entry_cert *cert, gpgme_key_t key);
/* Its encryption subkeys, at most ENTRY_SUBKEYS_MAX, without their data. */
void engine_cert_subkeys(struct entry_cert *cert, gpgme_key_t key);
bool engine_cert_has(const struct entry_cert *cert, const char *fingerprint);
/* Normal forms of its valid user IDs' addresses; NULL with *err: too many. */
char **engine_cert_addresses(gpgme_key_t key, struct err *err);
void engine_addresses_free(char ***list);
/* The address as a valid user ID of it writes it, if it may stand in a
 * filter, else NULL; without such a user ID that of the first that has one,
 * since gpg wants one. Borrowed from key. */
const char *engine_cert_mailbox(gpgme_key_t key, const char *address);

#endif
