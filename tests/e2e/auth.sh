#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# auth - the sender is verified before sealing, and DNS does not stop a delivery
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/dns.sh"
need gpg openssl python3
new_recipient rita@example.org || skip_all_unless_ci "no key could be made"

make_rsa_key
cat >"$tmp/zone" <<-END
	{ "example.com": { "TXT": ["v=spf1 ip4:192.0.2.1 -all"], "MX": [[10, "mx.example.com"]] },
	  "_dmarc.example.com": { "TXT": ["v=DMARC1; p=reject"] },
	  "sel._domainkey.example.com": { "TXT": ["$rsa_record"] },
	  "soft.example": { "TXT": ["v=spf1 ip4:192.0.2.1 -all"] },
	  "_dmarc.soft.example": { "TXT": ["v=DMARC1; p=quarantine"] },
	  "broken.example": { "rcode": "SERVFAIL" },
	  "_dmarc.broken.example": { "rcode": "SERVFAIL" } }
END

start_dns dns "$tmp/zone" --ad || skip_all_unless_ci "the DNS server did not start"
answering=$dns
start_dns silent "$tmp/zone" --silent
silent=$dns
dead=$(free_port)

# message DOMAIN [FIELD]...: from that domain.
message() {
	printf 'From: Sam <sam@%s>\n' "$1"
	canary_message "${@:2}" | sed '/^From:/d'
}

message example.com | sign_rsa example.com >"$tmp/good"
message example.com 'X-Mailseal-Junk: no' 'Authentication-Results: mx.example.org; dmarc=pass' >"$tmp/forged"
message soft.example >"$tmp/soft"
message broken.example >"$tmp/broken"

# from DOMAIN ADDRESS [ARGUMENT]...: filter, as an MTA would call it for that client.
from() {
	mailseal -v filter -r rita@example.org -f "sam@$1" --client-address "$2" --helo mx.example.com "${@:3}"
}

# field FILE NAME: its first one, unfolded.
field() {
	awk -v name="$2: " '/^$/ { exit }
		index($0, name) == 1 && !done { on = done = 1; printf "%s", $0; next }
		on && /^[ \t]/ { printf "%s", $0; next } { on = 0 }' "$1"
}
recorded() { field "$tmp/out" Authentication-Results; }

opens() {
	unseal "$tmp/out" >"$tmp/opened"
	same "$1" "$tmp/opened" "$2"
}

# ---- each kind of resolver ----------------------------------------------------------

for kind in trust-ad validate; do
	case $kind in
	trust-ad) asks=("resolver = trust-ad $answering") ;;
	validate) asks=("resolver = validate $answering" 'trust-anchor = none') ;;
	esac
	settings "${asks[@]}"

	exits "$kind: an honest message is sealed" 0 from example.com 192.0.2.1 <"$tmp/good"
	like 'SPF passes' "$(recorded)" 'spf=pass '
	like 'DKIM passes' "$(recorded)" 'dkim=pass '
	like 'so does DMARC' "$(recorded)" 'dmarc=pass '
	like 'the log has the words' "$(<"$tmp/err")" ' spf=pass dkim=pass dmarc=pass '
	ok 'it is sealed' is_sealed "$tmp/out"
	like 'the key that verified it is inside' "$(plain_gpg "$tmp/out" | head -n 5)" \
		$'(^|\n)Mailseal-DKIM-Key: v=1; '
	opens 'and it opens' "$tmp/good"

	exits "$kind: a forged one, recorded" 0 from example.com 203.0.113.9 <"$tmp/forged"
	like 'SPF fails' "$(recorded)" 'spf=fail '
	like 'DMARC, too' "$(recorded)" 'dmarc=fail '
	like 'the log has the words' "$(<"$tmp/err")" ' spf=fail dkim=none dmarc=fail '
	not_ok 'nothing else happens' grep -q '^X-Mailseal-Junk' "$tmp/out"
	opens 'it opens' "$tmp/forged"

	exits "$kind: where DNS fails it is recorded" 0 from broken.example 192.0.2.1 <"$tmp/broken"
	like 'as temperror' "$(recorded)" 'spf=temperror '
	opens 'it opens' "$tmp/broken"

	settings "${asks[@]}" 'on-temperror = defer'
	exits "$kind: or deferred" 75 from broken.example 192.0.2.1 <"$tmp/broken"
	is 'nothing on stdout' "$(<"$tmp/out")" ''
	exits 'what DNS has answered is not' 0 from example.com 192.0.2.1 <"$tmp/good"
done

# ---- on-dmarc-fail --------------------------------------------------------------------

settings "${asks[@]}" 'on-dmarc-fail = junk'
exits 'junk: sealed' 0 from example.com 203.0.113.9 <"$tmp/forged"
is 'with a field that says so' "$(field "$tmp/out" X-Mailseal-Junk)" 'X-Mailseal-Junk: yes; reason=dmarc'
is 'and only that' "$(grep -c '^X-Mailseal-Junk' "$tmp/out")" 1
like 'the log says so' "$(<"$tmp/err")" ' junk=yes '
opens 'it opens' "$tmp/forged"
unseal --as-stored "$tmp/out" >"$tmp/opened"
like '--as-stored keeps the field' "$(sed '/^From:/q' "$tmp/opened")" 'X-Mailseal-Junk: yes'

exits 'one that passes unsealed' 0 mailseal -v filter -r nobody@example.org -f sam@example.com \
	--client-address 203.0.113.9 <"$tmp/forged"
is 'has it, too' "$(field "$tmp/out" X-Mailseal-Junk)" 'X-Mailseal-Junk: yes; reason=dmarc'
is 'once' "$(grep -c '^X-Mailseal-Junk' "$tmp/out")" 1
opens 'it opens' "$tmp/forged"
exits 'an honest one is no junk' 0 from example.com 192.0.2.1 <"$tmp/good"
not_ok 'and has no field' grep -q '^X-Mailseal-Junk' "$tmp/out"

# deliver_from DOMAIN ADDRESS: into $tmp/Maildir.
deliver_from() {
	mailseal -v deliver -r rita@example.org -f "sam@$1" --client-address "$2" --maildir "$tmp/Maildir"
}
exits 'deliver' 0 deliver_from soft.example 203.0.113.9 <"$tmp/soft"
is 'stores junk in its folder' "$(find "$tmp/Maildir/.Junk/new" -type f | wc -l)" 1
ok 'which is one of Maildir++' test -f "$tmp/Maildir/.Junk/maildirfolder"
is 'and nowhere else' "$(find "$tmp/Maildir/new" -type f | wc -l)" 0
cp "$tmp"/Maildir/.Junk/new/* "$tmp/out"
ok 'it is sealed' is_sealed "$tmp/out"
opens 'it opens' "$tmp/soft"
exits 'deliver' 0 deliver_from soft.example 192.0.2.1 <"$tmp/soft"
is 'stores the rest where it was told to' "$(find "$tmp/Maildir/new" -type f | wc -l)" 1

settings "${asks[@]}" 'on-dmarc-fail = refuse'
exits 'refuse: where the domain asks to reject' 77 from example.com 203.0.113.9 <"$tmp/forged"
like 'the line says why' "$(<"$tmp/err")" 'DMARC'
is 'nothing on stdout' "$(<"$tmp/out")" ''
exits 'to quarantine: stored' 0 from soft.example 203.0.113.9 <"$tmp/soft"
is 'as junk' "$(field "$tmp/out" X-Mailseal-Junk)" 'X-Mailseal-Junk: yes; reason=dmarc'
settings "${asks[@]}" 'on-dmarc-fail = refuse' '[recipient rita@example.org]' 'on-dmarc-fail = record'
exits 'each recipient has a word in it' 0 from example.com 203.0.113.9 <"$tmp/forged"
exits 'but not two at once' 75 from example.com 203.0.113.9 -r dora@example.org <"$tmp/forged"

# ---- which client -----------------------------------------------------------------------

settings "${asks[@]}"
exits 'no client is known' 0 mailseal -v filter -r rita@example.org -f sam@example.com <"$tmp/good"
unlike 'so SPF does not guess' "$(recorded)" 'spf=(pass|fail)'
exits 'the environment knows it' 0 env CLIENT_ADDRESS=192.0.2.1 CLIENT_HELO=mx.example.com \
	"$MAILSEAL" --config "$config" -v filter -r rita@example.org -f sam@example.com <"$tmp/good"
like 'SPF passes' "$(recorded)" 'spf=pass '
{
	echo 'Return-Path: <sam@example.com>'
	echo 'Received: from mx.example.com (mx.example.com [192.0.2.1]) by mx.example.org with ESMTP id 4XYZ'
	cat "$tmp/good"
} >"$tmp/received"
settings "${asks[@]}" 'trusted-envelope-fields = Return-Path Received'
exits 'the trusted Received knows it' 0 mailseal -v filter -r rita@example.org <"$tmp/received"
like 'SPF passes' "$(recorded)" 'spf=pass '
settings "${asks[@]}"
exits 'one that nobody trusts, though it names us' 0 mailseal -v filter -r rita@example.org -f sam@example.com <"$tmp/received"
unlike 'does not count' "$(recorded)" 'spf=(pass|fail)'

# ---- resolvers that do not answer --------------------------------------------------------

# quick DESCRIPTION SECONDS: since $start.
quick() { ok "$1" test $((SECONDS - start)) -le "$2"; }

for kind in trust-ad validate; do
	settings "resolver = $kind $silent" 'dns-budget = 1s'
	start=$SECONDS
	exits "$kind, silent: the message goes on" 0 from example.com 192.0.2.1 <"$tmp/good"
	quick 'after the budget' 4
	like 'temperror is recorded' "$(recorded)" 'spf=temperror .*dkim=temperror '
	like 'and logged' "$(<"$tmp/err")" ' spf=temperror dkim=temperror '
	opens 'it opens' "$tmp/good"
	settings "resolver = $kind $silent" 'dns-budget = 1h' 'deadline = 4s' 'on-temperror = defer'
	start=$SECONDS
	exits "$kind, silent: or is deferred" 75 from example.com 192.0.2.1 <"$tmp/good"
	quick 'long before the deadline' 4
done

settings "resolver = trust-ad 127.0.0.1@$dead"
start=$SECONDS
exits 'a dead one: the message goes on' 0 from example.com 192.0.2.1 <"$tmp/good"
quick 'at once' 2
like 'temperror is recorded' "$(recorded)" 'spf=temperror .*dkim=temperror '
is 'the log says why, once' "$(grep -c "can't be verified" "$tmp/err")" 1
opens 'it opens' "$tmp/good"

# ---- nobody is asked ---------------------------------------------------------------------

settings 'resolver = none' 'on-temperror = defer' 'on-dmarc-fail = refuse'
exits 'none: the message goes on' 0 from example.com 203.0.113.9 <"$tmp/forged"
is 'and nothing is recorded' "$(recorded)" 'Authentication-Results: mx.example.org; none'
like 'or logged' "$(<"$tmp/err")" ' spf=- dkim=- dmarc=- '
settings 'resolver = none' 'trusted-authserv-ids = border.example.org'
message example.com 'Authentication-Results: border.example.org; spf=pass smtp.mailfrom=example.com' >"$tmp/imported"
exits 'none: what a trusted host found' 0 from example.com 203.0.113.9 <"$tmp/imported"
like 'is taken over' "$(recorded)" 'spf=pass \(imported from border\.example\.org\)'

# opened PATTERN [COMMAND]...: how often such a file is opened while stdin is delivered.
opened() {
	strace -f -qq -e trace=open,openat -o "$tmp/trace" "${@:2}" "$MAILSEAL" --config "$config" -v \
		filter -r rita@example.org -f sam@example.com --client-address 192.0.2.1 >"$tmp/out" 2>"$tmp/err"
	grep -cE "$1" "$tmp/trace"
}
libraries='/(unbound\.so|rsa\.so|libunbound|libevent|libhogweed|libgmp)'
if grep -q '^#define MAILSEAL_SANITIZERS' "$builddir/config.h" 2>/dev/null || ! type -P strace >/dev/null; then
	skip 'no tracing here' 'what is not needed is not loaded'
else
	is 'none: no module is loaded' "$(opened "$libraries" <"$tmp/good")" 0
	ok 'it was sealed' is_sealed "$tmp/out"
	settings "resolver = trust-ad $answering"
	is 'trust-ad: libunbound is not' "$(opened '/(unbound\.so|libunbound|libevent)' <"$tmp/good")" 0
	isnt 'a signature loads what verifies it' "$(grep -c '/rsa\.so' "$tmp/trace")" 0
	is 'and no signature does not' "$(opened "$libraries" <"$tmp/soft")" 0
	sed -i '/^resolver/d' "$config"
	if unshare -n true 2>/dev/null; then
		is 'not set, and nobody on this host: no module' \
			"$(opened "$libraries" unshare -n <"$tmp/good")" 0
		is 'nothing is recorded' "$(recorded)" 'Authentication-Results: mx.example.org; none'
		unlike 'and nothing is missed' "$(<"$tmp/err")" "can't be verified"
		# A network of its own, where the usual port is free.
		cat >"$tmp/alone" <<-'END'
			#!/bin/bash
			ip link set lo up || exit 9
			python3 "$srcdir/tests/lib/dns-stub.py" --port 53 ${ad:+--ad} "$tmp/zone" >"$tmp/alone.port" &
			stub=$!
			for ((i = 0; i < 100; i++)); do [ ! -s "$tmp/alone.port" ] && sleep 0.05; done
			"$MAILSEAL" --config "$config" -v filter -r rita@example.org -f sam@example.com --client-address 192.0.2.1
			code=$?
			kill $stub
			exit $code
		END
		export tmp config
		exits 'not set, and a validating resolver on this host' 0 env ad=1 unshare -n bash "$tmp/alone" <"$tmp/good"
		like 'which is used' "$(recorded)" 'spf=pass .*dkim=pass .*dmarc=pass'
		exits 'not set, and one that does not validate' 0 unshare -n bash "$tmp/alone" <"$tmp/good"
		is 'which is not' "$(recorded)" 'Authentication-Results: mx.example.org; none'
	else
		skip 'no network of our own' 'not set, and nobody on this host'
	fi
fi

# ---- modules that are missing ------------------------------------------------------------

mkdir "$tmp/bare"
cp "$MAILSEAL" "$tmp/bare/mailseal"
cp -R "$builddir/gnupg" "$tmp/bare/gnupg"

bare() {
	"$tmp/bare/mailseal" --config "$config" -v filter -r rita@example.org -f sam@example.com \
		--client-address 192.0.2.1 --helo mx.example.com
}
installed=$(printf 'prefix=@prefix@\nexec_prefix=@exec_prefix@\necho "@libdir@/mailseal"\n' |
	"$builddir/config.status" --quiet --file=- | sh)
if [ -e "$installed/rsa.so" ]; then
	skip 'a mailseal is installed' 'without the modules'
else
	settings "resolver = trust-ad $answering"
	exits 'without rsa.so the message goes on' 0 bare <"$tmp/good"
	like 'SPF passes' "$(recorded)" 'spf=pass '
	unlike 'no DKIM signature does' "$(recorded)" 'dkim=pass'
	like 'and this is no fault of the signer' "$(recorded)" 'dkim=temperror '
	opens 'it opens' "$tmp/good"
	settings "resolver = validate $answering" 'trust-anchor = none'
	exits 'without unbound.so, too' 0 bare <"$tmp/good"
	like 'temperror is recorded' "$(recorded)" 'spf=temperror .*dkim=temperror '
	like 'the log names the module' "$(<"$tmp/err")" "can't be verified: .*unbound\.so"
	opens 'it opens' "$tmp/good"
fi

done_testing
