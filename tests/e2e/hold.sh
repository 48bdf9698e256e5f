#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# hold - mail for want of a usable certificate waits, sealed to the site's own, and goes on once there is one
#
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need_root
need gpg setpriv python3

mail_uid=65534
holding=$tmp/state/hold
hold_settings=('on-unusable-key = hold' 'recovery-certificate = recovery@example.org'
	"hold-deliver = $tmp/store {recipient} {sender}" "hold-owners = $mail_uid"
	'default-domain = example.org')

# A delivery agent: appends to the recipient's box, and notes how it was called.
cat >"$tmp/store" <<-END
	#!/bin/sh
	printf '%s\n' "\$#" "\$@" >>"$tmp/called"
	cat >>"$tmp/box"
END
chmod 755 "$tmp/store"

subkey() {
	gpg --batch --no-auto-check-trustdb --with-colons --list-keys "<$1>" 2>/dev/null |
		awk -F: '/^sub/ { sub_seen = 1 } sub_seen && /^fpr/ { print $10; exit }'
}

# expire ADDRESS WHEN: its encryption subkey; and the keystore knows.
expire() {
	gpg --batch --quiet --quick-set-expire "$(fingerprint "$1")" "$2" "$(subkey "$1")" 2>"$tmp/.gpg" &&
		enrol "$1"
}

# deliver ADDRESS [OPTION]...: stdin, as the user that delivers.
deliver() {
	local to=$1

	shift
	setpriv --reuid=$mail_uid --regid=$mail_uid --clear-groups env -i HOME=/nonexistent \
		"$tmp/program/mailseal" --config "$config" deliver -v -r "$to" "$@" --maildir "$tmp/mail/Maildir"
}

# held: the files of messages in the hold folder.
held() {
	find "$holding" -type f -name '*,S=*' 2>/dev/null | sort
}

ids() {
	mailseal hold list | cut -d ' ' -f 1
}

# release [ARGUMENT]...: with nothing from before in the box.
release() {
	rm -f "$tmp/box" "$tmp/called"
	mailseal hold release "$@"
}

mkdir "$tmp/mail" "$tmp/program" "$tmp/input" "$tmp/state"
chown $mail_uid "$tmp/mail"
cp "$MAILSEAL" "$tmp/program/mailseal"
cp -R "$builddir/gnupg" "$tmp/program/gnupg"
chmod -R go+rX "$tmp/program"
new_recipient rita@example.org
new_recipient recovery@example.org
settings "${hold_settings[@]}"
canary_message 'Authentication-Results: border.example; dkim=pass header.d=known.example' \
	'Authentication-Results: mx.example.org; dkim=pass header.d=forged.example' >"$tmp/input/m"
expire rita@example.org seconds=1
sleep 2

# ---- no folder yet ---------------------------------------------------------------------

exits 'list, without a folder' 0 mailseal hold list
is 'says nothing' "$(<"$tmp/out")" ''
exits 'release, too' 0 mailseal hold release --all
exits 'without a folder that it may make, a delivery defers' 75 deliver rita@example.org <"$tmp/input/m"
like 'and says where it was' "$(<"$tmp/err")" "hold folder $holding: cannot open or create it"
like 'doctor says how to make it' "$(mailseal doctor 2>&1)" "warn  hold: there is no folder $holding.*install -d -o root -g root -m 1733"
install -d -o root -g root -m 1733 "$holding"

# ---- held ---------------------------------------------------------------------------------

settings "${hold_settings[@]}" 'trusted-authserv-ids = border.example'
exits 'held' 0 deliver rita@example.org -f sam@example.com --client-address 192.0.2.7 <"$tmp/input/m"
settings "${hold_settings[@]}"
like 'the log says so' "$(<"$tmp/err")" 'to=rita@example.org outcome=held .* hold=[0-9]+-[0-9a-f]{16} '
like 'and why' "$(<"$tmp/err")" 'held as [0-9]+-[0-9a-f]{16}: no usable certificate for rita@example.org \(encryption subkey expired\)'
is 'nothing in the mailbox' "$(find "$tmp/mail" -type f)" ''
is 'one message in the folder' "$(held | wc -l)" 1
is 'whose mode is' "$(stat -c %a "$(held)")" 600
is 'in a folder of the user alone' "$(stat -c '%u %a' "$holding/$mail_uid")" "$mail_uid 700"
no_canary 'nothing in clear' "$tmp"
not_ok 'nobody else can list it' setpriv --reuid=$mail_uid --regid=$mail_uid --clear-groups ls "$holding"
not_ok 'nor read it' setpriv --reuid=1 --regid=1 --clear-groups cat "$(held)"
sed '1,/^$/d' "$(held)" >"$tmp/stored"
ok 'it is a sealed message' is_sealed "$tmp/stored"
like 'whose field says so' "$(<"$tmp/stored")" '^X-Mailseal: v=1; at-rest; engine=gpg; held=20..-..-..T..:..:..Z'
unseal "$tmp/stored" >"$tmp/input/opened"
same 'the recovery key opens it' "$tmp/input/opened" "$tmp/input/m"
is 'the envelope has no more than the mailbox would tell' "$(sed '/^$/,$d' "$(held)" | cut -d : -f 1 | xargs)" \
	'mailseal-hold 1 Held Recipient Given Sender Reason'

like 'list' "$(mailseal hold list)" '^[0-9]+-[0-9a-f]{16}  20..-..-..T..:..:..Z  [0-9]+  rita@example.org  encryption subkey expired$'
mailseal hold list --json >"$tmp/list"
is 'list --json' "$(python3 -c 'import json, sys
for m in json.load(sys.stdin): print(m["recipient"], m["sender"], m["uid"], m["trusted"], m["junk"], m["error"])' <"$tmp/list")" \
	"rita@example.org sam@example.com $mail_uid True False None"
exits 'show' 0 mailseal hold show "$(ids)"
like 'says what it waits for' "$(<"$tmp/out")" 'now        no usable certificate for rita@example.org \(encryption subkey expired\); ask'
no_canary_text 'and no word of the message' "$(<"$tmp/out")$(<"$tmp/err")"
exits 'show, of none' 65 mailseal hold show 1-0123456789abcdef
exits 'show, of what is a path' 65 mailseal hold show ../../m
like 'doctor counts' "$(mailseal doctor 2>&1)" 'warn  hold: 1 messages are held, [0-9]+ bytes, the oldest for 0 days'
exits 'filter can not hold' 75 mailseal filter -r rita@example.org <"$tmp/input/m"
like 'and says so' "$(<"$tmp/err")" 'it can be held only where .mailseal deliver. stores it'
is 'and writes nothing' "$(<"$tmp/out")" ''
exits 'two recipients are not held' 75 deliver rita@example.org -r rita+x@example.org <"$tmp/input/m"
setpriv --reuid=$mail_uid --regid=$mail_uid --clear-groups "$tmp/program/mailseal" --config "$config" hold list >"$tmp/out" 2>"$tmp/err"
is 'who is not root can not list' $? 75

# ---- not released yet -------------------------------------------------------------------------

exits 'all: it goes on waiting' 0 release --all
is 'quietly' "$(<"$tmp/out")$(<"$tmp/err")" ''
exits 'one by its ID: not yet' 75 release "$(ids)"
like 'and says why' "$(<"$tmp/err")" 'no usable certificate for rita@example.org'
exits 'those for one address: not yet' 75 release -r rita@example.org
exits 'those for another: none' 0 release -r bob@example.org
exits 'which ones?' 64 release
exits 'all, or some' 64 release --all "$(ids)"
exits 'two ways out' 64 release --all --lmtp x -- true
exits 'one Maildir is not for all' 64 release --all --maildir "$tmp/all"
exits 'no such option' 64 release --every
exits 'no such subcommand' 64 mailseal hold drop
exits 'none of that ID' 65 release 1-0123456789abcdef
is 'it is there still' "$(held | wc -l)" 1

# ---- released ------------------------------------------------------------------------------------

exits 'another, with an extension, CRLF, From line and null sender' 0 deliver Rita+x@example.org -f '' < <(
	echo 'From sam@example.com  Tue Nov 24 20:00:00 2026'
	sed 's/$/\r/' "$tmp/input/m"
)
sed 's/$/\r/' "$tmp/input/m" >"$tmp/input/crlf"
expire rita@example.org 0
like 'show says that it can be' "$(mailseal hold show "$(ids | head -n 1)")" 'now        can be released'
printf '#!/bin/sh\ncat >/dev/null\nexit 1\n' >"$tmp/failing"
chmod 755 "$tmp/failing"
exits 'the command fails' 75 release --all -- "$tmp/failing"
is 'the summary' "$(<"$tmp/out")" 'released 0, waiting 0, failed 2'
exits 'it is not there' 75 release --all -- "$tmp/nowhere"
is 'all are held still' "$(held | wc -l)" 2
mv "$GNUPGHOME" "$tmp/away"
mkdir -m 700 "$GNUPGHOME"
exits 'without the secret key' 69 release --all
gpgconf --kill all
rm -r "$GNUPGHOME"
mv "$tmp/away" "$GNUPGHOME"
is 'all are held still' "$(held | wc -l)" 2

first=$(mailseal hold list | awk '/ rita@example\.org/ { print $1; exit }')
exits 'one' 0 release "$first"
is 'the summary' "$(<"$tmp/out")" 'released 1, waiting 0, failed 0'
is 'the command got its words' "$(xargs <"$tmp/called")" '2 rita@example.org sam@example.com'
ok 'and a sealed message' is_sealed "$tmp/box"
like 'that says since when it waited' "$(<"$tmp/box")" 'X-Mailseal: v=1; at-rest; engine=gpg; held=20'
like 'with the results of its arrival' "$(sed -n 2,4p "$tmp/box" | tr -d '\n')" \
	'^Authentication-Results: mx.example.org;[[:space:]]dkim=pass \(imported from border.example\) header.d=known.example'
unlike 'and no forged ones' "$(<"$tmp/box")" forged.example
unseal "$tmp/box" >"$tmp/input/opened"
same 'it opens to what came in' "$tmp/input/opened" "$tmp/input/m"
ok 'rita alone can read it' gpg --batch --list-only --list-packets "$tmp/box"
is 'to one key' "$(gpg --batch --list-only --list-packets "$tmp/box" 2>/dev/null | grep -c '^:pubkey enc packet')" 1
no_canary 'nothing in clear' "$tmp"
unlike 'it is not held any more' "$(ids)" "$first"

exits 'the rest' 0 release -r rita@example.org
is 'the null sender is an empty word' "$(tr '\n' ' ' <"$tmp/called")" '2 Rita+x@example.org  '
is 'the From line is there' "$(head -n 1 "$tmp/box")" 'From sam@example.com  Tue Nov 24 20:00:00 2026'
unseal <(sed 1d "$tmp/box") >"$tmp/input/opened"
same 'CRLF and all' "$tmp/input/opened" "$tmp/input/crlf"
is 'none is left' "$(held)" ''
exits 'nothing to do' 0 release --all
is 'is nothing to say' "$(<"$tmp/out")$(<"$tmp/err")" ''

# ---- other ways out ---------------------------------------------------------------------------------

# hold_one: one message for rita, whose certificate is then good again.
hold_one() {
	expire rita@example.org seconds=1
	sleep 2
	deliver rita@example.org -f sam@example.com <"$tmp/input/m" >"$tmp/out" 2>"$tmp/err"
	expire rita@example.org 0
}
hold_one
exits 'into a Maildir' 0 release "$(ids)" --maildir "$tmp/Maildir"
cat "$tmp"/Maildir/new/* >"$tmp/stored"
ok 'sealed' is_sealed "$tmp/stored"
hold_one
exits 'not into one that is not ours' 64 release "$(ids)" --maildir "$tmp/mail"
exits 'as it is held' 0 release --as-held -r rita@example.org
like 'to the recovery key' "$(gpg --batch --list-only --list-packets "$tmp/box" 2>/dev/null)" "keyid ${recovery_keyid:=$(subkey recovery@example.org | cut -c 25-)}"
unseal "$tmp/box" >"$tmp/input/opened"
same 'it opens, too' "$tmp/input/opened" "$tmp/input/m"

hold_one
settings "${hold_settings[@]/hold-deliver*/hold-deliver = $tmp/store a={recipient\} -f {sender\} {user\} {domain\} {other\} \$(id) ;}"
exits 'words, and no shell' 0 release --all
is 'each in its place' "$(xargs -d '\n' <"$tmp/called")" '8 a=rita@example.org -f sam@example.com rita example.org {other} $(id) ;'
settings "${hold_settings[@]}"

expire rita@example.org seconds=1
sleep 2
deliver rita@example.org -f -oQ/tmp@example.com <"$tmp/input/m" >"$tmp/out" 2>"$tmp/err"
expire rita@example.org 0
exits 'an address that looks like an option' 65 release --all
is 'is given to no command' "$(cat "$tmp/called" 2>&1 | grep -c oQ)" 0
exits 'but as the argument of one' 0 release --all -- "$tmp/store" -f '{sender}' -d '{recipient}'
is 'all are gone' "$(held)" ''

# ---- who put it there -----------------------------------------------------------------------------------

hold_one
settings "${hold_settings[@]/hold-owners*/hold-owners = daemon}"
exits 'by a user who is not named' 65 release --all
like 'it says so' "$(<"$tmp/err")" "uid $mail_uid put it there, and is none of hold-owners"
like 'list, too' "$(mailseal hold list)" 'hold-owners does not name'
like 'doctor, too' "$(mailseal doctor 2>&1)" 'warn  hold: 1 messages were put there by a user whom hold-owners does not name'
settings "${hold_settings[@]}"
mkdir "$holding/1" "$holding/stranger"
cp "$(held)" "$holding/1/"
like "a folder that is not its user's does not count" "$(mailseal doctor 2>&1)" 'warn  hold: 0 files and 2 folders'
is 'nor what is in it' "$(ids | wc -l)" 1
rm -r "$holding/1" "$holding/stranger"

own=$holding/$mail_uid
ln -s /etc/passwd "$own/1-0123456789abcdef,S=1"
mkfifo "$own/2-0123456789abcdef,S=1"
ln "$(held | tail -n 1)" "$own/3-0123456789abcdef,S=1"
echo 'mailseal-hold 1' >"$own/4-0123456789abcdef,S=1"
chown -h $mail_uid "$own"/*
mkdir "$own/5-0123456789abcdef,S=1"
touch "$own/6-0123456789abcdef,S=01" "$own/.hidden" "$own/x"
is 'links, pipes, folders and other files are no messages' \
	"$(mailseal hold list | grep -c '  -  .*not a message of the user\|  -  .*not a held message\|  -  .*\(symbolic links\)')" 6
rm -r "$own"/[1-6]-* "$own/.hidden" "$own/x"
exits 'what is one is released' 0 release --all
is 'and gone' "$(held)" ''

# ---- docs/keys.md --------------------------------------------------------------------------------------

# documented NAME: runs each line of that block as it is written there, but for the machine's paths.
documented() {
	local line

	awk -v "name=$1" '$0 == "```" name { on = 1; next } /^```/ { on = 0 } on' "$srcdir/docs/keys.md" >"$tmp/block"
	is "docs/keys.md has $1" "$(test -s "$tmp/block" && echo yes)" yes
	while read -r line; do
		line=${line//\/var\/lib\/mailseal/$tmp/state}
		line=${line//1795577815-be63bdc0d3943d38/$(ids | head -n 1)}
		exits "\`$line'" "${2:-0}" eval "$line" </dev/null
	done <"$tmp/block"
}

mailseal key remove recovery@example.org >"$tmp/out"
mkdir "$tmp/admin"
gpg --batch --armor --export '<recovery@example.org>' >"$tmp/admin/recovery.asc"
cd "$tmp/admin" || exit 1
rmdir "$holding"/* "$holding" 2>/dev/null
documented 'sh hold-begin'
is 'the folder' "$(stat -c '%u %a' "$holding")" '0 1733'
hold_one; hold_one; hold_one
documented 'sh hold-look'
documented 'sh hold-release'
is 'all were released' "$(held)" ''
hold_one
documented 'sh hold-as-held'
is 'that one, too' "$(held)" ''
awk '$0 == "```conf hold" { on = 1; next } /^```/ { on = 0 } on' "$srcdir/docs/keys.md" >"$tmp/block"
mapfile -t documented <"$tmp/block"
settings "${documented[@]}"
exits 'the settings are ones' 0 mailseal hold list
is 'four of them' "${#documented[@]}" 4
settings "${hold_settings[@]}"
cd "$tmp" || exit 1

# ---- two at a time, and killed in between --------------------------------------------------------------------

hold_one
mkfifo "$tmp/go"
cat >"$tmp/slow" <<-END
	#!/bin/sh
	cat >>"$tmp/box"
	echo >"$tmp/started"
	read -r word <"$tmp/go"
	exit 0
END
chmod 755 "$tmp/slow"
rm -f "$tmp/box"
mailseal hold release --all -- "$tmp/slow" >"$tmp/out1" 2>&1 &
slow=$!
ok 'one release is under way' wait_for test -e "$tmp/started"
exits 'another leaves it alone' 0 mailseal hold release --all
is 'and delivers nothing' "$(<"$tmp/out")" ''
exits 'by its ID: later' 75 mailseal hold release "$(ids)"
echo go >"$tmp/go"
wait $slow
is 'the first ends well' $? 0
is 'it was delivered once' "$(grep -c '^X-Mailseal: ' "$tmp/box")" 1
is 'and is gone' "$(held)" ''

hold_one
rm -f "$tmp/box"
printf '#!/bin/sh\ncat >>"%s"\nkill -KILL $PPID\n' "$tmp/box" >"$tmp/killer"
chmod 755 "$tmp/killer"
mailseal hold release --all -- "$tmp/killer" >"$tmp/out" 2>&1
is 'killed after it was delivered, before it was removed' $? 137
is 'it is held still' "$(held | wc -l)" 1
exits 'the next release' 0 mailseal hold release --all
is 'doubles it, and loses none' "$(grep -c '^X-Mailseal: ' "$tmp/box")" 2
no_canary 'nothing in clear' "$tmp"

# ---- the bound, and folders that are not safe -------------------------------------------------------------------

expire rita@example.org seconds=1
sleep 2
settings "${hold_settings[@]}" 'hold-max-size = 5K'
for i in 1 2; do exits "number $i" 0 deliver rita@example.org <"$tmp/input/m"; done
exits 'no more than hold-max-size' 75 deliver rita@example.org <"$tmp/input/m"
like 'the log says so' "$(<"$tmp/err")" "hold folder $holding is full: uid $mail_uid has 2 messages in it"
touch -d '2 days ago' "$own/.tmp-1-0123456789abcdef"
head -c 9000 /dev/zero >"$own/.tmp-1-1123456789abcdef"
settings "${hold_settings[@]}" 'hold-max-size = 12K'
exits 'what is being written counts' 75 deliver rita@example.org <"$tmp/input/m"
is 'what was abandoned goes' "$(ls "$own"/.tmp-*)" "$own/.tmp-1-1123456789abcdef"
rm "$own"/.tmp-*
settings "${hold_settings[@]}"
chmod 0777 "$holding"
exits 'a folder that is not sticky' 75 deliver rita@example.org <"$tmp/input/m"
like 'doctor sees it' "$(mailseal doctor 2>&1)" 'FAIL  hold: .*no sticky folder'
chmod 1733 "$holding"
chown 1 "$holding"
exits 'one of another user' 75 deliver rita@example.org <"$tmp/input/m"
chown root "$holding"
mv "$own" "$holding/away"
mkdir "$own"
exits 'our own folder in it is not ours' 75 deliver rita@example.org <"$tmp/input/m"
rmdir "$own"
mv "$holding/away" "$own"
is 'nothing was added' "$(held | wc -l)" 2
expire recovery@example.org seconds=1
sleep 2
exits 'without a recovery certificate that can be used' 75 deliver rita@example.org <"$tmp/input/m"
like 'the log says so' "$(<"$tmp/err")" 'recovery-certificate names none'
like 'doctor, too' "$(mailseal doctor 2>&1)" 'FAIL  hold: what should be held waits: there is no recovery certificate'
no_canary 'nothing in clear' "$tmp"
expire rita@example.org 0
exits 'it can open what is held all the same' 0 release --all
is 'all were delivered' "$(grep -c '^X-Mailseal: ' "$tmp/box")" 2

done_testing
