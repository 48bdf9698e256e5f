/* SPDX-License-Identifier: GPL-3.0-or-later */
/* received-comment - what MTAs put into the comments of Received; for received.c alone */
#ifndef MAILSEAL_AUTH_RECEIVED_COMMENT_H
#define MAILSEAL_AUTH_RECEIVED_COMMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/received.h"
#include "auth/token.h"

#define RECEIVED_ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define RECEIVED_HOST RECEIVED_ALNUM ".-_:[]"
#define RECEIVED_ID RECEIVED_ALNUM "._-"
#define RECEIVED_CIPHER RECEIVED_ALNUM "_-"

enum received_client {
	RECEIVED_CLIENT_NONE,    /* not about the client */
	RECEIVED_CLIENT_HELO,    /* "HELO x": qmail's, a further one has the address */
	RECEIVED_CLIENT_LITERAL, /* "helo=x": Exim's, the address is the word before */
	RECEIVED_CLIENT_KNOWN,   /* read into out */
};

/* The comment behind `from`: address, name, helo. */
enum received_client received_read_client(struct received *out,
                                          struct token_text inside);

/* TLS version and cipher, if the comment is about TLS. in_with: it stands behind `with`. */
void received_read_tls(struct received *out, struct token_text inside,
                       bool in_with);

/* The next word of a comment; white space and commas part them. */
bool received_word(struct token_text *t, struct token_text *word);

/* Copies a word if out is still empty, it fits, and has only allowed characters. */
void received_keep(char *out, size_t size, struct token_text word,
                   const char *allowed);

#endif
