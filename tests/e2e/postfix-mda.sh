#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# postfix-mda - Postfix hands over to procmail, maildrop, Dovecot's LMTP, as docs/recipes.md says
#
# Small scripts call the agents: with files of the test, and without the set-uid bit,
# by which procmail makes a mailbox in /var/mail.
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need procmail maildrop
. "$srcdir/tests/lib/mda.sh"
. "$srcdir/tests/lib/postfix.sh"
. "$srcdir/tests/lib/dovecot.sh"
user=$(id -un $mail_uid)
recipe_paths user=vmail "user=$user" vmail "$(id -gn nobody)" /run/dovecot/lmtp "$tmp/run/lmtp" \
	/usr/bin/procmail "$tmp/bin/procmail" /usr/bin/maildrop "$tmp/bin/maildrop"
make_key "$user@local.example.org"
make_key rita@maildrop.example.org
enrol "$user@local.example.org" rita@maildrop.example.org

# ---- the three agents ------------------------------------------------------------------

{ echo "HOME=$tmp/mail"; recipe 'procmail filter'; } >"$tmp/procmailrc"
cat >"$tmp/bin/procmail" <<END
#!/bin/sh
exec setpriv --no-new-privs /usr/bin/procmail "\$@" DEFAULT=$tmp/mail/default ORGMAIL=$tmp/mail/default $tmp/procmailrc
END
printf 'HOME="%s"\nDEFAULT="%s"\nto "$HOME/Maildir"\n' "$tmp/mail" "$tmp/mail/default" >"$tmp/maildroprc"
chown $mail_uid "$tmp/maildroprc"
chmod 600 "$tmp/maildroprc"
cat >"$tmp/bin/maildrop" <<END
#!/bin/sh
echo "\$@" >"$tmp/tmp/maildrop-arguments"
exec setpriv --no-new-privs /usr/bin/maildrop $tmp/maildroprc
END
chmod 755 "$tmp/bin/procmail" "$tmp/bin/maildrop"
recipe 'dovecot.conf lmtp' | dovecot_settings
dovecot_start

{
	recipe 'main.cf pipe'
	recipe 'main.cf procmail'
	echo 'virtual_mailbox_maps = static:ok'
	echo 'transport_maps = inline:{ maildrop.example.org=maildrop: }'
	echo 'maildrop_destination_recipient_limit = 1'
} | postfix_config
{ recipe 'master.cf lmtp'; recipe 'master.cf command'; } | postfix_services
postfix_start

# ---- each of them -----------------------------------------------------------------------

forget_mail() {
	drop_queue
	empty_mailboxes
	as_user mkdir -p "$tmp/mail/Maildir"/{cur,new,tmp}
}

# arrived DESCRIPTION: sealed, below Postfix's and the agent's own fields.
arrived() {
	is "$1: one message" "$(stored | wc -l)" 1
	stored | xargs cat >"$tmp/stored"
	ok "$1: sealed" is_sealed "$tmp/stored"
	unseal "$tmp/stored" | tail -n "$(wc -l <"$tmp/input/m")" >"$tmp/input/opened"
	same "$1: opens to what came in" "$tmp/input/opened" "$tmp/input/m"
	no_canary "$1: nothing in clear" "$tmp"
}

# waits DESCRIPTION RECIPIENT: deferred as it is now; then repaired, and delivered.
waits() {
	send "$2" <"$tmp/input/m"
	is "$1: deferred" "$(status_of "$2")" deferred
	is 'nothing is stored' "$(stored)" ''
	no_canary 'nothing in clear' "$tmp"
	$repair
	flush
	is 'when it works again: sent' "$(status_of "$2")" sent
	arrived "$1"
	forget_mail
}

forget_mail
for recipient in "$user@local.example.org" rita@maildrop.example.org rita@example.org; do
	send "$recipient" <"$tmp/input/m"
	is "$recipient: sent" "$(status_of "$recipient")" sent
	arrived "$recipient"
	forget_mail
	repair='program mailseal'
	for how in 'exit 75' killed missing no-keystore; do
		program "$how"
		waits "$recipient, $how" "$recipient"
	done
done
like 'maildrop got the user' "$(<"$tmp/tmp/maildrop-arguments")" '-f sam@example\.com -d rita'

# The agent itself is not there.
mv "$tmp/bin/procmail" "$tmp/bin/maildrop" "$tmp/program"
repair="cp $tmp/program/procmail $tmp/program/maildrop $tmp/bin"
waits 'procmail is missing' "$user@local.example.org"
rm "$tmp/bin/maildrop"
waits 'maildrop is missing' rita@maildrop.example.org
dovecot_stop
repair=dovecot_start
waits 'Dovecot is not running' rita@example.org

is 'nothing was written to /var/mail' "$(find /var/mail -newer "$tmp/program" -name "$user*")" ''
done_testing
