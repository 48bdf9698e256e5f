# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# canary - a message that can be recognised wherever it is written
#
# The two texts hold a letter and a sign that quoted-printable and encoded
# words write differently, so that each encoding has a form of its own.

canary_subject='Kanarienvögel=Betreff'
canary_body='Kanarienvögel=singen im Bergwerk'

# canary_message [FIELD]...: one on stdout; the fields stand on top.
canary_message() {
	[ $# -eq 0 ] || printf '%s\n' "$@"
	cat <<-END
	Received: from client.example.com by mx.example.org; Tue, 24 Nov 2026 20:00:00 +0000
	From: Sam <sam@example.com>
	To: Rita <rita@example.org>
	Subject: $canary_subject
	Message-ID: <canary.$RANDOM$RANDOM@example.com>
	Date: Tue, 24 Nov 2026 20:00:00 +0000
	MIME-Version: 1.0
	Content-Type: text/plain; charset=utf-8
	Content-Transfer-Encoding: 8bit

	$canary_body
	a second line
	END
}

# canary_base64 TEXT: what it looks like in base64 at each of the three
# offsets, without the signs that its neighbours have a part in.
canary_base64() {
	local pad text cut

	for pad in '' x xx; do
		text=$(printf '%s%s' "$pad" "$1" | base64 -w 0)
		case $text in
		*==) text=${text%???} ;;
		*=) text=${text%??} ;;
		esac
		case ${#pad} in
		0) cut=0 ;;
		1) cut=2 ;;
		2) cut=3 ;;
		esac
		printf '%s\n' "${text:cut}"
	done
}

canary_qp() {
	printf '%s' "$1" | sed 's/=/=3D/g; s/ö/=C3=B6/g'
	echo
}

# canary_patterns TEXT...: for grep -F, one on each line.
canary_patterns() {
	local text

	for text; do
		printf '%s\n' "$text"
		canary_base64 "$text"
		canary_qp "$text"
	done
}

# find_canary PATH...: names the files that hold the body's text; fails when
# there are none.  Folders named input (what the sender wrote) and queue (the
# MTA's) are left out.
find_canary() {
	canary_patterns "$canary_body" >"$tmp/.canary"
	grep -rlaF -f "$tmp/.canary" --exclude-dir=input --exclude-dir=queue \
		--exclude=.canary --exclude=.ok "$@"
}

# no_canary DESCRIPTION PATH...: no file there holds the body in any encoding.
no_canary() {
	local what=$1 found

	shift
	if found=$(find_canary "$@"); then
		fail "$what" "in clear:" "$found"
	else
		pass "$what"
	fi
}

# no_canary_text DESCRIPTION TEXT: neither body nor subject in it.
no_canary_text() {
	canary_patterns "$canary_body" "$canary_subject" >"$tmp/.canary"
	if grep -qaF -f "$tmp/.canary" <<<"$2"; then
		fail "$1" "$2"
	else
		pass "$1"
	fi
}
