#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# opendkim - a real opendkim signs, ours verifies: RSA and Ed25519, all canonicalizations
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/dns.sh"
need opendkim openssl python3

openssl genrsa -out "$tmp/rsa.pem" 2048 2>/dev/null
openssl genpkey -algorithm ed25519 -out "$tmp/ed25519.pem"

# public PEM: p= of the record; Ed25519's are the last 32 bytes (RFC 8463 section 4).
public() { openssl pkey -in "$1" -pubout -outform DER | tail -c "${2:-+1}" | base64 -w 0; }

cat >"$tmp/zone.json" <<END
{ "rsa._domainkey.example.org": { "TXT": ["v=DKIM1; k=rsa; p=$(public "$tmp/rsa.pem")"] },
  "ed25519._domainkey.example.org": { "TXT": ["v=DKIM1; k=ed25519; p=$(public "$tmp/ed25519.pem" 32)"] } }
END
start_dns dns "$tmp/zone.json" || skip_all_unless_ci 'no name server could be started'

# sign KEY CANONICALIZATION MESSAGE [SETTING]...: the message, signed. opendkim -t shows the
# field that it would have the MTA add.
sign() {
	local key=$1 canon=$2 message=$3

	shift 3
	printf '%s\n' 'Mode s' 'Domain example.org' "Selector $key" "KeyFile $tmp/$key.pem" "Canonicalization $canon" \
		"SignatureAlgorithm $key-sha256" 'RequireSafeKeys no' 'Syslog no' "$@" >"$tmp/opendkim.conf"
	sed -i s/rsa-sha256-sha256/rsa-sha256/ "$tmp/opendkim.conf"
	chmod 600 "$tmp/opendkim.conf"
	opendkim -x "$tmp/opendkim.conf" -t "$message" -v -v >"$tmp/opendkim.out" 2>&1
	# Line ends as the message has them.
	sed -n "/^### INSHEADER.*'DKIM-Signature'/,/'\$/p" "$tmp/opendkim.out" |
		sed "s/^.* hvalue='/DKIM-Signature: /; s/'\$//" |
		if head -n 1 "$message" | grep -q $'\r'; then sed 's/$/\r/'; else cat; fi
	cat "$message"
}

# found EXPRESSION: of the object `a` that mailseal auth prints of stdin.
found() {
	mailseal auth --json --resolver "$dns" --trust-anchor none |
		python3 -c 'import json, sys; a = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"
}

# ---- messages ---------------------------------------------------------------------------------

# `~`: blanks stand before it.
sed 's/~$//' >"$tmp/text" <<'END'
Received: from a.example.org (a.example.org [192.0.2.1])
	by b.example.org; Tue, 24 Nov 2026 20:00:00 +0000
Received: from c.example.org by a.example.org; Tue, 24 Nov 2026 19:59:00 +0000
From: Ann <ann@example.org>
To: Bob <bob@example.net>,
  Carol   <carol@example.net>
Cc: dave@example.net
Subject: two  blanks,	a tab ~
	and a fold
Date: Tue, 24 Nov 2026 20:00:00 +0000
Message-ID: <1@example.org>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Two  blanks, a	tab, blanks at the end  	~

-- ~
Ann


END
head=$(sed '/^$/q' "$tmp/text")
{ echo "$head"; echo; printf 'Gr\303\274\303\237e, and what is no UTF-8: \351\377\n'; } >"$tmp/8bit"
{ echo "$head"; echo; } >"$tmp/empty"
{ echo "$head"; echo; printf 'the last line has no end'; } >"$tmp/unended"
{ echo "$head"; echo; seq -f 'line %g of a longer message,  with blanks' 3000; } >"$tmp/long"
for name in text 8bit empty unended long; do
	sed 's/$/\r/' "$tmp/$name" >"$tmp/$name-crlf"
done

# ---- all of them, in all ways -------------------------------------------------------------------

# opendkim does not sign a body whose last line has no end when that is relaxed, and what it signs
# with Ed25519 and a simple header its own library does not verify.
for canon in simple/simple simple/relaxed relaxed/simple relaxed/relaxed; do
	for name in text 8bit empty unended long text-crlf 8bit-crlf long-crlf; do
		case $canon-$name in */relaxed-unended) continue ;; esac
		sign rsa "$canon" "$tmp/$name" >"$tmp/signed"
		is "rsa, $canon, $name" "$(found 'a["dkim"][0]["result"], a["dkim"][0]["key_bits"]' <"$tmp/signed")" "('pass', 2048)"
	done
	case $canon in simple/*) continue ;; esac
	sign ed25519 "$canon" "$tmp/8bit" >"$tmp/signed"
	is "ed25519, $canon" "$(found 'a["dkim"][0]["result"], a["dkim"][0]["algorithm"]' <"$tmp/signed")" "('pass', 'ed25519-sha256')"
done

# ---- changed on the way ---------------------------------------------------------------------------

sign rsa relaxed/relaxed "$tmp/text" >"$tmp/signed"
is 'another line end, and blanks' "$(sed 's/two  blanks/two    blanks/; s/$/\r/' "$tmp/signed" | found 'a["dkim"][0]["result"]')" pass
is 'a word of the body' "$(sed 's/Two  blanks/Three blanks/' "$tmp/signed" | found 'a["dkim"][0]["result"], a["dkim"][0]["reason"]')" \
	"('fail', 'body hash did not verify')"
is 'a word of the subject' "$(sed 's/two  blanks/three blanks/' "$tmp/signed" | found 'a["dkim"][0]["result"], a["dkim"][0]["reason"]')" \
	"('fail', 'signature did not verify')"
sign rsa simple/simple "$tmp/text" >"$tmp/signed"
is 'a blank, and it was signed simply' "$(sed 's/two  blanks/two blanks/' "$tmp/signed" | found 'a["dkim"][0]["result"]')" fail

sign rsa relaxed/relaxed "$tmp/text" 'OversignHeaders From,Subject' >"$tmp/signed"
is 'signed more often than it is there' "$(found 'a["dkim"][0]["result"]' <"$tmp/signed")" pass
is 'so that none can be added' "$(sed '1iSubject: another' "$tmp/signed" | found 'a["dkim"][0]["result"]')" fail
sign rsa relaxed/simple "$tmp/text" 'MaximumSignedBytes 10' >"$tmp/signed"
is 'a part of the body' "$(found 'a["dkim"][0]["result"], a["dkim"][0]["body_length"]' <"$tmp/signed")" "('pass', 10)"
sign rsa relaxed/relaxed "$tmp/text" >"$tmp/once"
sign ed25519 relaxed/simple "$tmp/once" >"$tmp/signed"
is 'signed twice' "$(found '[(s["algorithm"], s["result"]) for s in a["dkim"]]' <"$tmp/signed")" \
	"[('ed25519-sha256', 'pass'), ('rsa-sha256', 'pass')]"

done_testing
