#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# key - importing, listing, showing, exporting, checking, removing certificates
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

need gpg python3
throwaway_home
G=(gpg --batch --quiet --passphrase '' --pinentry-mode loopback)

# entries: how many addresses the store has.
entries() {
	key list --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'
}

make_key rita@example.org
make_key bob@example.org rsa2048
"${G[@]}" --export rita@example.org >"$tmp/rita.pgp"
"${G[@]}" --armor --export bob@example.org >"$tmp/bob.asc"
"${G[@]}" --export rita@example.org bob@example.org >"$tmp/both.pgp"
"${G[@]}" --armor --export-secret-keys rita@example.org >"$tmp/own.asc" 2>/dev/null
"${G[@]}" --export-secret-keys rita@example.org >"$tmp/own.pgp" 2>/dev/null

# ---- before the first import ---------------------------------------------------

exits "no store: list says try again" 75 key list
like "and names the first step" "$(cat "$tmp/err")" 'key import'
exits "a file that is no certificate" 65 key import "$tmp/mailseal.conf"
exits "and no store was made by it" 75 key list
exits "a file that is not there" 66 key import "$tmp/none"

# private_key WHAT ARGUMENT...: key import refuses its standard input, in one line.
private_key() {
	local what=$1

	shift
	exits "a private key is refused, $what" 65 key import "$@"
	like "loudly, $what" "$(cat "$tmp/err")" 'PRIVATE key .*gpg --export ADDRESS'
	is "in one line, $what" "$(wc -l <"$tmp/err")" 1
	is "and nothing is enrolled, $what" "$(cat "$tmp/out")" ""
}

private_key "armoured" "$tmp/own.asc"
private_key "binary" "$tmp/own.pgp"
private_key "from standard input" <"$tmp/own.pgp"
private_key "with -a" -a rita@example.org "$tmp/own.asc"
for order in "rita.pgp own.pgp" "own.pgp rita.pgp" "bob.asc own.asc" "bob.asc own.pgp" "rita.pgp own.asc"; do
	(cd "$tmp" && cat $order) >"$tmp/both.own"
	private_key "mixed: $order" -a rita@example.org "$tmp/both.own"
	private_key "mixed, without -a: $order" "$tmp/both.own"
done
private_key "behind a certificate's file" "$tmp/rita.pgp" "$tmp/own.asc"
not_ok "and is nowhere in the store" test -e "$keystore"

# ---- import -----------------------------------------------------------------------

(umask 0777; exits "binary, whatever the umask" 0 key import "$tmp/rita.pgp")
tap_count=$((tap_count + 1))
is "the store can be read by all" "$(stat -c %a "$keystore")" 755
is "its entries too" "$(find "$keystore" -type f ! -name '.*' ! -perm -444 | wc -l)" 0
exits "armoured, from standard input" 0 key import <"$tmp/bob.asc"
like "what was enrolled is said" "$(cat "$tmp/out")" '^enrolled bob@example.org [0-9A-F]{40} '
is "two are enrolled" "$(entries)" 2
exits "the same again changes nothing" 0 key import "$tmp/both.pgp"
is "and says so" "$(grep -c '^unchanged ' "$tmp/out")" 2

# One certificate, several addresses: a user ID is a mere claim.
make_key carl@example.org
carl=$(fingerprint carl@example.org)
"${G[@]}" --quick-add-uid "$carl" '<Carl.Work@EXAMPLE.net>'
"${G[@]}" --export "$carl" >"$tmp/carl.pgp"
exits "several addresses are not guessed from" 65 key import "$tmp/carl.pgp"
like "the way out is said" "$(cat "$tmp/err")" '--all-addresses'
is "nothing was enrolled" "$(entries)" 2
exits "-a names one" 0 key import -a carl@example.org "$tmp/carl.pgp"
is "one more" "$(entries)" 3
unlike "its export has that address alone" \
	"$(key export carl@example.org | gpg --batch --show-keys 2>&1)" '[Ww]ork'
exits "--all-addresses takes all" 0 key import --all-addresses "$tmp/carl.pgp"
is "and one more" "$(entries)" 4
exits "the domain's case does not matter" 0 key show CARL.work@Example.NET
exits "-a may name an address that no user ID has" 0 key import -a desk@example.org "$tmp/rita.pgp"
exits "a domain default" 0 key import -a @example.com "$tmp/rita.pgp"
exits "is found for its addresses" 0 key show anybody@example.com
exits "but not for others" 65 key show anybody@example.net

# Another primary key for an enrolled address.
"${G[@]}" --yes --quick-gen-key '<bob@example.org>' future-default default never
second=$(gpg --batch --with-colons --list-keys bob@example.org | awk -F: '/^fpr/ { print $10 }' | sed -n 3p)
"${G[@]}" --export "$second" >"$tmp/second.pgp"
exits "another primary key is refused" 65 key import "$tmp/second.pgp"
before=$(key show bob@example.org)
cat "$tmp/carl.pgp" "$tmp/second.pgp" >"$tmp/mixed.pgp"
key remove carl@example.org carl.work@example.net >/dev/null
exits "one that is refused stops all of its import" 65 key import --all-addresses "$tmp/mixed.pgp"
exits "none of the others was enrolled" 65 key show carl@example.org
is "the refused one is as it was" "$(key show bob@example.org)" "$before"

# ---- what can't be sealed to ---------------------------------------------------------

refused() {
	local what=$1 address=$2 why=$3

	"${G[@]}" --export "<$address>" >"$tmp/refused.pgp"
	exits "$what is refused" 65 key import "$tmp/refused.pgp"
	like "$what: the reason is said" "$(cat "$tmp/err")" "$why"
}

"${G[@]}" --faked-system-time 20200101T000000 --quick-gen-key '<old@example.org>' future-default default 1y
refused "an expired certificate" old@example.org expired
"${G[@]}" --quick-gen-key '<sign@example.org>' ed25519 sign never
refused "one without an encryption subkey" sign@example.org 'encrypt'
"${G[@]}" --quick-gen-key '<weak@example.org>' ed25519 sign never
"${G[@]}" --quick-add-key "$(fingerprint weak@example.org)" rsa1024 encr never
refused "a weak one" weak@example.org weak
"${G[@]}" --quick-gen-key '<gone@example.org>' future-default default never
gone=$(fingerprint gone@example.org)
"${G[@]}" --export "$gone" >"$tmp/gone.pgp"
sed 's/^:-----BEGIN/-----BEGIN/' "$GNUPGHOME/openpgp-revocs.d/$gone.rev" | gpg --batch --quiet --import 2>/dev/null
refused "a revoked one" gone@example.org revoked
ok "while it is alive it can be enrolled" key import "$tmp/gone.pgp"
"${G[@]}" --export "$gone" >"$tmp/revoked.pgp"
exits "its revocation is taken" 0 key import "$tmp/revoked.pgp"
like "and told" "$(cat "$tmp/out")" '^updated gone@example.org .*: revoked; ask its owner'
exits "check tells" 65 key check gone@example.org
like "revoked" "$(cat "$tmp/out")" revoked
ok "an older copy does not undo it" key import "$tmp/gone.pgp"
exits "still revoked" 65 key check gone@example.org
is "mail to it is deferred" "$(printf 'Subject: x\n\n' | mailseal filter -r gone@example.org 2>/dev/null; echo $?)" 75
like "its state is in the JSON" "$(key check gone@example.org --json 2>/dev/null)" '"state": "revoked"'

# ---- show, export, check, remove ---------------------------------------------------------

like "show tells subkey, algorithm, end" "$(key show rita@example.org)" 'cv25519, expires never: usable'
exits "+extension finds the address" 0 key show rita+list@example.org
key export rita@example.org >"$tmp/export.asc"
like "export is armoured" "$(head -n 1 "$tmp/export.asc")" '^-----BEGIN PGP PUBLIC KEY BLOCK-----$'
is "and the same certificate" \
	"$(gpg --batch --with-colons --show-keys "$tmp/export.asc" | awk -F: '/^fpr/ { print $10; exit }')" \
	"$(fingerprint rita@example.org)"
key export --binary rita@example.org >"$tmp/export.pgp"
ok "binary too" gpg --batch --show-keys "$tmp/export.pgp"
exits "check by domain" 65 key check example.org
exits "check one" 0 key check rita@example.org bob@example.org
exits "check a domain without entries" 65 key check example.edu
key list >"$tmp/list"
is "list is sorted" "$(cut -d ' ' -f 1 "$tmp/list" | LC_ALL=C sort -c 2>&1)" ""
exits "remove: one is not enrolled" 65 key remove bob@example.org nobody@example.org
exits "then none was removed" 0 key show bob@example.org
exits "remove" 0 key remove bob@example.org
exits "twice is told" 65 key remove bob@example.org
exits "list --json is JSON" 0 sh -c "'$MAILSEAL' --config '$config' key list --json | python3 -m json.tool"

# ---- odd names, usage -------------------------------------------------------------------

for odd in '--output=x@example.org' '../../etc/passwd@example.org' '.hidden@example.org'; do
	exits "$odd is an address like any other" 0 key import -a "$odd" "$tmp/rita.pgp"
	is "$odd seals" "$(printf 'Subject: x\n\n' | mailseal filter -r "$odd" | grep -c '^-----BEGIN PGP MESSAGE')" 1
done
exits "an address without a domain" 65 key import -a root "$tmp/rita.pgp"
exits "a control character" 65 key show $'a\nb@example.org'
exits "no subcommand" 64 key
exits "an unknown one" 64 key frobnicate
exits "an unknown option" 64 key list --frobnicate
exits "list takes no argument" 64 key list x
exits "show wants one" 64 key show
echo 'nonsense = 1' >>"$config"
exits "a wrong configuration" 78 key list
settings

# ---- the store is a plain folder ------------------------------------------------------------

tar -C "$keystore" -cf "$tmp/backup.tar" .
key list >"$tmp/list"
rm -r "$keystore"
mkdir "$keystore"
exits "an empty folder is an unmounted volume" 75 key list
tar -C "$keystore" -xf "$tmp/backup.tar"
is "a tar is its backup" "$(key list)" "$(cat "$tmp/list")"
done_testing
