#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# open-verify - the keys that verified a message verify it again when DNS has others, or none
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/dns.sh"
need gpg python3
new_recipient rita@example.org || skip_all_unless_ci 'no key could be made'

cat >"$tmp/zone.json" <<END
{ "sel._domainkey.example.com": { "TXT": ["$(sign_message --record)"] },
  "other._domainkey.example.com": { "TXT": ["$(sign_message --record --seed other)"] },
  "arc._domainkey.list.example": { "TXT": ["$(sign_message --record --seed list)"] },
  "arc._domainkey.second.example": { "TXT": ["$(sign_message --record --seed second)"] },
  "arc._domainkey.third.example": { "TXT": ["$(sign_message --record --seed third)"] } }
END
start_dns dns "$tmp/zone.json" || skip_all_unless_ci 'no name server could be started'
settings "resolver = validate $dns" 'trust-anchor = none' 'trusted-authserv-ids = border.example.org'

plain() { printf 'From: Sam <sam@example.com>\nTo: rita@example.org\nSubject: Lunch\n\nNoon?\n'; }
plain >"$tmp/plain"
plain | sign_message >"$tmp/signed"
sed 's/$/\r/' "$tmp/plain" | sign_message >"$tmp/crlf"
sign_message --selector other --seed other <"$tmp/signed" >"$tmp/twice"
sign_message --domain list.example --selector arc --seed list --arc none <"$tmp/signed" >"$tmp/arc"
sign_message --domain second.example --selector arc --seed second --arc pass --instance 2 <"$tmp/arc" |
	{ echo 'Subject: a list changed it'; sed '/^Subject/d'; } |
	sign_message --domain third.example --selector arc --seed third --arc pass --instance 3 >"$tmp/chain"
sign_message --selector gone --seed gone <"$tmp/signed" >"$tmp/half"
sed 's/Noon/Never/' "$tmp/signed" >"$tmp/broken"
{ sign_message --length 3 <"$tmp/plain"; echo 'PS: pay here'; } >"$tmp/longer"
{ echo 'Subject: Invoice'; cat "$tmp/signed"; } >"$tmp/added"
{ echo 'Authentication-Results: border.example.org; dkim=pass header.d=elsewhere.example'; cat "$tmp/plain"; } >"$tmp/imported"
for name in plain signed crlf twice arc chain half broken imported longer added; do
	seal rita@example.org <"$tmp/$name" >"$tmp/$name.sealed"
	seal carol@example.org <"$tmp/$name" >"$tmp/$name.passed"
	ok "$name is sealed" is_sealed "$tmp/$name.sealed"
done
stop_daemons
settings

# verified FILE [CODE]: opened and verified; the payload is right whatever the code is.
verified() {
	exits "$1: ${2:-0}" "${2:-0}" mailseal open --verify "$tmp/$1.sealed"
	same "$1 comes back" "$tmp/out" "$tmp/${1%%-*}"
}

# says REGEX / says_not REGEX: on stderr, in the last verification.
says() { like "it says: $1" "$(<"$tmp/err")" "$1"; }
says_not() { unlike "it does not say: $1" "$(<"$tmp/err")" "$1"; }

# ---- what was sealed, DNS gone -------------------------------------------------------------

for name in signed crlf; do
	verified $name
	says 'dkim d=example.com s=sel: pass; key insecure by DNSSEC, recorded 20[0-9-]+T[0-9:]+Z'
	says 'outside agrees on dkim and arc'
done
verified twice
says 's=sel: pass'
says 's=other: pass'
verified arc
says 'dkim d=example.com s=sel: pass'
says 'arc i=1 d=list.example: pass'
says 'outside agrees on dkim and arc'
verified chain
says 'dkim d=example.com s=sel: not verified: its key was not recorded'
says 'arc i=3 d=third.example: pass'
says 'outside agrees on dkim and arc'
verified half
says 's=sel: pass'
says 's=gone: not verified: its key was not recorded'
verified longer
says 's=sel: pass, but text follows the signed part of the body; key'
verified added
says 's=sel: pass, but an unsigned field stands above the signed Subject; key'
verified plain
says 'no keys were recorded'
says 'outside agrees on dkim and arc'
verified broken
says 'd=example.com s=sel: not verified: its key was not recorded'
verified imported
says 'no keys were recorded'
says 'outside says dkim=pass of elsewhere.example as imported from another host: that can.t be checked'
exits '--as-stored, too' 0 mailseal open --as-stored --verify "$tmp/signed.sealed"
says 's=sel: pass'
exits 'without --verify nothing is said' 0 mailseal open "$tmp/signed.sealed"
is 'not a word' "$(<"$tmp/err")" ''
is 'each key is recorded once' "$(plain_gpg "$tmp/twice.sealed" | grep -c '^Mailseal-DKIM-Key: ')" 2
is 'no key of what did not verify' "$(plain_gpg "$tmp/broken.sealed" | grep -c '^Mailseal-DKIM-Key: ')" 0

exits 'passed, not sealed: 0' 0 mailseal open --verify "$tmp/signed.passed"
same 'it comes back' "$tmp/out" "$tmp/signed"
says 'passed, not sealed: no keys were recorded'
exits "another's message: 0" 0 mailseal open --verify "$tmp/signed"
says 'not sealed by mailseal'
seal carol@example.org <"$tmp/signed.sealed" >"$tmp/signed-twice.sealed"
verified signed-twice
says 's=sel: pass'

# ---- the field outside was changed -----------------------------------------------------------

# outside FROM EXPRESSION TO: the stored header changed by sed.
outside() {
	sed "1,/^\$/{$2}" "$tmp/$1.sealed" >"$tmp/$3.sealed"
	not_ok "$3: it is another" cmp -s "$tmp/$1.sealed" "$tmp/$3.sealed"
}
outside plain 's/dkim=none/dkim=pass header.d=bank.example header.s=x/' plain-forged
verified plain-forged 65
says 'outside says dkim=pass of bank.example; inside, nothing bears that out'
says 'a signature that was recorded as verified does not verify'
outside signed 's/header.d=example.com/header.d=bank.example/' signed-other
verified signed-other 65
says 'dkim=pass of bank.example'
outside signed 's/dkim=pass/dkim=fail/' signed-worse
verified signed-worse
says 'outside says dkim=fail of example.com; inside, it verifies'
says_not 'agrees'
outside signed 's/dkim=pass/dkim=pass (imported from border.example.org)/' signed-imported
verified signed-imported
says 'outside says nothing of the signature of example.com; inside, it verifies'
outside signed 's/spf=none[^;]*;/spf=pass smtp.mailfrom=bank.example;/' signed-spf
verified signed-spf
says 'agrees on dkim and arc'
says 'outside says spf, dmarc: that can.t be checked'
outside signed 's/dns.sec=no/dns.sec=yes/' signed-dnssec
verified signed-dnssec 65
says 'outside says dkim=pass dns.sec=yes; inside, its key is recorded as insecure'
outside signed 's/header.d=example.com/& header.i=ceo@bank.example/' signed-user
verified signed-user 65
# extra PLACE NAME: one more field of our name, in front of the first line that begins with PLACE.
extra() {
	awk -v place="$1" '!done && index($0, place) == 1 {
		print "Authentication-Results: MX.example.org.;\n\tdkim=pass header.d=bank.example"; done = 1 } 1' \
		"$tmp/signed.sealed" >"$tmp/$2.sealed"
}
extra X-Mailseal signed-above
verified signed-above 65
says 'another Authentication-Results of mx.example.org, or that can be taken for it, stands outside'
extra From: signed-below
verified signed-below 65
sed 's/^From:/Authentication-Results: other.example; dkim=pass header.d=bank.example\n&/' "$tmp/signed.sealed" >"$tmp/signed-others.sealed"
verified signed-others
says 'agrees on dkim and arc'
outside broken 's/arc=none/arc=pass/' broken-arc
verified broken-arc 65
says 'outside says arc=pass'
outside signed '/^Authentication-Results:/,/arc=/d' signed-bare
verified signed-bare
says 'no Authentication-Results outside'
says 's=sel: pass'

# ---- the payload was written by somebody else ---------------------------------------------------

# repacked NAME EXPRESSION: the payload of signed.sealed, changed by sed in its first lines.
repacked() {
	{
		sed '/^-----BEGIN PGP/,$d' "$tmp/signed.sealed"
		plain_gpg "$tmp/signed.sealed" | sed "/^Mailseal-Original/q" | sed -E "$2"
		cat "$tmp/original"
	} >"$tmp/whole"
	sed '/^-----BEGIN PGP/,$d' "$tmp/signed.sealed" >"$tmp/$1.sealed"
	sed "1,$(grep -c '' <(sed '/^-----BEGIN PGP/,$d' "$tmp/signed.sealed"))d" "$tmp/whole" |
		gpg --batch --quiet --trust-model always --armor --encrypt -r '<rita@example.org>' >>"$tmp/$1.sealed"
	printf '\n%s--\n' "$(grep -m 1 -o -- '--=_mailseal_[0-9a-f]*' "$tmp/signed.sealed")" >>"$tmp/$1.sealed"
}
plain_gpg "$tmp/signed.sealed" | sed '1,/^Mailseal-Original/d' >"$tmp/original"
base64_of() { printf %s "$1" | base64 -w 0; }

repacked signed-same ''
verified signed-same
says 's=sel: pass'
repacked signed-key "s|record=.*|record=$(base64_of "$(sign_message --record --seed forged)")|"
verified signed-key 65
says 's=sel: fail'
says 'the key sel._domainkey.example.com was recorded as one that verified; no signature by it verifies'
repacked signed-name "s|name=[^;]*|name=$(base64_of 'x._domainkey.bank.example')|"
verified signed-name 65
says 'the key x._domainkey.bank.example was recorded'
repacked signed-noise 's|^Mailseal-DKIM-Key: .*|&\nMailseal-DKIM-Key: v=1; t=x\nMailseal-Receipt: later|'
verified signed-noise
says 's=sel: pass'
repacked signed-nokey '/^Mailseal-DKIM-Key/d'
verified signed-nokey 65
says 'no keys were recorded'
says 'nothing bears that out'
repacked signed-omitted 's|record=.*|omitted=700000|'
verified signed-omitted
says 's=sel: not verified: its key was too large to be recorded'
says 'says dkim=pass of example.com: its key was too large to be recorded'
says_not 'nothing bears that out'
repacked signed-secure 's|dnssec=insecure|dnssec=secure|'
verified signed-secure
says 'key secure by DNSSEC'
says 'outside says dkim=pass dns.sec=no; inside, its key is recorded as secure'
repacked signed-control "s|^Mailseal-DKIM-Key: .*|&\nMailseal-DKIM-Key: v=1; t=1; name=$(printf 'a\033[2J.b' | base64 -w 0); record=|"
verified signed-control 65
is 'no control character reaches the terminal' "$(tr -d '\n\040-\176' <"$tmp/err" | wc -c)" 0

# An expired signature is judged as of the time that is recorded.
plain | sign_message --tags ' t=1500000000; x=1600000000;' >"$tmp/signed"
hash=$(sha256sum "$tmp/signed" | cut -d ' ' -f 1)
seal rita@example.org <"$tmp/signed" >"$tmp/signed.sealed"
line="Mailseal-DKIM-Key: v=1; t=1550000000; dnssec=secure; name=$(base64_of sel._domainkey.example.com); record=$(base64_of "$(sign_message --record)")"
plain_gpg "$tmp/signed.sealed" | sed '1,/^Mailseal-Original/d' >"$tmp/original"
like 'the hash is the one of the mark' "$(plain_gpg "$tmp/signed.sealed" | grep '^Mailseal-Original')" "$hash"
repacked signed-then "s|^Mailseal-Original|$line\n&|"
verified signed-then
says 's=sel: pass; key secure by DNSSEC, recorded 2019-02-12T19:33:20Z'
repacked signed-now "s|^Mailseal-Original|${line/t=1550000000/t=1650000000}\n&|"
verified signed-now 65

done_testing
