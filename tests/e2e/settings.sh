#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# settings - what the configuration changes, and mistakes in it
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need gpg gpgconf
make_key rita@example.org
make_key archive@example.org
enrol rita@example.org archive@example.org

canary_message 'Thread-Topic: Kanarienvogel-Thema' 'Keywords: Kanarienvogel-Wort' \
	'Comments: Kanarienvogel-Bemerkung' 'X-Spam-Report: quotes the body' \
	'X-Other: other' 'List-Id: <list.example.com>' 'References: <1@example.com>' >"$tmp/m"

seal_rita() {
	mailseal filter -r rita@example.org <"$tmp/m"
}

keyids() {
	gpg --batch --list-packets "$1" 2>/dev/null | sed -n 's/^:pubkey enc packet:.* keyid //p'
}

# header FILE: the part that is not sealed.
header() {
	sed '/^$/q' "$1"
}

opens() {
	unseal "$tmp/out" >"$tmp/opened"
	same "$1" "$tmp/opened" "$tmp/m"
}

# ---- mistakes ---------------------------------------------------------------------

# mistake DESCRIPTION REGEX LINE...: 75, nothing stored, one line that says where.
mistake() {
	local what=$1 regex=$2

	shift 2
	settings "$@"
	exits "$what: try again" 75 seal_rita
	like 'the line names it' "$(<"$tmp/err")" "$regex"
	is 'one line' "$(grep -c '' "$tmp/err")" 1
	is 'nothing on stdout' "$(<"$tmp/out")" ''
}

mistake 'an unknown setting' 'mailseal\.conf:6: .*`recipents`' 'recipents = x'
mistake 'a setting set twice' 'mailseal\.conf:7: .*twice' 'enroll = optional' 'enroll = optional'
mistake 'not a key and a value' 'mailseal\.conf:6' 'enroll optional'
mistake 'a word that is none of the choices' 'mailseal\.conf:6: .*`enroll`' 'enroll = often'
mistake 'not a size' 'mailseal\.conf:6: .*size' 'max-message-size = big'
mistake 'not a time' 'mailseal\.conf:6: .*time' 'deadline = -1s'
mistake 'a relative path' 'mailseal\.conf:6: .*path' 'gpg-program = gpg'
mistake 'a section of an unknown kind' 'mailseal\.conf:6: ' '[user rita]'
mistake 'a section whose address is none' 'mailseal\.conf:6' '[recipient @@]'
mistake 'the same section twice' 'mailseal\.conf:7' '[domain example.org]' '[domain EXAMPLE.org]'
mistake 'a global setting in a section' 'mailseal\.conf:7: ' '[domain example.org]' 'deadline = 1s'
settings
mv "$config" "$tmp/away"
exits 'a named file that is not there' 75 seal_rita
like 'is named' "$(<"$tmp/err")" 'mailseal\.conf'
mkdir "$config"
exits 'a folder in its place' 75 seal_rita
rmdir "$config"
mv "$tmp/away" "$config"
head -c 100 /dev/zero >>"$config"
exits 'NUL bytes in it' 75 seal_rita
settings

# usage DESCRIPTION ARGUMENT...: 75 from commands that an MTA runs, stdin read to its end.
usage() {
	local what=$1

	shift
	head -c 1000000 /dev/zero | mailseal "$@" >"$tmp/out" 2>"$tmp/err"
	is "$what: try again; stdin was read" "${PIPESTATUS[*]}" '0 75'
	is 'nothing on stdout' "$(<"$tmp/out")" ''
	is 'one line' "$(grep -c '' "$tmp/err")" 1
}
usage 'an unknown option' filter --nope
usage 'an option without its argument' filter -r
usage 'a word too many' filter -r rita@example.org rita@example.org
usage 'an unknown global option' --nope filter
usage 'deliver without a way to store' deliver -r rita@example.org
usage 'deliver with two' deliver -r rita@example.org --maildir "$tmp/x" --lmtp "$tmp/y"
not_ok 'and makes no Maildir' test -e "$tmp/x"

# ---- the keystore --------------------------------------------------------------------

settings
sed -i "s|^keystore = .*|keystore = $tmp/nowhere|" "$config"
exits 'no keystore: try again' 75 seal_rita
like 'the line says how to make it' "$(<"$tmp/err")" 'key import'
is 'one line' "$(grep -c '' "$tmp/err")" 1
mkdir "$tmp/nowhere"
exits 'a folder that is no keystore, such as an unmounted one' 75 seal_rita
exits '--keystore goes before the configuration' 0 \
	mailseal --keystore "$keystore" filter -r rita@example.org <"$tmp/m"

# ---- policies ------------------------------------------------------------------------

settings 'enroll = required'
exits 'enroll = required: not enrolled is try again' 75 mailseal filter -r carol@example.org <"$tmp/m"
like 'the line says key import' "$(<"$tmp/err")" 'key import'
exits 'and enrolled is sealed' 0 seal_rita
settings '[domain example.org]' 'enroll = required' '[recipient carol@example.org]' 'enroll = optional'
exits 'a [recipient] section goes before its [domain]' 0 mailseal filter -r carol@example.org <"$tmp/m"
exits 'which holds for the others' 75 mailseal filter -r dora@example.org <"$tmp/m"
exits 'policies that differ: try again' 75 \
	mailseal filter -r carol@example.org -r dora@example.org <"$tmp/m"
like 'one at a time' "$(<"$tmp/err")" 'one recipient at a time'

settings 'hidden-recipients = yes'
exits 'hidden-recipients' 0 seal_rita
is 'the key id is not told' "$(keyids "$tmp/out")" 0000000000000000
opens 'and it opens'

settings 'archive-certificates = archive@example.org'
exits 'archive-certificates' 0 seal_rita
is 'two session keys' "$(keyids "$tmp/out" | wc -l)" 2
opens 'and it opens'
settings 'archive-certificates = gone@example.org'
exits 'an archive without a certificate: try again' 75 seal_rita
like 'it is named' "$(<"$tmp/err")" 'gone@example\.org'

settings 'protect-subject = yes'
exits 'protect-subject = yes' 0 seal_rita
is 'the subject outside' "$(header "$tmp/out" | grep -i '^Subject')" 'Subject: [...]'
unlike 'nothing repeats it' "$(<"$tmp/out")" 'Kanarienv|Thread-Topic|Keywords|Comments'
opens 'and it opens'
settings 'protect-subject = omit'
exits 'protect-subject = omit' 0 seal_rita
unlike 'no subject outside' "$(<"$tmp/out")" 'Subject|Kanarienv'
opens 'and it opens'

settings
exits 'by default' 0 seal_rita
like 'the subject stays' "$(header "$tmp/out")" "Subject: $canary_subject"
unlike 'the spam report goes, it quotes the body' "$(header "$tmp/out")" 'X-Spam-Report'
settings 'hide-fields = x-other Received'
exits 'hide-fields' 0 seal_rita
unlike 'takes them away' "$(header "$tmp/out")" 'X-Other|Received'
like 'and no others' "$(header "$tmp/out")" 'X-Spam-Report'
opens 'and it opens'

settings 'protect-headers = strict'
exits 'protect-headers = strict' 0 seal_rita
is 'keeps what delivery and replies need' \
	"$(header "$tmp/out" | sed -n 's/^\([A-Za-z-]*\):.*/\1/p' | sort | tr '\n' ' ')" \
	'Authentication-Results Content-Type Date From List-Id MIME-Version Message-ID References To X-Mailseal '
opens 'and it opens'

# ---- limits --------------------------------------------------------------------------

settings 'max-message-size = 1K'
{ cat "$tmp/m"; head -c 1000000 /dev/zero | tr '\0' 'x'; } >"$tmp/large"
cat "$tmp/large" | mailseal -v filter -r rita@example.org >"$tmp/out" 2>"$tmp/err"
is 'larger than max-message-size: refused; stdin was read' "${PIPESTATUS[*]}" '0 77'
like 'the log says so' "$(<"$tmp/err")" 'outcome=refused'
is 'nothing on stdout' "$(<"$tmp/out")" ''
head -c 600 "$tmp/m" | mailseal filter -r rita@example.org >"$tmp/out"
is 'smaller: sealed' "$?" 0

settings 'deadline = 2s'
mkfifo "$tmp/fifo"
exec 8<>"$tmp/fifo"
start=$SECONDS
exits 'the deadline ends a message that never comes' 75 timeout 30 "$MAILSEAL" --config "$config" \
	filter -r rita@example.org <"$tmp/fifo" 8>&-
ok 'in time' test $((SECONDS - start)) -le 6
exec 8>&-

# ---- certificates that cannot be used ----------------------------------------------------

make_key old@example.org
settings

# Enrolled while it is valid, then it ends.
for seconds in 2 5 20; do
	gpg --batch --quiet --quick-set-expire "$(fingerprint old@example.org)" "seconds=$seconds"
	enrol old@example.org && break
done
wait_for -t 30 sh -c "gpg --batch --with-colons --list-keys '<old@example.org>' | grep -q '^pub:e'"

expired() {
	mailseal filter -r old@example.org <"$tmp/m"
}
exits 'an expired certificate: try again' 75 expired
like 'the line says who and why' "$(<"$tmp/err")" 'old@example\.org.*expired'
is 'nothing on stdout' "$(<"$tmp/out")" ''
settings 'on-expired = refuse'
exits 'on-expired = refuse' 77 expired
settings 'on-unusable-key = refuse'
exits 'on-unusable-key = refuse holds for it' 77 expired
settings 'on-unusable-key = refuse' 'on-expired = defer'
exits 'on-expired overrides' 75 expired

done_testing
