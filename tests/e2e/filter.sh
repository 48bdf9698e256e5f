#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# filter - stdin to stdout: what is sealed, for whom, and what the log says
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need gpg gpgconf
make_key rita@example.org
make_key bob@example.org
enrol rita@example.org bob@example.org

canary_message >"$tmp/m"
mkdir "$tmp/seen"

# pkesks FILE: how many session keys the ciphertext holds.
pkesks() {
	gpg --batch --list-packets "$1" 2>/dev/null | grep -c '^:pubkey enc packet:'
}

# ---- sealed, and readable without us ------------------------------------------

exits 'a message to an enrolled recipient is sealed' 0 \
	mailseal -v filter -r rita@example.org -f sam@example.com <"$tmp/m"
cp "$tmp/out" "$tmp/seen/sealed"
cp "$tmp/err" "$tmp/log"
ok 'what is stored is PGP/MIME with our field on top' is_sealed "$tmp/seen/sealed"
like 'X-Mailseal is the first line' "$(head -n 1 "$tmp/seen/sealed")" '^X-Mailseal: v=1; at-rest'
is 'exactly one X-Mailseal' "$(grep -c '^X-Mailseal' "$tmp/seen/sealed")" 1
no_canary 'nothing of the body in it' "$tmp/seen"
unseal "$tmp/seen/sealed" >"$tmp/opened"
same 'open gives back the bytes' "$tmp/opened" "$tmp/m"
plain_gpg "$tmp/seen/sealed" | sed '0,/^Mailseal-Original:/d' |
	sed '0,/; protected-headers="v1"; hp="clear"/s///' >"$tmp/by-hand"
same 'gpg and two sed commands do, too' "$tmp/by-hand" "$tmp/m"
is 'one session key' "$(pkesks "$tmp/seen/sealed")" 1
packets=$(gpg --batch --list-packets "$tmp/seen/sealed" 2>/dev/null)
like 'SEIPDv1 with MDC' "$packets" ':encrypted data packet:.*mdc_method: 2'
unlike 'no OCB packet' "$packets" 'aead'

# ---- the log -------------------------------------------------------------------

log=$(grep -c '' "$tmp/log")
is 'one line in the log' "$log" 1
log=$(<"$tmp/log")
like 'with all its fields' "$log" \
	'id=[^ ]+ from=example\.com to=rita@example\.org outcome=sealed cert=[0-9A-F]{40} size=[0-9]+ tls=[^ ]+ spf=- dkim=- dmarc=- ms=[0-9]+$'
like 'the certificate is hers' "$log" "cert=$(fingerprint rita@example.org) "
like 'the size is that of what came in' "$log" " size=$(stat -c %s "$tmp/m") "
no_canary_text 'and no word of the message' "$log"
mailseal filter -r rita@example.org <"$tmp/m" >"$tmp/out" 2>"$tmp/err"
is 'without -v nothing on stderr' "$(<"$tmp/err")" ''

# ---- for whom ------------------------------------------------------------------

# to [NAME=VALUE]... -- ARGUMENT...: the recipient that the log names.
to() {
	local -a vars=()

	while [ "$1" != -- ]; do
		vars+=("$1")
		shift
	done
	shift
	env "${vars[@]}" "$MAILSEAL" --config "$config" -v filter "$@" 2>&1 >/dev/null |
		sed -n 's/.* to=\([^ ]*\) outcome=\([^ ]*\).*/\1 \2/p'
}

settings 'default-domain = example.org' 'trusted-envelope-fields = Delivered-To X-Original-To'
canary_message 'Delivered-To: bob@example.org' 'X-Original-To: carol@example.org' >"$tmp/delivered"
canary_message 'X-Original-To: bob@example.org' >"$tmp/original-to"
is '-r goes before RECIPIENT' \
	"$(to RECIPIENT=bob@example.org -- -r rita@example.org <"$tmp/m")" 'rita@example.org sealed'
is 'RECIPIENT before Delivered-To' \
	"$(to RECIPIENT=rita@example.org USER=carol -- <"$tmp/delivered")" 'rita@example.org sealed'
is 'Delivered-To before X-Original-To and USER' \
	"$(to USER=rita -- <"$tmp/delivered")" 'bob@example.org sealed'
is 'X-Original-To before USER' \
	"$(to USER=rita -- <"$tmp/original-to")" 'bob@example.org sealed'
is 'USER at default-domain' "$(to USER=rita LOGNAME=bob -- <"$tmp/m")" 'rita@example.org sealed'
is 'LOGNAME at default-domain' "$(to LOGNAME=bob -- <"$tmp/m")" 'bob@example.org sealed'
is '-r without a domain' "$(to -- -r rita <"$tmp/m")" 'rita@example.org sealed'
is 'an empty RECIPIENT is none' "$(to RECIPIENT= USER=bob -- <"$tmp/m")" 'bob@example.org sealed'
is 'the +extension is found without it' \
	"$(to -- -r rita+lists@example.org <"$tmp/m")" 'rita+lists@example.org sealed'
is 'case does not matter' "$(to -- -r Rita@EXAMPLE.Org <"$tmp/m" | cut -d ' ' -f 2)" sealed
settings
is 'untrusted envelope fields do not count' "$(to -- <"$tmp/delivered")" '- deferred'
like 'To: never chooses a key' "$(to -- <"$tmp/m")" '^- deferred'

exits 'no recipient: try again' 75 mailseal filter <"$tmp/m"
is 'and nothing on stdout' "$(<"$tmp/out")" ''
like 'the line says what to do' "$(<"$tmp/err")" '-r ADDRESS'
is 'it is one line' "$(grep -c '' "$tmp/err")" 1
exits 'an empty -r is no recipient' 75 env USER=rita "$MAILSEAL" --config "$config" filter -r '' <"$tmp/m"
exits 'USER without default-domain is none' 75 env USER=rita "$MAILSEAL" --config "$config" filter <"$tmp/m"
exits 'an address without a domain is not a whole one' 75 mailseal filter -r rita <"$tmp/m"

for sender in '' '<>' MAILER-DAEMON; do
	like "-f '$sender' is the null sender" \
		"$(mailseal -v filter -r rita@example.org -f "$sender" <"$tmp/m" 2>&1 >/dev/null)" ' from=<> '
done

# ---- several recipients ----------------------------------------------------------

mailseal filter -r rita@example.org -r bob@example.org <"$tmp/m" >"$tmp/both"
is 'two recipients: two session keys' "$(pkesks "$tmp/both")" 2
for address in rita bob; do
	mkdir -m 700 "$tmp/$address"
	gpg --batch --export-secret-keys "<$address@example.org>" |
		gpg --homedir "$tmp/$address" --batch --quiet --import
	at_exit "gpgconf --homedir '$tmp/$address' --kill all"
	ok "$address alone can open it" \
		sh -c "GNUPGHOME='$tmp/$address' '$MAILSEAL' --config '$config' open '$tmp/both' | cmp - '$tmp/m'"
done
mailseal filter -r rita@example.org -r RITA@example.org -r rita+x@example.org <"$tmp/m" >"$tmp/both"
is 'the same certificate twice: one session key' "$(pkesks "$tmp/both")" 1

make_key two@example.org
gpg --batch --quiet --passphrase '' --quick-add-key "$(fingerprint two@example.org)" rsa2048 encr never
enrol two@example.org
mailseal filter -r two@example.org <"$tmp/m" >"$tmp/both"
is 'every encryption subkey of a certificate gets one' "$(pkesks "$tmp/both")" 2

# ---- not enrolled ------------------------------------------------------------------

exits 'a recipient who is not enrolled' 0 mailseal -v filter -r carol@example.org <"$tmp/m"
cp "$tmp/out" "$tmp/passed"
like 'is passed, and the log says so' "$(<"$tmp/err")" 'outcome=not-enrolled cert=- '
like 'with our field on top' "$(head -n 1 "$tmp/passed")" '^X-Mailseal: v=1; passed; lines=[0-9]+; size=[0-9]+; sha256=[0-9a-f]{64}'
unseal "$tmp/passed" >"$tmp/opened"
same 'open takes it off again' "$tmp/opened" "$tmp/m"
exits 'enrolled and not enrolled together: try again' 75 \
	mailseal filter -r rita@example.org -r carol@example.org <"$tmp/m"
like 'one at a time, says the line' "$(<"$tmp/err")" 'one recipient at a time'
is 'nothing on stdout' "$(<"$tmp/out")" ''

# ---- ours, forged --------------------------------------------------------------------

canary_message 'X-Mailseal: v=1; passed; lines=1; size=1; sha256=00' \
	'X-Mailseal-Anything: forged' >"$tmp/forged"
for address in rita carol; do
	mailseal filter -r $address@example.org <"$tmp/forged" >"$tmp/out"
	is "a forged X-Mailseal does not survive ($address)" \
		"$(grep -ci '^X-Mailseal\(-Anything\)\?:' "$tmp/out")" 1
	unseal "$tmp/out" >"$tmp/opened"
	same 'and comes back' "$tmp/opened" "$tmp/forged"
done

# ---- encrypted already ---------------------------------------------------------------

exits 'a sealed message is not sealed again' 0 \
	mailseal -v filter -r rita@example.org <"$tmp/seen/sealed"
like 'the log says why' "$(<"$tmp/err")" 'outcome=passed-encrypted'
is 'its body is untouched' "$(sed '1,/^$/d' "$tmp/out" | sha256sum)" \
	"$(sed '1,/^$/d' "$tmp/seen/sealed" | sha256sum)"
unseal "$tmp/out" >"$tmp/opened"
same 'open opens both' "$tmp/opened" "$tmp/m"

# ---- the mbox From line ----------------------------------------------------------------

{ echo 'From sam@example.com Tue Nov 24 20:00:00 2026'; cat "$tmp/m"; } >"$tmp/mbox"
mailseal filter -r rita@example.org <"$tmp/mbox" >"$tmp/out"
is 'a From line stays in front' "$(head -n 1 "$tmp/out")" "$(head -n 1 "$tmp/mbox")"
unseal "$tmp/out" >"$tmp/opened"
same 'and comes back' "$tmp/opened" "$tmp/mbox"

# ---- large -------------------------------------------------------------------------------

{ cat "$tmp/m"; head -c 9000000 /dev/urandom | base64; } >"$tmp/large"
exits '12 MB, more than stays in memory' 0 mailseal filter -r rita@example.org <"$tmp/large"
unseal "$tmp/out" >"$tmp/opened"
same 'come back' "$tmp/opened" "$tmp/large"
is 'no spool file is left' "$(ls -A "$tmp/tmp")" ''

done_testing
