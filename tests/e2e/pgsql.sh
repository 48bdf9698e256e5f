#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# pgsql - a keystore in PostgreSQL, its cache, and a database's administrator who lies
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/pgsql.sh"

need gpg python3
need_pgsql
port=$(free_port)
pg_serve one "$port"
server=$daemon_pid
cf=$tmp/store.cf cache=$tmp/cache
store_cf "$cf" "hosts = inet:127.0.0.1:$port"
keystore=pgsql:$cf
settings
printf 'From: sam@example.com\nSubject: x\n\nhello\n' >"$tmp/m"
chmod 755 "$tmp"

# as_other COMMAND...: as a user who may not read the password.
as_other() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid nobody --regid nogroup --clear-groups "$@"
	else
		"$@"
	fi
}

sql() {
	pg_sql "$port"
}

# ---- its own tables -----------------------------------------------------------------

make_key rita@example.org
make_key bob@example.org
exits 'import' 0 enrol rita@example.org
outcome 'sealed' 0 sealed rita@example.org
is 'and opened again' "$(mailseal open <"$tmp/out" 2>/dev/null | cksum)" "$(cksum <"$tmp/m")"
outcome 'with an extension' 0 sealed rita+x@example.org
outcome 'nobody' 0 not-enrolled eve@example.org
outcome 'odd characters are no SQL' 0 not-enrolled "\"x' or '1'='1\"@example.org"
exits 'a policy' 0 key policy --seal off --reason 'on a ship' rita+list@example.org
outcome 'is kept' 0 not-sealed rita+list@example.org
exits 'an alias' 0 key alias info@example.org rita@example.org
outcome 'works' 0 sealed info@example.org
is 'list' "$(key list | cut -d ' ' -f 1 | tr '\n' ' ')" 'info@example.org: rita+list@example.org: rita@example.org '
exits 'remove' 0 key remove info@example.org
outcome 'is as it was' 0 not-enrolled info@example.org
is 'and leaves a tombstone' "$(sql <<<"SELECT entry ~ 'Removed: ' FROM mailseal_entries WHERE address = 'info@example.org'")" t
exits 'it can be used again' 0 key alias info@example.org rita@example.org
exits 'the log is what was done' 0 key audit
like 'who did what' "$(key audit --changes)" 'alias info@example.org'
is 'each change is a line' "$(sql <<<'SELECT number FROM mailseal_keystore')" 5
chmod 644 "$tmp/password"
exits 'a password is not for everybody' 78 key list
like 'that is told' "$(<"$tmp/err")" "everybody may read the password in $tmp/password; chmod 600"
chmod 600 "$tmp/password"
echo wrong >"$tmp/wrong" && chmod 600 "$tmp/wrong"
store_cf "$tmp/wrong.cf" "hosts = 127.0.0.1:$port"
sed -i "s|$tmp/password|$tmp/wrong|" "$tmp/wrong.cf"
exits 'a wrong one waits' 75 mailseal --keystore "pgsql:$tmp/wrong.cf" filter -r eve@example.org <"$tmp/m"
exits 'a missing file waits' 75 mailseal --keystore "pgsql:$tmp/none.cf" filter -r eve@example.org <"$tmp/m"
echo 'no-such = 1' >"$tmp/bad.cf"
exits 'a wrong setting waits' 75 mailseal --keystore "pgsql:$tmp/bad.cf" filter -r eve@example.org <"$tmp/m"
exits 'and is told' 78 mailseal --keystore "pgsql:$tmp/bad.cf" key list
exits 'the environment has no say' 0 env PGHOST=/nowhere PGPORT=1 PGSERVICE=x PGOPTIONS=-x \
	"$MAILSEAL" --config "$config" key list
for host in "postgresql://127.0.0.1:$port/mailseal" "postgresql://mailseal:seal-secret@localhost:$port/mailseal" \
	"unix:$pg_folder/.s.PGSQL.$port" "localhost:$port" "inet:127.0.0.1:1 127.0.0.1:$port"; do
	store_cf "$tmp/other.cf" "hosts = $host"
	exits "hosts = $host" 0 mailseal --keystore "pgsql:$tmp/other.cf" key list
done
unlike 'a URI with a password is told without it' \
	"$(store_cf "$tmp/other.cf" "hosts = postgresql://mailseal:very-secret@127.0.0.1:$port/mailseal"
	mailseal --keystore "pgsql:$tmp/other.cf" key list 2>&1)" very-secret
sql <<<'CREATE DATABASE other' >/dev/null
store_cf "$tmp/empty.cf" "hosts = 127.0.0.1:$port"
sed -i 's/^dbname.*/dbname = other/' "$tmp/empty.cf"
exits 'a database without tables is no keystore' 75 \
	mailseal --keystore "pgsql:$tmp/empty.cf" filter -r eve@example.org <"$tmp/m"
like 'and what to do is said' "$(mailseal --keystore "pgsql:$tmp/empty.cf" key list 2>&1)" 'keystore\.sql'

# ---- two writers ----------------------------------------------------------------------

writers() {
	local i

	for i in 1 2 3 4; do
		mailseal key policy --publish yes "w$1-$i@example.org" >/dev/null || return 1
	done
}
writers 1 & first=$!
writers 2 & second=$!
ok 'a writer' writers 3
ok 'another at the same time' wait $first
ok 'and one more' wait $second
is 'writers at once lose nothing' "$(key list | grep -c '^w')" 12
exits 'and the log is one chain' 0 key audit
for signal in 1 2 3 4 5 6 7 8; do
	for after in "0.00$signal" "0.01$signal"; do
		timeout -s KILL "$after" "$MAILSEAL" --config "$config" key policy --publish "$([ $((signal % 2)) = 0 ] && echo no || echo yes)" w1-1@example.org
	done
done >"$tmp/out" 2>&1
exits 'killed writers leave it whole' 0 key audit

# ---- the cache ------------------------------------------------------------------------------

store_cf "$cf" "hosts = inet:127.0.0.1:$port" "cache = $cache"
exits 'sync' 0 key sync
like 'reads the log' "$(<"$tmp/out")" 'changes read'
exits 'again' 0 key sync
like 'reads nothing' "$(<"$tmp/out")" ' 0 changes read, 0 entries written'
exits 'it is a keystore as dir: is' 0 mailseal --keystore "dir:$cache" key show rita@example.org
exits 'a delivery of another user' 0 as_other "$MAILSEAL" --config "$config" filter -r rita@example.org <"$tmp/m"
ok 'is sealed' is_sealed "$tmp/out"
exits 'a change' 0 enrol bob@example.org
outcome 'is not in the cache yet' 0 not-enrolled bob@example.org
exits 'sync' 0 key sync
like 'reads one line' "$(<"$tmp/out")" ' 1 changes read, 1 entries written'
outcome 'now it is' 0 sealed bob@example.org
if type -P strace >/dev/null; then
	strace -f -e trace=openat,connect -o "$tmp/trace" \
		"$MAILSEAL" --config "$config" filter -r rita@example.org <"$tmp/m" >"$tmp/out" 2>&1
	unlike 'neither libpq nor a connection' "$(<"$tmp/trace")" "libpq|pgsql\.so|htons\($port\)"
fi
pg_kill "$server"
outcome 'the database is down: sealed' 0 sealed rita@example.org
outcome 'who is nobody is nobody' 0 not-enrolled eve@example.org
exits 'a change waits' 75 key policy --publish yes rita@example.org
exits 'so does the audit' 75 key audit
exits 'and sync' 75 key sync
sed -i "\$a cache-valid = 1s" "$cf"
wait_for -t 5 eval "! $(printf '%q ' "$MAILSEAL" --config "$config" filter -r rita@example.org) <$tmp/m >/dev/null 2>&1"
outcome 'an old cache does not answer' 75 deferred rita@example.org
outcome 'for nobody' 75 deferred eve@example.org
pg_start one "$port"
server=$daemon_pid
outcome 'but the database does' 0 sealed rita@example.org
rm "$cache/mailseal-cache"
outcome 'without its stamp it is none' 0 sealed rita@example.org
sed -i '/^cache-valid/d' "$cf"
exits 'and made again' 0 key sync
echo 'mailseal-cache 1 1 x 1' >"$cache/mailseal-cache"
exits 'a stamp that nobody wrote is told' 75 key sync
rm "$cache/mailseal-cache"
key sync >/dev/null

store_cf "$tmp/own.cf" "hosts = 127.0.0.1:$port" "cache = $tmp/own"
enrol_in() { gpg --batch --export bob@example.org | mailseal --keystore "dir:$1" key import; }
ok 'a keystore' enrol_in "$tmp/own"
exits 'is never taken for a cache' 78 mailseal --keystore "pgsql:$tmp/own.cf" key sync

# ---- TLS -----------------------------------------------------------------------------------

if type -P openssl >/dev/null; then
	for name in ca other; do
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
			-addext subjectAltName=DNS:localhost -keyout "$tmp/$name.key" -out "$tmp/$name.pem" 2>"$tmp/.openssl"
	done
	as_postgres tee "$pg_folder/tls.key" <"$tmp/ca.key" >/dev/null
	as_postgres chmod 600 "$pg_folder/tls.key"
	pg_kill "$server"
	pg_start one "$port" ssl=on "ssl_key_file=$pg_folder/tls.key" "ssl_cert_file=$tmp/ca.pem"
	server=$daemon_pid
	tls() {
		store_cf "$tmp/tls.cf" "hosts = postgresql://$1:$port/mailseal?sslmode=verify-full&sslrootcert=$tmp/$2.pem"
		mailseal --keystore "pgsql:$tmp/tls.cf" key list
	}
	exits 'TLS, the right name and CA' 0 tls localhost ca
	exits 'another CA' 75 tls localhost other
	exits 'another name' 75 tls 127.0.0.1 ca
	like 'is told' "$(<"$tmp/err")" 'certificate'
fi

# ---- doctor -----------------------------------------------------------------------------------

like 'doctor: the cache is young' "$(mailseal doctor 2>&1)" "ok +cache: $cache is 0 minutes old"
sed -i 's/ [0-9]*$/ 1000000000/' "$cache/mailseal-cache"
like 'doctor: it is old' "$(mailseal doctor 2>&1)" "FAIL +cache: $cache is [0-9]+ minutes old, and does not answer"
rm "$cache/mailseal-cache"
like 'doctor: it is not complete' "$(mailseal doctor 2>&1)" "FAIL +cache: $cache was never complete"
key sync >/dev/null
sed -i '/^password-file/d' "$cf"
echo 'password = seal-secret' >>"$cf"
like 'doctor: everybody can read the password' "$(mailseal doctor 2>&1)" 'FAIL +keystore: every user of this machine can read'
store_cf "$cf" "hosts = inet:127.0.0.1:$port"
like 'doctor: there is none' "$(mailseal doctor 2>&1)" 'warn +cache: each delivery connects to the database'

# ---- who runs the database, and lies -------------------------------------------------------

key sign-init "$tmp/signing-key" >"$tmp/out"
mapfile -t signing <"$tmp/out"
store_cf "$cf" "hosts = inet:127.0.0.1:$port"
sql <<<'TRUNCATE mailseal_entries, mailseal_changes; UPDATE mailseal_keystore SET number = 0'
settings "${signing[@]}"
enrol rita@example.org && enrol bob@example.org
key policy --publish yes rita@example.org >/dev/null
settings "${signing[1]}"
rm -r "$cache"
store_cf "$cf" "hosts = inet:127.0.0.1:$port" "cache = $cache" "cache-valid = 1d"
exits 'signed: sync' 0 key sync
exits 'audit' 0 key audit
old_cache() { sed -i 's/ [0-9]*$/ 1000000000/' "$cache/mailseal-cache"; }
sql <<<'CREATE TABLE saved AS SELECT * FROM mailseal_entries; CREATE TABLE lines AS SELECT * FROM mailseal_changes'
cp -a "$cache" "$tmp/cache.saved"

# lie DESCRIPTION SQL PATTERN: behind mailseal's back; found by sync, audit, and deliveries that ask.
lie() {
	sql <<<"$2" || fail "$1: SQL"
	outcome "$1: the cache still answers" 0 sealed rita@example.org
	rm -r "$cache"
	exits "$1: a new cache is not made of it" 65 key sync
	like "$1: sync names it" "$(<"$tmp/out")" "$3"
	not_ok "$1: it has no stamp" test -e "$cache/mailseal-cache"
	exits "$1: audit" 65 key audit
	rm -r "$cache"
	cp -a "$tmp/cache.saved" "$cache"
	old_cache
	[ "${4:-}" ] || outcome "$1: a delivery that asks waits" 75 deferred rita@example.org
	sql <<<'BEGIN; DELETE FROM mailseal_entries; DELETE FROM mailseal_changes;
		INSERT INTO mailseal_entries SELECT * FROM saved; INSERT INTO mailseal_changes SELECT * FROM lines;
		UPDATE mailseal_keystore SET number = (SELECT max(number) FROM lines); COMMIT'
	rm -r "$cache"
	cp -a "$tmp/cache.saved" "$cache"
}

lie 'a swapped row' "UPDATE mailseal_entries SET entry = (SELECT entry FROM saved WHERE address = 'bob@example.org')
	WHERE address = 'rita@example.org'" 'rita@example.org: its row is not the one that was written last'
lie 'a deleted row' "DELETE FROM mailseal_entries WHERE address = 'rita@example.org'" \
	'rita@example.org: its row is gone, or an older one'
lie 'an emptied row' "UPDATE mailseal_entries SET entry = '' WHERE address = 'rita@example.org'" 'rita@example.org: its row is empty'
lie 'a changed line' "UPDATE mailseal_changes SET line = replace(line, 'rita@', 'eve@') WHERE number = 3" \
	'the log: line 3: its signature does not verify' asked
lie 'a line that is gone' 'DELETE FROM mailseal_changes WHERE number = 2' 'the log: line 3: it does not follow' asked
lie 'lines cut off' 'DELETE FROM mailseal_changes WHERE number > 1' 'the log: line 2: it is gone' asked

# The first version of rita's entry, as it was.
settings "${signing[@]}"
first=$(sql <<<"SELECT line FROM mailseal_changes WHERE number = 1")
sql <<-'SQL'
	CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN INSERT INTO history VALUES (OLD.*); RETURN NEW; END $$;
	CREATE TABLE history (LIKE mailseal_entries);
	GRANT INSERT ON history TO mailseal;
	CREATE TRIGGER keep BEFORE UPDATE ON mailseal_entries FOR EACH ROW EXECUTE FUNCTION keep();
SQL
like 'the log begins with her' "$first" rita@example.org
key policy --seal on rita@example.org >/dev/null
sql <<<'DROP TRIGGER keep ON mailseal_entries; DROP TABLE saved, lines;
	CREATE TABLE saved AS SELECT * FROM mailseal_entries; CREATE TABLE lines AS SELECT * FROM mailseal_changes'
settings "${signing[1]}"
exits 'sync' 0 key sync
rm -r "$tmp/cache.saved"
cp -a "$cache" "$tmp/cache.saved"
lie 'a row rolled back' 'UPDATE mailseal_entries e SET serial = h.serial, change = h.change, entry = h.entry
	FROM history h WHERE h.address = e.address' 'rita@example.org: its row is gone, or an older one stands again'

# A row of a signature that is not pinned.
exits 'a key of somebody else' 0 key sign-init "$tmp/other-key"
mapfile -t other <"$tmp/out"
outcome 'all is well' 0 sealed rita@example.org
settings "${other[1]}"
outcome 'pinned to another key, the cache is not believed' 75 deferred rita@example.org
settings "${signing[1]}"

# A database that was put back as a whole.
sql <<<"BEGIN; DELETE FROM mailseal_changes WHERE number > 3; UPDATE mailseal_keystore SET number = 3;
	DELETE FROM mailseal_entries WHERE address = 'rita@example.org';
	INSERT INTO mailseal_entries SELECT * FROM history; COMMIT"
exits 'a database older than the cache' 75 key sync
like 'is told' "$(<"$tmp/err")" 'the database knows 3 changes, the cache 4'
old_cache
outcome 'a delivery that asks waits' 75 deferred rita@example.org

# ---- servers that do not answer ----------------------------------------------------------------

cat >"$tmp/server.py" <<'PY'
"""A server: hang PORT | half PORT TO BYTES | flood PORT"""
import socket, sys, threading
mode, port = sys.argv[1], int(sys.argv[2])
listener = socket.create_server(("127.0.0.1", port))
def pump(a, b, limit):
    while limit > 0:
        data = a.recv(min(4096, limit))
        if not data:
            break
        limit -= len(data)
        b.sendall(data)
kept = []
while True:
    client, _ = listener.accept()
    kept.append(client)
    if mode == "half":
        server = socket.create_connection(("127.0.0.1", int(sys.argv[3])))
        kept.append(server)
        threading.Thread(target=pump, args=(client, server, 1 << 30), daemon=True).start()
        threading.Thread(target=pump, args=(server, client, int(sys.argv[4])), daemon=True).start()
    elif mode == "flood":
        try:
            client.recv(4096)
            client.sendall(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I")
            client.recv(4096)
            client.sendall(b"1\0\0\0\x04" b"2\0\0\0\x04" b"T\0\0\0\x1e\0\x01entry\0" + b"\0" * 18)
            client.sendall(b"D\x3f\xff\xff\xff\0\x01\x3f\xff\xff\xf0")
            while True:
                client.sendall(b"x" * 65536)
        except OSError:
            pass
PY
odd=$(free_port)
store_cf "$tmp/odd.cf" "hosts = 127.0.0.1:$odd" 'timeout = 1s'
# quick DESCRIPTION: it waits, and not for long.
quick() {
	local start=$SECONDS

	exits "$1" 75 timeout 20 "$MAILSEAL" --config "$config" --keystore "pgsql:$tmp/odd.cf" filter -r rita@example.org <"$tmp/m"
	like "$1: why" "$(<"$tmp/err")" "$2"
	ok "$1: in time" [ $((SECONDS - start)) -le 4 ]
}
listening() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$odd" 2>/dev/null; }
odd_server() {
	odd=$(free_port)
	sed -i "s/^hosts.*/hosts = 127.0.0.1:$odd/" "$tmp/odd.cf"
	start_daemon odd python3 "$tmp/server.py" "$1" "$odd" "${@:2}"
	wait_for listening
}
odd_server hang
quick 'a server that hangs' 'does not answer in time'
store_cf "$tmp/next.cf" "hosts = 127.0.0.1:$odd 127.0.0.1:$port" 'timeout = 2s'
exits 'the next one is asked' 0 mailseal --keystore "pgsql:$tmp/next.cf" key list
for bytes in 1 9 100 400 500 700; do
	odd_server half "$port" $bytes
	quick "an answer of $bytes bytes" 'the keystore.s database'
done
odd_server flood
sed -i "s|^timeout.*|timeout = 3s|; s|^hosts.*|hosts = postgresql://127.0.0.1:$odd/mailseal?sslmode=disable|" "$tmp/odd.cf"
if ! grep -q '^#define MAILSEAL_SANITIZERS 1' "$builddir/config.h"; then
	quick 'an answer without end' 'too large|does not answer in time'
fi

done_testing
