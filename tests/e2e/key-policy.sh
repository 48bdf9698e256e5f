#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# key-policy - aliases, stopping and pausing, and a keystore that nobody can change unseen
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

need gpg python3
new_recipient rita@example.org
printf 'From: sam@example.com\nSubject: x\n\nhello\n' >"$tmp/m"

# ---- aliases --------------------------------------------------------------------

exits 'an alias of nobody' 65 key alias info@example.org bob@example.org
exits 'an alias' 0 key alias info@example.org rita@example.org
outcome 'mail to the alias is sealed' 0 sealed info@example.org
outcome 'with an extension, too' 0 sealed info+x@example.org
like 'list shows it' "$(key list)" 'info@example.org: alias of rita@example.org'
exits 'it gets no certificate of its own by mistake' 65 key import -a info@example.org \
	< <(gpg --batch --export rita@example.org)
exits 'who has a certificate is no alias' 65 key alias rita@example.org info@example.org

# ---- stopping ----------------------------------------------------------------------

exits 'off' 0 key policy --seal off --reason 'on a ship' rita+list@example.org
outcome 'is not sealed' 0 not-sealed rita+list@example.org
like 'and X-Mailseal says why' "$(<"$tmp/out")" '^X-Mailseal: v=1; passed; .*; reason=off; because="on a ship"'
is 'open gives it back' "$(mailseal open <"$tmp/out" 2>/dev/null | cksum)" "$(cksum <"$tmp/m")"
outcome 'the address itself is' 0 sealed rita@example.org
exits 'a pause has an end' 64 key policy --seal pause --reason x rita@example.org
exits 'and a reason' 64 key policy --seal pause --until 30d rita@example.org
exits 'which is one line' 64 key policy --seal off --reason $'a\nb' rita@example.org
exits 'a pause' 0 key policy --seal pause --until 2199-12-31 --reason 'new key' rita@example.org
outcome 'is not sealed' 0 not-sealed rita@example.org
like 'until then' "$(<"$tmp/out")" 'reason=paused; until=2199-12-31T00:00:00Z; because="new key"'
outcome 'nor is what is an alias of it' 0 not-sealed info@example.org
exits 'over' 0 key policy --seal pause --until 2001-01-01 --reason 'new key' rita@example.org
outcome 'sealed again' 0 sealed rita@example.org
exits 'on without a certificate' 0 key policy --seal on eve@example.org
outcome 'waits for one' 75 deferred eve@example.org
exits 'unset' 0 key policy --seal unset eve@example.org
outcome 'is nobody again' 0 not-enrolled eve@example.org

# ---- signed --------------------------------------------------------------------------

exits 'a key that signs' 0 key sign-init "$tmp/signing-key"
is 'for nobody else to read' "$(stat -c %a "$tmp/signing-key")" 600
mapfile -t signing <"$tmp/out"
exits 'never over another' 75 key sign-init "$tmp/signing-key"
cp -R "$keystore" "$tmp/unsigned"

settings "${signing[1]}"
outcome 'pinned: what is not signed is not believed' 75 deferred rita@example.org
exits 'nor changed without the key' 78 key policy --publish yes bob@example.org
rm -r "$keystore"
settings "${signing[@]}"
gpg --batch --export rita@example.org | mailseal key import >/dev/null 2>&1
settings "${signing[1]}"
outcome 'what is signed is' 0 sealed rita@example.org
exits 'and what it says is so' 0 key audit

entry=$(echo "$keystore"/??/rita@example.org)
cp -R "$keystore" "$tmp/good"
exits 'a checkpoint' 0 key checkpoint
settings "${signing[@]}"
key checkpoint >"$tmp/checkpoint"
key policy --publish yes rita@example.org >"$tmp/out"
cp -R "$keystore" "$tmp/later"
exits 'the log goes on from the checkpoint' 0 key audit --checkpoint "$tmp/checkpoint"
like 'and tells who did what' "$(key audit --changes)" 'policy rita@example.org'

# found WORD DESCRIPTION: audit names it and exits with 65; then all is as it was.
found() {
	exits "$2" 65 key audit --checkpoint "$tmp/checkpoint"
	ok "$2: $1" grep -qE "^$1( |:)" "$tmp/out"
	rm -r "$keystore"
	cp -R "$tmp/later" "$keystore"
}

cp "$tmp/good/${entry#"$keystore"/}" "$entry"
found rolled-back 'an older version'
make_key mallory@example.org
sed "s/^Changed: .*/Changed: 7/" "$tmp/later/${entry#"$keystore"/}" >"$entry"
outcome 'a changed entry' 75 deferred rita@example.org
found swapped 'a changed entry'
rm "$entry"
found missing 'a removed entry'
cp -R "$tmp/unsigned/." "$keystore"
rm "$keystore/changes" && cp "$tmp/later/changes" "$keystore/changes"
cp "$tmp/later/${entry#"$keystore"/}" "$entry"
found added 'an entry that was put there'
sed -i '$d' "$keystore/changes"
cp "$tmp/good/${entry#"$keystore"/}" "$entry"
exits 'the log cut off along with its change, back to the checkpoint, is what the checkpoint saw' 0 \
	key audit --checkpoint "$tmp/checkpoint"
: >"$keystore/changes"
found checkpoint 'the log emptied'
sed -i '1s/ enrol / update /' "$keystore/changes"
found log 'a changed line of the log'
exits 'nothing else' 0 key audit --checkpoint "$tmp/checkpoint"
key audit --json >"$tmp/json"
ok 'for programs' python3 -c '
import json, sys
a = json.load(open(sys.argv[1]))
assert a["entries"] == 1 and a["log"] == 2 and a["findings"] == [], a' "$tmp/json"

# ---- removed ----------------------------------------------------------------------------

exits 'remove' 0 key remove rita@example.org
outcome 'is signed, too' 0 not-enrolled rita@example.org
exits 'and no finding' 0 key audit
cp "$tmp/later/${entry#"$keystore"/}" "$entry"
exits 'an entry that comes back is one' 65 key audit
like 'rolled back' "$(<"$tmp/out")" '^rolled-back rita@example.org'

done_testing
