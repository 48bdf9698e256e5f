#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# handover - what a command, an LMTP server and a file are given, and what not
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

need gpg python3
new_recipient rita@example.org || skip_all_unless_ci "no key could be made"
canary_message >"$tmp/message"

# ---- LMTP: the envelope as it was given ---------------------------------------

mkdir "$tmp/sessions"
python3 "$srcdir/tests/lib/lmtp-server.py" "$tmp/lmtp" "$tmp/sessions" >"$tmp/server" 2>&1 &
server=$!
at_exit "kill $server 2>/dev/null; wait $server 2>/dev/null"
wait_for test -S "$tmp/lmtp"
exits "LMTP takes it" 0 mailseal deliver -r 'Rita+WorkFolder@Example.ORG' \
	-f Sam@Example.com --lmtp "$tmp/lmtp" <"$tmp/message"
like "the recipient keeps its case and extension" "$(cat "$tmp/sessions/1.session")" \
	'RCPT TO:<Rita\+WorkFolder@Example\.ORG>'
like "so does the sender" "$(cat "$tmp/sessions/1.session")" 'MAIL FROM:<Sam@Example\.com>'
no_canary "nothing in the clear goes over the wire" "$tmp/sessions"

# ---- a command: the caller's environment, whatever GPGME needed meanwhile --------

# shellcheck disable=SC2016 # the inner shell expands it
exits "a command takes it" 0 env -i GPGME_DEBUG=1 GNUPGHOME=/y PATH=/bin:/usr/bin ODD=1 \
	"$MAILSEAL" --config "$config" deliver -r rita@example.org -- \
	sh -c 'cat >/dev/null; env | sort | grep -v -e ^PWD= -e ^SHLVL= -e ^_= >"$0"' "$tmp/environment" \
	<"$tmp/message"
is "and has the caller's environment" "$(tr '\n' ' ' <"$tmp/environment")" \
	"GNUPGHOME=/y GPGME_DEBUG=1 ODD=1 PATH=/bin:/usr/bin "
settings 'deadline = 2s'
exits "a 0 that answers our TERM is no delivery" 75 mailseal deliver -r rita@example.org -- \
	sh -c "trap 'exit 0' TERM; cat >/dev/null; while :; do sleep 0.1; done" <"$tmp/message"
settings

# ---- a file on standard output ------------------------------------------------------

head -c 300000 /dev/urandom | base64 >>"$tmp/message"
echo "what was there" >"$tmp/file"
(ulimit -f 100; mailseal filter -r rita@example.org <"$tmp/message" >>"$tmp/file" 2>"$tmp/err")
is "a file that can't take it: try again" "$?" 75
is "no half stays in it" "$(cat "$tmp/file")" "what was there"

# ---- what is said of a header ----------------------------------------------------------

settings 'trusted-envelope-fields = Delivered-To'
printf 'Delivered-To: the %s\n\nx\n' "$canary_body" >"$tmp/odd"
exits "no address where the MTA should have written one" 75 mailseal -v filter <"$tmp/odd"
like "the field is named" "$(cat "$tmp/err")" 'Delivered-To'
no_canary_text "its text is not" "$(cat "$tmp/err")"
settings

settings 'max-message-size = 1K'
exits "a message that is too large is refused" 77 mailseal -v filter -r rita@example.org <"$tmp/message"
like "and its line has the recipient" "$(cat "$tmp/err")" 'to=rita@example.org outcome=refused'
settings

# ---- standard output closed --------------------------------------------------------------

seal rita@example.org <"$tmp/message" >"$tmp/sealed"
is "open says so" "$(mailseal open "$tmp/sealed" >&- 2>/dev/null; echo $?)" 75
is "key list, too" "$(mailseal key list >&- 2>/dev/null; echo $?)" 75
exits "open of a folder" 66 mailseal open "$tmp"
done_testing
