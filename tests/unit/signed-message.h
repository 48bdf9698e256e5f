/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signed-message - a message that is signed and went through a list, for tests
 *
 * Made by tests/lib/dkim-sign.py; ed25519-sha256, DKIM by example.com, one ARC set by list.example.
 */
#ifndef MAILSEAL_TESTS_SIGNED_MESSAGE_H
#define MAILSEAL_TESTS_SIGNED_MESSAGE_H

#define SIGNED_ARC_SET \
	"ARC-Seal: i=1; a=ed25519-sha256; cv=none; d=list.example; s=arc;\n" \
	"\tb=f8Bt6/BADwh6gryQ+c5mpLJbEp4xSGhUATzXFGLPpGIACNVFqU9Hzfy8HVtsDFZOy5anSqyVOtPyzv3cN06TCw==\n" \
	"ARC-Message-Signature: i=1; a=ed25519-sha256; c=relaxed/relaxed; d=list.example; s=arc;\n" \
	"\th=from:to:subject; bh=R9he9Obs4VjjxR4503aSjOXMP0rnyxQlgxON/r4aRtE=;\n" \
	"\tb=M6taaFcrQ3MGpolv2ZeBlWXtmZWDXjyM66aTukWwDvHA2WzPxGSCMhPdnPBRBtuy6E0H3pMHPeUY7wZBm8FpDQ==\n" \
	"ARC-Authentication-Results: i=1; list.example; dkim=pass\n"

#define SIGNED_DKIM \
	"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=sel;\n" \
	"\th=from:to:subject; bh=R9he9Obs4VjjxR4503aSjOXMP0rnyxQlgxON/r4aRtE=;\n" \
	"\tb=Q3wt9e6ulRppgBmgKLgWLdCzwtITxUiBGInfIxIucJjPLh8pTe82a8JDuGVRx68pFNoYdCWwQOXiNBQziJ8NAw==\n"

#define SIGNED_MESSAGE \
	"From: Sam <sam@example.com>\n" \
	"To: Rita <rita@example.org>\n" \
	"Subject: Lunch\n" \
	"\n" \
	"Noon?\n"

#define SIGNED_DKIM_NAME "sel._domainkey.example.com"
#define SIGNED_DKIM_RECORD \
	"v=DKIM1; k=ed25519; p=7rKQLZBgBYUW8W62SNPiNnhjKBn0wefax7JyU9mCeJc="
#define SIGNED_ARC_NAME "arc._domainkey.list.example"
#define SIGNED_ARC_RECORD \
	"v=DKIM1; k=ed25519; p=fPoqqU7TMdBK6g9hjl4Zo7/nTL5KVWY13mctTUyS7WM="

#endif
