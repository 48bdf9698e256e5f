#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# dovecot-lmtp - Dovecot's LMTP socket behind `mailseal deliver --lmtp`
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/mda.sh"
. "$srcdir/tests/lib/dovecot.sh"
recipe_paths vmail "$(id -gn nobody)"

{
	recipe 'dovecot.conf lmtp'
	cat <<-END
	mail_plugins = quota
	plugin {
	  quota = maildir:User quota
	  quota_rule = *:storage=100M
	}
	END
} | dovecot_settings

echo "rita@example.net:{PLAIN}test:$mail_uid:$mail_gid::$tmp/mail::" >>"$tmp/users"

# deliver_to RECIPIENT: as the pipe(8) service of the recipe does.
deliver_to() {
	as_user "$tmp/bin/mailseal" deliver -r "$1" -f sam@example.com --lmtp "$tmp/run/lmtp"
}
delivering() { deliver_to rita@example.org; }

exits 'the server is not there: try again' 75 delivering <"$tmp/input/m"
is 'one line' "$(grep -c '' "$tmp/err")" 1
dovecot_start

# ---- what goes well ----------------------------------------------------------------

# Dovecot puts Return-Path, Delivered-To and Received on top; below is what we sent.
exits 'delivered' 0 delivering <"$tmp/input/m"
stored_sealed 'a message' "$tmp/mail/Maildir" "$tmp/input/m"
imap_fetch >"$tmp/fetched"
unseal "$tmp/fetched" >"$tmp/input/opened"
same 'what IMAP gives opens, too' "$tmp/input/opened" "$tmp/input/m"
empty_mailboxes

exits 'a +extension' 0 deliver_to rita+lists@example.org <"$tmp/input/m"
stored_sealed 'a +extension' "$tmp/mail/Maildir" "$tmp/input/m"
empty_mailboxes

exits 'a large message' 0 delivering <"$tmp/input/large"
stored_sealed 'a large message' "$tmp/mail/Maildir" "$tmp/input/large"
empty_mailboxes

printf 'Subject: dots\r\n\r\n.\r\n..\r\n.a\r\n' >"$tmp/input/dots"
exits 'lines of dots' 0 delivering <"$tmp/input/dots"
stored_sealed 'lines of dots' "$tmp/mail/Maildir" "$tmp/input/dots"
empty_mailboxes

passing() { as_user "$tmp/bin/mailseal" deliver -r rita@EXAMPLE.net -f '' --lmtp "$tmp/run/lmtp"; }
exits 'dots in mail that passes' 0 passing <"$tmp/input/dots"
stored | xargs cat >"$tmp/stored"
unseal "$tmp/stored" >"$tmp/input/opened"
same 'come back' "$tmp/input/opened" "$tmp/input/dots"
empty_mailboxes

# ---- what goes wrong ------------------------------------------------------------------

fails_closed delivering no-keystore no-gpg
make_key bob@example.org
enrol bob@example.org
exits 'a user whom the server does not know: try again' 75 deliver_to bob@example.org <"$tmp/input/m"
like 'in one line, with its reply' "$(<"$tmp/err")" '^[^'$'\n'']*550[^'$'\n'']*$'
settings 'on-upstream-refusal = refuse'
exits 'on-upstream-refusal = refuse' 77 deliver_to bob@example.org <"$tmp/input/m"
settings

dovecot_stop
sed -i 's/storage=100M/storage=1K/' "$dovecot_config"
dovecot_start
exits 'over quota: try again' 75 delivering <"$tmp/input/m"
is 'nothing is stored' "$(stored)" ''
dovecot_stop
exits 'the server is gone: try again' 75 delivering <"$tmp/input/m"
sed -i 's/storage=1K/storage=100M/' "$dovecot_config"
dovecot_start
exits 'the next try' 0 delivering <"$tmp/input/m"
stored_sealed 'after the failures' "$tmp/mail/Maildir" "$tmp/input/m"

done_testing
