#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# maildrop - the recipe of docs/recipes.md, the good case and the failing ones
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need maildrop
. "$srcdir/tests/lib/mda.sh"

# rules FILE: stdin as a filter file that maildrop accepts.
rules() {
	{
		echo "HOME=\"$tmp/mail\""
		echo "DEFAULT=\"$tmp/mail/default\""
		cat
	} >"$1"
	chown $mail_uid "$1"
	chmod 600 "$1"
}

# mailboxes: maildrop makes none.
mailboxes() {
	local folder

	for folder in Maildir Maildir/.Lists; do
		as_user mkdir -p "$tmp/mail/$folder"/{cur,new,tmp}
	done
}

# maildrop_for RECIPIENT FILE: delivers stdin.
maildrop_for() {
	mailboxes
	as_user "$(type -P maildrop)" "$2" "$1" sam@example.com
}

recipe maildrop | rules "$tmp/rc"
filtering() { maildrop_for rita@example.org "$tmp/rc"; }

# ---- what goes well ----------------------------------------------------------------

exits 'delivered' 0 filtering <"$tmp/input/m"
stored_sealed 'a message' "$tmp/mail/Maildir" "$tmp/input/m"
empty_mailboxes

sed 's/$/\r/' "$tmp/input/m" >"$tmp/input/crlf"
exits 'CRLF' 0 filtering <"$tmp/input/crlf"
stored_sealed 'CRLF' "$tmp/mail/Maildir" "$tmp/input/crlf"
empty_mailboxes

exits 'a large message' 0 filtering <"$tmp/input/large"
stored_sealed 'a large message' "$tmp/mail/Maildir" "$tmp/input/large"
empty_mailboxes

canary_message 'List-Id: <list.example.com>' >"$tmp/input/list"
exits 'a rule behind the sealing' 0 filtering <"$tmp/input/list"
stored_sealed 'is followed' "$tmp/mail/Maildir/.Lists" "$tmp/input/list"
empty_mailboxes

# maildrop runs the command in a shell: an address must not be a part of it.
nasty() { maildrop_for "x\`touch\${IFS}$tmp/mail/pwned\`@example.org" "$tmp/rc"; }
exits 'a recipient with shell characters' 0 nasty <"$tmp/input/list"
not_ok 'starts nothing' test -e "$tmp/mail/pwned"
like 'and is not enrolled' "$(stored "$tmp/mail/Maildir/.Lists" | xargs cat)" '^X-Mailseal: v=1; passed'
empty_mailboxes

# ---- what goes wrong ------------------------------------------------------------------

fails_closed filtering 'exit 1' 'exit 75' unread killed missing half \
	half-then-0 nothing-then-0 no-keystore no-gpg

# without_care: what ends with 0 and half a message is caught by the recipe's test only.
printf 'SHELL="/bin/sh"\nxfilter "%s filter -r $1"\nto "$HOME/Maildir"\n' "$tmp/bin/mailseal" |
	rules "$tmp/careless.rc"
without_care() { maildrop_for rita@example.org "$tmp/careless.rc"; }
sed -n "/^$canary_body/p" "$tmp/input/m" >"$tmp/input/short"
program half-then-0
mailboxes
without_care <"$tmp/input/short" >"$tmp/out" 2>&1
ok 'half-then-0, without care: stored in clear' find_canary "$tmp/mail"
program mailseal
empty_mailboxes

# In front: maildrop gets the sealed message and files it by its header.
printf 'if (/^X-Mailseal:/)\n{\n\tto "$HOME/Maildir"\n}\n' | rules "$tmp/behind.rc"
in_front() {
	mailboxes
	as_user "$tmp/bin/mailseal" deliver -r rita@example.org -f sam@example.com -- \
		"$(type -P maildrop)" "$tmp/behind.rc"
}
exits 'mailseal deliver in front of maildrop' 0 in_front <"$tmp/input/m"
stored_sealed 'in front' "$tmp/mail/Maildir" "$tmp/input/m"
fails_closed in_front no-keystore no-gpg
for line in 'exit 1' 'exit 127' 'kill -KILL $$' 'echo 5.7.1 no; exit 77'; do
	as_child() {
		as_user "$tmp/bin/mailseal" deliver -r rita@example.org -- /bin/sh -c "$line"
	}
	exits "what it starts does \`$line': try again" 75 as_child <"$tmp/input/m"
	is 'and nothing of its output comes through' "$(<"$tmp/out")" ''
done

done_testing
