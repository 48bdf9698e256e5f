#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# environment - filter runs as any user, in whatever a caller leaves it with
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need gpg gpgconf env
new_recipient rita@example.org

canary_message >"$tmp/m"
{ cat "$tmp/m"; head -c 1500000 /dev/urandom | base64; } >"$tmp/large"

# A copy of the program that any uid may reach, wherever the build folder is.
mkdir "$tmp/program"
cp "$MAILSEAL" "$tmp/program/mailseal"
cp -R "$builddir/gnupg" "$tmp/program/gnupg"
chmod -R go+rX "$tmp/program"
program=$tmp/program/mailseal

# filter MESSAGE [COMMAND PREFIX]...: sealed to rita, in $tmp/out.
filter() {
	local message=$1

	shift
	"$@" "$program" --config "$config" filter -r rita@example.org <"$message"
}

opens() {
	unseal "$tmp/out" >"$tmp/opened"
	same "$1" "$tmp/opened" "${2:-$tmp/m}"
}

# seals DESCRIPTION [COMMAND PREFIX]...: exit 0 and the exact bytes.
seals() {
	local what=$1

	shift
	exits "$what: sealed" 0 filter "$tmp/m" "$@"
	opens 'exact'
}

# ---- variables, folders ---------------------------------------------------------

seals 'no HOME' env -u HOME
seals 'a HOME that is not there' env HOME=/nonexistent
mkdir -m 555 "$tmp/unwritable"
seals 'a HOME that cannot be written' env "HOME=$tmp/unwritable"
seals 'an empty environment, no PATH' env -i
seals 'a PATH that holds another gpg' env "PATH=$tmp/home"
in_nowhere() { (mkdir "$tmp/gone" && cd "$tmp/gone" && rmdir "$tmp/gone" && exec "$@"); }
seals 'a working folder that is gone' in_nowhere
seals 'another locale' env LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8
seals 'signals ignored and blocked by the caller' \
	env --ignore-signal=CHLD,PIPE,TERM --block-signal=CHLD,ALRM
for mask in 0777 0000; do
	seals "umask $mask" sh -c "umask $mask && exec \"\$@\"" sh
done
mkdir "$tmp/umask"
exits 'a Maildir under umask 0777' 0 sh -c "umask 0777; exec '$program' --config '$config' \
	deliver -r rita@example.org --maildir '$tmp/umask/Maildir' <'$tmp/m'"
is 'has the mode 0700' "$(stat -c %a "$tmp/umask/Maildir/new")" 700
is 'and its message 0600' "$(stat -c %a "$tmp/umask/Maildir/new/"*)" 600

# ---- limits ----------------------------------------------------------------------

limited() {
	local limit=$1

	shift
	(ulimit -S $limit && exec "$@")
}
seals '20 descriptors' limited '-n 20'
seals 'no locked memory' limited '-l 0'
seals 'no core files' limited '-c 0'
seals 'a small stack' limited '-s 1024'
if grep -q '^#define MAILSEAL_SANITIZERS' "$builddir/config.h" 2>/dev/null; then
	skip 'a sanitizer needs address space' '256 MB of address space'
else
	seals '256 MB of address space' limited '-v 262144'
fi

# A limit that cannot be met: try again, and never half a message.
for limit in '-n 4' '-v 4096' '-f 0' '-f 64' '-u 1'; do
	sh -c "ulimit -S $limit; exec \"\$@\"" sh "$program" --config "$config" \
		filter -r rita@example.org <"$tmp/large" >"$tmp/out" 2>/dev/null
	code=$?
	case $code in
	0) opens "limit $limit: done all the same" "$tmp/large" ;;
	75) pass "limit $limit: try again" ;;
	127) pass "limit $limit: not even started" ;;
	*) fail "limit $limit" "exit $code" ;;
	esac
	no_canary "limit $limit: nothing in clear" "$tmp/out"
done

# ---- other users ------------------------------------------------------------------

if [ "$(id -u)" = 0 ] && type -P setpriv >/dev/null; then
	seals 'uid 65534' setpriv --reuid=65534 --regid=65534 --clear-groups
	seals 'a uid without a name' setpriv --reuid=31337 --regid=31337 --clear-groups
	seals 'without any privilege' \
		setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --bounding-set=-all env -i
	chmod 700 "$keystore"
	exits 'a keystore that this uid may not read: try again' 75 \
		filter "$tmp/m" setpriv --reuid=65534 --regid=65534 --clear-groups
	is 'nothing on stdout' "$(<"$tmp/out")" ''
	is 'one line' "$(grep -c '' "$tmp/err")" 1
	chmod 755 "$keystore"
	chmod 600 "$config"
	exits 'nor the configuration: try again' 75 \
		filter "$tmp/m" setpriv --reuid=65534 --regid=65534 --clear-groups
	like 'the line names it' "$(<"$tmp/err")" 'mailseal\.conf'
	chmod 644 "$config"
	chmod 700 "$tmp/program/gnupg"
	exits "nor gpg's home: try again" 75 \
		filter "$tmp/m" setpriv --reuid=65534 --regid=65534 --clear-groups
	is 'nothing on stdout' "$(<"$tmp/out")" ''
	chmod 755 "$tmp/program/gnupg"
else
	skip 'not root' 'other uids'
fi

# ---- standard input and output ------------------------------------------------------

# with REDIRECTIONS [OPTION]...: filter, with descriptors as the shell is told.
with() {
	sh -c "exec '$program' --config '$config' ${*:2} filter -r rita@example.org $1"
}
piped() { cat "$tmp/m" | filter /dev/stdin; }
exits 'standard input a pipe' 0 piped
opens 'exact'
slowly() { { head -c 100 "$tmp/m"; sleep 0.3; tail -c +101 "$tmp/m"; } | filter /dev/stdin; }
exits 'slow standard input' 0 slowly
opens 'exact'
exits 'standard input empty: an empty message is a message' 0 filter /dev/null
opens 'exact' /dev/null
exits 'standard input closed: try again' 75 with "<&-"
exits 'a folder as standard input: try again' 75 filter "$tmp"
exits 'open for writing only: try again' 75 with "0>'$tmp/wronly'"
exits 'standard output closed: try again' 75 with "<'$tmp/m' >&-"
exits 'standard output full: try again' 75 with "<'$tmp/m' >/dev/full"
exits 'standard error closed: sealed' 0 with "<'$tmp/m' 2>&-" -v
opens 'exact'
exits 'all three closed: try again' 75 with "<&- >&- 2>&-"

filter "$tmp/large" 2>"$tmp/err" | head -c 10 >/dev/null
is 'a reader that goes away: try again' "${PIPESTATUS[0]}" 75
is 'one line' "$(grep -c '' "$tmp/err")" 1

# ---- what the caller left open ---------------------------------------------------------

cat >"$tmp/gpg-watched" <<END
#!/bin/sh
ls -l /proc/self/fd >>"$tmp/descriptors"
exec /usr/bin/gpg "\$@"
END
chmod 755 "$tmp/gpg-watched"
settings "gpg-program = $tmp/gpg-watched"
echo leaked >"$tmp/leaked"
exec 7<"$tmp/leaked" 9>>"$tmp/leaked"
exits 'with descriptors leaked to us' 0 filter "$tmp/m"
opens 'it works'
ok 'gpg was started by way of gpg-program' test -s "$tmp/descriptors"
not_ok 'and does not get them' grep -q "$tmp/leaked" "$tmp/descriptors"
settings
cat >"$tmp/store" <<END
#!/bin/sh
ls -l /proc/self/fd >"$tmp/descriptors"
cat >"$tmp/stored"
END
chmod 755 "$tmp/store"
exits 'nor does the command of deliver' 0 "$program" --config "$config" \
	deliver -r rita@example.org -- "$tmp/store" <"$tmp/m"
not_ok 'get them' grep -q "$tmp/leaked" "$tmp/descriptors"
exec 7<&- 9>&-

# ---- the caller's GnuPG ----------------------------------------------------------------

make_key eve@example.org
mkdir -m 700 "$tmp/caller" "$tmp/caller/.gnupg"
gpg --batch --export '<eve@example.org>' | gpg --homedir "$tmp/caller/.gnupg" --batch --quiet --import 2>/dev/null
gpgconf --homedir "$tmp/caller/.gnupg" --kill all
printf 'encrypt-to %s\n' "$(fingerprint eve@example.org)" >"$tmp/caller/.gnupg/gpg.conf"

# gnupg_files: what could have been touched, with its time.
gnupg_files() {
	find "$tmp/caller" "$tmp/program/gnupg" -printf '%p %s %T@ %C@\n' | sort
}
gnupg_files >"$tmp/before"
exits "the caller's GnuPG home with encrypt-to" 0 \
	filter "$tmp/m" env "HOME=$tmp/caller" "GNUPGHOME=$tmp/caller/.gnupg"
is 'is not heeded' "$(gpg --batch --list-packets "$tmp/out" 2>/dev/null |
	grep -c '^:pubkey enc packet:')" 1
gnupg_files >"$tmp/after"
same 'nor touched, and no lock, socket or seed is left' "$tmp/after" "$tmp/before"
not_ok 'no agent was started' pgrep -f -- "--homedir $tmp/(caller|program)"
is 'no file anywhere else' "$(find "$tmp/home" "$tmp/tmp" -mindepth 1)" ''

done_testing
