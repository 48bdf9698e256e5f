#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# doctor - each thing that is wrong is told, with what to do
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/dns.sh"

need gpg python3
need_root

doctor() {
	mailseal doctor "$@" >"$tmp/out" 2>"$tmp/err"
}

# says DESCRIPTION LEVEL REGEX: a line of that level.
says() {
	like "$1" "$(grep "^$2  *[a-z]" "$tmp/out")" "$3"
}

doctor
is "without a keystore it fails" "$?" 78
says "and names the first step" FAIL 'keystore: .*key import'
new_recipient rita@example.org || skip_all_unless_ci "no key could be made"
doctor
is "with one it is well" "$?" 0
says "the configuration" ok "configuration: $config"
says "the keystore" ok 'keystore: .*1 recipients'
says "gpg" ok 'gpg: /usr/bin/gpg is 2\.'
says "a trial sealing" ok 'trial sealing to [0-9A-F]{40} worked'
says "the spool folder" ok "spool: $tmp/tmp"
says "core dumps" "[a-z]*" 'core dumps: '
says "swap" "[a-z]*" 'swap: '
says "the log" "[a-z]*" 'log: '
says "the hook" "[a-z]*" 'hook: '
is "every line that is not well says what to do" \
	"$(grep -E '^(warn|FAIL)' "$tmp/out" | grep -vc ';')" 0
doctor --json
ok "--json is JSON" python3 -m json.tool "$tmp/out"

chmod o+w "$keystore"
doctor
is "a keystore that all can write fails" "$?" 78
says "and is told" FAIL 'can be changed by every user'
chmod o-wrx "$keystore"
doctor
says "one that deliveries can't read" warn "can't be read by every uid"
chmod 755 "$keystore"

# ---- what deliveries, which run as any uid, can reach --------------------------

doctor
unlike "all of it is open to every uid" "$(grep "$tmp" "$tmp/out")" 'by every uid'
chmod 711 "$keystore"
doctor
unlike "a keystore need not be listed" "$(cat "$tmp/out")" "$keystore can't be read"
chmod 755 "$keystore"
chmod 600 "$config"
doctor
is "a closed file is a warning" "$?" 0
says "a configuration that deliveries can't read" warn \
	"configuration: .*read by every uid.* $config is closed.*chmod o\+r it"
chmod 644 "$config"

mkdir -p "$tmp/closed/open"
cp -a "$keystore" "$tmp/closed/open/keys"
ln -s "$tmp/closed/open/keys" "$tmp/link"
chmod 700 "$tmp/closed"
for path in "$tmp/closed/open/keys" "$tmp/link"; do
	mailseal --keystore "$path" doctor >"$tmp/out" 2>"$tmp/err"
	says "a keystore below a closed folder, by ${path##*/}" warn \
		"keystore: $path can't be .* $tmp/closed is closed.*chmod o\+x it"
done

chmod 700 "$tmp/tmp"
doctor
says "a spool folder of root's" warn \
	"spool: $tmp/tmp can't be written by every uid.*chmod 1777"
chmod 755 "$tmp/tmp"
doctor
says "one that others can only read" warn "spool: $tmp/tmp can't be written"
chmod 1777 "$tmp/tmp"

# A copy of the program, with a home of its own beside it.
home=$tmp/bin/gnupg
mkdir -p "$home"
cp "$MAILSEAL" "$tmp/bin/mailseal"
cp "$srcdir/keystore/gnupg/gpg.conf" "$home"
copy_doctor() {
	"$tmp/bin/mailseal" --config "$config" doctor >"$tmp/out" 2>"$tmp/err"
}
chmod 644 "$home/gpg.conf"
copy_doctor
says "gpg's home" ok "gpg: .* its home $home"
unlike "and it is open" "$(grep "$home" "$tmp/out")" 'by every uid'
chmod 600 "$home/gpg.conf"
copy_doctor
says "a gpg.conf that deliveries can't read" warn "gpg: .* $home/gpg.conf is closed"
chmod 700 "$home"
copy_doctor
says "a home of gpg's that they can't enter" warn "gpg: $home can't.* $home is closed"

# ---- what makes all mail wait --------------------------------------------------

settings 'archive-certificates = vault@example.org'
doctor
is "an archive that is not enrolled fails" "$?" 78
says "and is told" FAIL 'archive: .*vault@example.org is not enrolled; .*key import'
settings 'archive-certificates = rita+all@example.org'
doctor
is "one that is enrolled is well" "$?" 0
says "and is told, found as a delivery finds it" ok 'archive: .*rita\+all@example.org'

entry=$(find "$keystore" -type f -name rita@example.org)
cp -a "$entry" "$tmp/entry"
sed '0,/^Expires: .*/s//Expires: 1700000000/; /^End: /d' "$tmp/entry" >"$entry"
echo "End: $(wc -c <"$entry")" >>"$entry"
doctor
is "an archive whose certificate has expired fails" "$?" 78
says "and is told" FAIL 'archive: .*rita\+all@example.org \(expired\); '
: >"$entry"
doctor
says "an archive that can't be read" FAIL 'archive: .*rita\+all@example.org: .*empty'

settings
for other in anna sam zoe; do
	gpg --batch --passphrase '' --quiet --pinentry-mode loopback --quick-add-uid \
		"<rita@example.org>" "<$other@example.org>"
	enrol "$other@example.org"
done
doctor
is "an entry that can't be read fails, whatever others there are" "$?" 78
says "and its address is told" FAIL \
	'keystore: .*read: 1, .*that of rita@example.org, .*empty; '
says "the others are counted" ok 'keystore: .* 4 recipients'
says "and sealed to" ok 'trial sealing'
cp -a "$tmp/entry" "$entry"

settings 'deadline = 999s'
doctor
unlike "a deadline below Postfix's limit" "$(cat "$tmp/out")" 'deadline is'
settings 'deadline = 1000s'
doctor
says "one that Postfix would cut short" warn 'deadline is 1000 s.* bounces.*; set deadline'
settings

# ---- whether the sender can be verified ------------------------------------------

echo '{}' >"$tmp/zone"
start_dns validating "$tmp/zone" --ad && validating=$dns
start_dns plain "$tmp/zone" && plain=$dns
start_dns silent "$tmp/zone" --silent && silent=$dns

doctor
says "resolver = none" ok 'dns: resolver = none: no sender is verified'
says "where nobody else does it either" warn 'dns: nor is anybody.*trusted-authserv-ids'
settings 'resolver = none' 'trusted-authserv-ids = border.example.org'
doctor
unlike "where somebody does" "$(<"$tmp/out")" 'nor is anybody|on-dmarc-fail'
settings 'resolver = none' 'on-dmarc-fail = junk'
doctor
says "what can't happen then" warn 'dns: on-dmarc-fail has no effect.*; set resolver'
settings "resolver = trust-ad $validating"
doctor
is "a resolver that answers is well" "$?" 0
says "and is told" ok 'dns: the configured resolver answers, validated'
says "so is RSA" ok 'dns: DKIM signatures can be verified'
says "and how SPF knows the client" ok 'dns: SPF .*--client-address'
settings "resolver = trust-ad $validating" 'trusted-envelope-fields = Received' 'trust-anchor = none'
doctor
unlike "which a trusted Received tells" "$(<"$tmp/out")" 'dns: SPF'
says "an anchor that nobody uses" warn 'dns: trust-anchor is of no use.*take it out'
settings "resolver = trust-ad $plain"
doctor
says "one that does not validate" warn 'dns: .*does not validate; '
settings "resolver = trust-ad $plain" 'on-temperror = defer'
doctor
is "while on-temperror = defer it keeps all mail waiting" "$?" 78
says "and fails" FAIL 'dns: .*does not validate; '
settings "resolver = validate $plain" 'trust-anchor = none'
doctor
says "our own validation" ok 'dns: the configured resolver answers'$'\n'
settings "resolver = validate $silent" 'trust-anchor = none' 'dns-budget = 1s'
doctor
says "a silent one" warn 'dns: the configured resolver does not answer: .*; '
echo '. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D' >"$tmp/anchor"
chmod 600 "$tmp/anchor"
settings "resolver = validate $plain" "trust-anchor = $tmp/anchor" 'dns-budget = 3s' 'deadline = 5s'
doctor
says "an anchor that deliveries can't read" warn "dns: $tmp/anchor can't be read by every uid"
says "a budget that the deadline ends" warn 'dns: dns-budget is 3 s.*; raise deadline'
settings "resolver = validate $plain" "trust-anchor = $tmp/nowhere"
doctor
says "one that is not there" warn "dns: no sender can be verified: .*$tmp/nowhere"
sed -i '/^resolver/d; /^trust-anchor/d' "$config"
if unshare -n true 2>/dev/null; then
	unshare -n "$MAILSEAL" --config "$config" doctor >"$tmp/out" 2>"$tmp/err"
	says "none set, and none on this host" warn 'dns: no sender is verified: resolver is not set.*; install a validating resolver'
fi
settings

# ---- where it can't be said -----------------------------------------------------

for format in "" --json; do
	# shellcheck disable=SC2086
	mailseal doctor $format >/dev/full 2>"$tmp/err"
	is "a full disk is an error ${format:+with $format}" "$?" 75
	like "and told" "$(cat "$tmp/err")" 'cannot write standard output'
done

# ---- what is missing or wrong ----------------------------------------------------

settings 'gpg-program = /nonexistent/gpg'
doctor
is "a missing gpg fails" "$?" 78
says "and is told" FAIL 'gpg: .*gpg-program'
settings 'frobnicate = yes'
doctor
is "a wrong configuration fails" "$?" 78
says "and is told with its line" FAIL "$config:6"
settings
sed -i 's|^spool-dir.*|spool-dir = /nonexistent|' "$config"
doctor
is "a missing spool folder fails" "$?" 78
says "and is told" FAIL 'spool: '
settings
doctor frobnicate
is "arguments are a mistake" "$?" 64
done_testing
