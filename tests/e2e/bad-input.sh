#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bad-input - broken messages, hostile addresses, damaged keystores
#
# Broken mail is still mail: it is sealed, and comes back exact.  Of what
# can't be done: exit 75, nothing on stdout, one line that says what to do.
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need gpg gpgconf awk
shopt -s lastpipe # so that tests at the end of a pipe count
new_recipient rita@example.org
mkdir "$tmp/input" "$tmp/work"
cd "$tmp/work" || exit 1

# ---- messages -----------------------------------------------------------------------

# comes_back NAME: stdin, for a recipient with and one without a certificate.
comes_back() {
	local address

	cat >"$tmp/input/m"
	for address in rita carol; do
		exits "$1, $address" 0 timeout 30 "$MAILSEAL" --config "$config" \
			filter -r $address@example.org <"$tmp/input/m"
		like 'has our field' "$(head -n 1 "$tmp/out" | tr -d '\0')" '^X-Mailseal: v=1; '
		[ $address != rita ] || no_canary 'nothing in clear' "$tmp/out"
		timeout 30 "$MAILSEAL" --config "$config" open "$tmp/out" >"$tmp/input/opened"
		same 'comes back' "$tmp/input/opened" "$tmp/input/m"
	done
}

# long CHARACTER COUNT
long() {
	head -c "$2" /dev/zero | tr '\0' "$1"
}

body=$(printf '\n%s\n' "$canary_body")
printf 'Content-Type: multipart/mixed; boundary="open\n\n--open\n%s' "$body" |
	comes_back 'an unclosed quote in the boundary'
printf 'Content-Type: multipart/mixed; boundary=a\n\n--a\n%s--a\n%s' "$body" "$body" |
	comes_back 'a boundary that never ends'
printf 'Content-Type: multipart/mixed\n\n--a\n%s' "$body" | comes_back 'no boundary parameter'
printf 'Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=a\n%s' "$body" |
	comes_back 'two Content-Type fields'
printf 'Content-Type: text\nContent-Transfer-Encoding: quoted-unprintable\n%s' "$body" |
	comes_back 'types and encodings that are none'
printf 'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=a\n\n--a\n%s' "$body" |
	comes_back 'multipart/encrypted without anything encrypted'
printf 'Subject: inline\n\n-----BEGIN PGP MESSAGE-----\n%s-----END PGP MESSAGE-----\n' "$body" |
	comes_back 'an armour without anything encrypted'
printf 'Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n%s' "$body" |
	comes_back 'enveloped-data without anything encrypted'
printf 'Subject: a\0b\nX-Nul: \0\n%s\0\0after\n' "$body" | comes_back 'NUL bytes'
printf 'Subject: \377\376 raw \200\nF\366rm: x\n%s' "$body" | comes_back '8-bit header'
printf '%s' "$canary_body" | comes_back 'no header, no line end'
printf '%s\n: no name\n' "$canary_body" | comes_back 'no header'
printf ' begins with a blank\nSubject: x\n%s' "$body" | comes_back 'a continuation of nothing'
printf 'Subject: no body\n' | comes_back 'no body'
printf 'Subject: no body, no line end' | comes_back 'no body, no line end'
printf 'Subject: x\n\n' | comes_back 'an empty body'
printf '\n' | comes_back 'one line end'
printf '' | comes_back 'nothing at all'
printf 'Subject: a\rX-Split: b\r%s\r\rbody\r' "$canary_body" | comes_back 'CR alone ends the lines'
printf 'Subject: a\rb\nX-Cr: \r\r\n%s\r\r\n' "$body" | comes_back 'bare CR'
printf 'Subject: mixed\r\nX-A: b\n%s\r\n' "$body" | comes_back 'mixed line ends'
printf 'Subject: x\n\nbody\n' | tr '\n' '\f' | comes_back 'form feeds for line ends'
{ printf 'Subject: x\n\n'; long x 1000000; printf '\n%s' "$body"; } | comes_back 'a line of a megabyte'
{ printf 'Subject: '; long x 1000000; printf '\n%s' "$body"; } | comes_back 'a field of a megabyte'
{ printf 'X-'; long x 1000000; printf ': y\n%s' "$body"; } | comes_back 'a field name of a megabyte'
{ printf 'Content-Type: multipart/mixed; boundary="'; long b 1000000; printf '"\n%s' "$body"; } |
	comes_back 'a boundary of a megabyte'
{ printf 'Subject: folded\n'; awk 'BEGIN { for (i = 0; i < 200000; i++) print " x" }'; printf '%s' "$body"; } |
	comes_back '200 000 continuation lines'
{ awk 'BEGIN { for (i = 0; i < 10000; i++) print "X-Field-" i ": value" }'; printf '%s' "$body"; } |
	comes_back '10 000 fields'
{ awk 'BEGIN { for (i = 0; i < 10000; i++) print "Authentication-Results: mx.example.org; spf=pass" }'
	printf '%s' "$body"; } | comes_back '10 000 forged results'
awk -v "body=$canary_body" 'BEGIN {
	for (i = 0; i < 1000; i++)
		printf "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i
	printf "\n%s\n", body
	for (i = 999; i >= 0; i--)
		printf "--b%d--\n", i
}' | comes_back '1 000 nested parts'
awk -v "body=$canary_body" 'BEGIN {
	for (i = 0; i < 1000; i++)
		printf "Content-Type: message/rfc822\n\n"
	printf "Subject: x\n\n%s\n", body
}' | comes_back '1 000 nested messages'
{ printf 'Content-Type: multipart/mixed; boundary=b\n\n'
	awk 'BEGIN { for (i = 0; i < 100000; i++) print "--b\n\nx" }'; printf '%s' "$body"; } |
	comes_back '100 000 parts'
{ long '(' 500000 | sed 's/^/Content-Type: text\/plain; /'; printf '\n%s' "$body"; } |
	comes_back '500 000 open comments'
{ printf 'From '; long x 100000; printf '\nSubject: x\n%s' "$body"; } | comes_back 'a From line of 100 000 bytes'

# ---- addresses -------------------------------------------------------------------------

# An address as it could come from a client; it is enrolled, and then used.
canary_message >"$tmp/input/m"
for address in --output=x@example.org ../../etc/passwd@example.org -r@example.org \
	"o'brien@example.org" '`id`@example.org' '$HOME@example.org' '%s%n@example.org' \
	'a|b@example.org' "$(long x 64)@example.org"; do
	new_recipient "$address" 2>/dev/null
	exits "sealed to $address" 0 mailseal filter -r "$address" <"$tmp/input/m"
	unseal "$tmp/out" >"$tmp/input/opened"
	same 'comes back' "$tmp/input/opened" "$tmp/input/m"
done
is 'no file was written by its name' "$(find "$tmp/work" -mindepth 1)" ''
is 'the keystore holds files two levels deep, no more' "$(find "$keystore" -mindepth 3)" ''
is 'and all addresses are listed' "$(mailseal key list | wc -l)" 10

# Whole or not, an address that is not enrolled passes or waits; it is never a path.
for address in '../../etc/passwd' '/etc/passwd' '@' 'x@' '@example.org' 'a@b@c' 'x@../../etc' \
	'x@/etc/passwd' $'x\n@example.org' 'x@example.org
-r' 'a b@example.org' '"a b"@example.org' 'x@[127.0.0.1]' '<x@example.org>' '.@example.org' \
	'x@example..org' "$(long x 5000)@example.org" "x@$(long y 5000)" $'\xff@example.org' 'ü@example.org' \
	'rita@example.org@' 'rita@example.org.' ' rita@example.org'; do
	mailseal filter -r "$address" <"$tmp/input/m" >"$tmp/out" 2>"$tmp/err"
	code=$?
	printf -v name %q "${address:0:30}"
	case $code in
	0) ok "passed or sealed: $name" grep -q '^X-Mailseal: ' "$tmp/out" ;;
	75) is "waits: $name" "$(wc -c <"$tmp/out") $(wc -l <"$tmp/err")" '0 1' ;;
	*) fail "an address that is none: $name" "exit $code" ;;
	esac
done
gpg --batch --export '<rita@example.org>' >"$tmp/rita.pgp"
for address in '../../etc/passwd' 'x@../../etc' 'x@/etc/passwd' '@' $'x\n@example.org'; do
	printf -v name %q "$address"
	not_ok "cannot be enrolled: $name" mailseal key import -a "$address" "$tmp/rita.pgp"
done
is 'no file was written by such a name' "$(find "$tmp/work" -mindepth 1)" ''

# ---- the keystore -------------------------------------------------------------------------

entry=$(find "$keystore" -name rita@example.org)
cp "$entry" "$tmp/entry"

# waits DESCRIPTION: 75, nothing on stdout, one line.
waits() {
	exits "$1: try again" 75 mailseal filter -r rita@example.org <"$tmp/input/m"
	is "$1: nothing on stdout, one line on stderr" "$(wc -c <"$tmp/out") $(wc -l <"$tmp/err")" '0 1'
	no_canary_text "$1: no word of the message" "$(<"$tmp/err")"
}

# check_sees DESCRIPTION
check_sees() {
	not_ok "$1: \`key check' sees it" mailseal key check rita@example.org
}

: >"$entry"
waits 'an empty entry'
check_sees 'an empty entry'
head -c 300 "$tmp/entry" >"$entry"
waits 'half an entry'
check_sees 'half an entry'
head -c 2000 /dev/urandom >"$entry"
waits 'an entry of noise'
check_sees 'an entry of noise'
{ cat "$tmp/entry"; cat "$tmp/entry"; } >"$entry"
waits 'an entry twice'
check_sees 'an entry twice'
cp "$(find "$keystore" -name "o*brien*")" "$entry"
waits "another's entry"
check_sees "another's entry"
for letter in A Q z; do
	sed "s/^\(Data: .\{40\}\)./\1$letter/" "$tmp/entry" >"$entry"
	waits "a changed letter ($letter) in a certificate"
done
grep -v '^Subkey' "$tmp/entry" >"$entry"
waits 'an entry without its subkey'
rm "$entry"
mkdir "$entry"
waits 'a folder as an entry'
check_sees 'a folder as an entry'
rmdir "$entry"
mkfifo "$entry"
exits 'a FIFO as an entry: try again, and no hang' 75 timeout 10 "$MAILSEAL" --config "$config" \
	filter -r rita@example.org <"$tmp/input/m"
rm "$entry"
ln -s /dev/zero "$entry"
exits 'an endless device as an entry' 75 timeout 10 "$MAILSEAL" --config "$config" \
	filter -r rita@example.org <"$tmp/input/m"
rm "$entry"
ln -s loop "$(dirname "$entry")/loop"
ln -s loop "$entry"
waits 'a link that goes round'
rm "$entry" "$(dirname "$entry")/loop"
cp "$tmp/entry" "$entry"
mv "$keystore/mailseal-keystore" "$tmp/marker"
waits 'no marker, as when the volume is not mounted'
mv "$tmp/marker" "$keystore/mailseal-keystore"
mv "$keystore" "$tmp/away"
exits 'before the first import: try again' 75 mailseal filter -r rita@example.org <"$tmp/input/m"
like 'the line says key import' "$(<"$tmp/err")" 'key import'
echo >"$keystore"
exits 'a file in its place: try again' 75 mailseal filter -r rita@example.org <"$tmp/input/m"
rm "$keystore"
mv "$tmp/away" "$keystore"
exits 'and all is well again' 0 mailseal filter -r rita@example.org <"$tmp/input/m"

done_testing
