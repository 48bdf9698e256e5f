/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ldap-module - what the program and the module that uses libldap know of each other
 *
 * The module, ldap.so, links libldap and nothing of ours.  It is loaded by `mailseal key sync` alone:
 * a delivery reads what that one has written.
 */
#ifndef MAILSEAL_KEYSTORE_LDAP_MODULE_H
#define MAILSEAL_KEYSTORE_LDAP_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#define LDAP_MODULE_FILE "ldap.so"
#define LDAP_MODULE_SYMBOL "ldap_module"
#define LDAP_MODULE_ABI 1 /* one more with each change to this file */

#define LDAP_MODULE_PAGE 200                             /* objects of one answer (RFC 2696) */
#define LDAP_MODULE_MESSAGE_MAX ((size_t)64 * 1024 * 1024) /* bytes of one LDAP message */

enum ldap_module_scope { LDAP_MODULE_SUB, LDAP_MODULE_ONE, LDAP_MODULE_BASE };

struct ldap_module_question {
	const char *uri;
	bool start_tls;
	const char *ca_file, *ca_dir, *cert, *key; /* NULL: none */
	const char *bind_dn, *bind_pw;             /* bind_dn NULL: not bound, so anonymous */
	const char *base, *filter;
	enum ldap_module_scope scope;
	const char *const *attributes; /* NULL-terminated */
	int timeout_s;                 /* to connect, and until something is answered */
	int size_limit, dereference;
	bool (*stop)(void *ctx); /* asked every second: is it to be broken off? */
	/* One value of one attribute of the object dn; values of an object come one after the other. Non-zero ends it. */
	int (*each)(void *ctx, const char *dn, size_t attribute, const char *value, size_t len);
	void *ctx;
};

enum ldap_module_answer {
	LDAP_MODULE_DONE,  /* and complete: every object that the filter fits was given */
	LDAP_MODULE_ENDED, /* by each or stop */
	LDAP_MODULE_FAILED, /* why says what */
};

struct ldap_module {
	unsigned abi;

	enum ldap_module_answer (*search)(const struct ldap_module_question *question,
	                                  char *why, size_t size);
};

#endif
