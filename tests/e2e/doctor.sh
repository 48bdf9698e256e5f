#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# doctor - each thing that is wrong is told, with what to do
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

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

settings 'gpg-program = /nonexistent/gpg'
doctor
is "a missing gpg fails" "$?" 78
says "and is told" FAIL 'gpg: .*gpg-program'
settings 'frobnicate = yes'
doctor
is "a wrong configuration fails" "$?" 78
says "and is told with its line" FAIL "$config:5"
settings
sed -i 's|^spool-dir.*|spool-dir = /nonexistent|' "$config"
doctor
is "a missing spool folder fails" "$?" 78
says "and is told" FAIL 'spool: '
settings
doctor frobnicate
is "arguments are a mistake" "$?" 64
done_testing
