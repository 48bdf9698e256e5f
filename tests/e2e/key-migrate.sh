#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# key-migrate - a keystore carried into another, and a backup brought back: to the byte, with its log
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

need gpg python3 strace
export ASAN_OPTIONS=detect_leaks=0 # which does not go with strace
printf 'From: sam@example.com\nSubject: x\n\nhello\n' >"$tmp/m"

# files FOLDER: what a keystore holds, a line for each file, without what only its writers use.
files() {
	(cd "$1" && find . -name '.*' -prune -o -type f -print | sort | xargs sha256sum) 2>&1
	(cd "$1" && find . -name '.?*' -prune -o -printf '%M %p\n' | sort)
}

# same_files DESCRIPTION FOLDER FOLDER
same_files() {
	is "$1" "$(files "$2")" "$(files "$3")"
}

make_key rita@example.org
exits 'a key that signs' 0 key sign-init "$tmp/signing-key"
mapfile -t signing <"$tmp/out"
settings "${signing[@]}"
enrol rita@example.org
make_key bob@example.org && enrol bob@example.org
make_key "o'hara+%x@example.org" && enrol "o'hara+%x@example.org"
exits 'an alias' 0 key alias info@example.org rita@example.org
exits 'a policy' 0 key policy --seal off --reason 'on a ship' rita+list@example.org
exits 'a tombstone' 0 key remove bob@example.org
for ((i = 1; i <= 60; i++)); do
	key policy --publish yes "user$i@example.org" >/dev/null || break
done
is 'entries to carry' "$(key list --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" 64

# ---- to another folder -----------------------------------------------------------------

files "$keystore" >"$tmp/before"
exits 'copied' 0 key migrate "dir:$keystore" "dir:$tmp/copy"
like 'and counted' "$(<"$tmp/out")" '^copied 65 entries \(1 of them removed ones\) and 66 lines of the log from '
like 'with what to do now' "$(<"$tmp/out")" "now set: keystore = dir:$tmp/copy"
same_files 'each file is the same, with its mode' "$keystore" "$tmp/copy"
is 'nothing is left behind' "$(find "$tmp/copy" -name '.?*' ! -name .lock)" ''
is 'the source is as it was' "$(files "$keystore")" "$(<"$tmp/before")"
exits 'its audit is clean' 0 mailseal --keystore "dir:$tmp/copy" key audit
exits 'a delivery seals by it' 0 mailseal --keystore "dir:$tmp/copy" filter -r rita@example.org <"$tmp/m"
ok 'to that very certificate' is_sealed "$tmp/out"
exits 'the next change goes on from there' 0 mailseal --keystore "dir:$tmp/copy" key remove info@example.org
exits 'and audits' 0 mailseal --keystore "dir:$tmp/copy" key audit

exits 'never into a keystore that is one' 65 key migrate "dir:$keystore" "dir:$tmp/copy"
like 'which is told' "$(<"$tmp/err")" 'is a keystore already'
mkdir "$tmp/strange" && touch "$tmp/strange/file"
exits 'nor into a folder of something else' 75 key migrate "dir:$keystore" "dir:$tmp/strange"
is 'where nothing was made' "$(ls -A "$tmp/strange")" 'file'
exits 'from nowhere' 75 key migrate "dir:$tmp/none" "dir:$tmp/copy2"
not_ok 'nothing was made' test -e "$tmp/copy2"
exits 'from one to one' 64 key migrate "dir:$keystore"
exits 'kinds that are none' 78 key migrate "dir:$keystore" "mysql:$tmp/x"

# ---- broken off ---------------------------------------------------------------------------

# A disk that is full half-way: at the N-th entry.
for at in 3 20 64; do
	rm -rf "$tmp/part"
	strace -qq -f -o /dev/null -e trace=renameat -e inject=renameat:error=ENOSPC:when="$at"+ \
		"$MAILSEAL" --config "$config" key migrate "dir:$keystore" "dir:$tmp/part" >/dev/null 2>"$tmp/err"
	is "broken off at rename $at" $? 75
	exits "what there is can't be asked, $at" 75 \
		mailseal --keystore "dir:$tmp/part" filter -r nobody@example.org <"$tmp/m"
	exits "nor enrolled in, $at" 75 mailseal --keystore "dir:$tmp/part" key policy --seal off --reason x a@example.org
	exits "gone on with, $at" 0 key migrate "dir:$keystore" "dir:$tmp/part"
	same_files "and the same, $at" "$keystore" "$tmp/part"
done

# A killed one, and the machine with it: files that were not synced are cut off.
rm -rf "$tmp/part"
# killed_at_the_end FROM
killed_at_the_end() {
	(strace -qq -o /dev/null -e trace=syncfs -e inject=syncfs:signal=KILL \
		"$MAILSEAL" --config "$config" key migrate "dir:$1" "dir:$tmp/part") >/dev/null 2>&1
}
killed_at_the_end "$keystore" 2>/dev/null
not_ok 'killed before the end: no marker' test -e "$tmp/part/mailseal-keystore"
find "$tmp/part" -name 'user1*' -exec truncate -s 100 {} +
truncate -s -40 "$tmp/part/changes"
exits 'gone on with' 0 key migrate "dir:$keystore" "dir:$tmp/part"
same_files 'what was cut off is whole again' "$keystore" "$tmp/part"

# What was begun with another keystore is not mixed with this one.
rm -rf "$tmp/part"
killed_at_the_end "$tmp/copy" 2>/dev/null
exits 'begun with another keystore' 65 key migrate "dir:$keystore" "dir:$tmp/part"
like 'is told' "$(<"$tmp/err")" 'log'
not_ok 'and is no keystore' test -e "$tmp/part/mailseal-keystore"

# ---- while it is being changed ---------------------------------------------------------------

cp -R "$keystore" "$tmp/busy"
(for ((i = 1; i <= 40; i++)); do
	mailseal --keystore "dir:$tmp/busy" key policy --publish no "user$i@example.org" || break
done) >/dev/null 2>&1 &
changing=$!
code=75
for ((i = 0; code == 75 && i < 50; i++)); do
	mailseal --keystore "dir:$tmp/busy" key migrate "dir:$tmp/busy" "dir:$tmp/still" >/dev/null 2>"$tmp/err"
	code=$?
done
is 'copied while others write' "$code" 0
exits 'a whole keystore' 0 mailseal --keystore "dir:$tmp/still" key audit
wait "$changing"

# ---- what is not whole ------------------------------------------------------------------------

cp -R "$keystore" "$tmp/bad"
entry=$(find "$tmp/bad" -name rita@example.org)
sed -i 's/^Serial: 1$/Serial: 2/' "$entry"
exits 'an entry that somebody changed' 75 key migrate "dir:$tmp/bad" "dir:$tmp/bad-copy"
like 'is named' "$(<"$tmp/err")" 'rita@example.org'
not_ok 'and no keystore is made with it' test -e "$tmp/bad-copy/mailseal-keystore"
truncate -s 300 "$entry"
exits 'one that is cut off' 75 key migrate "dir:$tmp/bad" "dir:$tmp/bad-copy"

# On a terminal it says how far it is.
python3 -c 'import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' \
	strace -qq -o /dev/null -e trace=renameat -e inject=renameat:delay_enter=10000 \
	"$MAILSEAL" --config "$config" key migrate "dir:$keystore" "dir:$tmp/seen" </dev/null >"$tmp/seen.txt"
is 'on a terminal' $? 0
like 'it says how far it is' "$(<"$tmp/seen.txt")" 'copied [0-9]+ of 65'
same_files 'and copies' "$keystore" "$tmp/seen"

# ---- backup and restore, as docs/keystore.md says ---------------------------------------------

# doc_block N: the N-th block of commands in the section Backup, for this test's folder.
doc_block() {
	sed -n '/^## Backup/,/^## Copies/p' "$srcdir/docs/keystore.md" |
		awk -v n="$1" '/^```/ { if (on) exit; block++; if (int((block + 1) / 2) == n && block % 2) on = 1; next } on' |
		sed "s|/var/lib/mailseal|$tmp/lib|g"
}
mkdir "$tmp/lib" "$tmp/backup" && cp -Rp "$keystore" "$tmp/lib/keys"
exits 'a checkpoint' 0 key checkpoint
cp "$tmp/out" "$tmp/checkpoint"
cd "$tmp/backup" || exit 1
doc_block 1 >"$tmp/backup.sh"
doc_block 2 >"$tmp/restore.sh"
like 'the documented backup' "$(<"$tmp/backup.sh")" '^tar '
like 'the documented restore' "$(<"$tmp/restore.sh")" 'mv .*/restore/keys '
exits 'backup' 0 bash -e "$tmp/backup.sh"
rm -r "$tmp/lib/keys/changes"
find "$tmp/lib/keys" -name rita@example.org -delete
exits 'restore' 0 bash -e "$tmp/restore.sh"
same_files 'is what was saved, with the log' "$keystore" "$tmp/lib/keys"
exits 'audit is clean, also against the checkpoint' 0 \
	mailseal --keystore "dir:$tmp/lib/keys" key audit --checkpoint "$tmp/checkpoint"
exits 'it can be changed' 0 mailseal --keystore "dir:$tmp/lib/keys" key remove info@example.org

done_testing
