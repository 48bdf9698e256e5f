#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# open - the bytes that arrived come back, or it says that they do not
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need gpg gpgconf
new_recipient rita@example.org

settings 'trusted-authserv-ids = border.example.org'
canary_message 'Authentication-Results: border.example.org; spf=pass smtp.mailfrom=sam@example.com' \
	'Authentication-Results: mx.example.org; dkim=pass header.d=forged.example' >"$tmp/lf"
sed 's/$/\r/' "$tmp/lf" >"$tmp/crlf"
printf 'Subject: no end' >"$tmp/unended"
printf 'Subject: nul\n\nbefore\0after\r\rbare\n' >"$tmp/odd"
printf 'no header at all, this line is neither\nfield nor empty\n' >"$tmp/headerless"
printf '\nbody only\n' >"$tmp/body-only"
: >"$tmp/empty"
{ printf 'Subject: forged mark\n\n'
	printf 'Mailseal-Original: v=1; size=1; sha256=%064d\n' 0
	echo 'X-Mailseal-Was-Subject: body'; } >"$tmp/marks"
{ cat "$tmp/lf"; head -c 8000000 /dev/urandom | base64; } >"$tmp/large"
messages='lf crlf unended odd headerless body-only empty marks large'

from='From sam@example.com Tue Nov 24 20:00:00 2026'

# put SOURCE TARGET ADDRESS: filtered, without and with a From line.
put() {
	seal "$3" <"$1" >"$2" && { echo "$from"; cat "$1"; } | seal "$3" >"$2.from"
}

# ---- exact ------------------------------------------------------------------------

for address in rita@example.org carol@example.org; do
	for name in $messages; do
		put "$tmp/$name" "$tmp/stored" $address
		unseal "$tmp/stored" >"$tmp/opened"
		same "$name for $address, from a file" "$tmp/opened" "$tmp/$name"
		unseal <"$tmp/stored" >"$tmp/opened"
		same "$name for $address, from stdin" "$tmp/opened" "$tmp/$name"
		{ echo "$from"; cat "$tmp/$name"; } >"$tmp/expected"
		unseal - <"$tmp/stored.from" >"$tmp/opened"
		same "$name for $address, with its From line" "$tmp/opened" "$tmp/expected"
		sed 1d "$tmp/stored.from" | unseal >"$tmp/opened"
		same "$name for $address, its From line dropped since" "$tmp/opened" "$tmp/$name"
	done
done

# ---- later hops ---------------------------------------------------------------------

# What is inside the armour does not care.
for name in lf crlf odd; do
	seal rita@example.org <"$tmp/$name" >"$tmp/stored"
	{ echo 'Received: by a later hop'; tr -d '\r' <"$tmp/stored"; } | unseal >"$tmp/opened"
	same "sealed $name, made LF and given a field" "$tmp/opened" "$tmp/$name"
	sed 's/\r*$/\r/' "$tmp/stored" | unseal >"$tmp/opened"
	same "sealed $name, made CRLF" "$tmp/opened" "$tmp/$name"
done

seal carol@example.org <"$tmp/lf" >"$tmp/stored"
sed 's/$/\r/' "$tmp/stored" | unseal >"$tmp/opened"
same 'passed LF, made CRLF' "$tmp/opened" "$tmp/lf"
{ echo 'Return-Path: <x@example.com>'; cat "$tmp/stored"; } | unseal >"$tmp/opened"
same 'passed, given a field on top' "$tmp/opened" "$tmp/lf"
{ cat "$tmp/stored"; echo; } | unseal >"$tmp/opened"
same 'passed, an empty line added at the end (procmail)' "$tmp/opened" "$tmp/lf"
seal carol@example.org <"$tmp/crlf" | tr -d '\r' | unseal >"$tmp/opened"
same 'passed CRLF, made LF' "$tmp/opened" "$tmp/crlf"

sed 's/a second line/a changed line/' "$tmp/stored" >"$tmp/changed"
exits 'passed, its body changed: 65' 65 unseal "$tmp/changed"
like 'it says so in one line' "$(<"$tmp/err")" '^[^'$'\n'']*size or hash[^'$'\n'']*$'
ok 'and gives what is there' grep -q 'a changed line' "$tmp/out"

# ---- --as-stored ----------------------------------------------------------------------

unseal --as-stored "$tmp/stored" >"$tmp/opened"
is '--as-stored of a passed message begins with our field' \
	"$(head -n 1 "$tmp/opened")" "$(head -n 1 "$tmp/stored")"
like 'keeps the results that we recorded' "$(sed '/^$/q' "$tmp/opened")" 'Authentication-Results: mx\.example\.org'

seal rita@example.org <"$tmp/lf" >"$tmp/stored"
unseal --as-stored "$tmp/stored" >"$tmp/opened"
is '--as-stored of a sealed message begins with our field' \
	"$(head -n 1 "$tmp/opened")" "$(head -n 1 "$tmp/stored")"
tail -c "$(stat -c %s "$tmp/lf")" "$tmp/opened" >"$tmp/end"
same 'and ends with the original' "$tmp/end" "$tmp/lf"
head -c -"$(stat -c %s "$tmp/lf")" "$tmp/opened" >"$tmp/top"
not_ok 'between them are trace fields only' grep -Ev '^(X-Mailseal|Authentication-Results|[[:blank:]])' "$tmp/top"
ok 'the results that we recorded among them' grep -q '^Authentication-Results: mx\.example\.org' "$tmp/top"
head -c "$(stat -c %s "$tmp/top")" "$tmp/stored" >"$tmp/stored-top"
same 'as they are stored' "$tmp/top" "$tmp/stored-top"

# ---- not mailseal's ---------------------------------------------------------------------

# foreign DESCRIPTION FILE: unchanged, exit 0, a line on stderr.
foreign() {
	exits "$1: 0" 0 unseal "$2"
	same 'unchanged' "$tmp/out" "$2"
	is 'a line on stderr says so' "$(grep -c 'not sealed by mailseal' "$tmp/err")" 1
}

foreign 'a message that nobody sealed' "$tmp/lf"
foreign 'an empty file' "$tmp/empty"
foreign 'a forged mark in plain text' "$tmp/marks"

# pgp_mime: stdin encrypted by gpg, as others do it.
pgp_mime() {
	cat <<-'END'
	From: Sam <sam@example.com>
	MIME-Version: 1.0
	Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b

	--b
	Content-Type: application/pgp-encrypted

	Version: 1

	--b
	Content-Type: application/octet-stream

	END
	gpg --batch --quiet --trust-model always --armor --encrypt -r '<rita@example.org>'
	printf '\n--b--\n'
}
printf 'Content-Type: text/plain\n\nfrom a friend\n' | pgp_mime >"$tmp/friend"
foreign "another's PGP/MIME" "$tmp/friend"
{ echo 'Content-Type: text/plain'; echo
	printf 'Mailseal-Original: v=1; size=0; sha256=%064d\n' 0; } | pgp_mime >"$tmp/friend"
foreign 'a mark that does not stand in front' "$tmp/friend"

# ours PAYLOAD: PGP/MIME with that payload; no X-Mailseal is needed.
hash=$(printf 'Subject: x\n\nhello\n' | sha256sum | cut -d ' ' -f 1)
{ echo "Mailseal-Original: v=1; size=18; sha256=$hash"; printf 'Subject: x\n\nhello\n'; } | pgp_mime >"$tmp/ours"
exits 'a payload of ours without X-Mailseal' 0 unseal "$tmp/ours"
is 'is opened' "$(<"$tmp/out")" "$(printf 'Subject: x\n\nhello\n')"
{ echo 'Mailseal-Receipt: later'; echo "Mailseal-Original: v=1; size=18; sha256=$hash"
	printf 'Subject: x\n\nhello\n'; } | pgp_mime >"$tmp/ours"
exits 'with a line of a later version' 0 unseal "$tmp/ours"
{ echo "Mailseal-Original: v=1; size=18; sha256=$hash"; printf 'Subject: x\n\nhullo\n'; } >"$tmp/payload"
pgp_mime <"$tmp/payload" >"$tmp/ours"
exits 'whose hash is wrong: 65' 65 unseal "$tmp/ours"
same 'the payload is written' "$tmp/out" "$tmp/payload"

# ---- what cannot be opened ------------------------------------------------------------------

seal rita@example.org <"$tmp/lf" >"$tmp/stored"

# damage EXPRESSION: the stored message changed; 65, no half message, no crash.
damage() {
	sed "$1" "$tmp/stored" >"$tmp/damaged"
	not_ok "$2: it is another" cmp -s "$tmp/damaged" "$tmp/stored"
	exits "$2: 65" 65 unseal "$tmp/damaged"
	not_ok 'nothing of the message is given' grep -q Kanarien "$tmp/out"
	is 'one line' "$(grep -c '' "$tmp/err")" 1
}
line=$(($(grep -n '^-----BEGIN PGP' "$tmp/stored" | cut -d : -f 1) + 5))
damage "${line}s/./!/g" 'a line of the armour is rubbish'
damage "${line}d" 'a line of the armour is missing'
damage "${line}y/ABCDEFGHIJKLM/BCDEFGHIJKLMA/" 'a line of the armour is another'
damage "$line,\$d" 'the end is missing'

mkdir -m 700 "$tmp/empty-home"
at_exit "gpgconf --homedir '$tmp/empty-home' --kill all"
export GNUPGHOME=$tmp/empty-home
exits 'no secret key: 69' 69 unseal "$tmp/stored"
is 'nothing on stdout' "$(<"$tmp/out")" ''
is 'one line' "$(grep -c '' "$tmp/err")" 1
seal carol@example.org <"$tmp/stored" >"$tmp/passed"
exits "a passed message that is another's to read" 0 unseal "$tmp/passed"
same 'comes back' "$tmp/out" "$tmp/stored"
export GNUPGHOME=$tmp/gnupg
settings "gpg-program = $tmp/nothing"
exits 'no gpg: 69' 69 unseal "$tmp/stored"
settings

exits 'a file that is not there: 66' 66 unseal "$tmp/nothing"
exits 'an unknown option: 64' 64 unseal --nope
exits 'two files: 64' 64 unseal "$tmp/lf" "$tmp/lf"
exits 'a configuration with a mistake: 78' 78 "$MAILSEAL" --config "$tmp/nothing" open "$tmp/lf"
not_ok 'standard output full' sh -c "'$MAILSEAL' --config '$config' open '$tmp/stored' >/dev/full"

done_testing
