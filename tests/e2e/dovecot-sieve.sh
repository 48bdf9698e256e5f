#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# dovecot-sieve - the Sieve filter of docs/recipes.md, through LDA and LMTP
#
# Pigeonhole stores the unfiltered message when anything fails; the recipe
# takes its INBOX away.
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/mda.sh"
. "$srcdir/tests/lib/dovecot.sh"
. "$srcdir/tests/lib/dns.sh"
need sievec
[ -e /usr/lib/dovecot/modules/sieve/lib90_sieve_extprograms_plugin.so ] ||
	skip_all_unless_ci 'dovecot-sieve is not installed'
mkdir "$tmp/sieve"
recipe_paths /usr/lib/dovecot/sieve-filter "$tmp/bin" /etc/dovecot/sieve "$tmp/sieve"

{
	recipe 'dovecot.conf sieve'
	cat <<-END
	sendmail_path = $tmp/bin/sendmail
	plugin {
	  sieve = file:$tmp/sieve/user.sieve
	}
	service lmtp {
	  user = $(id -un $mail_uid)
	}
	END
} | dovecot_settings

# script NAME: stdin as $tmp/sieve/NAME.sieve, compiled.
script() {
	cat >"$tmp/sieve/$1.sieve"
	sievec -c "$dovecot_config" "$tmp/sieve/$1.sieve" >"$tmp/.sievec" 2>&1 || diag_file "$tmp/.sievec"
	chmod 755 "$tmp/sieve"
}

site_scripts() {
	recipe 'sieve before' | script before
	recipe 'sieve after' | script after
}

lda() {
	as_user "$tmp/bin/dovecot-lda" -f sam@example.com -a rita@example.org
}
lmtp() {
	python3 "$srcdir/tests/lib/send.py" "$tmp/run/lmtp" sam@example.com rita@example.org
}

site_scripts
script user <<'END'
require "fileinto";
if header :contains "List-Id" "list" { fileinto "Lists"; }
END
dovecot_start
canary_message 'List-Id: <list.example.com>' >"$tmp/input/list"

# ---- what goes well ----------------------------------------------------------------

for way in lda lmtp; do
	exits "$way: delivered" 0 $way <"$tmp/input/m"
	is "$way: one message" "$(stored "$tmp/mail/Maildir" | wc -l)" 1
	stored | xargs cat >"$tmp/stored"
	ok "$way: sealed" is_sealed "$tmp/stored"
	unseal "$tmp/stored" | tr -d '\r' >"$tmp/input/opened"
	tail -n "$(wc -l <"$tmp/input/m")" "$tmp/input/opened" >"$tmp/input/end"
	same "$way: opens to what came in, with CRLF" "$tmp/input/end" "$tmp/input/m"
	imap_fetch >"$tmp/fetched"
	ok "$way: and is in INBOX" is_sealed "$tmp/fetched"
	no_canary "$way: nothing in clear" "$tmp"
	empty_mailboxes

	exits "$way: a user's own rule" 0 $way <"$tmp/input/list"
	ok "$way: is followed" is_sealed "$(stored "$tmp/mail/Maildir/.Lists")"
	no_canary "$way: nothing in clear" "$tmp"
	empty_mailboxes

	exits "$way: a large message" 0 $way <"$tmp/input/large"
	ok "$way: large, sealed" is_sealed "$(stored)"
	empty_mailboxes
done

spoof
cp "$tmp/sieve/user.sieve" "$tmp/sieve/lists"
recipe 'sieve junk' | script user
exits 'what fails DMARC' 0 lmtp <"$tmp/input/spoofed"
is 'is filed once' "$(stored | wc -l)" 1
ok 'as junk, sealed' is_sealed "$(stored "$tmp/mail/Maildir/.Junk")"
settings
script user <"$tmp/sieve/lists"
empty_mailboxes

# ---- what goes wrong ------------------------------------------------------------------

hows=('exit 1' 'exit 75' unread killed missing half half-then-0 nothing-then-0 no-keystore no-gpg)
fails_closed lda "${hows[@]}"
fails_closed lmtp "${hows[@]}"
cp "$tmp/input/m" "$tmp/input/plain"
cp "$tmp/input/list" "$tmp/input/m"
fails_closed lda "${hows[@]}"
fails_closed lmtp 'exit 75' missing half-then-0
cp "$tmp/input/plain" "$tmp/input/m"

# broken DESCRIPTION: the configuration is what it is; both must keep the door closed.
broken() {
	local way

	for way in lda lmtp; do
		exits "$1, $way: try again" 75 $way <"$tmp/input/m"
		is 'nothing is stored' "$(stored)" ''
		no_canary 'nothing in clear' "$tmp"
	done
	empty_mailboxes
}
rm "$tmp/sieve/"*.svbin
echo 'if nosuch' >"$tmp/sieve/before.sieve"
broken 'a script that does not compile'
rm "$tmp/sieve/before.sieve"
broken 'no script'
site_scripts
sed -i '/^  sieve_plugins/d' "$dovecot_config"
rm "$tmp/sieve/"*.svbin
dovecot_stop
dovecot_start
broken 'no sieve_plugins line'
echo '  sieve_plugins = sieve_extprograms' >"$tmp/.line"
sed -i "/^  sieve_global_extensions/r $tmp/.line" "$dovecot_config"
sed -i 's/^  mail_plugins = $mail_plugins sieve/  #&/' "$dovecot_config"
dovecot_stop
dovecot_start
broken 'no sieve at all'
sed -i 's/^  #  mail_plugins/  mail_plugins/' "$dovecot_config"
site_scripts
dovecot_stop
dovecot_start
exits 'repaired: the next try' 0 lmtp <"$tmp/input/m"
ok 'is stored sealed' is_sealed "$(stored)"
empty_mailboxes

# Without care: to see that this test would notice.
cp "$dovecot_config" "$tmp/closed.conf"
sed -i 's|:INBOX=/dev/null/closed||' "$dovecot_config"
printf 'require "vnd.dovecot.filter";\nfilter "mailseal" ["filter"];\n' | script before
opens_open lda 'exit 75'
opens_open lda missing
cp "$tmp/closed.conf" "$dovecot_config"

# ---- before the sealing -----------------------------------------------------------------

mkdir "$tmp/input/sent"
chown $mail_uid "$tmp/input/sent"
cat >"$tmp/bin/sendmail" <<END
#!/bin/sh
echo "\$@" >"$tmp/input/sent/to"
cat >"$tmp/input/sent/message"
END
chmod 755 "$tmp/bin/sendmail"
recipe 'sieve redirect' | script before
canary_message | sed 's/^Subject: .*/Subject: an invoice/' >"$tmp/input/invoice"
exits 'a redirect in front of the sealing' 0 lda <"$tmp/input/invoice"
like 'goes to the other address' "$(<"$tmp/input/sent/to")" 'accounts@example\.net'
tr -d '\r' <"$tmp/input/sent/message" | tail -n "$(wc -l <"$tmp/input/invoice")" >"$tmp/input/end"
same 'as the original' "$tmp/input/end" "$tmp/input/invoice"
ok 'and is stored sealed' is_sealed "$(stored)"
no_canary 'nothing in clear' "$tmp"

done_testing
