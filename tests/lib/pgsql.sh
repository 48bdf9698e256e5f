# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# pgsql - PostgreSQL servers of the test's own: on loopback and a socket, as nobody, gone when it ends
#
# lib/daemon.sh must be there.  PostgreSQL refuses root, so it runs as another user.

pg_programs=$(find /usr/lib/postgresql /usr/pgsql* -maxdepth 2 -name bin -type d 2>/dev/null | sort -V | tail -n 1)
pg_folder=$tmp/pg

# need_pgsql: its programs, or skip all (in CI: fail).
need_pgsql() {
	if [ ! -x "$pg_programs/initdb" ]; then
		PATH=$PATH:$pg_programs need initdb
	fi
}

# as_postgres COMMAND...
as_postgres() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid nobody --regid nogroup --clear-groups env HOME="$pg_folder" "$@"
	else
		"$@"
	fi
}

pg_prepare() {
	[ -d "$pg_folder" ] && return
	mkdir -p "$pg_folder"
	chmod 755 "$pg_folder"
	[ "$(id -u)" -ne 0 ] || chown nobody:nogroup "$pg_folder"
}

# pg_init NAME: a new cluster; everybody may log in as `mailseal` by password.
pg_init() {
	local data=$pg_folder/$1

	pg_prepare
	as_postgres "$pg_programs/initdb" -D "$data" -U admin -E UTF8 --no-locale --auth=trust \
		--no-sync >"$tmp/initdb.log" 2>&1 || { diag_file "$tmp/initdb.log"; return 1; }
	as_postgres tee "$data/pg_hba.conf" >/dev/null <<-'TXT'
		local all admin trust
		local all all scram-sha-256
		host all all 127.0.0.1/32 scram-sha-256
		local replication all trust
		host replication all 127.0.0.1/32 trust
	TXT
}

# pg_forget NAME PORT: of one that was killed, which may be a zombie for a while, the files with its pid.
pg_forget() {
	local file=$pg_folder/$1/postmaster.pid

	[ -e "$file" ] || return 0
	wait_for -t 10 pg_is_dead "$(head -n 1 "$file")"
	sleep 0.2 # its children notice by themselves
	rm -f "$file" "$pg_folder/.s.PGSQL.$2" "$pg_folder/.s.PGSQL.$2.lock"
}

pg_is_dead() {
	case $(ps -o stat= -p "$1") in '' | Z*) ;; *) return 1 ;; esac
}

# pg_start NAME PORT [SETTING]...: a cluster that was made; its pid in $daemon_pid.
pg_start() {
	local name=$1 port=$2 setting args=()

	shift 2
	pg_forget "$name" "$port"
	for setting; do args+=(-c "$setting"); done
	start_daemon "pg-$name" setpriv --pdeathsig KILL \
		"$(type -P bash)" -c "$(declare -f as_postgres); pg_folder=$pg_folder; as_postgres \"\$@\"" as_postgres \
		"$pg_programs/postgres" -D "$pg_folder/$name" -p "$port" -k "$pg_folder" \
		-c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=16MB \
		-c max_connections=40 -c wal_level=replica -c max_wal_senders=4 "${args[@]}"
	wait_for -t 30 pg_answers "$port" || { diag_file "$tmp/pg-$name.log"; return 1; }
}

pg_answers() {
	"$pg_programs/pg_isready" -q -h "$pg_folder" -p "$1"
}

# pg_sql PORT [DATABASE]: SQL from stdin, as the database's administrator; rows on stdout.
pg_sql() {
	"$pg_programs/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$pg_folder" -p "$1" -U admin "${2:-mailseal}"
}

# pg_keystore PORT: a database `mailseal` with our tables; the user mailseal may change, reader only
# look up.
pg_keystore() {
	pg_sql "$1" postgres <<-'SQL' &&
		CREATE ROLE mailseal LOGIN PASSWORD 'seal-secret';
		CREATE ROLE reader LOGIN PASSWORD 'read-secret';
		CREATE DATABASE mailseal;
	SQL
		pg_sql "$1" <"$srcdir/docs/keystore.sql" &&
		pg_sql "$1" <<-'SQL'
			GRANT SELECT, INSERT, UPDATE ON mailseal_keystore, mailseal_changes, mailseal_entries TO mailseal;
			GRANT SELECT ON mailseal_keystore, mailseal_changes, mailseal_entries TO reader;
		SQL
}

# pg_replica NAME OF-PORT: a streaming replica, not started yet.
pg_replica() {
	as_postgres "$pg_programs/pg_basebackup" -h "$pg_folder" -p "$2" -U admin -D "$pg_folder/$1" \
		-R -X stream -c fast >"$tmp/basebackup.log" 2>&1 || { diag_file "$tmp/basebackup.log"; return 1; }
}

# pg_kill PID: as a power cut would.
pg_kill() {
	kill -KILL -- "-$1" 2>/dev/null
	wait "$1" 2>/dev/null
	wait_for -t 10 daemon_is_gone "$1"
}

# pg_serve NAME PORT: a new cluster that runs and has the keystore; or none of the test does.
pg_serve() {
	pg_init "$1" && pg_start "$1" "$2" && pg_keystore "$2" ||
		skip_all_unless_ci 'PostgreSQL does not start'
}

# store_cf FILE [LINE]...: FILE.cf for the user mailseal, its password in a file of its own.
store_cf() {
	local file=$1

	shift
	[ -e "$tmp/password" ] || (umask 077 && echo seal-secret >"$tmp/password")
	{
		echo "user = mailseal"
		echo "dbname = mailseal"
		echo "password-file = $tmp/password"
		printf '%s\n' "$@"
	} >"$file"
}
