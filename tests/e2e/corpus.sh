#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# corpus - every message of the corpus comes back exact, and rests unreadable
#
# tests/lib/corpus.py does the work, two messages at a time.
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need gpg gpgconf python3
shared corpus
new_recipient rita@example.org
export config

find "$shared" -name '*.eml' | sort >"$tmp/list"
ok 'there is a corpus' test "$(wc -l <"$tmp/list")" -gt 300

while read -r verdict text; do
	case $verdict in
	ok) pass "$text" ;;
	count) diag "$text" ;;
	*) fail "${text%%	*}" "${text#*	}" ;;
	esac
done < <(python3 "$srcdir/tests/lib/corpus.py" "$tmp/list" "$tmp/tmp" || echo 'not_ok corpus.py ended early')
ok 'each of them was looked at' test $tap_count -gt "$(wc -l <"$tmp/list")"

done_testing
