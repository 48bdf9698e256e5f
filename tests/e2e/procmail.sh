#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# procmail - the recipes of docs/recipes.md, the good case and the failing ones
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need procmail
. "$srcdir/tests/lib/mda.sh"
. "$srcdir/tests/lib/dns.sh"
recipe_paths /usr/bin/rspamc "$tmp/bin/rspamc"

# procmail's way out when a rule fails is this file, in place of /var/mail.
default=$tmp/mail/default

# rules FILE NAME...: the recipes as one file; HOME is the test's.
rules() {
	local file=$1 name

	shift
	{
		echo "HOME=$tmp/mail"
		echo "SENDMAIL=$tmp/bin/sendmail"
		for name; do
			recipe "$name"
		done
	} >"$file"
}

# procmail_with FILE: delivers stdin to rita.
procmail_with() {
	as_user "$(type -P procmail)" -a rita@example.org -a sam@example.com \
		"DEFAULT=$default" "ORGMAIL=$default" "$1"
}

rules "$tmp/deliver.rc" 'procmail deliver'
rules "$tmp/filter.rc" 'procmail filter'
delivering() { procmail_with "$tmp/deliver.rc"; }
filtering() { procmail_with "$tmp/filter.rc"; }

# ---- what goes well ----------------------------------------------------------------

for way in delivering filtering; do
	exits "$way: delivered" 0 $way <"$tmp/input/m"
	stored_sealed "$way" "$tmp/mail/Maildir" "$tmp/input/m"
	empty_mailboxes

	printf '%s' "$(canary_message)" >"$tmp/input/unended"
	exits "$way: an unended last line" 0 $way <"$tmp/input/unended"
	stored_sealed "$way, unended" "$tmp/mail/Maildir" "$tmp/input/unended"
	empty_mailboxes

	sed 's/$/\r/' "$tmp/input/m" >"$tmp/input/crlf"
	exits "$way: CRLF" 0 $way <"$tmp/input/crlf"
	stored_sealed "$way, CRLF" "$tmp/mail/Maildir" "$tmp/input/crlf"
	empty_mailboxes

	{ echo 'From sam@example.com  Tue Nov 24 20:00:00 2026'; cat "$tmp/input/m"; } >"$tmp/input/mbox"
	exits "$way: with an mbox From line, which a Maildir does not keep" 0 $way <"$tmp/input/mbox"
	stored_sealed "$way, From line" "$tmp/mail/Maildir" "$tmp/input/m"
	empty_mailboxes

	exits "$way: a large message" 0 $way <"$tmp/input/large"
	stored_sealed "$way, large" "$tmp/mail/Maildir" "$tmp/input/large"
	empty_mailboxes
done

canary_message 'List-Id: <list.example.com>' >"$tmp/input/list"
as_user mkdir -p "$tmp/mail/Maildir"/{cur,new,tmp}
exits 'a rule behind the sealing' 0 filtering <"$tmp/input/list"
stored_sealed 'is followed' "$tmp/mail/Maildir/.Lists" "$tmp/input/list"
empty_mailboxes

# Junk is filed in front of other rules.
spoof
line=$(grep -n '^\* ^List-Id' "$tmp/filter.rc" | cut -d: -f 1)
{
	head -n $((line - 2)) "$tmp/filter.rc"
	recipe 'procmail junk'
	tail -n +$((line - 1)) "$tmp/filter.rc"
} >"$tmp/junk.rc"
junk() { procmail_with "$tmp/junk.rc"; }
as_user mkdir -p "$tmp/mail/Maildir"/{cur,new,tmp}
exits 'what fails DMARC' 0 junk <"$tmp/input/spoofed"
stored_sealed 'is filed as junk' "$tmp/mail/Maildir/.Junk" "$tmp/input/spoofed"
settings
empty_mailboxes
as_user mkdir -p "$tmp/mail/Maildir"/{cur,new,tmp}
canary_message 'X-Mailseal-Junk: yes; reason=dmarc' >"$tmp/input/claims"
exits 'what only says so' 0 junk <"$tmp/input/claims"
stored_sealed 'is not' "$tmp/mail/Maildir" "$tmp/input/claims"
not_ok 'and no folder for it' test -e "$tmp/mail/Maildir/.Junk"
empty_mailboxes

# ---- what goes wrong ------------------------------------------------------------------

fails_closed delivering 'exit 1' 'exit 75' unread killed missing no-keystore no-gpg
fails_closed filtering 'exit 1' 'exit 75' unread killed missing half \
	half-then-0 nothing-then-0 no-keystore no-gpg

# without_care: what the recipe would be if it only called the filter.
without_care() {
	procmail_with "$tmp/careless.rc"
}
printf 'HOME=%s\n:0 fw\n| %s filter -r "$1"\n' "$tmp/mail" "$tmp/bin/mailseal" >"$tmp/careless.rc"
opens_open without_care 'exit 75'
opens_open without_care missing

program 'exit 75'
exits 'a failure' 75 filtering <"$tmp/input/m"
program mailseal
exits 'and the next try' 0 filtering <"$tmp/input/m"
stored_sealed 'after a failure' "$tmp/mail/Maildir" "$tmp/input/m"
empty_mailboxes

# no recipient: procmail was not told one.
not_told() {
	as_user "$(type -P procmail)" "DEFAULT=$default" "ORGMAIL=$default" "$tmp/filter.rc"
}
exits 'no recipient given: try again' 75 not_told <"$tmp/input/m"
is 'nothing is stored' "$(stored)" ''

# ---- before the sealing -----------------------------------------------------------------

# takes NAME: a program that keeps what it gets in $tmp/input/sent.
mkdir "$tmp/input/sent"
chown $mail_uid "$tmp/input/sent"
takes() {
	cat >"$tmp/bin/$1" <<-END
	#!/bin/sh
	echo "\$@" >"$tmp/input/sent/$1.arguments"
	cat >"$tmp/input/sent/$1"
	END
	chmod 755 "$tmp/bin/$1"
}
takes sendmail
takes rspamc
rules "$tmp/before.rc" 'procmail before' 'procmail filter'
before() { procmail_with "$tmp/before.rc"; }

canary_message | sed 's/^Subject: .*/Subject: an invoice/' >"$tmp/input/invoice"
exits 'a redirect above the sealing' 0 before <"$tmp/input/invoice"
like 'goes to the other address' "$(<"$tmp/input/sent/sendmail.arguments")" 'accounts@example\.net'
same 'as the original' "$tmp/input/sent/sendmail" "$tmp/input/invoice"
stored_sealed 'and is stored' "$tmp/mail/Maildir" "$tmp/input/invoice"
empty_mailboxes

canary_message 'X-Spam-Flag: YES' >"$tmp/input/spam"
exits 'a classifier above the sealing' 0 before <"$tmp/input/spam"
ok 'learns' wait_for test -s "$tmp/input/sent/rspamc"
same 'from the original' "$tmp/input/sent/rspamc" "$tmp/input/spam"
stored_sealed 'which is stored' "$tmp/mail/Maildir" "$tmp/input/spam"
rm "$tmp/input/sent/rspamc"
unseal "$(stored)" | "$tmp/bin/rspamc" learn_spam
same 'or later, from what `mailseal open` gives' "$tmp/input/sent/rspamc" "$tmp/input/spam"

# ---- the recipes --------------------------------------------------------------------------

# Each named block is run by one of the tests.
sed -n 's/^```\(..*\)/\1/p' "$srcdir/docs/recipes.md" | sort -u >"$tmp/names"
ok 'there are recipes' test "$(wc -l <"$tmp/names")" -gt 10
while read -r name; do
	grep -qF "'$name'" "$srcdir"/tests/e2e/*.sh || grep -qF "recipe $name" "$srcdir"/tests/e2e/*.sh ||
		echo "$name"
done <"$tmp/names" >"$tmp/unused"
is 'docs/recipes.md has none that no test runs' "$(<"$tmp/unused")" ''

is 'nothing was written to /var/mail' "$(find /var/mail -newer "$tmp/program" -name 'nobody*')" ''
done_testing
