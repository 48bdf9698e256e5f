#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# resolver - both kinds of resolver against a server that answers well, badly, late or not
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/dns.sh"
need python3
ask=$builddir/tests/suites/ask
[ -x "$ask" ] || skip_all 'tests/suites/ask is not built'

long=$(printf '%0300d' 7)
cat >"$tmp/zone.json" <<TXT
{ "example.org": { "TXT": ["v=spf1 -all", ["in two ", "strings"]],
                   "MX": [[10, "mx.example.org"], [0, "."]],
                   "A": ["192.0.2.1"], "AAAA": ["2001:db8::1"], "NS": ["ns.example.org"] },
  "1.2.0.192.in-addr.arpa": { "PTR": ["Host.Example.org", "d\\\\046t.example", "n\\\\000l.example"] },
  "1.0.0.10.in-addr.arpa": { "PTR": ["private.example"] },
  "below.test": ["a test"],
  "test": ["the top"],
  "name.invalid": ["not valid"],
  "localhost": { "A": ["192.0.2.2"] },
  "odd name\\\\007.example": ["an odd name"],
  "nul.example": ["a\\u0000b"],
  "alias.example.org": { "CNAME": ["other.example.org"] },
  "other.example.org": { "CNAME": ["example.org"] },
  "nowhere.example.org": { "CNAME": ["gone.example.org"] },
  "round.example.org": { "CNAME": ["round.example.org"] },
  "large.example.org": [$(for _ in {1..40}; do printf '"%s",' "$long"; done) "end"],
  "deep.empty.example.org": ["deep"],
  "broken.example.org": { "rcode": "SERVFAIL" },
  "refused.example.org": { "rcode": "REFUSED" },
  "bogus.example.org": { "rcode": "BOGUS", "TXT": ["forged"] },
  "slow.example.org": { "TXT": { "rcode": "TIMEOUT" }, "A": ["192.0.2.3"] } }
TXT
start_dns plain "$tmp/zone.json" --log "$tmp/plain.questions"
plain=$dns
start_dns validating "$tmp/zone.json" --ad --log "$tmp/validating.questions"
validating=$dns
start_dns silent "$tmp/zone.json" --silent --log "$tmp/silent.questions"
silent=$dns

validate() { "$ask" --server "$plain" --anchor none "$@" 2>&1; }
trust_ad() { "$ask" --trust-ad --server "$validating" "$@" 2>&1; }

# ---- the same answers from both ----------------------------------------------------

# check KIND SECURITY: what KIND (a function above) says of everything that comes back.
check() {
	local kind=$1 security=$2 name type want

	while IFS='|' read -r name type want; do
		is "$kind: $name $type" "$($kind "$name" "$type")" "$name $type $want"
	done <<-TXT
	example.org|A|found $security 192.0.2.1
	example.org|AAAA|found $security 2001:db8::1
	example.org|NS|found $security "ns.example.org"
	example.org|TLSA|no-data $security
	1.2.0.192.in-addr.arpa|PTR|found $security "host.example.org"
	1.0.0.10.in-addr.arpa|PTR|found $security "private.example"
	below.test|TXT|found $security "a test"
	test|TXT|found $security "the top"
	name.invalid|TXT|found $security "not valid"
	localhost|A|found $security 192.0.2.2
	nul.example|TXT|found $security "a\000b"
	nowhere.example.org|TXT|no-name $security
	empty.example.org|TXT|no-data $security
	deep.empty.example.org|TXT|found $security "deep"
	gone.example.org|A|no-name $security
	slow.example.org|A|found $security 192.0.2.3
	TXT
	like "$kind: two records" "$($kind example.org TXT)" \
		"^example.org TXT found $security \"(v=spf1 -all\" \"in two strings|in two strings\" \"v=spf1 -all)\"\$"
	like "$kind: no exchanger" "$($kind example.org MX)" ' 0:""'
	like "$kind: an exchanger" "$($kind example.org MX)" ' 10:"mx.example.org"'
	like "$kind: an alias of an alias" "$($kind alias.example.org TXT)" "found $security \".*v=spf1 -all\""
	like "$kind: an alias of itself" "$($kind round.example.org TXT)" ' failed '
	like "$kind: odd octets in a name" "$($kind $'odd name\a.example' TXT)" 'found .* "an odd name"$'
	is "$kind: 12 KB of text" "$($kind large.example.org TXT | grep -o "$long" | wc -l)" 40
	like "$kind: a server fails" "$($kind broken.example.org TXT)" ' failed unknown \(SERVFAIL'
	like "$kind: a server refuses" "$($kind refused.example.org TXT)" ' failed unknown \('
	unlike "$kind: what fails has no records" "$($kind bogus.example.org TXT)" 'forged'
}
check validate insecure
check trust_ad secure
like 'the large one came over TCP' "$(cat "$tmp/validating.questions")" 'tcp TXT large'
is 'bogus is told from broken' "$(trust_ad bogus.example.org TXT broken.example.org TXT | cut -d ' ' -f 1-4)" \
	$'bogus.example.org TXT failed bogus\nbroken.example.org TXT failed unknown'
start_dns cut "$tmp/zone.json" --ad --cut --cut-tcp
like 'what is cut over TCP, too, is not all' \
	"$("$ask" --trust-ad --server "$dns" example.org TXT 2>&1)" 'cut, over TCP'
like 'by asking once more, unchecked' "$(cat "$tmp/validating.questions")" 'TXT bogus.example.org ad cd'

# Many at once: each is asked, and once.
many=()
for i in {1..200}; do many+=("n$i.example" TXT); done
: >"$tmp/validating.questions"
is 'trust-ad: 200 at once' "$(trust_ad "${many[@]}" | grep -c ' no-name secure$')" 200
is 'each once' "$(asked "$tmp/validating.questions" 'TXT n')" 200
is 'validate: 200 at once' "$(validate "${many[@]}" | grep -c ' no-name insecure$')" 200

# ---- a resolver that must not be trusted -----------------------------------------------

# refused DESCRIPTION REGEX OPTION...: there is no such resolver.
refused() {
	exits "$1" 1 "$ask" "${@:3}" example.org TXT
	like "$1: why" "$(cat "$tmp/err")" "$2"
}
refused 'one that does not validate' 'does not validate' --trust-ad --server "$plain"
refused 'none there' 'no resolver' --trust-ad --server "127.0.0.1@$(free_port)"
refused 'one of another host' 'not of this host' --trust-ad --server 192.0.2.1
refused 'no address' 'no address' --server ns.example.org
refused 'no port' 'no address' --server 127.0.0.1@0
refused 'port too large' 'no address' --server 127.0.0.1@65536
refused 'no anchor file' 'trust anchor' --server "$plain" --anchor "$tmp/none"
printf '; DS DNSKEY\n. 60 IN TXT "x"\n' >"$tmp/keyless"
refused 'an anchor file without a key' 'has no key' --server "$plain" --anchor "$tmp/keyless"
printf '. IN DS not really\n' >"$tmp/broken-anchor"
refused 'a broken anchor' 'trust anchor' --server "$plain" --anchor "$tmp/broken-anchor"
like 'without its keys nothing of the root is believed' \
	"$("$ask" --server "$plain" example.org TXT)" '^example.org TXT failed bogus \(bogus: '

# ---- the budget ------------------------------------------------------------------------

# within DESCRIPTION MIN MAX COMMAND...: so many milliseconds, as ask measures them.
within() {
	local ms

	"${@:4}" --log-time --budget "$budget" $questions >"$tmp/out" 2>"$tmp/err"
	ms=$(sed -n 's/^ms //p' "$tmp/out")
	if [ "${ms:-0}" -ge "$2" ] && [ "${ms:-0}" -le "$3" ]; then
		pass "$1"
	else
		fail "$1" "took $ms ms, not $2 to $3" "$(cat "$tmp/out" "$tmp/err")"
	fi
}
budget=700
questions='example.org TXT example.org MX slow.example.org TXT'
within 'validate: a silent resolver costs the budget' 700 1400 "$ask" --server "$silent" --anchor none
is 'and no answer comes' "$(grep -c 'failed unknown (timed out)' "$tmp/out")" 3
within 'trust-ad: a silent resolver is given up' 700 1400 "$ask" --trust-ad --server "$silent"
like 'with a word' "$(cat "$tmp/err")" 'no resolver answers at 127.0.0.1: timed out'
within 'validate: one silent name costs the budget' 700 1400 "$ask" --server "$plain" --anchor none
is 'but not the others' "$(grep -c ' found ' "$tmp/out")" 2
within 'trust-ad: one silent name costs the budget' 700 1400 "$ask" --trust-ad --server "$validating"
is 'but not the others' "$(grep -c ' found ' "$tmp/out")" 2
budget=0
within 'validate: no time at all' 0 500 "$ask" --server "$plain" --anchor none
is 'nothing' "$(grep -c 'timed out' "$tmp/out")" 3
budget=60000
questions='example.org TXT'
within 'trust-ad: a probe ends before the budget' 900 2500 "$ask" --trust-ad --server "$silent"

dead=127.0.0.1@$(free_port)
within 'validate: that nobody is there is known at once' 0 1500 "$ask" --server "$dead" --anchor none
like 'and said' "$(cat "$tmp/out")" 'failed unknown \(no resolver is there\)'
within 'validate: but one of two may be' 0 8000 "$ask" --server "$dead" --server "$plain" --anchor none
like 'and answers' "$(cat "$tmp/out")" ' found insecure '

# ---- what goes wrong on the way ------------------------------------------------------------

# trusted DESCRIPTION OPTION...: the stub with a server that behaves so.
trusted() {
	start_dns "$(tr -c '[:alnum:]' - <<<"$1")" "$tmp/zone.json" --ad "${@:2}"
	is "trust-ad: $1" "$("$ask" --trust-ad --server "$dns" example.org A gone.example TXT 2>&1)" \
		$'example.org A found secure 192.0.2.1\ngone.example TXT no-name secure'
	stop_daemon "$daemon_pid"
}
trusted 'forgeries come first' --forge
trusted 'every answer twice' --twice
trusted 'every UDP answer is cut' --cut
trusted 'and comes in pieces' --cut --piece 3
start_dns lossy "$tmp/zone.json" --ad --drop --log "$tmp/lossy.questions"
like 'trust-ad: what is lost is asked again' \
	"$("$ask" --trust-ad --server "$dns" example.org A 2>&1)" 'example.org A found secure'
start_dns two "$tmp/zone.json"
is 'validate: of two forwarders one is silent' \
	"$("$ask" --server "$silent" --server "$dns" --anchor none example.org A 2>&1)" \
	'example.org A found insecure 192.0.2.1'
if python3 -c 'import socket; socket.socket(socket.AF_INET6).bind(("::1", 0))' 2>/dev/null; then
	start_dns six "$tmp/zone.json" --ad --address ::1
	is 'trust-ad: over IPv6' "$("$ask" --trust-ad --server "::1@$dns_port" example.org A 2>&1)" \
		'example.org A found secure 192.0.2.1'
	is 'validate: over IPv6' "$("$ask" --server "::1@$dns_port" --anchor none example.org A 2>&1)" \
		'example.org A found insecure 192.0.2.1'
else
	skip 'no IPv6 here' 'over IPv6'
fi

# ---- the module ---------------------------------------------------------------------------------

mkdir "$tmp/bare"
cp "$ask" "$tmp/bare/ask"
exits 'without the module' 1 "$tmp/bare/ask" --server "$plain" --anchor none example.org A
like 'it says what to do' "$(cat "$tmp/err")" 'unbound\.so: .*; install mailseal whole, libunbound too$'
is 'trust-ad does not need it' "$("$tmp/bare/ask" --trust-ad --server "$validating" example.org A)" \
	'example.org A found secure 192.0.2.1'

done_testing
