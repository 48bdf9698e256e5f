# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# dns - name servers for a test (tests/lib/dns-stub.py), and messages that are signed

# start_dns NAME FILE [OPTION]...: a stub with that zone; its port in $dns_port, its address in
# $dns, ADDRESS@PORT on IPv4.
start_dns() {
	local name=$1 file=$2

	shift 2
	start_daemon "$name" python3 "$srcdir/tests/lib/dns-stub.py" "$@" "$file"
	wait_for grep -qx '[0-9]*' "$tmp/$name.log" || { diag_file "$tmp/$name.log"; return 1; }
	dns_port=$(head -n 1 "$tmp/$name.log")
	dns=127.0.0.1@$dns_port
}

# asked LOG [REGEX]: how many questions of that kind are in a stub's log (--log).
asked() { grep -cE "${2:-.}" "$1" 2>/dev/null || true; }

# sign_message [OPTION]...: stdin, signed (tests/lib/dkim-sign.py).
sign_message() { python3 "$srcdir/tests/lib/dkim-sign.py" "$@"; }
