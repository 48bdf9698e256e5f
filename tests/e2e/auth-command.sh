#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# auth-command - mailseal auth: what it prints, for people and for programs, and its exit codes
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/dns.sh"
need python3

cat >"$tmp/zone.json" <<END
{ "example.com": { "TXT": ["v=spf1 ip4:192.0.2.0/24 -all exp=why.example.com"] },
  "why.example.com": { "TXT": ["%{i} is not %{d}"] },
  "mx.example.com": { "A": ["192.0.2.1"] },
  "1.2.0.192.in-addr.arpa": { "PTR": ["mx.example.com"] },
  "_dmarc.example.com": { "TXT": ["v=DMARC1; p=reject"] },
  "sel._domainkey.example.com": { "TXT": ["$(sign_message --record)"] },
  "tested._domainkey.example.com": { "TXT": ["$(sign_message --record --seed tested); t=y"] },
  "arc._domainkey.list.example": { "TXT": ["$(sign_message --record --seed list)"] },
  "broken.example": { "rcode": "SERVFAIL" },
  "_dmarc.broken.example": { "rcode": "SERVFAIL" },
  "sel._domainkey.broken.example": { "rcode": "SERVFAIL" },
  "hostile.example": { "TXT": ["v=spf1 \u001b[2J\nspf\n  result pass\r -all \u0000 \u009b"] },
  "_dmarc.hostile.example": { "TXT": ["v=DMARC1; p=\u001b]0;x\u0007none"] },
  "sel._domainkey.hostile.example": { "TXT": ["k=\u001b[31m; p=\u0000\n\n"] } }
END
start_dns dns "$tmp/zone.json" || skip_all_unless_ci 'no name server could be started'

# auth [OPTION]...: with the stub, and nothing validated.
auth() { mailseal auth --resolver "$dns" --trust-anchor none "$@"; }

# The shape of each object in these files, member by member; prints what is wrong.
cat >"$tmp/shape.py" <<'END'
import json, sys
TEXT, TEXT_OR_NULL, NUMBER_OR_NULL, BOOL = (str,), (str, type(None)), (int, type(None)), (bool,)
DNSSEC = TEXT_OR_NULL
SHAPE = {
    "spf": {"result": TEXT, "identity": TEXT_OR_NULL, "domain": TEXT_OR_NULL,
            "reason": TEXT_OR_NULL, "explanation": TEXT_OR_NULL, "dnssec": DNSSEC},
    "arc": {"result": TEXT, "instance": NUMBER_OR_NULL, "sealers": (list,)},
    "dmarc": {"result": TEXT, "from_domain": TEXT_OR_NULL, "policy_domain": TEXT_OR_NULL,
              "policy": TEXT_OR_NULL, "disposition": TEXT, "dkim_aligned": BOOL,
              "spf_aligned": BOOL, "testing": BOOL},
    "iprev": {"result": TEXT, "address": TEXT_OR_NULL, "name": TEXT_OR_NULL,
              "reason": TEXT_OR_NULL, "dnssec": DNSSEC},
}
SIGNATURE = {"domain": TEXT_OR_NULL, "selector": TEXT_OR_NULL, "algorithm": TEXT_OR_NULL,
             "key_bits": NUMBER_OR_NULL, "result": TEXT, "reason": TEXT_OR_NULL,
             "dnssec": DNSSEC, "body_length": NUMBER_OR_NULL}
WORDS = {"spf": "none neutral pass fail softfail temperror permerror",
         "arc": "none pass fail temperror", "iprev": "none pass fail temperror permerror",
         "dmarc": "none pass fail temperror permerror",
         "dkim": "none pass fail policy neutral temperror permerror"}


def members(name, found, wanted):
    if set(found) != set(wanted):
        yield f"{name} has {sorted(set(found) ^ set(wanted))}"
    for member, types in wanted.items():
        value = found.get(member)
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            yield f"{name}.{member} is {value!r}"
    if found["result"] not in WORDS[name].split():
        yield f"{name} is {found['result']}"


def problems(got, more):
    top = {"authserv_id", "dkim", "header", *SHAPE, *more}
    if set(got) != top:
        yield f"members: {sorted(set(got) ^ top)}"
    for method, wanted in SHAPE.items():
        yield from members(method, got[method], wanted)
    for signature in got["dkim"]:
        yield from members("dkim", signature, SIGNATURE)
    if not got["header"].startswith("Authentication-Results: " + got["authserv_id"]):
        yield f"header: {got['header']}"
    if any(len(line) > 998 for line in got["header"].split("\n")):
        yield "a line of the header is too long"
    for section, lines in got.get("explain", {}).items():
        if not all(isinstance(x, str) and x.isascii() and x.isprintable() for x in lines):
            yield f"explain: {section}"


for path in sys.argv[1:]:
    with open(path) as file:
        for problem in problems(json.load(file), ["explain"] if path.endswith("explained") else []):
            print(path, problem)
END

# json EXPRESSION: of the object `a` in $tmp/out.
json() { python3 -c 'import json, sys; a = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$tmp/out" "$1"; }

# ---- every kind of message has the same shape --------------------------------------------

message() { printf 'From: Sam <sam@%s>\nTo: rita@example.org\nSubject: Lunch\n\nNoon?\n' "$1"; }
message example.com >"$tmp/plain"
sign_message <"$tmp/plain" >"$tmp/signed"
sed 's/$/\r/' "$tmp/plain" | sign_message >"$tmp/crlf"
{ echo 'From sam@example.com Tue Nov 24 20:00:00 2026'; cat "$tmp/signed"; } >"$tmp/mbox"
sign_message --domain list.example --selector arc --seed list --arc none --results 'dkim=pass' <"$tmp/signed" >"$tmp/arc"
sign_message --length 3 <"$tmp/plain" >"$tmp/partial"
sign_message --length 3 --selector tested --seed tested <"$tmp/plain" >"$tmp/tested"
printf 'From: \342\200\256 <sam@example.com>\nDKIM-Signature: v=1; d=x.example; i=\342\200\256@x.example\n\n' >"$tmp/turned"
sed 's/Noon/Never/' "$tmp/signed" >"$tmp/changed"
{ echo 'From: Eve <eve@evil.example>'; cat "$tmp/signed"; } >"$tmp/two-from"
sed 1,2d "$tmp/plain" >"$tmp/no-from"
: >"$tmp/empty"
echo 'no header at all' >"$tmp/headerless"
printf 'From: a\0b@example.com\nDKIM-Signature: v=1; d=\0; \xff\xfe\n\n\0\r\r' >"$tmp/nul"
{ message hostile.example | sign_message --domain hostile.example; } >"$tmp/hostile"
{ printf 'DKIM-Signature: v=1; a=rsa-sha256; d=\x1b[2J.example; s=\x9b; h=from; bh=AAAA; b=AAAA\n'; cat "$tmp/hostile"; } >"$tmp/controls"
message broken.example | sign_message --domain broken.example >"$tmp/broken"
{ for ((i = 0; i < 300; i++)); do head -n 3 "$tmp/signed"; done; cat "$tmp/plain"; } >"$tmp/many"
{ head -c 2000000 /dev/zero | tr '\0' x | sed 's/^/X-Long: /'; echo; cat "$tmp/signed"; } >"$tmp/large-header"

mkdir "$tmp/json"
for name in plain signed crlf mbox arc partial changed two-from no-from empty headerless nul \
	hostile controls broken many large-header; do
	exits "$name: 0" 0 auth --json --client-address 192.0.2.1 --helo mx.example.com -f sam@example.com "$tmp/$name"
	cp "$tmp/out" "$tmp/json/$name"
	exits "$name, nothing known of the client: 0" 0 auth --json "$tmp/$name"
	cp "$tmp/out" "$tmp/json/$name.unknown"
	exits "$name, from stdin, explained: 0" 0 auth --json --explain <"$tmp/$name"
	cp "$tmp/out" "$tmp/json/$name.explained"
done
python3 "$tmp/shape.py" "$tmp"/json/* >"$tmp/problems" 2>&1
is 'each object has the members and types that it should' "$(<"$tmp/problems")" ''

# ---- what it finds --------------------------------------------------------------------------

auth --json --client-address 192.0.2.1 --client-name mx.example.com --helo mx.example.com -f sam@example.com "$tmp/signed" >"$tmp/out"
is 'all pass' "$(json 'a["spf"]["result"], a["dkim"][0]["result"], a["dmarc"]["result"], a["iprev"]["result"]')" \
	"('pass', 'pass', 'pass', 'pass')"
is 'spf says of what' "$(json 'a["spf"]["identity"], a["spf"]["domain"], a["spf"]["dnssec"]')" "('mailfrom', 'example.com', 'insecure')"
is 'dkim names the key' "$(json 'a["dkim"][0]["domain"], a["dkim"][0]["selector"], a["dkim"][0]["algorithm"], a["dkim"][0]["body_length"]')" \
	"('example.com', 'sel', 'ed25519-sha256', None)"
is 'dmarc names the record' "$(json 'a["dmarc"]["from_domain"], a["dmarc"]["policy_domain"], a["dmarc"]["policy"], a["dmarc"]["disposition"]')" \
	"('example.com', 'example.com', 'reject', 'none')"
is 'and what is aligned' "$(json 'a["dmarc"]["dkim_aligned"], a["dmarc"]["spf_aligned"], a["dmarc"]["testing"]')" '(True, True, False)'
is 'iprev names the client' "$(json 'a["iprev"]["address"], a["iprev"]["name"]')" "('192.0.2.1', 'mx.example.com')"
auth --client-address 192.0.2.1 --helo mx.example.com -f sam@example.com "$tmp/signed" >"$tmp/header"
is 'without --json it prints the header, and nothing else' "$(<"$tmp/header")" "$(json 'a["header"]')"

auth --json --client-address 198.51.100.1 -f sam@example.com "$tmp/changed" >"$tmp/out"
is 'a forgery fails' "$(json 'a["spf"]["result"], a["dkim"][0]["result"], a["dmarc"]["result"], a["dmarc"]["disposition"]')" \
	"('fail', 'fail', 'fail', 'reject')"
is 'with the explanation of its domain' "$(json 'a["spf"]["explanation"]')" '198.51.100.1 is not example.com'
auth --json "$tmp/partial" >"$tmp/out"
is 'l= is told' "$(json 'a["dkim"][0]["result"], a["dkim"][0]["body_length"], a["dkim"][0]["reason"]')" "('pass', 3, 'text follows the signed part of the body')"
auth --json "$tmp/tested" >"$tmp/out"
is 'a key in testing, too' "$(json 'a["dkim"][0]["result"], a["dkim"][0]["reason"]')" "('pass', 'key in testing; text follows the signed part of the body')"
auth --json -f "$(printf '\342\200\256@example.com')" "$tmp/turned" >"$tmp/out"
is 'nothing in it turns text' "$(LC_ALL=C tr -d '\000-\176' <"$tmp/out")" ''
auth --json --client-address 192.0.2.1 --helo mx.example.com -f sam@example.com "$tmp/large-header" >"$tmp/out"
is 'a header that is too large: signed, and no pass' "$(json 'a["dkim"][0]["result"], a["dkim"][0]["reason"], a["dmarc"]["result"]')" \
	"('permerror', 'the header is too large to be judged', 'none')"
auth --json --client-address 198.51.100.1 -f sam@example.com "$tmp/large-header" >"$tmp/out"
is 'no way around the policy' "$(json 'a["dmarc"]["result"], a["dmarc"]["disposition"]')" "('fail', 'reject')"
auth --json "$tmp/arc" >"$tmp/out"
is 'an ARC chain passes' "$(json 'a["arc"]')" "{'result': 'pass', 'instance': 1, 'sealers': ['list.example']}"
auth --json "$tmp/plain" >"$tmp/out"
is 'without a client there is no SPF' "$(json 'a["spf"]["result"], a["spf"]["identity"], a["iprev"]["result"]')" "('none', None, 'none')"
is 'and it says why' "$(json 'a["spf"]["reason"]')" 'no client address is known'
like 'the field, too' "$(json 'a["header"]')" 'spf=none reason="no client address is known"'
auth --json --client-address 192.0.2.1 "$tmp/plain" >"$tmp/out"
is 'or for want of whom' "$(json 'a["spf"]["reason"]')" 'no envelope sender and no HELO is known'
auth --json --client-address 192.0.2.1 --helo mx.example.com "$tmp/plain" >"$tmp/out"
is 'HELO is judged where the sender is not known' "$(json 'a["spf"]["identity"], a["spf"]["domain"]')" "('helo', 'mx.example.com')"
like 'DMARC does not rest on it' "$(json 'a["header"]')" 'dmarc=fail \(SPF was not checked\)'
is 'without signatures the lists are empty' "$(json 'a["dkim"], a["arc"]')" "([], {'result': 'none', 'instance': None, 'sealers': []})"
auth --json "$tmp/two-from" >"$tmp/out"
isnt 'two authors do not pass' "$(json 'a["dmarc"]["result"]')" pass
auth --json --client-address 192.0.2.1 --helo mx.example.com -f '' "$tmp/plain" >"$tmp/out"
is 'the null sender: HELO is judged' "$(json 'a["spf"]["identity"], a["spf"]["domain"]')" "('helo', 'mx.example.com')"
auth --json --client-address 192.0.2.1 -f sam@broken.example "$tmp/broken" >"$tmp/out"
is 'a broken server: temperror' "$(json 'a["spf"]["result"], a["dkim"][0]["result"], a["dmarc"]["result"]')" "('temperror', 'temperror', 'temperror')"

# ---- where the client comes from ---------------------------------------------------------------

client() { auth --json "$@" >"$tmp/out" && json 'a["iprev"]["address"]'; }
is 'the environment names the client' "$(CLIENT_ADDRESS=192.0.2.1 client "$tmp/plain")" 192.0.2.1
is 'the option goes before it' "$(CLIENT_ADDRESS=192.0.2.9 client --client-address 192.0.2.1 "$tmp/plain")" 192.0.2.1
is 'what is no address is none' "$(CLIENT_ADDRESS=unknown client "$tmp/plain")" None
{ printf 'Return-Path: <sam@example.com>\nReceived: from mx.example.com (mx.example.com [192.0.2.1])\n\tby mx.example.org (Postfix) with ESMTP id 1; date\n'
	cat "$tmp/plain"; } >"$tmp/received"
settings 'trusted-envelope-fields = Received Return-Path'
is 'Received of the border names it, where it is trusted' "$(client "$tmp/received")" 192.0.2.1
is 'with the sender of Return-Path' "$(json 'a["spf"]["result"], a["spf"]["domain"]')" "('pass', 'example.com')"
settings
is 'and not where it is not' "$(client "$tmp/received")" None

# ---- whom it asks ---------------------------------------------------------------------------------

passes() { mailseal auth --json "$@" "$tmp/signed" >"$tmp/out" && json 'a["dkim"][0]["result"]'; }
settings "resolver = validate $dns" 'trust-anchor = none'
is "the configuration's resolver, without an option" "$(passes)" pass
is 'its anchor, with --resolver' "$(passes --resolver "$dns")" pass
settings "resolver = validate $dns"
is 'its resolver, with --trust-anchor' "$(passes --trust-anchor none)" pass
settings

# ---- --explain ----------------------------------------------------------------------------------

auth --explain --client-address 192.0.2.1 --helo mx.example.com -f sam@example.com "$tmp/arc" >"$tmp/explained"
for line in 'client address 192.0.2.1' 'envelope sender <sam@example.com>' 'result pass, mailfrom example.com' \
	'1 signatures' 'signature 1, d=example.com s=sel a=ed25519-sha256.*: pass' 'ARC-Seal, d=list.example s=arc: verifies' 'policy reject, record at example.com' \
	'TXT example.com: found, DNSSEC insecure: "v=spf1' 'TXT sel._domainkey.example.com: found' 'A mx.example.com: found.*192.0.2.1'; do
	ok "it says: $line" grep -qE "^  .*$(sed 's/[][\.*^$]/\\&/g; s/\\\.\\\*/.*/g' <<<"$line")" "$tmp/explained"
done
for name in hostile controls nul headerless; do
	auth --explain --client-address 192.0.2.1 --helo "$(printf 'a\033[2Jb')" -f "$(printf 'x\n\nspf\n@hostile.example')" "$tmp/$name" >"$tmp/explained"
	is "$name: nothing but printable ASCII" "$(sed '1,/^$/d' "$tmp/explained" | tr -d '\n\040-\176' | wc -c)" 0
	not_ok "$name: and no line that DNS wrote" grep -q '^  result pass$' "$tmp/explained"
	is "$name: no section but ours" "$(sed '1,/^$/d' "$tmp/explained" | grep -cv '^  \|^$')" 7
	is "$name: the field has no control character" "$(sed '/^$/q' "$tmp/explained" | tr -d '\n\t\040-\377' | wc -c)" 0
done

# ---- what can't be --------------------------------------------------------------------------------

exits 'no such file: 66' 66 auth "$tmp/nothing"
exits 'a folder: 66' 66 auth "$tmp"
for wrong in '--client-address 192.0.2' '--client-address x' '--now x' '--now -1' '--now 1x' '--now=' \
	'--resolver=' '--resolver x' '--resolver 127.0.0.1@' '--resolver 127.0.0.1@99999' --nope --json=1 '--helo'; do
	# shellcheck disable=SC2086 # words
	exits "$wrong: 64" 64 mailseal auth $wrong </dev/null
	is 'one line' "$(grep -c '' "$tmp/err")" 1
done
exits 'two files: 64' 64 auth "$tmp/plain" "$tmp/plain"

# What an MTA writes, an option takes; and what a delivery would record is what is printed.
for form in '[192.0.2.1]' IPv6:2001:db8::1 '' unknown; do
	exits "--client-address '$form'" 0 auth --client-address "$form" "$tmp/plain"
done
settings
exits 'no resolver at all: 0' 0 mailseal auth --json "$tmp/plain"
like 'and it says that nothing is verified' "$(<"$tmp/err")" 'no resolver is configured'
ok 'none of everything' python3 -c '
import json, sys
a = json.load(open(sys.argv[1]))
assert a["dkim"] == [] and all(a[m]["result"] == "none" for m in ("spf", "arc", "dmarc", "iprev")), a
assert a["header"].endswith("; none"), a' "$tmp/out"
dead=127.0.0.1@$(free_port)
settings "resolver = trust-ad $dead"
exits 'a resolver that is not there: 0' 0 mailseal auth --json "$tmp/plain"
like 'is a temperror, as in a delivery' "$(<"$tmp/out")" '"result": "temperror"'
exits 'help' 0 mailseal auth --help
like 'is the usage' "$(<"$tmp/out")" '^usage: mailseal .* auth '
settings "resolver = validate $dns" 'trust-anchor = none'
exits 'an anchor that is not there: 78' 78 mailseal auth --resolver "$dns" --trust-anchor "$tmp/nothing" "$tmp/plain"
exits 'a configuration with a mistake: 78' 78 "$MAILSEAL" --config "$tmp/nothing" auth "$tmp/plain"
exits 'standard output full: 75' 75 sh -c "'$MAILSEAL' --config '$config' auth --resolver $dns --trust-anchor none '$tmp/plain' >/dev/full"
exits 'and with --json' 75 sh -c "'$MAILSEAL' --config '$config' auth --json --resolver $dns --trust-anchor none '$tmp/plain' >/dev/full"

settings 'dns-budget = 2s'
start=$SECONDS
exits 'nobody answers at the resolver: 0' 0 mailseal auth --json --resolver "$dead" --trust-anchor none \
	--client-address 192.0.2.1 -f sam@example.com "$tmp/signed"
is 'what was to be asked is temperror' "$(json 'a["spf"]["result"], a["dkim"][0]["result"], a["dmarc"]["result"], a["iprev"]["result"]')" \
	"('temperror', 'temperror', 'temperror', 'temperror')"
ok "within the budget ($((SECONDS - start)) s)" test $((SECONDS - start)) -le 4
start_dns silent "$tmp/zone.json" --silent
start=$SECONDS
exits 'a resolver that never answers: 0' 0 mailseal auth --json --resolver "$dns" --trust-anchor none "$tmp/signed"
is 'temperror' "$(json 'a["dkim"][0]["result"], a["dmarc"]["result"]')" "('temperror', 'temperror')"
ok "and dns-budget holds ($((SECONDS - start)) s)" test $((SECONDS - start)) -le 4
is 'the reason is told' "$(json 'a["dkim"][0]["reason"] is not None')" True

done_testing
