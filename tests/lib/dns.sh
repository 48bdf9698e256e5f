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

# make_rsa_key: $tmp/dkim.pem; its record in $rsa_record.
make_rsa_key() {
	openssl genrsa -out "$tmp/dkim.pem" 2048 2>/dev/null
	rsa_record="v=DKIM1; k=rsa; p=$(openssl rsa -in "$tmp/dkim.pem" -pubout -outform DER 2>/dev/null | base64 -w 0)"
}

# sign_rsa DOMAIN: stdin with a DKIM signature on top, selector sel, simple/simple, of From.
sign_rsa() {
	local field hash

	cat >"$tmp/.unsigned"
	hash=$(sed '1,/^$/d; s/$/\r/' "$tmp/.unsigned" | openssl dgst -sha256 -binary | base64)
	field="DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=$1; s=sel; h=from; bh=$hash; b="
	printf '%s\r\n%s' "$(grep -m 1 '^From:' "$tmp/.unsigned")" "$field" >"$tmp/.to-sign"
	printf '%s%s\n' "$field" "$(openssl dgst -sha256 -sign "$tmp/dkim.pem" "$tmp/.to-sign" | base64 -w 0)"
	cat "$tmp/.unsigned"
	rm "$tmp/.unsigned" "$tmp/.to-sign"
}
