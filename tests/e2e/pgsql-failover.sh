#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# pgsql-failover - a primary with a streaming replica, killed under load, and the replica promoted
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/pgsql.sh"

need gpg python3
need_pgsql
one=$(free_port) two=$(free_port)
pg_serve one "$one"
primary=$daemon_pid
ok 'a replica is made' pg_replica two "$one"
ok 'and started' pg_start two "$two"

# What was acknowledged is on both.
pg_sql "$one" <<<"ALTER SYSTEM SET synchronous_standby_names = '*'" >/dev/null
pg_sql "$one" <<<"ALTER SYSTEM SET synchronous_commit = remote_apply" >/dev/null
pg_sql "$one" <<<'SELECT pg_reload_conf()' >/dev/null
is_synchronous() { [ "$(pg_sql "$one" <<<'SELECT sync_state FROM pg_stat_replication')" = sync ]; }
ok 'which follows synchronously' wait_for is_synchronous

settings
key sign-init "$tmp/signing-key" >"$tmp/out"
mapfile -t signing <"$tmp/out"
cf=$tmp/store.cf keystore=pgsql:$tmp/store.cf
settings "${signing[@]}"
store_cf "$cf" "hosts = 127.0.0.1:$one 127.0.0.1:$two" 'timeout = 4s'
printf 'From: sam@example.com\nSubject: x\n\nhello secret\n' >"$tmp/m"
new_recipient rita@example.org || fail 'enrolled'

# ---- a replica reads, the primary writes ------------------------------------------

store_cf "$tmp/replica.cf" "hosts = 127.0.0.1:$two"
store_cf "$tmp/turned.cf" "hosts = 127.0.0.1:$two 127.0.0.1:$one" "cache = $tmp/cache"
at() {
	local where=$1

	shift
	mailseal --keystore "pgsql:$tmp/$where.cf" "$@"
}
exits 'the replica answers' 0 at replica filter -r rita@example.org <"$tmp/m"
ok 'and mail is sealed' is_sealed "$tmp/out"
exits 'it takes no change' 75 at replica key policy --publish yes rita@example.org
like 'and says so' "$(<"$tmp/err")" 'read-only'
exits 'the next one does' 0 at turned key policy --publish yes rita@example.org
exits 'audit at the replica alone' 0 at replica key audit
exits 'sync' 0 at turned key sync

# ---- killed under load ---------------------------------------------------------------

mkdir "$tmp/mail" "$tmp/changed"
# deliveries NAME: until the file stop is there; each into a file, its exit code beside it.
deliveries() {
	local i=0

	until [ -e "$tmp/stop" ]; do
		i=$((i + 1))
		mailseal filter -r rita@example.org <"$tmp/m" >"$tmp/mail/$1.$i" 2>"$tmp/mail/$1.$i.err"
		echo $? >"$tmp/mail/$1.$i.code"
	done
}
changes() {
	local i=0

	until [ -e "$tmp/stop" ]; do
		i=$((i + 1))
		if key policy --seal on "$1-$i@example.org" >/dev/null 2>"$tmp/changes.err"; then
			: >"$tmp/changed/$1-$i@example.org"
		fi
	done
}
count() { find "$tmp/$1" -name "$2" | wc -l; }
more_than() { [ "$(count "$1" "$2")" -gt "$3" ]; }
deliveries a & loads=($!)
deliveries b & loads+=($!)
changes c & loads+=($!)
changes d & loads+=($!)
ok 'there is a load' wait_for more_than mail '*.code' 10
ok 'and changes' wait_for more_than changed '*' 10
pg_kill "$primary"
before=$(count mail '*.code')
ok 'the primary is dead, mail goes on' wait_for more_than mail '*.code' $((before + 10))
exits 'a change waits' 75 key policy --publish no rita@example.org
acknowledged=$(count changed '*')
is 'the replica is promoted' "$(pg_sql "$two" <<<'SELECT pg_promote(true, 30)')" t
ok 'changes go on' wait_for more_than changed '*' $((acknowledged + 5))
before=$(count mail '*.code')
ok 'mail too' wait_for more_than mail '*.code' $((before + 5))
: >"$tmp/stop"
wait "${loads[@]}"

is 'no delivery did anything but store or wait' "$(cat "$tmp"/mail/*.code | sort -u | grep -vx '0\|75')" ''
plain=0 sealed=0 partial=0
for code in "$tmp"/mail/*.code; do
	file=${code%.code}
	if grep -q 'hello secret' "$file"; then plain=$((plain + 1)); fi
	if [ "$(<"$code")" = 0 ]; then
		if is_sealed "$file"; then sealed=$((sealed + 1)); else partial=$((partial + 1)); fi
	elif [ -s "$file" ]; then
		partial=$((partial + 1))
	fi
done
is 'none in the clear' $plain 0
is 'none by half' $partial 0
is 'all that were stored are sealed' $sealed "$(cat "$tmp"/mail/*.code | grep -cx 0)"
diag "$sealed sealed, $(cat "$tmp"/mail/*.code | grep -cx 75) waited, $(count changed '*') changes"
key list | sed -n 's/^\([cd]-[0-9]*@example.org\): .*/\1/p' | sort >"$tmp/there"
(cd "$tmp/changed" && printf '%s\n' *) | sort | comm -23 - "$tmp/there" >"$tmp/lost"
is 'no change that was acknowledged is lost' "$(<"$tmp/lost")" ''
exits 'the log is one chain' 0 key audit
exits 'and the cache goes on from where it was' 0 at turned key sync
exits 'with all there is' 0 at turned key list
is 'to the last' "$(grep -c '^[cd]-' "$tmp/out")" "$(wc -l <"$tmp/there")"

done_testing
