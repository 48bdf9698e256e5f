#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# key-interchange - certificates from and to where other programs keep them
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

need gpg python3
printf 'From: sam@example.com\nSubject: x\n\nhello\n' >"$tmp/m"
G=(gpg --batch --quiet --passphrase '' --pinentry-mode loopback)

# enrolled: the addresses of the store, on one line.
enrolled() {
	key list 2>/dev/null | sed -E 's/:? .*//' | sort -u | tr '\n' ' '
}

# afresh: an empty place for a keystore.
afresh() {
	rm -rf "$keystore"
}

# state FOLDER: what is in it, to the byte, and when each file was last read or written.
state() {
	find "$1" -printf '%p %y %m %T@\n' | sort
	find "$1" -type f -exec sha256sum {} + | sort
}

make_key rita@example.org
make_key bob@example.net
make_key alice@example.org rsa2048
"${G[@]}" --quick-add-uid "$(fingerprint alice@example.org)" 'Alice <alice@example.net>'
"${G[@]}" --quick-gen-key '<old@example.org>' future-default default 2001-01-02T00:00:00 2>/dev/null ||
	"${G[@]}" --faked-system-time 20200101T000000 --quick-gen-key '<old@example.org>' future-default default 1d 2>/dev/null
"${G[@]}" --quick-gen-key 'Nobody at all' future-default default never 2>/dev/null
all='alice@example.net alice@example.org bob@example.net rita@example.org '

# ---- a GnuPG home ------------------------------------------------------------------

state "$GNUPGHOME" >"$tmp/before"
exits 'a GnuPG home' 0 key import --from gnupg "$GNUPGHOME"
cp "$tmp/out" "$tmp/summary"
is 'all that can be used is enrolled, for each address' "$(enrolled)" "$all"
like 'an expired one is skipped' "$(<"$tmp/summary")" 'skipped old@example.org: .*expired'
like 'and one without an address' "$(<"$tmp/summary")" 'skipped [0-9A-F]{40}: it has no valid user ID'
like 'with a summary' "$(tail -n 1 "$tmp/summary")" '^5 certificates: 4 addresses enrolled, 0 updated, 0 unchanged; 2 skipped$'
is 'the home is as it was' "$(state "$GNUPGHOME")" "$(<"$tmp/before")"
exits 'once more' 0 key import --from gnupg "$GNUPGHOME"
like 'changes nothing' "$(tail -n 1 "$tmp/out")" '0 enrolled, 0 updated, 4 unchanged|0 addresses enrolled, 0 updated, 4 unchanged'
exits 'mail is sealed' 0 mailseal filter -r alice@example.net <"$tmp/m"
ok 'to it' is_sealed "$tmp/out"

afresh
exits 'one domain' 0 key import --from gnupg --domain EXAMPLE.net "$GNUPGHOME"
is 'and no other' "$(enrolled)" 'alice@example.net bob@example.net '
exits 'a home that its owner alone may lock' 0 key import --from gnupg "$GNUPGHOME/pubring.kbx"
afresh
mkdir "$tmp/legacy" && "${G[@]}" --export >"$tmp/legacy/pubring.gpg"
exits 'an old keyring' 0 key import --from gnupg "$tmp/legacy"
is 'as well' "$(enrolled)" "$all"
exits 'nothing there' 66 key import --from gnupg "$tmp/none"
mkdir "$tmp/empty"
exits 'a folder without a keyring' 66 key import --from gnupg "$tmp/empty"
mkdir -p "$tmp/boxd/public-keys.d"
exits 'keyboxd' 66 key import --from gnupg "$tmp/boxd"
like 'has advice' "$(<"$tmp/err")" 'gpg --export'
mkdir "$tmp/cut" && head -c 3000 "$GNUPGHOME/pubring.kbx" >"$tmp/cut/pubring.kbx"
afresh
exits 'a keybox that is cut off: what is whole' 0 key import --from gnupg "$tmp/cut"
like 'and told' "$(<"$tmp/out")" 'skipped pubring.kbx: .*cut off'
"${G[@]}" --export-secret-keys rita@example.org >"$tmp/cut/pubring.gpg"
exits 'a private key in it' 0 key import --from gnupg "$tmp/cut"
like 'is refused' "$(<"$tmp/out")" 'skipped pubring.gpg: .*PRIVATE'

exits 'a kind that is none' 64 key import --from pidgin "$GNUPGHOME"
like 'has the kinds' "$(<"$tmp/err")" 'gnupg.*wkd'
exits 'two folders' 64 key import --from gnupg "$tmp/legacy" "$tmp/legacy"
exits 'none' 64 key import --from gnupg
exits 'with -a' 64 key import --from gnupg -a rita@example.org "$tmp/legacy"
exits '--domain alone' 64 key import --domain example.org "$tmp/legacy/pubring.gpg"
exits 'a domain that is none' 64 key import --from gnupg --domain 'a b' "$tmp/legacy"

# Somebody who is enrolled with another key stays so.
afresh
mkdir -m 700 "$tmp/other"
at_exit "GNUPGHOME=$tmp/other gpgconf --kill all >/dev/null 2>&1"
GNUPGHOME=$tmp/other "${G[@]}" --quick-gen-key '<rita@example.org>' future-default default never 2>/dev/null
GNUPGHOME=$tmp/other gpg --batch --export | key import >/dev/null 2>&1
exits 'another primary key' 0 key import --from gnupg "$GNUPGHOME"
like 'is skipped' "$(<"$tmp/out")" 'skipped rita@example.org: .*another primary key'
is 'the others are not' "$(enrolled)" "$all"
exits 'unless asked for' 0 key import --from gnupg --add "$GNUPGHOME"
is 'both' "$(key list | grep -c '^rita@example.org')" 2

# ---- gpg-mailgate, Zeyple ------------------------------------------------------------

for kind in gpg-mailgate zeyple; do
	afresh
	exits "$kind: its GnuPG home" 0 key import --from "$kind" "$GNUPGHOME"
	is "$kind: all" "$(enrolled)" "$all"
done
mkdir "$tmp/armoured" && mkfifo "$tmp/armoured/fifo"
"${G[@]}" --armor --export rita@example.org >"$tmp/armoured/rita.asc"
"${G[@]}" --export bob@example.net alice@example.org >"$tmp/armoured/others.pgp"
ln -s /etc/passwd "$tmp/armoured/link"
echo 'nothing of the kind' >"$tmp/armoured/README"
afresh
exits 'a folder of armoured keys' 0 key import --from zeyple "$tmp/armoured"
is 'all' "$(enrolled)" "$all"
like 'a link is not followed' "$(<"$tmp/out")" 'skipped link: not a plain file'
like 'nor a pipe read' "$(<"$tmp/out")" 'skipped fifo: not a plain file'
like 'what is none is named' "$(<"$tmp/out")" 'skipped README: '

# ---- a Web Key Directory ------------------------------------------------------------------

# wkd_file ADDRESS FOLDER: its certificate, in a folder `hu`.
wkd_file() {
	mkdir -p "$2"
	"${G[@]}" --export "$1" >"$2/$(gpg --batch --with-wkd-hash --list-keys "$1" 2>/dev/null |
		awk -v domain="@${1#*@}" 'index($0, domain) && $1 ~ domain "$" { sub(/@.*/, "", $1); print $1; exit }')"
}
web=$tmp/web/.well-known/openpgpkey
wkd_file rita@example.org "$web/example.org/hu"
wkd_file alice@example.org "$web/example.org/hu"
touch "$web/example.org/policy" "$web/example.org/hu/index.html"
# One is put where another's would be.
mkdir -p "$web/example.com/hu" && cp "$(find "$web/example.org/hu" -type f -size +0 | head -n 1)" "$web/example.com/hu/yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
wkd_file bob@example.net "$tmp/direct/openpgpkey/hu"
afresh
exits 'a WKD tree' 0 key import --from wkd "$tmp/web"
like 'a file is for the address of its name' "$(<"$tmp/out")" 'skipped [0-9A-F]{40}: none of its addresses is one'
is 'each for what its place says' "$(enrolled)" 'alice@example.org rita@example.org '
afresh
exits 'the direct layout' 0 key import --from wkd "$tmp/direct/openpgpkey"
is 'of any domain' "$(enrolled)" 'bob@example.net '
afresh
exits 'one `hu`' 0 key import --from wkd "$web/example.org/hu"
like 'alice too' "$(enrolled)" 'alice@example.org .*rita'
exits 'no `hu`' 66 key import --from wkd "$tmp/armoured"

# ---- pgp-cert-d -------------------------------------------------------------------------------

afresh
key import --from gnupg "$GNUPGHOME" >/dev/null
exits 'written' 0 key export --to pgp-cert-d "$tmp/certs"
is 'a file for each certificate' "$(find "$tmp/certs" -path '*/??/*' -type f | wc -l)" 3
fpr=$(fingerprint alice@example.org | tr A-F a-f)
file=$tmp/certs/${fpr:0:2}/${fpr:2}
ok 'at the place of its fingerprint' test -f "$file"
is 'with all its addresses' "$(gpg --batch --show-keys --with-colons <"$file" 2>/dev/null | grep -c '^uid')" 2
exits 'once more' 0 key export --to pgp-cert-d "$tmp/certs"
like 'unchanged' "$(<"$tmp/out")" '0 certificates written, 3 unchanged'
cp "$file" "$tmp/alice" && "${G[@]}" --export rita@example.org >"$file"
exits 'what is there' 0 key export --to pgp-cert-d "$tmp/certs"
like 'stays' "$(<"$tmp/out")" '0 certificates written, 2 unchanged, 1 skipped'
afresh
exits 'read back' 0 key import --from pgp-cert-d "$tmp/certs"
like 'one that is not what its name says is skipped' "$(<"$tmp/out")" "skipped ${fpr:0:2}/${fpr:2}: it is not the certificate"
is 'the others are enrolled' "$(enrolled)" 'bob@example.net rita@example.org '
cp "$tmp/alice" "$file"
exits 'read back' 0 key import --from pgp-cert-d "$tmp/certs"
is 'all' "$(enrolled)" "$all"
exits 'no such folder of certificates' 66 key import --from pgp-cert-d "$tmp/armoured"

# ---- gnupg ---------------------------------------------------------------------------------------

exits 'written as a keyring' 0 key export --to gnupg "$tmp/ring.gpg"
like 'and counted' "$(<"$tmp/out")" '^3 certificates written'
is 'gpg reads it' "$(gpg --batch --show-keys --with-colons <"$tmp/ring.gpg" 2>/dev/null | grep -c '^pub')" 3
mkdir -m 700 "$tmp/fresh"
ok 'and imports it' gpg --homedir "$tmp/fresh" --batch --quiet --no-autostart --import "$tmp/ring.gpg"
exits 'never over a file' 75 key export --to gnupg "$tmp/ring.gpg"
exits 'of a domain' 0 key export --to gnupg "$tmp/net.gpg" example.net
is 'two' "$(gpg --batch --show-keys --with-colons <"$tmp/net.gpg" 2>/dev/null | grep -c '^pub')" 2
exits 'of nobody' 65 key export --to gnupg "$tmp/x.gpg" nobody@example.net
not_ok 'is no file' test -e "$tmp/x.gpg"
afresh
exits 'read back' 0 key import --from gnupg "$tmp/ring.gpg"
is 'all' "$(enrolled)" "$all"
exits 'a kind that can not be written' 64 key export --to wkd "$tmp/w"
exits 'where nobody may write' 75 key export --to gnupg "$tmp/none/ring.gpg"

# ---- as docs/keys.md has it --------------------------------------------------------------------------

# documented N: the N-th block of the section, with folders of this test.
documented() {
	sed -n '/^## From and to other programs/,/^## Into/p' "$srcdir/docs/keys.md" |
		awk -v n="$1" '/^```/ { on = !on; block += on; next } on && block == n' |
		sed -e "s|/root/.gnupg|$GNUPGHOME|; s|/var/gpgmailgate/.gnupg|$GNUPGHOME|; s|/var/lib/zeyple/keys|$tmp/armoured|" \
			-e "s|/var/www/wkd|$tmp/web|; s|/home/admin/.local/share/pgp.cert.d|$tmp/certs|"
}
afresh
mkdir "$tmp/doc" && cd "$tmp/doc" || exit 1
for n in 1 2; do
	documented $n >"$tmp/commands"
	isnt "commands of docs/keys.md, $n" "$(wc -l <"$tmp/commands")" 0
	while IFS= read -r line; do
		# shellcheck disable=SC2086 # a command, word by word
		exits "$line" 0 $line
	done <"$tmp/commands"
done

done_testing
