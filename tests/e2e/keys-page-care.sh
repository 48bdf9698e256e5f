#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# keys-page-care - the commands of docs/keys.md about importing, aliases, renewing, health, reminders and
# who changed it, one after the other, as they stand there
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need gpg python3

printf '#!/bin/sh\ncat >>%s/sent\n' "$tmp" >"$tmp/sendmail"
chmod +x "$tmp/sendmail"
settings "sendmail = $tmp/sendmail"
cd "$tmp" || exit 1

# page SECTION: the lines in its blocks.
page() {
	awk -v section="## $1" '
	/^## / { on = $0 == section }
	/^```/ { block = !block; next }
	on && block' "$srcdir/docs/keys.md"
}

# run_page SECTION
run_page() {
	page "$1" >"$tmp/lines"
	ok "$1: the page has lines" test -s "$tmp/lines"
	while IFS= read -r line <&3; do
		exits "$line" 0 eval "$line"
	done 3<"$tmp/lines"
}

make_key rita@example.org || exit 1
old=$(fingerprint rita@example.org)
gpg --batch --armor --export "$old" >rita.asc
run_page Importing
run_page 'Aliases, stopping, pausing'
like 'the alias is known' "$(key list)" 'info@example.org: alias of rita@example.org'
gpg --batch --quiet --quick-set-expire "$old" 2y
gpg --batch --armor --export "$old" >rita-renewed.asc
run_page Renewing
like 'it was renewed' "$(<"$tmp/out")" '^updated rita@example.org '
gpg --batch --yes --delete-secret-and-public-key "$old" 2>/dev/null
make_key rita@example.org
gpg --batch --armor --export "$(fingerprint rita@example.org)" >rita-new.asc
run_page 'Another key'
like 'the old one is kept' "$(mailseal key show rita@example.org)" "$old .*: retired"
run_page Health
gpg --batch --quiet --quick-set-expire "$(fingerprint rita@example.org)" seconds=200000
enrol rita@example.org
run_page Reminders
like 'the owner was told' "$(<"$tmp/sent")" 'To: <rita@example.org>'
like 'and the administrator' "$(<"$tmp/sent")" 'To: <postmaster@example.org>'
settings "$(page 'Expired certificates')"
exits 'the setting for expired certificates' 0 mailseal key list
page 'Who changed it' >"$tmp/lines"
mapfile -t lines <"$tmp/lines"
keystore=$tmp/signed
settings "sendmail = $tmp/sendmail"
exits "${lines[0]}" 0 eval "${lines[0]}"
like 'it prints the settings' "$(<"$config")" 'keystore-public-key = ed25519:'
exits 'imported again' 0 key import rita-new.asc
for line in "${lines[@]:1}"; do exits "$line" 0 eval "$line"; done
done_testing
