#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# key-renew - newer copies merge and older ones undo nothing, another key takes the place, what is
# expired is sealed to as of then
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

need gpg gpgconf python3
throwaway_home
G=(gpg --batch --quiet --no-tty --passphrase '' --pinentry-mode loopback)
printf 'From: sam@example.com\nSubject: x\n\nhello\n' >"$tmp/m"

# at TIME ARGUMENT...: gpg, told that it is TIME.
at() {
	"${G[@]}" --no-auto-check-trustdb --faked-system-time "$1" "${@:2}" 2>"$tmp/.at" || diag_file "$tmp/.at"
}

# new ADDRESS: a key from 2020 that never expires; its fingerprint in $fpr.
new() {
	at 20200101T000000 --quick-gen-key "<$1>" future-default default never
	fpr=$(fingerprint "$1")
}

# take FILE KEY: its certificate as it is now.
take() {
	"${G[@]}" --no-auto-check-trustdb --export "$2" >"$tmp/$1"
}

# subkeys KEY: fingerprints of its subkeys.
subkeys() {
	"${G[@]}" --no-auto-check-trustdb --with-colons --list-keys "$1" | awk -F: '/^sub/ { s = 1 } /^fpr/ && s { print $10; s = 0 }'
}

# sealed_to: the key IDs of the last message.
sealed_to() {
	gpg --batch --list-packets "$tmp/out" 2>/dev/null | sed -n 's/^:pubkey enc packet:.* keyid //p' | sort | paste -sd ' '
}

mail() {
	mailseal filter -v -r "$1" <"$tmp/m"
}

# ---- merging ----------------------------------------------------------------------

new rita@example.org
at 20200102T000000 --quick-set-expire "$fpr" 20991231T000000
take first.pgp "$fpr"
at 20200601T000000 --quick-set-expire "$fpr" 20981231T000000
take second.pgp "$fpr"
at 20200701T000000 --quick-add-key "$fpr" cv25519 encr never
take third.pgp "$fpr"
mapfile -t subs < <(subkeys "$fpr")
is 'two subkeys' "${#subs[@]}" 2

exits 'the first copy' 0 key import "$tmp/first.pgp"
like 'its end' "$(<"$tmp/out")" '^enrolled rita@example.org .* expires 2099-12-31$'
like 'show says where it came from' "$(key show rita@example.org)" 'from import, 20[0-9-]{8}'
exits 'a newer one' 0 key import "$tmp/second.pgp"
like 'its end holds, though it is earlier' "$(<"$tmp/out")" '^updated rita@example.org .* expires 2098-12-31$'
exits 'the older one again' 0 key import "$tmp/first.pgp"
like 'changes nothing' "$(<"$tmp/out")" '^unchanged rita@example.org .* expires 2098-12-31$'
exits 'one with another subkey' 0 key import "$tmp/third.pgp"
exits 'mail' 0 mail rita@example.org
is 'is sealed to both from the next message on' "$(sealed_to)" "$(printf '%s\n' "${subs[@]: -1}" "${subs[0]}" | cut -c 25- | sort | paste -sd ' ')"
exits 'an older copy does not take it away' 0 key import "$tmp/second.pgp"
like 'unchanged' "$(<"$tmp/out")" '^unchanged '

printf '%s\n' 'key 2' revkey y 0 '' y save | gpg --quiet --no-tty --command-fd 0 --edit-key "$fpr" >"$tmp/.edit" 2>&1
take fourth.pgp "$fpr"
exits 'a subkey is revoked' 0 key import "$tmp/fourth.pgp"
like 'show tells' "$(key show rita@example.org)" "${subs[1]} .*: encryption subkey revoked"
exits 'mail' 0 mail rita@example.org
is 'goes to the other one' "$(sealed_to)" "${subs[0]:24}"
exits 'a copy without the revocation' 0 key import "$tmp/third.pgp"
like 'changes nothing' "$(<"$tmp/out")" '^unchanged '
exits 'mail' 0 mail rita@example.org
is 'still goes to the other one' "$(sealed_to)" "${subs[0]:24}"

# ---- what is stored ------------------------------------------------------------------

new bob@example.org
bob=$fpr
at 20200102T000000 --quick-add-uid "$bob" 'Bob at work <bob@example.com>'
new eve@example.org
"${G[@]}" --yes --default-key "$fpr" --quick-sign-key "$bob" >/dev/null 2>&1
take bob.pgp "$bob"
like 'a certificate with another address and a signature of somebody else' \
	"$(gpg --batch --with-colons --with-sig-list --show-keys "$tmp/bob.pgp")" "sig:.*:${fpr:24}:"
exits 'is enrolled' 0 key import -a bob@example.org "$tmp/bob.pgp"
key export --binary bob@example.org >"$tmp/stored.pgp"
stored=$(gpg --batch --with-colons --with-sig-list --show-keys "$tmp/stored.pgp" 2>/dev/null)
is 'without the other address' "$(grep -c '^uid' <<<"$stored")" 1
unlike 'without the signature' "$stored" "${fpr:24}"
exits 'for an address that it does not name' 0 key import -a desk@example.org "$tmp/bob.pgp"
is 'one user ID is kept, since gpg wants one' \
	"$(key export desk@example.org | gpg --batch --with-colons --show-keys 2>/dev/null | grep -c '^uid')" 1
exits 'mail to it' 0 mail desk@example.org
ok 'opens' unseal "$tmp/out"
at 20200601T000000 --quick-set-expire "$bob" 20991231T000000
take bob.pgp "$bob"
exits 'a renewed copy still merges' 0 key import -a desk@example.org "$tmp/bob.pgp"
like 'its end' "$(<"$tmp/out")" '^updated .* expires 2099-12-31$'

# ---- another key -----------------------------------------------------------------------

"${G[@]}" --yes --quick-gen-key '<bob@example.org>' future-default default never 2>/dev/null
second=$(gpg --batch --no-auto-check-trustdb --with-colons --list-keys '<bob@example.org>' | awk -F: '/^pub/ { p = 1 } /^fpr/ && p { print $10; p = 0 }' | grep -v "$bob")
take other.pgp "$second"
exits 'import refuses another primary key' 65 key import "$tmp/other.pgp"
like 'and names the way' "$(<"$tmp/err")" 'key replace'
exits 'replace wants somebody enrolled' 65 key replace -a nobody@example.org "$tmp/other.pgp"
exits 'and another key' 65 key replace -a bob@example.org "$tmp/bob.pgp"
exits 'replace' 0 key replace "$tmp/other.pgp"
like 'says what it did' "$(<"$tmp/out")" "^replaced bob@example.org $second .*"$'\n'"replaced bob@example.org $bob .*: retired"
exits 'mail' 0 mail bob@example.org
is 'is sealed to the new one alone' "$(sealed_to)" "$(subkeys "$second" | cut -c 25-)"
like 'show has the old one' "$(key show bob@example.org)" "$bob .*: retired"
unlike 'list does not' "$(key list)" "$bob.*: retired"
unlike 'nor does export' "$(key export bob@example.org | gpg --batch --show-keys 2>/dev/null)" "$bob"
exits 'the old one is not brought back by an import' 0 key import -a bob@example.org "$tmp/bob.pgp"
like 'it stays retired' "$(key show bob@example.org)" "$bob .*: retired"
exits 'but by replace' 0 key replace -a bob@example.org "$tmp/bob.pgp"
exits 'mail' 0 mail bob@example.org
is 'is sealed to it' "$(sealed_to)" "$(subkeys "$bob" | cut -c 25-)"
exits 'audit' 0 key audit --changes
like 'has it' "$(<"$tmp/out")" 'replace bob@example.org'
exits 'one more beside it' 0 key import --add -a desk@example.org "$tmp/other.pgp"
exits 'mail' 0 mail desk@example.org
is 'is sealed to both' "$(sealed_to)" "$({ subkeys "$bob"; subkeys "$second"; } | cut -c 25- | sort | paste -sd ' ')"
exits 'a private key is refused here, too' 65 key replace -a bob@example.org \
	<("${G[@]}" --export-secret-keys "$second" 2>/dev/null)

# ---- the owner is told ---------------------------------------------------------------------

cat >"$tmp/sendmail" <<-EOF
	#!/bin/sh
	[ ! -e $tmp/sendmail-fails ] || exit 75
	{ echo "\$*"; cat; } >$tmp/sent
EOF
chmod +x "$tmp/sendmail"
settings 'notify-owners = yes' "sendmail = $tmp/sendmail"

# told_by KEY...: the last message is encrypted to these and no others.
told_by() {
	sed 1d "$tmp/sent" >"$tmp/out"
	is "$1: to whom it goes" "$(sealed_to)" "$(for k in "${@:2}"; do subkeys "$k"; done | cut -c 25- | sort | paste -sd ' ')"
}

exits 'another key' 0 key replace "$tmp/other.pgp"
like 'is told' "$(head -n 1 "$tmp/sent")" '^-i -f <> -- bob@example.org$'
told_by 'sealed to the old one' "$bob"
unlike 'and says nothing outside' "$(<"$tmp/sent")" "$second"
text=$(plain_gpg "$tmp/out")
like 'inside it says what was' "$text" "Before:.*$bob .*Now:.*$second "
cp "$tmp/out" "$tmp/notice"
exits 'mail for the owner' 0 mailseal filter -v -r bob@example.org <"$tmp/notice"
like 'passes it as ciphertext' "$(<"$tmp/err")" 'outcome=passed-encrypted '
exits 'an update that changes nothing' 0 sh -c "rm $tmp/sent"' && "$@"' sh "$MAILSEAL" --config "$config" key import "$tmp/other.pgp"
not_ok 'is not told' test -e "$tmp/sent"
exits 'a removal' 0 key remove bob@example.org
told_by 'sealed to what was' "$second"
exits 'the first certificate' 0 key import "$tmp/other.pgp"
like 'is told in plain text' "$(<"$tmp/sent")" "Before:.*none.*Now:.*$second"
touch "$tmp/sendmail-fails"
exits 'when sendmail fails the change stands' 0 key replace -a bob@example.org "$tmp/bob.pgp"
like 'and that is told' "$(<"$tmp/err")" 'bob@example.org was not told of the change: .*status 75'
settings

# ---- on-expired = seal -------------------------------------------------------------------

new old@example.org
old=$fpr
take old-first.pgp "$old"
enrol old@example.org
at 20200601T000000 --quick-set-expire "$old" 20210101T000000
take old.pgp "$old"
exits 'an expiry is taken' 0 key import "$tmp/old.pgp"
like 'and told' "$(<"$tmp/out")" 'expires 2021-01-01: expired'
exits 'a copy from before that changes nothing' 0 key import "$tmp/old-first.pgp"
like 'it stays expired' "$(<"$tmp/out")" '^unchanged .*: expired'
exits 'its mail waits' 75 mail old@example.org
settings 'on-expired = seal'
exits 'on-expired = seal' 0 mail old@example.org
like 'the message says so' "$(<"$tmp/out")" 'X-Mailseal: v=1; at-rest; engine=gpg; expired=2021-01-01'
like 'the log line, too' "$(<"$tmp/err")" "outcome=sealed cert=$old expired=2021-01-01 "
is 'its owner opens it' "$(unseal "$tmp/out" | cksum)" "$(cksum <"$tmp/m")"
is 'nothing is left' "$(ls -A "$tmp/tmp")" ''
exits 'beside one that is valid' 0 mailseal filter -r old@example.org -r rita@example.org <"$tmp/m"
is 'sealed to both' "$(sealed_to | wc -w)" 2
new later@example.org
at 20230101T000000 --yes --quick-gen-key '<new@example.org>' future-default default never
enrol new@example.org later@example.org
exits 'beside one that was made later' 75 mailseal filter -r old@example.org -r new@example.org <"$tmp/m"
like 'one line says what to do' "$(<"$tmp/err")" 'new@example.org was not valid.*one recipient at a time'
sed 's/^:-----BEGIN/-----BEGIN/' "$GNUPGHOME/openpgp-revocs.d/$old.rev" | gpg --batch --quiet --import 2>/dev/null
take revoked.pgp "$old"
exits 'revoked now' 0 key import "$tmp/revoked.pgp"
exits 'never to a revoked one' 75 mail old@example.org
exits 'a copy without the revocation' 0 key import "$tmp/old.pgp"
exits 'does not undo it' 75 mail old@example.org
exits 'nor one without the expiry' 0 key import "$tmp/old-first.pgp"
exits 'it stays revoked' 75 mail old@example.org

# A weak subkey, enrolled beside a good one that expires.
new weak@example.org
at 20200102T000000 --quick-add-key "$fpr" rsa1024 encr never
take weak.pgp "$fpr"
exits 'one with a weak subkey' 0 key import "$tmp/weak.pgp"
mapfile -t subs < <(subkeys "$fpr")
at 20200601T000000 --quick-set-expire "$fpr" 20210101T000000 "${subs[0]}"
take weak.pgp "$fpr"
exits 'whose other subkey is expired' 0 key import "$tmp/weak.pgp"
exits 'mail' 0 mail weak@example.org
is 'goes to that one, as of then' "$(sealed_to)" "${subs[0]:24}"

# ---- bad input -------------------------------------------------------------------------------

before=$(key list)
{ cat "$tmp/other.pgp"; head -c 100M /dev/zero; } >"$tmp/huge.pgp"
exits '100 MB' 65 timeout 60 "$MAILSEAL" --config "$config" key import -a huge@example.org "$tmp/huge.pgp"
like 'are too much' "$(<"$tmp/err")" 'more than 16 MiB.*export-minimal'
is 'nothing was enrolled' "$(key list)" "$before"
# Its first letter is Cyrillic.
exits 'an address that looks like another' 0 key import -a $'bob@\u0430pple.example' "$tmp/other.pgp"
like 'shows what it is, and a warning' "$(<"$tmp/out")" 'enrolled bob@xn--pple-43d.example .*note: .*other than ASCII'
exits 'an address that is an option' 0 key import -a=--output=x@example.org "$tmp/other.pgp"
like 'is an address' "$(<"$tmp/out")" '^enrolled =--output=x@example.org '
exits 'one with a control character' 65 key import -a $'a\tb@example.org' "$tmp/other.pgp"

done_testing
