# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# dns - a name server for a test (tests/lib/dns-stub.py), and messages that are signed

# start_dns NAME FILE [OPTION]...: a stub with that zone; its address in $dns, ADDRESS@PORT.
start_dns() {
	local name=$1 file=$2

	shift 2
	start_daemon "$name" python3 "$srcdir/tests/lib/dns-stub.py" "$@" "$file"
	wait_for test -s "$tmp/$name.log" || { diag_file "$tmp/$name.log"; return 1; }
	dns=127.0.0.1@$(head -n 1 "$tmp/$name.log")
}

# sign_message [OPTION]...: stdin, signed (tests/lib/dkim-sign.py).
sign_message() { python3 "$srcdir/tests/lib/dkim-sign.py" "$@"; }
