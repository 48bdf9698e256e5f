# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# https - web servers for a test (tests/lib/https-server.py), with certificates of its own CA
#
# $www/HOST/www is what HOST serves.  $https_log has a line `HOST PATH` for each request, and
# "${https[@]}" are the options with which `mailseal key fetch` finds the hosts.

www=$tmp/www
https_log=$tmp/https.requests
https=()

# make_ca: $tmp/ca.pem
make_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj '/CN=a CA for tests' -keyout "$tmp/ca.key" -out "$tmp/ca.pem" 2>"$tmp/.openssl" ||
		{ diag_file "$tmp/.openssl"; return 1; }
}

# make_tls HOST [NAME [DAYS]]: a certificate for NAME (HOST); DAYS 0: it has expired by now.
make_tls() {
	local host=$1 name=${2:-$1} days=${3:-2}

	mkdir -p "$www/$host/www"
	{
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" \
			-keyout "$tmp/.tls.key" -out "$tmp/.tls.csr" &&
			openssl x509 -req -in "$tmp/.tls.csr" -CA "$tmp/ca.pem" -CAkey "$tmp/ca.key" \
				-CAcreateserial -days "$days" -out "$tmp/.tls.pem" \
				-extfile <(printf 'subjectAltName=DNS:%s' "$name")
	} 2>"$tmp/.openssl" || { diag_file "$tmp/.openssl"; return 1; }
	cat "$tmp/.tls.pem" "$tmp/.tls.key" >"$www/$host/tls.pem"
}

# start_https: its port in $https_port.
start_https() {
	make_ca && make_tls default || return
	: >"$https_log"
	start_daemon https python3 "$srcdir/tests/lib/https-server.py" --log "$https_log" "$www"
	wait_for grep -qx '[0-9]*' "$tmp/https.log" || { diag_file "$tmp/https.log"; return 1; }
	https_port=$(head -n 1 "$tmp/https.log")
	https=(--ca-file "$tmp/ca.pem")
}

# new_host HOST: there is such a host, and it serves $www/HOST/www.
new_host() {
	[ -e "$www/$1/tls.pem" ] || make_tls "$1" || return
	https+=(--connect-to "$1:443:127.0.0.1:$https_port")
}

# behaves HOST [WORD]...: as tests/lib/https-server.py says; none: as it should.
behaves() {
	local host=$1

	shift
	if [ $# -gt 0 ]; then echo "$*" >"$www/$host/behave"; else rm -f "$www/$host/behave"; fi
}

# wkd_hash LOCAL-PART: the name of its file, by a second implementation.
wkd_hash() {
	python3 -c '
import hashlib, sys
digest = hashlib.sha1(sys.argv[1].lower().encode()).digest()
bits = "".join(f"{byte:08b}" for byte in digest)
print("".join("ybndrfg8ejkmcpqxot1uwisza345h769"[int(bits[i:i + 5], 2)] for i in range(0, 160, 5)))' "$1"
}

# wkd_put HOST DOMAIN ADDRESS: stdin is what HOST serves for it; DOMAIN empty: the direct method.
wkd_put() {
	local folder=$www/$1/www/.well-known/openpgpkey${2:+/$2}/hu

	mkdir -p "$folder"
	cat >"$folder/$(wkd_hash "${3%@*}")"
}
