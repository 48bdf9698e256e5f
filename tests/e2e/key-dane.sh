#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# key-dane - certificates published as OPENPGPKEY records in a signed zone, and fetched from there;
# of unsigned and broken ones nothing is taken
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/zones.sh"
need gpg nsd unbound drill ldns-keygen ldns-signzone

state_of() { key show --json "$1" | python3 -c 'import json, sys
c = json.load(sys.stdin)[0]["certificates"]
print(len(c), c[0]["source"], c[0]["state"])'; }

# ---- published -----------------------------------------------------------------------

for address in rita@signed.example bob@signed.example mallory@signed.example \
	petra@plain.example big@signed.example; do
	new_recipient "$address" || exit 1
done
gpg --batch --quiet --passphrase '' --pinentry-mode loopback \
	--quick-add-key "$(fingerprint big@signed.example)" rsa4096 encr never
enrol big@signed.example
exits 'who may be published' 0 key policy --publish yes rita@signed.example bob@signed.example \
	petra@plain.example big@signed.example
exits 'as records' 0 key publish --dane
cp "$tmp/out" "$tmp/records"
is 'with a record for each' "$(grep -c 'IN OPENPGPKEY' "$tmp/records")" 4
like 'at the hash of the local part' "$(<"$tmp/records")" \
	"$(printf rita | sha256sum | cut -c 1-56)\._openpgpkey\.signed\.example\. IN OPENPGPKEY"
unlike 'but for who may not' "$(<"$tmp/records")" "$(printf mallory | sha256sum | cut -c 1-56)"
exits 'of one domain' 0 key publish --dane --domain Plain.Example
is 'alone' "$(grep -o '_openpgpkey.*IN' "$tmp/out")" '_openpgpkey.plain.example. IN'
exits 'in one of two forms' 64 key publish --dane --wkd "$tmp/x"

# records DOMAIN: of that zone, as they were printed.
records() { mailseal key publish --dane --domain "$1"; }
at() { printf '%s._openpgpkey' "$(printf %s "$1" | sha256sum | cut -c 1-56)"; }
{
	records signed.example
	printf '%s OPENPGPKEY %s\n' "$(at mallory)" "$(gpg --batch --export rita@signed.example | base64 -w 0)"
	printf '%s OPENPGPKEY %s\n' "$(at junk)" "$(echo 'no certificate' | base64 -w 0)"
	printf '%s CNAME %s\n' "$(at alias)" "$(at rita)"
	printf '%s OPENPGPKEY %s\n' "$(at unsigned)" "$(gpg --batch --export rita@signed.example | base64 -w 0)"
} | zone signed.example
records plain.example | zone plain.example
ok 'a zone is signed' sign_zone signed.example
zone root <<-TXT
	signed.example NS ns.test.
	plain.example NS ns.test.
	$(cat "$zones/signed.example.ds")
TXT
ok 'and the root' sign_zone root
# After it was signed: another certificate for bob, no signature for one name.
other=$(key export --binary mallory@signed.example | base64 -w 0)
sed -i "s|^\($(at bob)\..*IN[[:blank:]]OPENPGPKEY[[:blank:]]\).*|\1$other|" "$zones/signed.example.zone"
sed -i "/^$(at unsigned)\..*RRSIG[[:blank:]]*OPENPGPKEY/d" "$zones/signed.example.zone"
is 'a record was changed after that' "$(grep -cF "$other" "$zones/signed.example.zone")" 1
start_zones || done_testing
start_resolver || done_testing

# ---- fetched ---------------------------------------------------------------------------

# with DESCRIPTION SETTING...: into a keystore of its own.
with() {
	local what=$1

	keystore=$tmp/keys.$((++stores))
	settings "${@:2}"
	exits "$what: fetched" 0 key fetch --from dane rita@signed.example
	like "$what: says from where" "$(<"$tmp/out")" "found rita@signed\.example by dane.enrolled rita@signed\.example $(fingerprint rita@signed.example)"
	is "$what: and keeps it" "$(state_of rita@signed.example)" '1 dane usable'
	exits "$what: a large one" 0 key fetch --from dane big@signed.example
	exits "$what: a changed one" 65 key fetch --from dane bob@signed.example
	like "$what: is bogus" "$(<"$tmp/err")" 'dane: DNS: bogus'
	exits "$what: one without its signature" 65 key fetch --from dane unsigned@signed.example
	like "$what: is, too" "$(<"$tmp/err")" 'dane: DNS: bogus'
	exits "$what: an unsigned zone" 65 key fetch --from dane petra@plain.example
	like "$what: is not believed" "$(<"$tmp/err")" 'not secured by DNSSEC'
	exits "$what: another'\''s certificate" 65 key fetch --from dane mallory@signed.example
	like "$what: is refused" "$(<"$tmp/err")" 'no valid user ID with that address'
	exits "$what: an alias leads to another'\''s, too" 65 key fetch --from dane alias@signed.example
	exits "$what: what is no certificate" 65 key fetch --from dane junk@signed.example
	exits "$what: nobody" 65 key fetch --from dane nobody@signed.example
	like "$what: is told" "$(<"$tmp/err")" 'no certificate for nobody@signed\.example was found by dane'
	is "$what: and nothing else is enrolled" "$(key list | cut -d ' ' -f 1 | sort | xargs)" \
		'big@signed.example rita@signed.example'
}
stores=0
with 'validated here' "resolver = validate 127.0.0.1@$resolver_port" "trust-anchor = $zones/root.ds"
with 'validated by a resolver of this host' "resolver = trust-ad 127.0.0.1@$resolver_port"

exits 'refreshed' 0 key refresh --all
like 'from there' "$(<"$tmp/out")" '2 asked for, 0 updated, 2 unchanged, 0 failed'
stop_daemon "$daemon_pid"
settings "resolver = validate 127.0.0.1@$resolver_port" "trust-anchor = $zones/root.ds" 'dns-budget = 1s'
exits 'when the resolver is away' 75 key refresh --all
like 'each is told' "$(<"$tmp/err")" '2 of 2 addresses could not be refreshed'
exits 'and nothing is fetched' 75 key fetch --from dane rita@signed.example
done_testing
