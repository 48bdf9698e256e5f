/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ldap-module - the module that links libldap: one search, page by page (RFC 4511, RFC 2696) */
#include <config.h>

#include <ldap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keystore/ldap-module.h"

struct search {
	const struct ldap_module_question *q;
	LDAP *ld;
	struct berval cookie; /* of the next page */
	char *why;
	size_t size;
};

static int say(struct search *s, const char *what, int code)
{
	char *more = NULL;

	ldap_get_option(s->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &more);
	snprintf(s->why, s->size, "%s: %s%s%s", what, ldap_err2string(code),
	         more && *more ? ": " : "", more && *more ? more : "");
	ldap_memfree(more);
	return -1;
}

/* ---- connecting ------------------------------------------------------------------- */

static int set(struct search *s, int option, const void *value)
{
	int rc = ldap_set_option(s->ld, option, value);

	return rc == LDAP_OPT_SUCCESS ? 0 : say(s, "cannot set up the connection", rc);
}

static int set_text(struct search *s, int option, const char *value)
{
	return value ? set(s, option, value) : 0;
}

/* A server's certificate is always checked. */
static int set_tls(struct search *s)
{
	const int hard = LDAP_OPT_X_TLS_HARD, client = 0;

	return set_text(s, LDAP_OPT_X_TLS_CACERTFILE, s->q->ca_file) ||
	       set_text(s, LDAP_OPT_X_TLS_CACERTDIR, s->q->ca_dir) ||
	       set_text(s, LDAP_OPT_X_TLS_CERTFILE, s->q->cert) ||
	       set_text(s, LDAP_OPT_X_TLS_KEYFILE, s->q->key) ||
	       set(s, LDAP_OPT_X_TLS_REQUIRE_CERT, &hard) ||
	       set(s, LDAP_OPT_X_TLS_NEWCTX, &client) ? -1 : 0;
}

static int set_up(struct search *s)
{
	const int version = LDAP_VERSION3;
	const struct timeval timeout = { .tv_sec = s->q->timeout_s };

	return set(s, LDAP_OPT_PROTOCOL_VERSION, &version) ||
	       set(s, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) ||
	       set(s, LDAP_OPT_RESTART, LDAP_OPT_OFF) ||
	       set(s, LDAP_OPT_NETWORK_TIMEOUT, &timeout) ||
	       set(s, LDAP_OPT_TIMEOUT, &timeout) ||
	       set(s, LDAP_OPT_DEREF, &s->q->dereference) || set_tls(s) ? -1 : 0;
}

static int bind_simple(struct search *s)
{
	struct berval password = { 0, NULL };
	int rc;

	if (!s->q->bind_dn)
		return 0;
	if (s->q->bind_pw) {
		password.bv_len = strlen(s->q->bind_pw);
		password.bv_val = (char *)(uintptr_t)s->q->bind_pw;
	}
	rc = ldap_sasl_bind_s(s->ld, s->q->bind_dn, LDAP_SASL_SIMPLE, &password, NULL, NULL,
	                      NULL);
	return rc == LDAP_SUCCESS ? 0 : say(s, "cannot bind", rc);
}

static int limit_messages(struct search *s)
{
	ber_len_t most = LDAP_MODULE_MESSAGE_MAX;
	Sockbuf *sockbuf = NULL;

	if (ldap_get_option(s->ld, LDAP_OPT_SOCKBUF, &sockbuf) || !sockbuf)
		return say(s, "cannot set up the connection", LDAP_OTHER);
	ber_sockbuf_ctrl(sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &most);
	return 0;
}

static int connect_to(struct search *s)
{
	int rc;

	/* What ldap.conf or the caller's environment says does not count. */
	setenv("LDAPNOINIT", "1", 1);
	rc = ldap_initialize(&s->ld, s->q->uri);
	if (rc != LDAP_SUCCESS) {
		s->ld = NULL;
		return say(s, "cannot set up the connection", rc);
	}
	if (set_up(s))
		return -1;
	rc = ldap_connect(s->ld);
	if (rc != LDAP_SUCCESS)
		return say(s, "cannot connect", rc);
	rc = s->q->start_tls ? ldap_start_tls_s(s->ld, NULL, NULL) : LDAP_SUCCESS;
	if (rc != LDAP_SUCCESS)
		return say(s, "cannot start TLS", rc);
	return limit_messages(s) || bind_simple(s) ? -1 : 0;
}

/* ---- a page --------------------------------------------------------------------------- */

static int send_search(struct search *s, int *id)
{
	static const int scopes[] = {
		[LDAP_MODULE_SUB] = LDAP_SCOPE_SUBTREE, [LDAP_MODULE_ONE] = LDAP_SCOPE_ONELEVEL,
		[LDAP_MODULE_BASE] = LDAP_SCOPE_BASE,
	};
	LDAPControl *page = NULL;
	int rc = ldap_create_page_control(s->ld, LDAP_MODULE_PAGE, &s->cookie, 0, &page);

	if (rc == LDAP_SUCCESS)
		rc = ldap_search_ext(s->ld, s->q->base, scopes[s->q->scope], s->q->filter,
			(char **)(uintptr_t)s->q->attributes, 0,
			(LDAPControl *[]){ page, NULL }, NULL, NULL, s->q->size_limit, id);
	ldap_control_free(page);
	return rc == LDAP_SUCCESS ? 0 : say(s, "cannot search", rc);
}

static enum ldap_module_answer give_values(struct search *s, LDAPMessage *object,
                                           const char *dn, size_t attribute)
{
	struct berval **values = ldap_get_values_len(s->ld, object,
	                                             s->q->attributes[attribute]);
	enum ldap_module_answer answer = LDAP_MODULE_DONE;

	for (size_t i = 0; values && values[i] && answer == LDAP_MODULE_DONE; i++)
		if (s->q->each(s->q->ctx, dn, attribute, values[i]->bv_val, values[i]->bv_len))
			answer = LDAP_MODULE_ENDED;
	ldap_value_free_len(values);
	return answer;
}

static enum ldap_module_answer give_object(struct search *s, LDAPMessage *object)
{
	char *dn = ldap_get_dn(s->ld, object);
	enum ldap_module_answer answer = LDAP_MODULE_DONE;

	for (size_t i = 0; s->q->attributes[i] && answer == LDAP_MODULE_DONE; i++)
		answer = give_values(s, object, dn ? dn : "", i);
	ldap_memfree(dn);
	return answer;
}

/* The end of a page. ENDED never; FAILED; DONE with the cookie of the next one, or an empty one. */
static enum ldap_module_answer end_page(struct search *s, LDAPMessage *message)
{
	LDAPControl **controls = NULL, *page;
	ber_int_t estimate;
	int code = LDAP_OTHER;
	int rc = ldap_parse_result(s->ld, message, &code, NULL, NULL, NULL, &controls, 0);

	ber_memfree(s->cookie.bv_val);
	s->cookie = (struct berval){ 0, NULL };
	page = rc == LDAP_SUCCESS ? ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL)
	                          : NULL;
	if (page)
		rc = ldap_parse_pageresponse_control(s->ld, page, &estimate, &s->cookie);
	ldap_controls_free(controls);
	if (rc == LDAP_SUCCESS && code == LDAP_SUCCESS)
		return LDAP_MODULE_DONE;
	say(s, "the answer is not complete", rc == LDAP_SUCCESS ? code : rc);
	return LDAP_MODULE_FAILED;
}

/* A part that another server has is not followed: then not everybody was told of. */
static enum ldap_module_answer take(struct search *s, LDAPMessage *message, bool *last)
{
	switch (ldap_msgtype(message)) {
	case LDAP_RES_SEARCH_ENTRY:
		return give_object(s, message);
	case LDAP_RES_SEARCH_RESULT:
		*last = true;
		return end_page(s, message);
	case LDAP_RES_SEARCH_REFERENCE:
		snprintf(s->why, s->size, "the answer is not complete: it refers to another server");
		return LDAP_MODULE_FAILED;
	default:
		return LDAP_MODULE_DONE;
	}
}

/* The next message, within the time; NULL with *answer. */
static LDAPMessage *next_message(struct search *s, int id, enum ldap_module_answer *answer)
{
	LDAPMessage *message = NULL;
	int rc = 0;

	*answer = LDAP_MODULE_FAILED;
	for (int left = s->q->timeout_s; rc == 0 && left > 0; left--) {
		struct timeval second = { .tv_sec = 1 };

		rc = ldap_result(s->ld, id, LDAP_MSG_ONE, &second, &message);
		if (rc == 0 && s->q->stop(s->q->ctx)) {
			*answer = LDAP_MODULE_ENDED;
			return NULL;
		}
	}
	if (rc > 0)
		return message;
	if (rc == 0) {
		say(s, "no answer", LDAP_TIMEOUT);
	} else {
		int code = LDAP_OTHER;

		ldap_get_option(s->ld, LDAP_OPT_RESULT_CODE, &code);
		say(s, "the answer ends early", code);
	}
	return NULL;
}

static enum ldap_module_answer read_page(struct search *s)
{
	enum ldap_module_answer answer = LDAP_MODULE_DONE;
	bool last = false;
	int id = 0;

	if (send_search(s, &id))
		return LDAP_MODULE_FAILED;
	while (answer == LDAP_MODULE_DONE && !last) {
		LDAPMessage *message = next_message(s, id, &answer);

		if (!message)
			break;
		answer = take(s, message, &last);
		ldap_msgfree(message);
		if (answer == LDAP_MODULE_DONE && s->q->stop(s->q->ctx))
			answer = LDAP_MODULE_ENDED;
	}
	return answer;
}

static enum ldap_module_answer search(const struct ldap_module_question *question,
                                      char *why, size_t size)
{
	struct search s = { .q = question, .why = why, .size = size };
	enum ldap_module_answer answer = connect_to(&s) ? LDAP_MODULE_FAILED : LDAP_MODULE_DONE;

	if (answer == LDAP_MODULE_DONE) {
		do {
			answer = read_page(&s);
		} while (answer == LDAP_MODULE_DONE && s.cookie.bv_len > 0);
	}
	ber_memfree(s.cookie.bv_val);
	if (s.ld)
		ldap_unbind_ext_s(s.ld, NULL, NULL);
	return answer;
}

extern const struct ldap_module ldap_module __attribute__((visibility("default")));
const struct ldap_module ldap_module = { LDAP_MODULE_ABI, search };
