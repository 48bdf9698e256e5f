#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# fault - each system call of a delivery fails in turn, and is the last in turn
#
# What is done, what is accepted and why: tests/fault/run.py.
#
#	FAULT=all       everything, not a choice (see run.py)
#	FAULT_ONLY=RE   only the runs whose name matches, with all that they said
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/dns.sh"
need gpg gpgconf openssl strace python3
grep -q '^#define MAILSEAL_SANITIZERS 1' "$builddir/config.h" &&
	skip_all 'the sanitizers make calls of their own and end the program when one fails'
strace -qq -o /dev/null true || skip_all_unless_ci 'strace may not trace here'

make_key rita@example.org
mkdir "$tmp/root" "$tmp/work"
keystore=$tmp/root/keys
settings
enrol rita@example.org
new_recipient tina@example.org
gpg --batch --quiet --quick-set-expire "$(fingerprint tina@example.org)" seconds=1
sleep 2
enrol tina@example.org
canary_message >"$tmp/message"
{
	cat "$tmp/message"
	yes "$canary_body" | head -c 9000000 | sed '$d'
} >"$tmp/large"
{
	sed '/^MIME-Version:/,$d' "$tmp/message"
	cat <<-END
	MIME-Version: 1.0
	Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b

	--b
	Content-Type: application/pgp-encrypted

	Version: 1

	--b
	Content-Type: application/octet-stream

	END
	gpg --batch --quiet --armor --trust-model always -r '<rita@example.org>' --encrypt <"$tmp/message"
	printf '\n--b--\n'
} >"$tmp/encrypted"
make_rsa_key
sign_rsa example.com <"$tmp/message" >"$tmp/signed"
echo "{ \"sel._domainkey.example.com\": [\"$rsa_record\"] }" >"$tmp/zone"
start_dns dns "$tmp/zone" --ad || skip_all_unless_ci 'the DNS server did not start'
echo "trust-ad $dns" >"$tmp/resolver"
canary_patterns "$canary_body" >"$tmp/canary"
canary_patterns "$canary_body" "$canary_subject" >"$tmp/words"

TMPDIR=$tmp/tmp python3 -B "$srcdir/tests/fault/run.py" "$tmp"
