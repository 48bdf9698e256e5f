#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# suites - the public test suites, against the evaluators and through the command
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need python3
shared suites

# Failing cases that docs/auth.md justifies for a kind, one a line.
justified() {
	sed -n '/^## Cases left failing/,/^## /p' "$srcdir/docs/auth.md" |
		awk -F ' *[|] *' -v kind="$1" '$2 == kind { gsub(/, */, "\n", $3); print $3 }'
}

# all_pass WAY KIND FILE: every case but the justified ones, and there are some.
all_pass() {
	local way=$1 kind=$2 file=$3 failing last

	"$srcdir/tests/suites/$way" "$kind" "$shared/$file" >"$tmp/out" 2>"$tmp/err"
	last=$(tail -n 1 "$tmp/out")
	failing=$(sed -n 's/^not ok \([^:]*\):.*/\1/p' "$tmp/out" | grep -vxF "$(justified "$kind")")
	if [[ $last =~ ^[1-9][0-9]*/[1-9] ]] && [ -z "$failing" ]; then
		pass "$kind by $way: $last"
	else
		fail "$kind by $way: $last" "$failing"
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
