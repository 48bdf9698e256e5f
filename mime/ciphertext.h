/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ciphertext - is this OpenPGP ciphertext, and nothing but ciphertext?
 *
 * Reads the ASCII armour (mime/armour.h) and the packet framing
 * (mime/packet.h): one or more PKESK or SKESK packets, then one packet of
 * encrypted data to the very end.  What should be encrypted must also look
 * random (mime/noise.h).  It decrypts nothing and needs no key.  Fed in
 * pieces; memory is constant.
 */
#ifndef MAILSEAL_MIME_CIPHERTEXT_H
#define MAILSEAL_MIME_CIPHERTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CIPHERTEXT_KEYIDS_MAX 256 /* PKESK key IDs remembered; more are counted */

enum ciphertext_mode {
	CIPHERTEXT_WHOLE,  /* armour; every packet's framing is followed to the end */
	CIPHERTEXT_FRONT,  /* armour; packets up to the start of the encrypted
	                      data, then only that the armour is closed: cheap,
	                      for what our own gpg just wrote */
	CIPHERTEXT_BINARY, /* no armour; framing to the end */
};

struct ciphertext {
	bool complete;  /* well-formed from first to last byte (as far as the mode looks) */
	unsigned pkesk; /* public-key encrypted session keys */
	unsigned skesk; /* passphrase encrypted session keys */
	bool seipd1;    /* the data packet is tag 18 version 1 */
	/* Of the PKESKs, in order; 0 is a hidden recipient. Version 6 has a
	 * fingerprint instead: the key ID made of it. */
	uint64_t keyid[CIPHERTEXT_KEYIDS_MAX];
};

struct ciphertext_reader;

struct ciphertext_reader *ciphertext_reader_new(enum ciphertext_mode mode);
/* 0 while it can still be complete, -1 once it can't. */
int ciphertext_reader_add(struct ciphertext_reader *r, const void *data,
                          size_t len);
/* Ends it: what was seen. White space alone may stand around the armour. */
void ciphertext_reader_finish(struct ciphertext_reader *r,
                              struct ciphertext *out);
void ciphertext_reader_free(struct ciphertext_reader **r);

#endif
