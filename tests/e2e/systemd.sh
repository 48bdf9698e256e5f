#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# systemd - the units in docs/systemd: systemd accepts them, and what they run is there
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

shopt -s lastpipe # so that the end of a pipe can count
type -P systemd-analyze >/dev/null || skip_all 'systemd-analyze is not installed'
mkdir "$tmp/units"
for unit in "$srcdir"/docs/systemd/*; do
	sed "s|/usr/bin/mailseal|$MAILSEAL|" "$unit" >"$tmp/units/${unit##*/}"
done
for unit in "$tmp"/units/*; do
	ok "systemd accepts ${unit##*/}" systemd-analyze verify --man=no "$unit"
	is "${unit##*/}: without a word" "$(<"$tmp/.ok")" ''
done
for service in "$tmp"/units/*.service; do
	ok "${service##*/} has a timer" test -f "${service%.service}.timer"
done

# Without a keystore each says 75 (nothing can be asked), 0 (nothing to do) or 78 (not
# configured); 64 would be a command that it does not know.
settings "hold-deliver = /bin/true"
grep -h '^ExecStart=' "$tmp"/units/*.service | while IFS= read -r line; do
	read -ra words <<<"${line#ExecStart=}"
	"${words[0]}" --config "$config" "${words[@]:1}" >"$tmp/out" 2>&1 </dev/null
	code=$?
	ok "${words[*]:1} is a command: $code" test $code -ne 64
done
done_testing
