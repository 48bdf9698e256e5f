#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# large - a message of 1 GB passes with a peak memory under 32 MiB, and opens
# LARGE_MB=N takes another size, in megabytes
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

need gpg python3
: "${LARGE_MB:=1000}"
free=$(df -Pm "$tmp/tmp" | awk 'NR == 2 { print $4 }')
[ "$free" -gt $((LARGE_MB * 3)) ] ||
	skip_all_unless_ci "$tmp has $free MB free, $((LARGE_MB * 3)) are needed"
[ "$(stat -f -c %T "$tmp/tmp")" != tmpfs ] ||
	skip_all "/tmp is memory here: what is spooled there would count"
new_recipient rita@example.org || skip_all_unless_ci "no key could be made"

# Text that compresses, so that the time goes where the memory could.
large_message() {
	printf 'From: Sam <sam@example.com>\nSubject: large\n\n'
	yes 'The quick brown fox jumps over the lazy dog, many times over.' |
		head -c $((LARGE_MB * 1000000))
}

# The peak of the program itself, gpg apart, in KiB; descriptors of memory
# files and tmpfs count, pipes do not.
cat >"$tmp/peak.py" <<-'END'
	import os, resource, subprocess, sys
	pid = os.fork()
	if pid == 0:
	    os.execv(sys.argv[2], sys.argv[2:])
	_, status, usage = os.wait4(pid, 0)
	open(sys.argv[1], "w").write(str(usage.ru_maxrss))
	sys.exit(os.waitstatus_to_exitcode(status))
END

measured() {
	large_message | python3 "$tmp/peak.py" "$tmp/peak" "$MAILSEAL" --config "$config" "$@"
}

wanted=$(large_message | sha256sum)
ok "$LARGE_MB MB are delivered" measured deliver -r rita@example.org --maildir "$tmp/Maildir"
ok "with a peak of $(cat "$tmp/peak") KiB, under 32 MiB" test "$(cat "$tmp/peak")" -lt 32768
ok "sealed" is_sealed "$tmp"/Maildir/new/*
is "and open to the same bytes" "$(mailseal open "$tmp"/Maildir/new/* | sha256sum)" "$wanted"
rm -r "$tmp/Maildir"
ok "$LARGE_MB MB pass for who is not enrolled" \
	measured deliver -r nobody@example.org --maildir "$tmp/Maildir"
ok "with a peak of $(cat "$tmp/peak") KiB, under 32 MiB" test "$(cat "$tmp/peak")" -lt 32768
is "nothing is left in the spool folder" "$(ls -A "$tmp/tmp")" ""
done_testing
