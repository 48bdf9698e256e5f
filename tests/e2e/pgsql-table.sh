#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# pgsql-table - certificates in an existing table of users; a keystore carried into a database and back
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/pgsql.sh"

need gpg python3
need_pgsql
port=$(free_port)
pg_serve one "$port"
server=$daemon_pid
cf=$tmp/table.cf cache=$tmp/cache
printf 'From: sam@example.com\nSubject: x\n\nhello\n' >"$tmp/m"
sql() {
	pg_sql "$port"
}

# has ADDRESS FILE [COLUMN]: a user's certificate, with armour or binary.
has() {
	sql <<-SQL
		INSERT INTO users (mail, ${3:-pgp}) VALUES ('$1', convert_from(decode('$(base64 -w0 "$2")', 'base64'), 'UTF8'))
		ON CONFLICT (mail) DO UPDATE SET ${3:-pgp} = EXCLUDED.${3:-pgp}
	SQL
}

sql <<-'SQL'
	CREATE TABLE users (mail text PRIMARY KEY, pgp text, bin bytea);
	GRANT SELECT ON users TO mailseal;
SQL
for user in rita bob carl; do
	make_key $user@example.org
	gpg --batch --armor --export "<$user@example.org>" >"$tmp/$user.asc"
done
has Rita@Example.ORG "$tmp/rita.asc"
has bob@example.org "$tmp/bob.asc"
sql <<<"INSERT INTO users VALUES ('none@example.org', NULL), ('bad@example.org', 'no certificate'), ('no address', 'x')"
sql <<<"INSERT INTO users (mail, bin) VALUES ('carl@example.org', decode('$(gpg --batch --export carl@example.org | base64 -w0)', 'base64'))"
table() {
	store_cf "$cf" "hosts = 127.0.0.1:$port" "query = SELECT pgp FROM users" "    WHERE mail = '%s'" \
		"list = SELECT mail, coalesce(convert_to(pgp, 'UTF8'), bin) FROM users" "cache = $cache" "$@"
}
table
keystore=pgsql:$cf
settings

# ---- certificates ------------------------------------------------------------------

outcome 'a delivery looks at no certificate' 75 deferred bob@example.org
like 'and says who does' "$(<"$tmp/err")" 'key sync'
outcome 'nor does it take a missing cache for nobody' 75 deferred none@example.org
exits 'sync makes entries' 65 key sync
like 'what is wrong is told' "$(<"$tmp/out")" 'bad@example.org: '
like 'so is what is no address' "$(<"$tmp/out")" 'no address: '
like 'the rest is there' "$(<"$tmp/out")" '6 rows read, 3 entries written'
outcome 'sealed' 0 sealed rita@example.org
outcome 'from a binary one' 0 sealed carl@example.org
outcome 'a null is nobody' 0 not-enrolled none@example.org
outcome 'who can not be sealed to waits' 75 deferred bad@example.org
exits 'a change is refused' 78 key policy --publish yes rita@example.org
sql <<<"DELETE FROM users WHERE mail IN ('bad@example.org', 'no address')"
exits 'taken out, it is removed' 0 key sync
like 'and told' "$(<"$tmp/out")" '^bad@example.org: removed'
outcome 'and nobody' 0 not-enrolled bad@example.org
exits 'nothing new' 0 key sync
like 'is no work' "$(<"$tmp/out")" '4 rows read, 0 entries written'
unlike 'for gpg' "$(cat "$cache/mailseal-sources" | wc -l)" '^0$'

make_key bob@example.net
gpg --batch --armor --export '<bob@example.net>' >"$tmp/other.asc"
has bob@example.org "$tmp/other.asc"
exits 'another primary key' 65 key sync
like 'is not taken' "$(<"$tmp/out")" '^bob@example.org: .*another primary key'
is 'mail goes to the one that was known' "$(key show bob@example.org | grep -c "$(fingerprint bob@example.org)")" 1
exits 'accepted, it is' 0 key sync --accept-changes
like 'with the old one for reference' "$(key show bob@example.org)" "$(fingerprint bob@example.net)"

for ((i = 0; i < 15; i++)); do has "user$i@example.org" "$tmp/carl.asc"; done
key sync >"$tmp/out" 2>&1
sql <<<"DELETE FROM users WHERE mail LIKE 'user%'"
exits 'so many gone' 65 key sync
like 'somebody must look' "$(<"$tmp/err")" '15 of 18 addresses are gone'
outcome 'nobody is forgotten meanwhile' 0 sealed user3@example.org
sed -i -E 's/ [0-9]+$/ 1000000000/' "$cache/mailseal-cache"
outcome 'nor when the cache has become too old' 75 deferred user3@example.org
exits 'accepted' 0 key sync --accept-changes
outcome 'gone' 0 not-enrolled user3@example.org
exits 'the cache has a log of its own' 0 mailseal --keystore "dir:$cache" key audit

table 'domain = example.net'
outcome 'other domains are not asked for' 0 not-enrolled rita@example.org

# ---- signed ----------------------------------------------------------------------------

key sign-init "$tmp/signing-key" >"$tmp/out"
mapfile -t signing <"$tmp/out"
table
rm -r "$cache"
settings "${signing[1]}"
exits 'pinned, without the key that signs' 78 key sync
settings "${signing[@]}"
rm -rf "$cache"
exits 'with it' 0 key sync
settings "${signing[1]}"
outcome 'entries are signed' 0 sealed rita@example.org

# ---- entries in a table, and a query ------------------------------------------------------

entry=$(cat "$cache"/*/rita@example.org)
sql <<<"UPDATE users SET pgp = '$entry' || E'\n' WHERE mail = 'Rita@Example.ORG'"
sed -i '/^list/d; /^cache/d; s/%s/%u@%d/; s/mail =/lower(mail) =/' "$cf"
outcome 'a row with an entry needs no cache' 0 sealed rita@example.org
outcome 'with a quote in the address' 0 not-enrolled "o'x@example.org"
sql <<<"INSERT INTO users VALUES ('eve@example.org', '$entry' || E'\n')"
outcome 'nobody else can use it' 75 deferred eve@example.org
sed -i "s/ FROM users/ FROM no_such_table/" "$cf"
outcome 'a query that fails waits' 75 deferred eve@example.org

# ---- migrate ---------------------------------------------------------------------------------

settings "${signing[@]}"
store_cf "$tmp/store.cf" "hosts = 127.0.0.1:$port"
keystore=dir:$tmp/keys
settings "${signing[@]}"
enrol rita@example.org carl@example.org
key policy --publish yes carl@example.org >/dev/null
key alias info@example.org rita@example.org >/dev/null
key remove info@example.org >/dev/null
exits 'into the database' 0 key migrate "dir:$tmp/keys" "pgsql:$tmp/store.cf"
exits 'whole' 0 mailseal --keystore "pgsql:$tmp/store.cf" key audit
exits 'not over another' 65 key migrate "dir:$tmp/keys" "pgsql:$tmp/store.cf"
exits 'it goes on there' 0 mailseal --keystore "pgsql:$tmp/store.cf" key policy --publish no carl@example.org
exits 'and back' 0 key migrate "pgsql:$tmp/store.cf" "dir:$tmp/back"
exits 'whole again' 0 mailseal --keystore "dir:$tmp/back" key audit
is 'with the log' "$(wc -l <"$tmp/back/changes")" 6
is 'to the byte' "$(head -n 5 "$tmp/back/changes" | cksum)" "$(cksum <"$tmp/keys/changes")"
ok 'entries too' cmp "$(echo "$tmp/keys"/*/rita@example.org)" "$(echo "$tmp/back"/*/rita@example.org)"
store_cf "$tmp/store.cf" "hosts = 127.0.0.1:$port" "cache = $cache.own"
exits 'a cache of it' 0 mailseal --keystore "pgsql:$tmp/store.cf" key sync
exits 'is whole' 0 mailseal --keystore "pgsql:$tmp/store.cf" key list
is 'with both' "$(cut -d ' ' -f 1 "$tmp/out" | tr -d : | sort -u | tr '\n' ' ')" 'carl@example.org rita@example.org '

# Broken off, nobody can ask it, and it is gone on with.
sql <<<'TRUNCATE mailseal_entries, mailseal_changes; UPDATE mailseal_keystore SET number = 0, format = 0'
store_cf "$tmp/store.cf" "hosts = 127.0.0.1:$port"
exits 'half a keystore is none' 75 mailseal --keystore "pgsql:$tmp/store.cf" filter -r eve@example.org <"$tmp/m"
exits 'nor can it be changed' 75 mailseal --keystore "pgsql:$tmp/store.cf" key policy --publish no carl@example.org
exits 'it is gone on with' 0 key migrate "dir:$tmp/keys" "pgsql:$tmp/store.cf"
exits 'and whole' 0 mailseal --keystore "pgsql:$tmp/store.cf" key audit
# ---- docs/keys.md ------------------------------------------------------------------------------

port_docs=$(free_port)
pg_init docs && pg_start docs "$port_docs" 'unix_socket_permissions=0777'
awk '/^## Many hosts: PostgreSQL/ { on = 1 } on && /^```$/ { n++; next } n == 1' "$srcdir/docs/keys.md" >"$tmp/block"
like 'the commands that make the tables' "$(<"$tmp/block")" 'createdb.*keystore\.sql'
as_documented() {
	(cd "$srcdir/docs" && PATH=$pg_programs:$PATH PGHOST=$pg_folder PGPORT=$port_docs PGUSER=admin bash -e "$tmp/block")
}
ok 'do so' as_documented
(umask 077 && echo ... >"$tmp/password.docs")
for role in mailseal mailseal_mx; do
	printf '%s\n' "hosts = 127.0.0.1:$port_docs" 'dbname = mailseal' "user = $role" \
		"password-file = $tmp/password.docs" >"$tmp/$role.cf"
done
echo "cache = $tmp/docs-cache" >>"$tmp/mailseal_mx.cf"
exits 'a certificate' 0 mailseal --keystore "pgsql:$tmp/mailseal.cf" key import "$tmp/rita.asc"
exits 'the mail host syncs with SELECT alone' 0 mailseal --keystore "pgsql:$tmp/mailseal_mx.cf" key sync
exits 'and seals' 0 mailseal --keystore "pgsql:$tmp/mailseal_mx.cf" filter -r rita@example.org <"$tmp/m"
exits 'but changes nothing' 75 mailseal --keystore "pgsql:$tmp/mailseal_mx.cf" key policy --publish yes rita@example.org

pg_kill "$server"
exits 'without the database' 75 key migrate "dir:$tmp/keys" "pgsql:$tmp/store.cf"

done_testing
