#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# clients - sealed mail is read by neomutt, notmuch and a gpg pipeline
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need gpg gpgconf neomutt notmuch script
new_recipient rita@example.org
inbox=$tmp/Maildir

cat >"$tmp/muttrc" <<END
set folder = $inbox
set spoolfile = $inbox
set mbox_type = Maildir
set crypt_use_gpgme = yes
set pipe_decode = yes
set wait_key = no
set tmpdir = $tmp/tmp
set charset = utf-8
END
cat >"$tmp/notmuch" <<END
[database]
path = $inbox
[user]
name = Rita
primary_email = rita@example.org
END
export NOTMUCH_CONFIG=$tmp/notmuch

# neomutt_shows: the only message as its pager has it, and what stood on the
# screen, which has the subject; neomutt wants a terminal.
neomutt_shows() {
	rm -f "$tmp/shown"
	TERM=vt100 timeout 20 script -qec "neomutt -n -F '$tmp/muttrc' -f '$inbox' -e 'push \
		\"<display-message><exit><pipe-message>cat >$tmp/shown<enter><exit>\"'" \
		/dev/null </dev/null >"$tmp/screen" 2>&1
	cat "$tmp/shown" "$tmp/screen"
}

notmuch_shows() {
	notmuch new --quiet >/dev/null 2>&1
	notmuch show --decrypt=true --format=json '*'
}

# shown NAME TEXT SUBJECT: stdin, delivered to the inbox, is shown with this
# text and subject.
shown() {
	local name=$1 text=$2 subject=$3 client output

	rm -rf "$inbox"
	cat >"$tmp/message"
	exits "$name: delivered" 0 mailseal deliver -r rita@example.org --maildir "$inbox" <"$tmp/message"
	is "$name: not to be read" "$(grep -rlF "$text" "$inbox")" ''
	for client in neomutt notmuch; do
		output=$(${client}_shows)
		like "$name: $client shows the text" "$output" "$text"
		like "$name: $client shows the subject" "$output" "$subject"
		unlike "$name: $client does not show our mark" "$output" 'Mailseal-Original|hp="clear"'
	done
	gpg --batch --quiet --decrypt "$inbox/new/"* >"$tmp/payload" 2>/dev/null
	tail -n 1 "$tmp/message" | tr -d '\r' >"$tmp/end"
	tail -n 1 "$tmp/payload" | tr -d '\r' >"$tmp/decrypted"
	same "$name: gpg gives it" "$tmp/decrypted" "$tmp/end"
}

shown plain 'the text of the letter' 'An ordinary subject' <<'END'
From: Sam <sam@example.com>
To: Rita <rita@example.org>
Subject: An ordinary subject
Date: Tue, 24 Nov 2026 20:00:00 +0000
Message-ID: <1@example.com>
Content-Type: text/plain; charset=utf-8

the text of the letter
END
shown 'no Content-Type' 'text without a type' 'Untyped' <<'END'
From: Sam <sam@example.com>
Subject: Untyped
Date: Tue, 24 Nov 2026 20:00:00 +0000
Message-ID: <2@example.com>

text without a type
END
shown 'quoted-printable in CRLF' 'Grüße aus Köln' 'Groß' < <(sed 's/$/\r/' <<'END'
From: Sam <sam@example.com>
Subject: =?utf-8?Q?Gro=C3=9F?=
Date: Tue, 24 Nov 2026 20:00:00 +0000
Message-ID: <3@example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe aus K=F6ln
END
)
multipart() {
	cat <<'END'
From: Sam <sam@example.com>
Subject: With an attachment
Date: Tue, 24 Nov 2026 20:00:00 +0000
Message-ID: <4@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain

see what is attached
--b
Content-Type: text/plain; name="note.txt"
Content-Disposition: attachment; filename="note.txt"
Content-Transfer-Encoding: base64

YXR0YWNoZWQK
--b--
END
}
shown multipart 'see what is attached' 'With an attachment' < <(multipart)
settings 'protect-subject = yes'
shown 'a protected subject' 'see what is attached' 'With an attachment' < <(multipart)
like 'which is not outside' "$(cat "$inbox/new/"*)" 'Subject: \[\.\.\.\]'
settings 'protect-subject = omit'
shown 'an omitted subject' 'see what is attached' 'With an attachment' < <(multipart)
unlike 'which is not outside' "$(cat "$inbox/new/"*)" 'Subject'

# What notmuch says of it: encrypted, and decrypted well.
like 'notmuch says it was decrypted' "$(notmuch_shows)" '"encstatus": \[\{"status": "good"\}\]'

done_testing
