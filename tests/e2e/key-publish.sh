#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# key-publish - a keystore published as a Web Key Directory, and fetched from it over HTTPS
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/https.sh"
need gpg openssl python3 strace

publish() { mailseal key publish --wkd "$tmp/site"; }
tree=$tmp/site/.well-known/openpgpkey
# files: of the tree, sorted.
files() { (cd "$tree" && find . -type f ! -name '.*' | sort | xargs); }
summary() { tail -n 1 "$tmp/out"; }

for address in rita@example.org bob@example.org rita@example.net; do new_recipient "$address" || exit 1; done
rita=$(wkd_hash rita) bob=$(wkd_hash bob)

# ---- what is published ---------------------------------------------------------------

exits 'nothing is, unless somebody says so' 0 publish
is 'but a policy for the direct method' "$(files)" ./policy
key policy --publish yes rita@example.org bob@example.org rita@example.net >"$tmp/out"
exits 'two domains' 0 publish
is 'counted' "$(summary)" 'published 3 addresses: 5 files written, 0 removed'
is 'in both layouts' "$(files)" "./example.net/hu/$rita ./example.net/policy ./example.org/hu/$bob \
./example.org/hu/$rita ./example.org/policy ./hu/$bob ./hu/$rita ./policy"
gpg --batch --export-options export-minimal --export rita@example.org >"$tmp/rita"
same 'binary, as it is' "$tree/example.org/hu/$rita" "$tmp/rita"
is 'of the same local part, both' "$(gpg --batch --show-keys --with-colons "$tree/hu/$rita" 2>/dev/null | grep -c ^pub)" 2
is 'for a web server to read, whatever the umask' "$(umask 077; rm -r "$tmp/site"; publish >"$tmp/out"
	find "$tmp/site" -type d ! -perm 755 -o -type f ! -name '.*' ! -perm 644)" ''
touch -d '2001-01-01' "$tree/example.org/hu/$rita"
exits 'again' 0 publish
is 'nothing is written' "$(summary)" 'published 3 addresses: 0 files written, 0 removed'
is 'nor touched' "$(stat -c %Y "$tree/example.org/hu/$rita")" 978307200
echo 'mailbox-only' >"$tree/example.org/policy"

# ---- fetched ----------------------------------------------------------------------------

start_https || { fail 'no HTTPS server'; done_testing; }
new_host openpgpkey.example.org
new_host example.net
for host in openpgpkey.example.org example.net; do
	rmdir "$www/$host/www"
	ln -s "$tmp/site" "$www/$host/www"
done
own=$keystore
keystore=$tmp/others
settings
exits 'by the advanced method' 0 key fetch "${https[@]}" --from wkd rita@example.org bob@example.org
exits 'and by the direct one, out of two' 0 key fetch "${https[@]}" --from wkd rita@example.net
is 'it is what was published' "$(key list | awk '{ print $1, $2 }' | sort | xargs)" \
	"bob@example.org $(fingerprint bob@example.org) rita@example.net $(fingerprint rita@example.net) rita@example.org $(fingerprint rita@example.org)"
if type -P gpg-wks-client >/dev/null; then
	is 'GnuPG has the same hash' "$(gpg-wks-client --print-wkd-hash rita@example.org 2>/dev/null | cut -d ' ' -f 1)" "$rita"
fi
keystore=$own
settings

# ---- what is no longer published -----------------------------------------------------------

exits 'who is not to be found any more' 0 key policy --publish no bob@example.org
exits 'goes' 0 publish
is 'from both layouts' "$(summary)" 'published 2 addresses: 0 files written, 2 removed'
is 'the administrator'\''s own policy stays' "$(<"$tree/example.org/policy")" mailbox-only
exits 'a domain goes' 0 key remove rita@example.net
exits 'with its last address' 0 publish
is 'all of it' "$(files)" "./example.net/policy ./example.org/hu/$rita ./example.org/policy ./hu/$rita ./policy"
same 'and from the common file' "$tree/hu/$rita" "$tmp/rita"
exits 'what expires later' 0 gpg --batch --quiet --passphrase '' --pinentry-mode loopback \
	--quick-set-expire "$(fingerprint rita@example.org)" 2y
enrol rita@example.org
exits 'is published anew' 0 publish
is 'in its place' "$(summary)" 'published 1 addresses: 2 files written, 0 removed'

exits 'an alias inherits, but' 0 key alias info@example.org rita@example.org
exits 'its certificate does not carry that address' 0 mailseal -v key publish --wkd "$tmp/site"
is 'so it is left out' "$(summary)" 'published 1 addresses: 0 files written, 0 removed'
like 'aloud with -v' "$(<"$tmp/err")" 'info@example\.org: no certificate has this address as its only user ID'
gpg --batch --export rita@example.org | key import -a sales@example.org >"$tmp/out" 2>&1
key policy --publish yes sales@example.org >"$tmp/out"
exits 'so is a certificate that was enrolled for another address' 0 publish
is 'whatever is wished' "$(summary)" 'published 1 addresses: 0 files written, 0 removed'

new_recipient zoe@example.com
key policy --publish yes zoe@example.com >"$tmp/out"
exits 'one domain alone' 0 key publish --wkd "$tmp/one" --domain example.com
is 'in a tree of its own' "$(cd "$tmp/one/.well-known/openpgpkey" && find . -type f ! -name '.*' | sort | xargs)" \
	"./example.com/hu/$(wkd_hash zoe) ./example.com/policy ./hu/$(wkd_hash zoe) ./policy"

exits 'a whole domain, by its default' 0 key policy --publish yes @example.net
new_recipient boss@example.net
new_recipient tom@example.net
key policy --publish no boss@example.net >"$tmp/out"
exits 'but for who says no' 0 key publish --wkd "$tmp/one" --domain example.net
is 'and only that domain is touched in the tree' \
	"$(cd "$tmp/one/.well-known/openpgpkey" && find . -type f ! -name '.*' ! -name policy | sort | xargs)" \
	"./example.com/hu/$(wkd_hash zoe) ./example.net/hu/$(wkd_hash tom) ./hu/$(wkd_hash tom)"
key policy --publish unset @example.net >"$tmp/out"

# ---- what goes wrong ----------------------------------------------------------------------

publish >"$tmp/out"
files >"$tmp/before"
entry=$(echo "$keystore"/??/rita@example.org)
cp "$entry" "$tmp/entry"
: >"$entry"
exits 'an entry that can'\''t be read' 75 publish
is 'keeps its files' "$(files)" "$(<"$tmp/before")"
exits 'and no zone is printed without it' 75 key publish --dane
is 'not a line' "$(<"$tmp/out")" ''
cp "$tmp/entry" "$entry"
mkdir -p "$tmp/strange/.well-known/openpgpkey/hu"
: >"$tmp/strange/.well-known/openpgpkey/hu/$bob"
exits 'a tree that somebody else made' 65 key publish --wkd "$tmp/strange"
ok 'is not swept' test -e "$tmp/strange/.well-known/openpgpkey/hu/$bob"
mkdir -p "$tmp/link/.well-known" "$tmp/elsewhere"
ln -s "$tmp/elsewhere" "$tmp/link/.well-known/openpgpkey"
exits 'a link below it' 75 key publish --wkd "$tmp/link"
is 'is not followed' "$(ls -A "$tmp/elsewhere")" ''
exec 9<"$tree/.mailseal-wkd"
flock 9
exits 'one at a time' 75 publish
exec 9<&-
exits 'a folder that can'\''t be made' 75 key publish --wkd "$tmp/none/site"
exits 'where?' 64 key publish
exits 'no domain' 65 key publish --wkd "$tmp/site" --domain 'a b'

# A web server that looks at any moment sees whole files: what is renamed was synced before.
rm "$tree/example.org/hu/$rita"
strace -f -o "$tmp/strace" -e trace=write,fsync,rename,renameat,renameat2,openat \
	"$MAILSEAL" --config "$config" key publish --wkd "$tmp/site" >"$tmp/out" 2>&1
like 'each file is written beside, synced and renamed' "$(grep -E 'mailseal-new|fsync' "$tmp/strace" | grep -oE 'openat|fsync|renameat' | xargs)" \
	'openat fsync renameat'
rm "$tree/example.org/hu/$rita"
strace -f -o /dev/null -e trace=renameat -e inject=renameat:signal=KILL \
	"$MAILSEAL" --config "$config" key publish --wkd "$tmp/site" >"$tmp/out" 2>&1
exits 'who was killed leaves' 0 publish
is 'no half of a file, and nothing behind' "$(find "$tree" -name '.mailseal-new'; cmp "$tree/example.org/hu/$rita" "$tree/hu/$rita")" ''
not_ok 'never in its place' grep -E "openat.*\"$rita\".*O_(WRONLY|RDWR|CREAT)" "$tmp/strace"
done_testing
