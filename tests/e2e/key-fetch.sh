#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# key-fetch - certificates from WKD (both methods) and VKS, of servers that behave and that don't;
# refreshed from where they came
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/https.sh"

need gpg openssl python3

fetch() { mailseal key fetch "${https[@]}" "$@"; }
refresh() { mailseal key refresh "${https[@]}" "$@"; }
certificate() { gpg --batch --export "$@"; }
# asked HOST: the paths that it was asked for since the last time.
asked() {
	sed -n "s/^$1 //p" "$https_log"
	: >"$https_log"
}
source_of() { key show --json "$1" | python3 -c 'import json, sys
print(json.load(sys.stdin)[0]["certificates"][0]["source"])'; }

settings 'vks-server = https://vks.example' 'fetch-timeout = 2s'
start_https || { fail 'no HTTPS server'; done_testing; }
for host in openpgpkey.example.org direct.example vks.example; do new_host "$host"; done
make_key rita@example.org || exit 1
make_key joe.doe@example.org || exit 1
make_key dora@direct.example || exit 1
make_key vera@vks.example || exit 1

# ---- WKD ---------------------------------------------------------------------------

certificate rita@example.org | wkd_put openpgpkey.example.org example.org rita@example.org
certificate joe.doe@example.org | wkd_put openpgpkey.example.org example.org joe.doe@example.org
certificate dora@direct.example | wkd_put direct.example '' dora@direct.example
is 'the hash of the draft'\''s own example' "$(wkd_hash Joe.Doe)" iy9q119eutrkn8s1mk4r39qejnbu3n5q

exits 'nothing is enrolled by a dry run' 0 fetch --dry-run rita@example.org
like 'which says what would be' "$(<"$tmp/out")" 'found rita@example\.org by wkd.would enrol rita@example\.org [0-9A-F]{40} cv25519'
not_ok 'and makes no store' test -e "$keystore"
exits 'the same for programs' 0 fetch -n --json rita@example.org
like 'in JSON' "$(<"$tmp/out")" '"would": "would enrol"'

exits 'the advanced method' 0 fetch rita@example.org
like 'says where from, and what' "$(<"$tmp/out")" "found rita@example\.org by wkd.enrolled rita@example\.org $(fingerprint rita@example.org)"
is 'and the entry keeps it' "$(source_of rita@example.org)" wkd
printf 'Subject: x\n\nx\n' | seal rita@example.org >"$tmp/sealed"
ok 'mail is sealed to it' is_sealed "$tmp/sealed"
exits 'the same again is nothing new' 0 fetch rita@example.org
like 'and says so' "$(<"$tmp/out")" 'unchanged rita@example\.org'
: >"$https_log"
exits 'the local part in any case' 0 fetch Joe.Doe@Example.ORG
is 'is hashed in lower case, and told as it was written' "$(asked openpgpkey.example.org)" \
	'/.well-known/openpgpkey/example.org/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe'
exits 'the direct method, where there is no host for the advanced one' 0 fetch dora@direct.example
is 'is another path' "$(asked direct.example)" \
	"/.well-known/openpgpkey/hu/$(wkd_hash dora)?l=dora"
new_host openpgpkey.direct.example
exits 'not where there is one' 65 fetch --from wkd dora@direct.example
is 'so the domain itself is not asked' "$(asked direct.example)" ''
certificate dora@direct.example | wkd_put openpgpkey.direct.example direct.example dora@direct.example
exits 'what is odd in a local part goes escaped' 65 fetch --from wkd "a&b=/?'c@direct.example"
like 'into the question' "$(asked openpgpkey.direct.example)" '\?l=a%26b%3D%2F%3F%27c$'

# ---- VKS ---------------------------------------------------------------------------

mkdir -p "$www/vks.example/www/vks/v1/by-email"
gpg --batch --armor --export vera@vks.example >"$www/vks.example/www/vks/v1/by-email/vera@vks.example"
exits 'a keyserver, where WKD has nothing' 0 fetch vera@vks.example
like 'armoured' "$(<"$tmp/out")" 'found vera@vks\.example by vks.enrolled'
is 'and the entry keeps that' "$(source_of vera@vks.example)" vks
exits 'nobody has it' 65 fetch nobody@example.org
like 'who was asked' "$(<"$tmp/err")" 'nobody@example\.org was found by wkd, vks'
exits 'one source alone' 65 fetch --from vks rita@example.org
exits 'no source' 64 fetch --from wkd,hkp rita@example.org
exits 'no resolver for DNS' 78 fetch --from dane rita@example.org
exits 'several addresses: what there is comes' 65 fetch nobody@example.org rita@example.org
like 'each of them told' "$(<"$tmp/err")" 'nobody@example\.org was found.*1 of 2 addresses'
like 'and done' "$(<"$tmp/out")" 'unchanged rita@example\.org'

# ---- what is not believed -----------------------------------------------------------

make_key eve@bad.example || exit 1
new_host openpgpkey.bad.example
certificate eve@bad.example | wkd_put openpgpkey.bad.example bad.example eve@bad.example

# refused DESCRIPTION CODE REGEX: of what openpgpkey.bad.example answers nothing is enrolled.
refused() {
	exits "$1" "$2" fetch --from wkd eve@bad.example
	like "$1: says so" "$(<"$tmp/err")" "$3"
	exits "$1: nothing is enrolled" 65 key show eve@bad.example
}
# misbehaves DESCRIPTION CODE REGEX WORD...
misbehaves() {
	behaves openpgpkey.bad.example "${@:4}"
	refused "$1" "$2" "$3"
	behaves openpgpkey.bad.example
}
misbehaves 'a redirect elsewhere' 65 'status 302: a redirect to https://vks\.example/.*not followed' \
	redirect https://vks.example/vks/v1/by-email/vera@vks.example
misbehaves 'nor to plain HTTP' 65 'status 302: a redirect to http://' redirect http://openpgpkey.bad.example/
misbehaves 'HTML' 65 'HTML, where a certificate should be' html
misbehaves 'nothing' 65 'an empty answer' empty
misbehaves 'no access' 65 'HTTP status 403' status 403
misbehaves 'a server in trouble' 75 'HTTP status 503' status 503
misbehaves 'one that was asked too often' 75 'HTTP status 429' status 429
misbehaves '100 MB' 65 'more than 1024 KiB' large 104857600
misbehaves 'without end' 65 'more than 1024 KiB' endless
misbehaves 'a header without end' 65 'a header of more than 64 KiB' headers
start=$SECONDS
misbehaves 'a byte now and then, without end' 75 'no whole answer within 2000 ms' trickle
misbehaves 'silence' 75 'no whole answer within 2000 ms' silent
ok 'in bounded time' test $((SECONDS - start)) -lt 15

echo '<?xml version="1.0"?><html></html>' | wkd_put openpgpkey.bad.example bad.example eve@bad.example
refused 'HTML that says it is none' 65 'HTML, where'
head -c 300000 /dev/zero | tr '\0' '\125' | wkd_put openpgpkey.bad.example bad.example eve@bad.example
refused 'noise' 65 'no OpenPGP certificate'
gpg --batch --pinentry-mode loopback --passphrase '' --export-secret-keys eve@bad.example |
	wkd_put openpgpkey.bad.example bad.example eve@bad.example
refused 'a private key' 65 'PRIVATE key'
certificate rita@example.org | wkd_put openpgpkey.bad.example bad.example eve@bad.example
refused 'somebody else'\''s certificate' 65 'no valid user ID with that address'
gpg --batch --quiet --passphrase '' --pinentry-mode loopback --quick-gen-key '<Eve@Bad.Example>' \
	future-default default never 2>/dev/null
certificate eve@bad.example | wkd_put openpgpkey.bad.example bad.example eve@bad.example
refused 'two certificates for one address' 65 '2 different certificates that can be sealed to'
{ certificate "$(fingerprint eve@bad.example)"; certificate rita@example.org; } |
	wkd_put openpgpkey.bad.example bad.example eve@bad.example

make_tls openpgpkey.bad.example another.example
refused 'a TLS certificate for another host' 65 'TLS: '
make_tls openpgpkey.bad.example openpgpkey.bad.example 0
refused 'one that has expired' 65 'TLS: '
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
	-subj /CN=openpgpkey.bad.example -addext 'subjectAltName=DNS:openpgpkey.bad.example' \
	-keyout "$tmp/self.key" -out "$tmp/self.pem" 2>/dev/null
cat "$tmp/self.pem" "$tmp/self.key" >"$www/openpgpkey.bad.example/tls.pem"
refused 'one that nobody vouches for' 65 'TLS: '
make_tls openpgpkey.bad.example
exits 'the CA is no file' 65 mailseal key fetch --ca-file "$tmp/none" "${https[@]:2}" --from wkd eve@bad.example
exits 'what is asked for, beside another'\''s' 0 fetch --from wkd eve@bad.example
is 'is what is enrolled' "$(key list | grep -c '^eve@bad.example')" 1
exits 'a host that does not listen' 75 mailseal key fetch --ca-file "$tmp/ca.pem" \
	--connect-to openpgpkey.example.org:443:127.0.0.1:1 --from wkd rita@example.org
behaves openpgpkey.bad.example html
exits 'a source that can'\''t be believed is passed over' 65 fetch eve@bad.example
like 'and told' "$(<"$tmp/err")" 'note: eve@bad\.example: wkd: HTML'
behaves openpgpkey.bad.example
exits 'an address literal has no web server' 65 fetch 'x@[192.0.2.1]'
exits 'nor a domain a local part' 65 fetch @example.org

# ---- another key -----------------------------------------------------------------------

old=$(fingerprint rita@example.org)
gpg --batch --yes --delete-secret-and-public-key "$old" 2>/dev/null
make_key rita@example.org || exit 1
new=$(fingerprint rita@example.org)
certificate rita@example.org | wkd_put openpgpkey.example.org example.org rita@example.org
exits 'another primary key is refused' 65 fetch rita@example.org
like 'with a word' "$(<"$tmp/err")" 'enrolled with another primary key'
exits 'by a refresh, too' 65 refresh rita@example.org
like 'the old one is still there' "$(key list)" "rita@example\.org $old"
exits 'unless the administrator says so' 0 fetch --replace rita@example.org
like 'then it takes its place' "$(<"$tmp/out")" "replaced rita@example\.org $new"

# ---- refresh -------------------------------------------------------------------------------

make_key ivan@example.org || exit 1
enrol ivan@example.org
exits 'all is as it was' 0 refresh --all --jitter 0
is 'and summed up' "$(<"$tmp/out")" 'refreshed: 5 asked for, 0 updated, 5 unchanged, 0 failed; 1 were not fetched'
exits 'who was imported by hand is skipped, aloud' 0 mailseal -v key refresh "${https[@]}" ivan@example.org
like 'with -v' "$(<"$tmp/err")" 'ivan@example\.org was not fetched, but imported'
gpg --batch --quiet --passphrase '' --pinentry-mode loopback --quick-set-expire "$new" 2y 2>/dev/null
certificate rita@example.org | wkd_put openpgpkey.example.org example.org rita@example.org
exits 'a new expiry date' 0 refresh --all
like 'is taken' "$(<"$tmp/out")" 'updated rita@example\.org .*expires'
like 'and counted' "$(<"$tmp/out")" '1 updated, 4 unchanged'
printf 'y\n0\n\ny\n' | gpg --batch --no-tty --command-fd 0 --pinentry-mode loopback --passphrase '' \
	--gen-revoke vera@vks.example >"$tmp/revocation" 2>/dev/null ||
	sed 's/^:-----BEGIN/-----BEGIN/' "$GNUPGHOME/openpgp-revocs.d/$(fingerprint vera@vks.example).rev" >"$tmp/revocation"
gpg --batch --import "$tmp/revocation" 2>/dev/null
gpg --batch --armor --export vera@vks.example >"$www/vks.example/www/vks/v1/by-email/vera@vks.example"
behaves openpgpkey.example.org status 500
: >"$https_log"
exits 'what goes wrong with some' 75 refresh --all --json
is 'does not stop the others; a server that is away is asked once' "$(asked openpgpkey.example.org | wc -l)" 1
ok 'and all is told' python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
assert r["asked"] == 5 and r["failed"] == 2 and r["unchanged"] == 2 and r["skipped"] == 1, r
assert sorted(f["address"] for f in r["failures"]) == ["joe.doe@example.org", "rita@example.org"], r
assert [u["address"] for u in r["updated"]] == ["vera@vks.example"], r
assert r["updated"][0]["certificates"][0]["state"] == "revoked", r' "$tmp/out"
behaves openpgpkey.example.org
exits 'mail for who revoked waits from now on' 75 seal vera@vks.example <<<'x'
rm "$www/vks.example/www/vks/v1/by-email/vera@vks.example"
exits 'what is gone from there' 65 refresh vera@vks.example
like 'stays here, and is told' "$(<"$tmp/err")" 'vera@vks\.example: vks: it is no longer there'
exits 'which?' 64 refresh
exits 'all, or some' 64 refresh --all rita@example.org
exits 'a jitter that is none' 64 refresh --all --jitter soon
exits 'a jitter' 0 refresh --jitter 1s rita@example.org
python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' \
	"$MAILSEAL" --config "$config" key refresh "${https[@]}" rita@example.org joe.doe@example.org >"$tmp/out" </dev/null
like 'on a terminal it shows where it is' "$(<"$tmp/out")" $'\r\e\\[K1/2 joe\\.doe@example\\.org.*2/2 rita.*\r\e\\[Krefreshed: 2 asked'
not_ok 'the program itself has no HTTPS in it' grep -E 'curl|ssl|crypto' <(ldd "$MAILSEAL")

# ---- the helper, as anybody could run it ---------------------------------------------------

helper=${MAILSEAL%/*}/mailseal-fetch
if [ -x "$helper" ]; then
	url=https://openpgpkey.example.org/
	exits 'plain HTTP is not spoken' 13 "$helper" --connect-to "openpgpkey.example.org:80:127.0.0.1:$https_port" \
		2000 "http://openpgpkey.example.org/"
	exits 'nor a password told' 13 "$helper" "${https[@]}" 2000 "https://me:secret@openpgpkey.example.org/"
	exits 'nor a file read' 13 "$helper" "${https[@]}" 2000 "file:///etc/passwd"
	exits 'no time' 64 "$helper" "${https[@]}" 0 "$url"
	exits 'no URL' 64 "$helper" "${https[@]}" 2000
	exits 'what is not there' 10 "$helper" "${https[@]}" 2000 "$url"
	exits 'no host' 11 "$helper" "${https[@]}" 2000 https://nowhere.example/
fi
done_testing
