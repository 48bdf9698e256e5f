#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# hold-dovecot - held messages are released into a real Dovecot, by its LDA and by LMTP; read back by IMAP
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/mda.sh"
. "$srcdir/tests/lib/dovecot.sh"

recipe_paths vmail "$(id -gn nobody)"
recipe 'dovecot.conf lmtp' | dovecot_settings
new_recipient recovery@example.org
install -d -m 1733 "$tmp/state" "$tmp/state/hold"
chmod 755 "$tmp/state"
subkey=$(gpg --batch --no-auto-check-trustdb --with-colons --list-keys '<rita@example.org>' 2>/dev/null |
	awk -F: '/^sub/ { found = 1 } found && /^fpr/ { print $10; exit }')

# expires WHEN: rita's encryption subkey.
expires() {
	gpg --batch --quiet --quick-set-expire "$(fingerprint rita@example.org)" "$1" "$subkey" &&
		enrol rita@example.org
}

# held_settings HOW: of deliveries and of the release.
held_settings() {
	settings 'on-unusable-key = hold' 'recovery-certificate = recovery@example.org' \
		"hold-owners = $mail_uid" "hold-deliver = $1"
}

# As docs/keys.md has it, but for the path.
documented=$(sed -n 's/^hold-deliver = //p' "$srcdir/docs/keys.md")
held_settings "${documented/#\/usr\/lib\/dovecot/$tmp/bin}"
expires seconds=1
sleep 2
for sender in sam@example.com ''; do
	exits "held, from <$sender>" 0 as_user "$tmp/bin/mailseal" deliver -r rita+x@example.org -f "$sender" \
		--lmtp "$tmp/nowhere" <"$tmp/input/m"
done
exits 'held, a large message' 0 as_user "$tmp/bin/mailseal" deliver -r rita@example.org -f sam@example.com \
	--lmtp "$tmp/nowhere" <"$tmp/input/large"
expires 0
mapfile -t ids < <(mailseal hold list | cut -d ' ' -f 1)
is 'three are held' "${#ids[@]}" 3
exits 'LMTP: not while the server is not there' 75 mailseal hold release "${ids[0]}" --lmtp "$tmp/run/lmtp"
dovecot_start

large=$(mailseal hold list | sort -k 3n | tail -n 1 | cut -d ' ' -f 1)
exits 'released by the LDA' 0 mailseal hold release "$large"
stored_sealed 'by the LDA' "$tmp/mail/Maildir" "$tmp/input/large"
is 'as a file of the user' "$(stored | xargs stat -c %u)" "$mail_uid"
empty_mailboxes
for id in "${ids[@]/$large/}"; do
	[ "$id" ] || continue
	held_settings "lmtp:$tmp/run/lmtp"
	exits 'released by LMTP' 0 mailseal hold release "$id"
	stored_sealed 'by LMTP' "$tmp/mail/Maildir" "$tmp/input/m"
	imap_fetch >"$tmp/fetched"
	unseal "$tmp/fetched" >"$tmp/input/opened"
	same 'what IMAP gives opens, too' "$tmp/input/opened" "$tmp/input/m"
	empty_mailboxes
done
is 'none is held' "$(mailseal hold list)" ''
done_testing
