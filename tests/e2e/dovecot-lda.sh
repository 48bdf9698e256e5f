#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# dovecot-lda - behind `mailseal deliver`, as docs/recipes.md says; read back by IMAP
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/mda.sh"
. "$srcdir/tests/lib/dovecot.sh"
recipe_paths /usr/lib/dovecot/dovecot-lda "$tmp/bin/dovecot-lda"

{
	recipe 'dovecot.conf lda'
	cat <<-END
	mail_plugins = quota
	plugin {
	  quota = maildir:User quota
	  quota_rule = *:storage=100M
	}
	END
} | dovecot_settings
recipe 'sh dovecot-lda' >"$tmp/deliver"
sender=sam@example.com

delivering() {
	as_user /usr/bin/env RECIPIENT=rita@example.org "SENDER=$sender" sh "$tmp/deliver"
}

# ---- what goes well ----------------------------------------------------------------

dovecot_start
exits 'delivered' 0 delivering <"$tmp/input/m"
stored_sealed 'a message' "$tmp/mail/Maildir" "$tmp/input/m"
imap_fetch >"$tmp/fetched"
ok 'IMAP gives it' is_sealed "$tmp/fetched"
unseal "$tmp/fetched" >"$tmp/input/opened"
same 'and that opens, too' "$tmp/input/opened" "$tmp/input/m"
no_canary "nothing in clear, Dovecot's indexes included" "$tmp"
dovecot_stop
empty_mailboxes

sed 's/$/\r/' "$tmp/input/m" >"$tmp/input/crlf"
exits 'CRLF, which a Maildir does not keep' 0 delivering <"$tmp/input/crlf"
stored_sealed 'CRLF' "$tmp/mail/Maildir" "$tmp/input/crlf"
empty_mailboxes

{ echo 'From sam@example.com  Tue Nov 24 20:00:00 2026'; cat "$tmp/input/m"; } >"$tmp/input/mbox"
exits 'a From line, which it strips' 0 delivering <"$tmp/input/mbox"
stored_sealed 'From line' "$tmp/mail/Maildir" "$tmp/input/m"
empty_mailboxes

exits 'a large message' 0 delivering <"$tmp/input/large"
stored_sealed 'a large message' "$tmp/mail/Maildir" "$tmp/input/large"
empty_mailboxes

sender=
exits 'from the null sender' 0 delivering <"$tmp/input/m"
stored_sealed 'null sender' "$tmp/mail/Maildir" "$tmp/input/m"
sender=sam@example.com
empty_mailboxes

# ---- what goes wrong ------------------------------------------------------------------

fails_closed delivering no-keystore no-gpg

# Over quota: by default Dovecot answers the sender and says 0.
sed -i 's/storage=100M/storage=1K/' "$dovecot_config"
exits 'over quota: try again' 75 delivering <"$tmp/input/m"
is 'nothing is stored' "$(stored)" ''
sed -i 's/storage=1K/storage=100M/' "$dovecot_config"

empty_mailboxes
chmod 500 "$tmp/mail"
exits 'a mailbox that cannot be written: try again' 75 delivering <"$tmp/input/m"
chmod 700 "$tmp/mail"
mv "$dovecot_config" "$tmp/away"
exits 'no configuration of Dovecot: try again' 75 delivering <"$tmp/input/m"
mv "$tmp/away" "$dovecot_config"
cp "$tmp/bin/dovecot-lda" "$tmp/lda"
for line in 'exit 1' 'exit 64' 'exit 127' 'kill -KILL $$' 'echo 5.7.1 no; exit 77'; do
	printf '#!/bin/sh\n%s\n' "$line" >"$tmp/bin/dovecot-lda"
	exits "dovecot-lda does \`$line': try again" 75 delivering <"$tmp/input/large"
	is 'nothing of its output comes through' "$(<"$tmp/out")" ''
done
rm "$tmp/bin/dovecot-lda"
exits 'dovecot-lda is missing: try again' 75 delivering <"$tmp/input/m"
cp "$tmp/lda" "$tmp/bin/dovecot-lda"
is 'nothing was stored by all of these' "$(stored)" ''
no_canary 'nothing in clear' "$tmp"
exits 'the next try' 0 delivering <"$tmp/input/m"
stored_sealed 'after the failures' "$tmp/mail/Maildir" "$tmp/input/m"

done_testing
