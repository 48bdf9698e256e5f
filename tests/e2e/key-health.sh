#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# key-health - key check for people and for monitoring, key remind
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

need gpg gpgconf python3 flock
throwaway_home
G=(gpg --batch --quiet --no-tty --passphrase '' --pinentry-mode loopback --no-auto-check-trustdb)
day=86400

# expires ADDRESS DAYS: its primary key ends in that many days, a little less; enrolled.
expires() {
	"${G[@]}" --quick-set-expire "$(fingerprint "$1")" "seconds=$(($2 * day - 3600))" 2>/dev/null
	enrol "$1"
}

# json FILE EXPRESSION: of the JSON in it, named j.
json() {
	python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"
}

for who in good soon; do
	make_key $who@example.org || exit 1
	enrol $who@example.org
done

# ---- key check ---------------------------------------------------------------------

exits 'all is well' 0 key check
exits 'also in the next month' 0 key check --warn-days 30
like 'and says so' "$(<"$tmp/out")" '^good@example.org [0-9A-F]{40} cv25519, expires never: usable'$'\n'
expires soon@example.org 10
exits 'one ends soon: now it is well' 0 key check
like 'the next change is told' "$(<"$tmp/out")" "soon@example.org .*: usable; 20[0-9-]{8}: the primary key $(fingerprint soon@example.org) expires"
exits 'but not with --warn-days 30' 65 key check --warn-days 30
like 'in words of its own' "$(<"$tmp/err")" 'the certificates of 1 recipients end within 30 days'
exits 'with --warn-days 9' 0 key check --warn-days 9
exits 'of another one' 0 key check --warn-days 30 good@example.org
exits 'a domain' 65 key check --warn-days 30 example.org
exits 'no number' 64 key check --warn-days soon
exits 'JSON' 65 key check --json --warn-days 30
is 'has the health of each' "$(json "$tmp/out" '[(e["address"], e["health"]) for e in j]')" \
	"[('good@example.org', 'good'), ('soon@example.org', 'ends soon')]"
is 'and what comes next' "$(json "$tmp/out" 'j[1]["certificates"][0]["next"]["fingerprint"]')" "$(fingerprint soon@example.org)"
is 'or nothing' "$(json "$tmp/out" 'j[0]["certificates"][0]["next"], j[0]["end"]')" '(None, None)'

exits 'monitoring: a warning' 1 key check --nagios
like 'its line' "$(head -n 1 "$tmp/out")" '^MAILSEAL WARNING - 2 recipients, 0 without .*, 1 whose certificate ends within 14 days \| recipients=2 unusable=0 ending=1$'
exits 'well, with other days' 0 key check --nagios --warn-days 5
like 'its line' "$(head -n 1 "$tmp/out")" '^MAILSEAL OK '

# A subkey that ends while another goes on is told, and is no warning.
"${G[@]}" --quick-add-key "$(fingerprint good@example.org)" cv25519 encr "seconds=$((5 * day))"
"${G[@]}" --quick-add-key "$(fingerprint good@example.org)" rsa1024 encr never
enrol good@example.org
exits 'another subkey goes on' 0 key check --warn-days 30 good@example.org
like 'the one that ends is told' "$(<"$tmp/out")" '; 20[0-9-]{8}: the subkey [0-9A-F]{40} expires'
like 'a weak one too' "$(<"$tmp/out")" '; rsa1024 [0-9A-F]{40} is not used: too weak'

# ---- what can't be used ----------------------------------------------------------------

make_key old@example.org
"${G[@]}" --quick-set-expire "$(fingerprint old@example.org)" seconds=6
enrol old@example.org
wait_for -t 30 sh -c "gpg --batch --with-colons --list-keys '<old@example.org>' | grep -q '^pub:e'"
exits 'expired' 65 key check --warn-days 30
like 'is told first' "$(<"$tmp/err")" '1 of 3 recipients have no usable certificate'
exits 'monitoring: critical' 2 key check --nagios
like 'its line' "$(head -n 1 "$tmp/out")" '^MAILSEAL CRITICAL - 3 recipients, 1 without'
cp -R "$keystore" "$tmp/whole"
echo broken >"$(ls "$keystore"/*/good@example.org)"
exits 'an entry that is broken' 75 key check
is 'does not hide the others' "$(grep -c . "$tmp/out")" 3
exits 'monitoring' 2 key check --nagios
exits 'JSON' 75 key check --json
is 'has it' "$(json "$tmp/out" '[e["health"] for e in j]')" "['unreadable', 'unusable', 'good']"
rm -r "$keystore" && mv "$tmp/whole" "$keystore"

# ---- key remind ------------------------------------------------------------------------------

# What sendmail gets: arguments and message of each call, in a file of its own.
mkdir "$tmp/sent"
cat >"$tmp/sendmail" <<-EOF
	#!/bin/sh
	[ ! -e $tmp/sendmail-fails ] || exit 75
	n=\$(ls $tmp/sent | wc -l)
	{ echo "\$*"; cat; } >$tmp/sent/\$n
EOF
chmod +x "$tmp/sendmail"

remind() {
	rm -f "$tmp/sent"/*
	key remind --sendmail "$tmp/sendmail" "$@"
}

# sent: to whom, sorted.
sent() {
	sed -sn 1p "$tmp/sent"/* 2>/dev/null | sed 's/.* -- //' | sort | paste -sd ' '
}

exits 'a dry run' 0 remind --dry-run
is 'sends nothing' "$(sent)" ''
like 'and says to whom it would' "$(<"$tmp/out")" $'Owners who would be told of it: 1\n  soon@example.org: ends on '
not_ok 'and leaves nothing' test -e "$tmp/state/reminders"
exits 'what sendmail does not take' 75 sh -c "touch $tmp/sendmail-fails"' && "$@"' sh "$MAILSEAL" --config "$config" key remind --sendmail "$tmp/sendmail"
like 'is told' "$(<"$tmp/err")" '1 reminders were not sent, the next run tries again'
like 'and is in the digest' "$(<"$tmp/out")" 'Reminders that could not be sent: 1'
rm "$tmp/sendmail-fails"
exits 'and sent the next time' 0 remind
is 'to the owner' "$(sent)" soon@example.org
mail=$(<"$tmp/sent/0")
like 'from the null sender' "$mail" '^-i -f <> -- soon@example.org'$'\n'
like 'by a program' "$mail" $'\nAuto-Submitted: auto-generated\n'
like 'from the postmaster' "$mail" $'\nFrom: mailseal <postmaster@example.org>\nTo: <soon@example.org>\nSubject: Your OpenPGP certificate expires on 20'
like 'which certificate' "$mail" "$(fingerprint soon@example.org)"
like 'what to do' "$mail" 'gpg --quick-set-expire'
like 'the digest has what ends and what ended' "$(<"$tmp/out")" \
	$'Certificates that can\'t be used now: 1\n  old@example.org: .*Certificates that end soon: 1\n  soon@example.org: '
exits 'once more' 0 remind
is 'nobody is told twice' "$(sent)" ''
expires soon@example.org 20
exits 'another end' 0 remind
is 'is another reminder' "$(sent)" soon@example.org
expires soon@example.org 3
exits 'the days go by' 0 remind
is 'the next threshold' "$(sent)" soon@example.org
exits 'once' 0 remind
is 'is told once' "$(sent)" ''
exits 'other thresholds' 0 remind --warn-days 2,60
is 'of which one has begun that was told' "$(sent)" ''

# Mail for an expired one waits, and a reminder would wait with it.
exits 'on-expired = defer' 0 remind
is 'the owner of an expired one is not written to' "$(sent)" ''
settings 'on-expired = seal'
exits 'on-expired = seal' 0 remind
is 'is, since it arrives' "$(sent)" old@example.org
like 'and says so' "$(<"$tmp/sent/0")" 'Subject: Your OpenPGP certificate expired on 20'
exits 'once' 0 remind
is 'once' "$(sent)" ''

exits 'a digest by mail' 0 remind --digest admin@example.org --from keys@example.org
is 'to the administrator' "$(sent)" admin@example.org
is 'and not on stdout' "$(<"$tmp/out")" ''
like 'from whom it should be' "$(<"$tmp/sent/0")" 'From: mailseal <keys@example.org>'
key remove old@example.org soon@example.org >/dev/null
exits 'when all is well' 0 remind --digest admin@example.org
is 'there is none' "$(sent)" ''
exits 'on stdout' 0 remind
like 'it says so' "$(<"$tmp/out")" 'All is well'

# What is held for want of a certificate is in it, too.
settings 'on-unusable-key = hold' 'recovery-certificate = good@example.org'
mkdir -m 1733 "$tmp/state/hold"
key policy --seal on nobody@example.org >/dev/null
exits 'mail is held' 0 mailseal deliver -r nobody@example.org --maildir "$tmp/Maildir" <<<$'Subject: x\n\nx'
exits 'the digest' 0 remind
like 'has it' "$(<"$tmp/out")" 'Messages that are held: 1, [0-9]+ bytes, the oldest since 20'
settings

# ---- its file -------------------------------------------------------------------------------------

is 'a state that others need not read' "$(stat -c %a "$tmp/state/reminders")" 600
new=$(($(date +%s) + 3 * day))
printf 'mailseal-reminders 1\n1500000000 3 gone@example.org\n%s 3 here@example.org\n%s 30 here@example.org\nnonsense\n%s 1 cut@exam' $new $new $new >"$tmp/state/reminders"
exits 'what is long over, no line, or half a line' 0 remind
is 'is dropped' "$(<"$tmp/state/reminders")" $'mailseal-reminders 1\n'"$new 3 here@example.org"
echo 'mailseal-reminders 2' >"$tmp/state/reminders"
exits 'of a newer version' 75 remind
is 'and it stays' "$(<"$tmp/state/reminders")" 'mailseal-reminders 2'
rm "$tmp/state/reminders"
exits 'two at once' 75 flock "$tmp/state/reminders.lock" "$MAILSEAL" --config "$config" key remind --sendmail "$tmp/sendmail"
exits 'a sendmail that is no path' 64 remind --sendmail sendmail
exits 'a digest to no address' 65 remind --digest admin
exits 'a sender that is none' 65 remind --from $'a\nBcc: b@example.org'

done_testing
