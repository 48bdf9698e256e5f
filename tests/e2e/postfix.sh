#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# postfix - pipe(8) and local(8) as docs/recipes.md says, in an instance of its own
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/mda.sh"
. "$srcdir/tests/lib/postfix.sh"
user=$(id -un $mail_uid)
recipe_paths user=vmail "user=$user" /var/vmail "$tmp/mail/vmail" \
	'--maildir Maildir' "--maildir $tmp/mail/local" /usr/bin/procmail "$tmp/bin/procmail"
enrol_local() {
	make_key "$user@local.example.org"
	enrol "$user@local.example.org"
}
enrol_local

{
	recipe 'main.cf pipe'
	recipe 'main.cf local'
	echo "forward_path = $tmp/forward/\$user"
	echo 'virtual_mailbox_maps = static:ok'
} | postfix_config
recipe 'master.cf pipe' | postfix_services
as_user mkdir "$tmp/mail/vmail"
mkdir "$tmp/forward"
postfix_start

local_recipient=$user@local.example.org

# ends_in FILE: what `open` gives ends in that message; on top stand Postfix's fields.
ends_in() {
	tail -n "$(wc -l <"$1")" "$tmp/input/opened" | cmp - "$1"
}

# arrived DESCRIPTION FOLDER FILE
arrived() {
	is "$1: one message" "$(stored "$2" | wc -l)" 1
	stored "$2" | xargs cat >"$tmp/stored"
	ok "$1: sealed" is_sealed "$tmp/stored"
	unseal "$tmp/stored" >"$tmp/input/opened"
	ok "$1: opens to what came in" ends_in "$3"
	no_canary "$1: nothing in clear" "$tmp"
}

forget_mail() {
	drop_queue
	find "$tmp/mail" "$tmp/input/sent" -mindepth 1 -delete
	as_user mkdir "$tmp/mail/vmail"
}

# ---- what goes well ----------------------------------------------------------------

exits 'pipe(8): Postfix takes it' 0 send rita@example.org <"$tmp/input/m"
is 'pipe(8): and sends it' "$(status_of rita@example.org)" sent
arrived 'pipe(8)' "$tmp/mail/vmail/rita@example.org" "$tmp/input/m"
like 'with its envelope on top' "$(sed '/^$/q' "$tmp/stored")" 'Return-Path: <sam@example\.com>'
unlike 'the log has no word of it' "$(<"$tmp/queue/log")" 'Kanarien'
forget_mail

exits 'local(8): Postfix takes it' 0 send "$local_recipient" <"$tmp/input/m"
is 'local(8): and sends it' "$(status_of "$local_recipient")" sent
arrived 'local(8)' "$tmp/mail/local" "$tmp/input/m"
forget_mail

send rita+lists@example.org <"$tmp/input/m"
is 'a +extension' "$(status_of 'rita+lists@example.org')" sent
arrived 'a +extension' "$tmp/mail/vmail/rita@example.org" "$tmp/input/m"
forget_mail

sender=
send rita@example.org <"$tmp/input/m"
is 'from the null sender' "$(status_of rita@example.org)" sent
arrived 'null sender' "$tmp/mail/vmail/rita@example.org" "$tmp/input/m"
sender=sam@example.com
forget_mail

send rita@example.org <"$tmp/input/large"
is 'a large message' "$(status_of rita@example.org)" sent
arrived 'large' "$tmp/mail/vmail/rita@example.org" "$tmp/input/large"
forget_mail

# ---- what goes wrong ------------------------------------------------------------------

# waits HOW RECIPIENT FOLDER: deferred, nothing stored; the next try delivers it.
waits() {
	program "$1"
	send "$2" <"$tmp/input/m"
	is "$2, $1: deferred" "$(status_of "$2")" deferred
	is 'nothing is stored' "$(stored)" ''
	no_canary 'nothing in clear' "$tmp"
	program mailseal
	flush
	is 'when it works again: sent' "$(status_of "$2")" sent
	arrived "$2, after $1" "$3" "$tmp/input/m"
	ok 'the queue is empty' wait_for queue_is_empty
	forget_mail
}
for how in 'exit 75' killed missing no-keystore no-gpg; do
	waits "$how" rita@example.org "$tmp/mail/vmail/rita@example.org"
	waits "$how" "$local_recipient" "$tmp/mail/local"
done

# Two recipients share a message; each has its own fate.
make_key old@example.org
enrol old@example.org
mv "$keystore" "$tmp/whole"
cp -R "$tmp/whole" "$keystore"
for entry in $(grep -rl old@example.org "$keystore"); do
	echo damaged >"$entry"
done
send rita@example.org old@example.org <"$tmp/input/m"
is 'two recipients, one with a damaged entry: one is sent' "$(status_of rita@example.org)" sent
is 'the other deferred' "$(status_of old@example.org)" deferred
arrived 'of two' "$tmp/mail/vmail/rita@example.org" "$tmp/input/m"
rm -rf "$keystore"
mv "$tmp/whole" "$keystore"
flush
is 'and sent later' "$(status_of old@example.org)" sent
forget_mail

settings 'max-message-size = 100K'
send rita@example.org <"$tmp/input/large"
is 'refused by our own policy: bounced' "$(status_of rita@example.org)" bounced
settings
forget_mail

# What mailseal never says, such as 127 of the loader, bounces ...
program 'exit 127'
send rita@example.org <"$tmp/input/m"
is 'exit 127: bounced' "$(status_of rita@example.org)" bounced
forget_mail
# ... unless the service says otherwise.
sed -i "s|^  flags=DORXhu|  -o soft_bounce=yes\n&|" "$postfix_folder/master.cf"
postfix -c "$postfix_folder" reload >/dev/null 2>&1
soft() {
	send rita@example.org <"$tmp/input/m"
	[ "$(status_of rita@example.org)" = SOFTBOUNCE ]
}
ok 'exit 127 with soft_bounce: not bounced' wait_for soft
is 'nothing is stored' "$(stored)" ''
no_canary 'nothing in clear' "$tmp"
not_ok 'it waits in the queue' queue_is_empty
program mailseal
flush
is 'when it works again: sent' "$(status_of rita@example.org)" sent
forget_mail

# ---- before the sealing -----------------------------------------------------------------

echo "\\$user, other@example.net" >"$tmp/forward/$user"
send "$local_recipient" <"$tmp/input/m"
sent_on() { [ -n "$(find "$tmp/input/sent" -name '*.to.other@example.net')" ]; }
ok '.forward: the copy goes on' wait_for sent_on
cp "$tmp/input/sent/"*.to.other@example.net "$tmp/input/opened"
ok 'as the original' ends_in "$tmp/input/m"
has_arrived() { [ -n "$(stored "$tmp/mail/local")" ]; }
ok 'the own copy arrives' wait_for has_arrived
arrived 'the own copy' "$tmp/mail/local" "$tmp/input/m"

done_testing
