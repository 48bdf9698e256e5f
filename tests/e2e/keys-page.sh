#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# keys-page - the commands of docs/keys.md about fetching, refreshing and publishing, one after the
# other, as they stand there but for the places and the servers that they name
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/https.sh"
need gpg openssl python3

settings
start_https || { fail 'no HTTPS server'; done_testing; }
new_host openpgpkey.example.org

# page SECTION: the command lines in its blocks.
page() {
	awk -v section="## $1" '
	/^## / { on = $0 == section }
	/^```/ { block = !block; next }
	on && block && /(^|\/)mailseal |\/mailseal key/' "$srcdir/docs/keys.md"
}

# offers ADDRESS: a new key of its owner, where everybody can fetch it.
offers() {
	make_key "$1" && gpg --batch --export "$(fingerprint "$1")" |
		wkd_put openpgpkey.example.org example.org "$1"
}

# run LINE: what cron's line has in front is left out.
run_line() {
	local line=$1 words

	line=mailseal${line#*mailseal}
	read -ra words <<<"$line"
	words=("${words[@]/#\/var\/www/$tmp/www-of-page}")
	words=("${words[@]/#4h/1s}")
	case ${words[2]} in
	fetch | refresh) words+=("${https[@]}") ;;
	esac
	case $line in
	*--replace*)
		gpg --batch --yes --delete-secret-and-public-key "$(fingerprint rita@example.org)" 2>/dev/null
		offers rita@example.org
		;;
	esac
	exits "$line" 0 "${words[@]}"
}

offers rita@example.org || exit 1
new_recipient boss@example.org || exit 1
mkdir "$tmp/www-of-page"
for section in Fetching Refreshing Publishing; do
	page "$section" >"$tmp/lines"
	ok "$section: the page has commands" test -s "$tmp/lines"
	while IFS= read -r line <&3; do
		run_line "$line"
	done 3<"$tmp/lines"
done
ok 'what is published is on the disk' test -s \
	"$tmp/www-of-page/wkd/.well-known/openpgpkey/example.org/hu/$(wkd_hash rita)"
done_testing
