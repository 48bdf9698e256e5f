#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# dnssec - a root of our own with signed, unsigned and broken zones below it, served by nsd and
# resolved by unbound, all on loopback: both kinds of resolver tell secure, insecure and bogus alike
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/dns.sh"
. "$srcdir/tests/lib/zones.sh"
need nsd unbound drill ldns-keygen ldns-signzone python3
ask=$builddir/tests/suites/ask
[ -x "$ask" ] || skip_all_unless_ci 'tests/suites/ask is not built'

# ---- zones -------------------------------------------------------------------------

zone_server=ns.good.
zone good <<-'TXT'
	@ TXT "v=spf1 -all"
	@ MX 10 mx
	ns A 127.0.0.1
	mx A 192.0.2.1
	text TXT "as it was signed"
	changed TXT "as it was signed"
	bare TXT "its signature will go"
	alias CNAME text
	to-plain CNAME host.plain.
	to-changed CNAME changed
	to-expired CNAME host.expired.
	to-nothing CNAME nothing
	*.wild TXT "any"
TXT
zone plain <<-'TXT'
	host TXT "never signed"
	back CNAME text.good.
TXT
zone expired <<-'TXT'
	host TXT "signed long ago"
TXT
zone other <<-'TXT'
	host TXT "signed with a key that the parent does not know"
TXT
ok 'zones are signed' sign_zone good
ok 'one long ago' sign_zone expired -i 20200101000000 -e 20200201000000
ok 'one with a key that will be another' sign_zone other
sed -i '/^changed\.good\.[[:blank:]].*TXT[[:blank:]]*"/s/as it was/not as it was/' "$zones/good.zone"
sed -i '/^bare\.good\.[[:blank:]].*RRSIG[[:blank:]]*TXT /d' "$zones/good.zone"
zone root <<-TXT
	good NS ns.good.
	ns.good A 127.0.0.1
	plain NS ns.good.
	expired NS ns.good.
	other NS ns.good.
	$(cat "$zones/good.ds" "$zones/expired.ds")
	$(sed 's/\(.*\)[[:xdigit:]]\{8\}$/\100000000/' "$zones/other.ds")
TXT
ok 'and the root' sign_zone root
like 'one record was changed after that' "$(cat "$zones/good.zone")" 'not as it was signed'

# ---- servers -----------------------------------------------------------------------

ok 'nsd serves them' start_zones
ok 'one resolver does not validate' start_resolver plain iterator
plain=$resolver_port
ok 'one does' start_resolver validating
validating=$resolver_port

# ---- what both say --------------------------------------------------------------------

cat >"$tmp/expected" <<'TXT'
. SOA found secure
good TXT found secure
good MX found secure
good A no-data secure
nothing.good TXT no-name secure
alias.good TXT found secure
x.wild.good TXT found secure
to-nothing.good TXT no-name secure
nothing TXT no-name secure
host.plain TXT found insecure
nothing.plain TXT no-name insecure
host.plain A no-data insecure
back.plain TXT found insecure
to-plain.good TXT found insecure
changed.good TXT failed bogus
bare.good TXT failed bogus
to-changed.good TXT failed bogus
to-expired.good TXT failed bogus
host.expired TXT failed bogus
nothing.expired TXT failed bogus
host.other TXT failed bogus
TXT
mapfile -t questions < <(awk '{ print $1; print $2 }' "$tmp/expected")

# states DESCRIPTION OPTION...: each question, by itself and all at once, has the expected state.
states() {
	local name type wanted

	"$ask" "${@:2}" "${questions[@]}" >"$tmp/out" 2>&1
	cut -d ' ' -f 1-4 "$tmp/out" >"$tmp/got"
	same "$1: all at once" "$tmp/got" "$tmp/expected"
	[ -s "$tmp/got" ] && diff "$tmp/expected" "$tmp/got" | sed 's/^/# /' >&2
	not_ok "$1: nothing that was changed or not signed comes through" \
		grep -E 'not as it was|its signature|long ago|does not know' "$tmp/out"
	like "$1: the text of a secure one" "$(cat "$tmp/out")" 'good TXT found secure "v=spf1 -all"'
	while read -r name type wanted; do
		is "$1: $name $type" "$("$ask" "${@:2}" "$name" "$type" 2>&1 | cut -d ' ' -f 3-4)" "$wanted"
	done <"$tmp/expected"
}
states 'libunbound, through a resolver that does not validate' \
	--server "127.0.0.1@$plain" --anchor "$zones/root.ds"
states 'libunbound, through one that does' \
	--server "127.0.0.1@$validating" --anchor "$zones/root.ds"
states 'the stub, with one that does' --trust-ad --server "127.0.0.1@$validating"
like 'it says that it was bogus' \
	"$("$ask" --trust-ad --server "127.0.0.1@$validating" changed.good TXT)" '\(bogus: '

# ---- without trust ---------------------------------------------------------------------

exits 'a resolver that does not validate is refused' 1 "$ask" --trust-ad --server "127.0.0.1@$plain" good TXT
like 'with a word' "$(cat "$tmp/err")" 'does not validate'
"$ask" --server "127.0.0.1@$plain" --anchor none "${questions[@]}" >"$tmp/out" 2>&1
is 'without an anchor nothing is secure and nothing bogus' \
	"$(awk '{ print $4 }' "$tmp/out" | sort | uniq -c | xargs)" "$(wc -l <"$tmp/expected") insecure"
sed 's/^good\./. /' "$zones/good.ds" >"$tmp/wrong"
is 'with a key that is not the root'\''s everything is bogus' \
	"$("$ask" --server "127.0.0.1@$plain" --anchor "$tmp/wrong" good TXT host.plain TXT 2>&1 | cut -d ' ' -f 3-4 | sort -u)" \
	'failed bogus'
is 'and with the real root'\''s own' \
	"$("$ask" --server "127.0.0.1@$plain" good TXT 2>&1 | cut -d ' ' -f 3-4)" 'failed bogus'

# ---- silence ------------------------------------------------------------------------------

echo '{}' >"$tmp/zone.json"
start_dns silent "$tmp/zone.json" --silent --log "$tmp/silent.questions"
"$ask" --log-time --budget 600 --server "$dns" --anchor "$zones/root.ds" good TXT >"$tmp/out" 2>&1
like 'a silent resolver: no answer' "$(cat "$tmp/out")" 'good TXT failed unknown \(timed out\)'
ms=$(sed -n 's/^ms //p' "$tmp/out")
ok "costs the budget of 600 ms: $ms" test "${ms:-0}" -ge 600
ok 'and no more' test "${ms:-9999}" -lt 1300
done_testing
