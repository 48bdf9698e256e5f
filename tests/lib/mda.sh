# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# mda - the recipes of docs/recipes.md, run as they are written there
#
# A recipe is a fenced block of docs/recipes.md; its info string, such as
# `procmail deliver`, names it.  The paths in it are those of an installed
# system and become the test's own.  $tmp/bin/mailseal is what the recipe
# calls: the program, or something that fails in the way that is asked for.
#
# The message lies in $tmp/input, mailboxes lie below $tmp/mail, both given to
# the user that delivers: uid 65534, which may become nobody else.

mkdir "$tmp/bin" "$tmp/input" "$tmp/mail" "$tmp/program"
mail_uid=65534
mail_gid=65534

need_root
need gpg gpgconf setpriv python3
chown "$mail_uid:$mail_gid" "$tmp/mail"
cp "$MAILSEAL" "$tmp/program/mailseal"
cp -R "$builddir/gnupg" "$tmp/program/gnupg"
chmod -R go+rX "$tmp/program"
new_recipient rita@example.org
canary_message >"$tmp/input/m"
{ canary_message; head -c 1000000 /dev/urandom | base64; } >"$tmp/input/large"

# as_user COMMAND...: with an empty environment, as the one that delivers.
as_user() {
	env -i setpriv --reuid=$mail_uid --regid=$mail_gid --clear-groups --no-new-privs "$@"
}

# spoof: $tmp/input/spoofed fails DMARC, and that makes it junk. lib/dns.sh must be there.
spoof() {
	echo '{ "_dmarc.example.com": ["v=DMARC1; p=reject"] }' >"$tmp/zone"
	start_dns dns "$tmp/zone" --ad
	{
		printf 'Return-Path: <sam@example.com>\nReceived: from h (h [192.0.2.1])\n\tby mx.example.org with SMTP id 1; Tue, 24 Nov 2026 20:00:00 +0000\n'
		cat "$tmp/input/m"
	} >"$tmp/input/spoofed"
	settings "resolver = trust-ad $dns" 'on-dmarc-fail = junk' 'trusted-envelope-fields = Return-Path Received'
}

# recipe_paths FROM TO...: what the following recipes' paths become.
recipe_paths() {
	recipe_sed=(-e "s|/usr/bin/mailseal|$tmp/bin/mailseal|g")
	while [ $# -gt 0 ]; do
		recipe_sed+=(-e "s|$1|$2|g")
		shift 2
	done
}
recipe_paths

# recipe NAME: prints it; the test ends if there is none.
recipe() {
	awk -v "name=$1" '
		$0 == "```" name { inside = 1; found = 1; next }
		/^```/ { inside = 0 }
		inside
		END { exit !found }
	' "$srcdir/docs/recipes.md" >"$tmp/.recipe" || {
		fail "docs/recipes.md has the recipe \`$1'"
		done_testing
	}
	sed "${recipe_sed[@]}" "$tmp/.recipe"
}

# program HOW: what stands at $tmp/bin/mailseal.
program() {
	local line

	rm -f "$tmp/bin/mailseal"
	case $1 in
	mailseal) line="exec '$tmp/program/mailseal' --config '$config' \"\$@\"" ;;
	'exit '*) line="cat >/dev/null; $1" ;;
	unread) line='exit 75' ;;
	killed) line='kill -KILL $$' ;;
	half) line='head -c 300; exit 75' ;;
	half-then-0) line='head -c 300; exit 0' ;;
	nothing-then-0) line='cat >/dev/null; exit 0' ;;
	missing) return ;;
	no-keystore) line="exec '$tmp/program/mailseal' --config '$config' --keystore '$tmp/nowhere' \"\$@\"" ;;
	no-gpg) line="exec '$tmp/program/mailseal' --config '$tmp/no-gpg.conf' \"\$@\"" ;;
	*) echo "program: $1?" >&2 && exit 1 ;;
	esac
	printf '#!/bin/sh\n%s\n' "$line" >"$tmp/bin/mailseal"
	chmod 755 "$tmp/bin/mailseal"
}
settings "gpg-program = $tmp/nowhere"
mv "$config" "$tmp/no-gpg.conf"
settings
program mailseal

# stored [FOLDER]: the messages that have arrived there.
stored() {
	find "${1:-$tmp/mail}" -type f \( -path '*/new/*' -o -path '*/cur/*' \)
}

empty_mailboxes() {
	find "$tmp/mail" -mindepth 1 -delete
}

# stored_sealed DESCRIPTION FOLDER EXPECTED: one message there, sealed, that
# opens to the file EXPECTED; left in $tmp/stored.
stored_sealed() {
	is "$1: one message" "$(stored "$2" | wc -l)" 1
	stored "$2" | head -n 1 | xargs -r cat >"$tmp/stored"
	ok "$1: stored sealed" is_sealed "$tmp/stored"
	unseal "$tmp/stored" >"$tmp/input/opened"
	same "$1: opens to what came in" "$tmp/input/opened" "$3"
	no_canary "$1: nothing in clear" "$tmp"
}

# fails_closed COMMAND HOW...: COMMAND, which delivers $tmp/input/m, must say
# 75 for each way to fail, and store nothing.
fails_closed() {
	local command=$1 how code

	shift
	for how; do
		empty_mailboxes
		program "$how"
		$command <"$tmp/input/m" >"$tmp/out" 2>"$tmp/err"
		code=$?
		is "$how: the MTA is told to try again" $code 75
		is "$how: nothing is stored" "$(stored)" ''
		no_canary "$how: nothing in clear" "$tmp"
	done
	program mailseal
	empty_mailboxes
}

# opens_open COMMAND HOW: the same without the recipe's care, to show that
# the failure is one that matters and that this test would see it.
opens_open() {
	empty_mailboxes
	program "$2"
	$1 <"$tmp/input/m" >"$tmp/out" 2>&1
	ok "$2, without care: stored in clear" find_canary "$tmp/mail"
	program mailseal
	empty_mailboxes
}
