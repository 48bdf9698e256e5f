#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# writers - whoever changes a keystore fails, or is killed, at each system call
#
# What is done, what is accepted and why: tests/fault/writers.py.
#
#	FAULT=all       everything, not a choice
#	FAULT_ONLY=RE   only the runs whose name matches, with all that they said
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need gpg gpgconf strace python3
grep -q '^#define MAILSEAL_SANITIZERS 1' "$builddir/config.h" &&
	skip_all 'the sanitizers make calls of their own and end the program when one fails'
strace -qq -o /dev/null true || skip_all_unless_ci 'strace may not trace here'

settings
mailseal key sign-init "$tmp/signing-key" >"$tmp/signing"
mapfile -t signing <"$tmp/signing"
settings "${signing[@]}"
new_recipient rita@example.org
new_recipient bob@example.org
gpg --batch --export '<rita@example.org>' >"$tmp/rita"
gpg --batch --quiet --quick-set-expire "$(fingerprint rita@example.org)" 2099-12-31
gpg --batch --export '<rita@example.org>' >"$tmp/renewed"
{
	echo 'authserv-id = mx.example.org'
	echo 'resolver = none'
	echo "spool-dir = $tmp/tmp"
	cat "$tmp/signing"
} >"$tmp/settings"

TMPDIR=$tmp/tmp python3 -B "$srcdir/tests/fault/writers.py" "$tmp"
