#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# vectors - the format, against the files of a second implementation
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need gpg gpgconf
shared format/vectors
throwaway_home
gpg --batch --quiet --import "$shared/throwaway-secret-key.asc" 2>/dev/null

# Its own address or another: the certificate is enrolled for Rita.
gpg --batch --export | mailseal key import -a rita@example.org >"$tmp/enrol" 2>&1 ||
	diag_file "$tmp/enrol"

count=0
for eml in "$shared"/*.eml; do
	name=$(basename "$eml" .eml)
	count=$((count + 1))
	exits "$name: the sealed form opens" 0 unseal "$shared/$name.sealed"
	same "$name: to what arrived" "$tmp/out" "$eml"
	seal rita@example.org <"$eml" >"$tmp/sealed"
	plain_gpg "$tmp/sealed" >"$tmp/payload"
	same "$name: the payload is the same" "$tmp/payload" "$shared/$name.payload"
	unseal "$tmp/sealed" >"$tmp/opened"
	same "$name: our sealed form opens" "$tmp/opened" "$eml"
done
ok 'there were vectors' test $count -gt 30

done_testing
