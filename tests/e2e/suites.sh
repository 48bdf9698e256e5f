#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# suites - the public test suites, against the evaluators and through the command
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need python3
shared suites

# all_pass WAY KIND FILE: every case, and there are some.
all_pass() {
	local way=$1 kind=$2 file=$3 last

	if "$srcdir/tests/suites/$way" "$kind" "$shared/$file" >"$tmp/out" 2>"$tmp/err"; then
		last=$(tail -n 1 "$tmp/out")
		like "$kind by $way: $last" "$last" '^([1-9][0-9]*)/[1-9]'
	else
		fail "$kind by $way: $(tail -n 1 "$tmp/out")"
		diag_file "$tmp/out"
		diag_file "$tmp/err"
	fi
}

cd "$builddir" || exit 1
while read -r kind file; do
	all_pass run "$kind" "$file"
	case $kind in
	authres) ;; # needs no command
	*) all_pass command "$kind" "$file" ;;
	esac
done <<-END
	spf spf/rfc7208-tests.json
	arc arc/arc-draft-validation-tests.json
	dkim dkim/cases.json
	dmarc dmarc/cases.json
	authres authres/cases.json
	attacks attacks/cases.json
END

done_testing
