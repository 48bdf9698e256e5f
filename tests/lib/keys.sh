# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# keys - throwaway keys, and mailseal with a configuration of the test's own

config=$tmp/mailseal.conf
keystore=$tmp/keys

# mailseal ARGUMENT...: the program under test, never the machine's configuration.
mailseal() {
	"$MAILSEAL" --config "$config" "$@"
}

key() {
	mailseal key "$@"
}

# outcome DESCRIPTION EXIT WORD ADDRESS: how the message $tmp/m fares for that recipient.
outcome() {
	exits "$1" "$2" mailseal filter -v -r "$4" <"$tmp/m"
	like "$1: outcome" "$(<"$tmp/err")" "outcome=$3 "
}

# settings [LINE]...: the configuration anew, with these lines more. Unless one of them says
# otherwise, no DNS: what this machine's resolver knows must not count.
settings() {
	{
		case " ${*/#/$'\n'}" in
		*$'\n'resolver*) ;;
		*) echo "resolver = none" ;;
		esac
		echo "authserv-id = mx.example.org"
		echo "keystore = $keystore"
		echo "state-dir = $tmp/state"
		echo "spool-dir = $tmp/tmp"
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$config"
}
settings

# throwaway_home: a GnuPG home for this test; its agent is gone at the end.
throwaway_home() {
	export GNUPGHOME=$tmp/gnupg

	mkdir -m 700 "$GNUPGHOME"
	at_exit "GNUPGHOME=$GNUPGHOME gpgconf --kill all >/dev/null 2>&1"
}

# make_key ADDRESS [ALGORITHM]: without a passphrase; an encryption subkey of
# cv25519, or of what GnuPG calls ALGORITHM, such as rsa2048.
make_key() {
	local address=$1 algorithm=${2:-future-default} fpr

	[ "${GNUPGHOME:-}" ] || throwaway_home
	gpg --batch --quiet --passphrase '' --pinentry-mode loopback \
		--quick-gen-key "<$address>" "$algorithm" default never 2>"$tmp/.key" ||
		{ diag_file "$tmp/.key"; return 1; }
	[ "$algorithm" != future-default ] || return 0
	fpr=$(fingerprint "$address")
	gpg --batch --quiet --passphrase '' --pinentry-mode loopback \
		--quick-add-key "$fpr" "$algorithm" encr never
}

# fingerprint ADDRESS: of the primary key.
fingerprint() {
	gpg --batch --no-auto-check-trustdb --with-colons --list-keys "<$1>" 2>/dev/null |
		awk -F: '/^fpr/ { print $10; exit }'
}

# enrol ADDRESS...: into the test's keystore, made when it is missing.
enrol() {
	local address

	for address; do
		gpg --batch --export "<$address>" |
			mailseal key import -a "$address" >"$tmp/.enrol" 2>&1 ||
			{ diag_file "$tmp/.enrol"; return 1; }
	done
}

# new_recipient ADDRESS [ALGORITHM]: made and enrolled.
new_recipient() {
	make_key "$@" && enrol "$1"
}

# seal ADDRESS: stdin sealed to it, on stdout.
seal() {
	mailseal filter -r "$1"
}

# unseal [FILE]: what went in, on stdout.
unseal() {
	mailseal open "$@"
}

# plain_gpg [FILE]: the payload, by GnuPG alone.
plain_gpg() {
	gpg --batch --quiet --decrypt "$@" 2>"$tmp/.gpg"
}

# is_sealed FILE: a PGP/MIME message with our mark on top.
is_sealed() {
	grep -qi '^X-Mailseal: v=1; at-rest' "$1" &&
		grep -qi '^Content-Type: multipart/encrypted' "$1" &&
		grep -q '^-----END PGP MESSAGE-----' "$1"
}
