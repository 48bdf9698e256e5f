# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# zones - a root of our own with zones below it, signed by ldns, served by nsd, resolved by unbound
#
# The zones' files are in $zones; `root` is the root.  $zone_server is what they name as theirs.

zones=$tmp/zones
zone_server=ns.test.

# zone NAME: stdin and what every zone has.
zone() {
	mkdir -p "$zones"
	{
		printf '$ORIGIN %s.\n$TTL 60\n' "${1#root}"
		printf '@ SOA %s admin.test. 1 3600 600 86400 60\n@ NS %s\n' "$zone_server" "$zone_server"
		cat
	} >"$zones/$1.zone"
}

# sign_zone NAME [OPTION]...: with a new key, by ldns-signzone OPTION; its DS is $zones/NAME.ds.
sign_zone() {
	local name=$1 key

	shift
	(
		cd "$zones" || exit
		key=$(ldns-keygen -a ECDSAP256SHA256 -k -r /dev/urandom "${name#root}.") || exit
		mv "$key.ds" "$name.ds"
		ldns-signzone "$@" -f "$name.signed" "$name.zone" "$key" && mv "$name.signed" "$name.zone"
	)
}

zone_names() { (cd "$zones" && for zone in *.zone; do echo "${zone%.zone}"; done); }

# start_zones: a server for all of them; its port in $zones_port.
start_zones() {
	local name

	zones_port=$(free_port)
	{
		cat <<-TXT
		server:
		  ip-address: 127.0.0.1@$zones_port
		  port: $zones_port
		  server-count: 1
		  username: ""
		  chroot: ""
		  database: ""
		  zonesdir: "$zones"
		  pidfile: "$tmp/nsd.pid"
		  xfrdfile: "$tmp/xfrd.state"
		  zonelistfile: "$tmp/zone.list"
		remote-control:
		  control-enable: no
		TXT
		for name in $(zone_names); do
			printf 'zone:\n  name: "%s."\n  zonefile: "%s.zone"\n' "${name#root}" "$name"
		done
	} >"$tmp/nsd.conf"
	start_daemon nsd nsd -d -c "$tmp/nsd.conf"
	wait_for knows_root "$zones_port" || { diag_file "$tmp/nsd.log"; return 1; }
}

# start_resolver [NAME MODULES]: one that validates, or has those modules; its port in $resolver_port.
start_resolver() {
	local daemon=${1:-unbound} name

	resolver_port=$(free_port)
	{
		cat <<-TXT
		server:
		  interface: 127.0.0.1@$resolver_port
		  directory: "$tmp"
		  chroot: ""
		  username: ""
		  pidfile: "$tmp/$daemon.pid"
		  use-syslog: no
		  do-daemonize: no
		  num-threads: 1
		  do-not-query-localhost: no
		  trust-anchor-signaling: no
		  module-config: "${2:-validator iterator}"
		  trust-anchor-file: "$zones/root.ds"
		remote-control:
		  control-enable: no
		TXT
		for name in $(zone_names); do
			printf 'stub-zone:\n  name: "%s."\n  stub-addr: 127.0.0.1@%s\n' "${name#root}" "$zones_port"
		done
	} >"$tmp/$daemon.conf"
	start_daemon "$daemon" unbound -d -c "$tmp/$daemon.conf"
	wait_for knows_root "$resolver_port" || { diag_file "$tmp/$daemon.log"; return 1; }
}

knows_root() { drill -p "$1" @127.0.0.1 . SOA | grep -q 'ANSWER: 1'; }
