#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# trace - the system calls of deliveries: no plaintext is written anywhere but
# into gpg's standard input, few programs are started, nothing of the caller's
# GnuPG home is touched, nothing is left behind
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

need gpg strace python3
new_recipient rita@example.org || skip_all_unless_ci "no key could be made"
canary_message >"$tmp/message"
head -c 200000 /dev/urandom | base64 >>"$tmp/message"

before=$(ls -lA "$builddir/gnupg")

# The caller's own home holds what would open every message.
mkdir -m 700 "$tmp/home/.gnupg"
echo "encrypt-to $(fingerprint rita@example.org)" >"$tmp/home/.gnupg/gpg.conf"

# traced NAME COMMAND...: a trace of all its processes in $tmp/NAME.trace.
traced() {
	local name=$1

	shift
	strace -f -qq -y -xx -s 1000000 -o "$tmp/$name.trace" \
		-e trace=execve,openat,open,creat,mkdir,write,pwrite64,writev,pwritev,sendto,sendmsg,mmap \
		env -u GNUPGHOME "$@" <"$tmp/message" >"$tmp/$name.out" 2>"$tmp/$name.err"
}

# writes NAME: one line for each write of plaintext, DESCRIPTOR<FILE>.
cat >"$tmp/writes.py" <<-'END'
	import re, sys
	canary = sys.argv[2].encode()
	for line in open(sys.argv[1], errors="replace"):
	    found = re.match(r"\d+ +p?writev?(?:64)?\((\d+<[^>]*>)|\d+ +send\w+\((\d+<[^>]*>)", line)
	    if not found:
	        continue
	    data = b"".join(bytes.fromhex(text.replace("\\x", ""))
	                    for text in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', line))
	    if canary in data:
	        print(found[1] or found[2])
END

writes() {
	python3 "$tmp/writes.py" "$tmp/$1.trace" "$canary_body"
}

for way in filter deliver; do
	case $way in
	filter) set -- filter -r rita@example.org ;;
	deliver) set -- deliver -r rita@example.org --maildir "$tmp/Maildir" ;;
	esac
	ok "$way seals under the trace" traced $way "$MAILSEAL" --config "$config" -v "$@"
	where=$(writes $way)
	isnt "$way: the trace sees plaintext go to gpg" "$where" ""
	unlike "$way: and into pipes alone" \
		"$(tr -d '\\x' <<<"$where" | grep -v 'pipe:' | grep -v '706970653a')" .
	programs=$(grep -c 'execve(.*= 0$' "$tmp/$way.trace")
	ok "$way: at most three programs of GnuPG ($((programs - 2)))" \
		test $((programs - 2)) -le 3
	home=$(printf '%s' "$tmp/home/.gnupg" | od -An -v -tx1 | tr -d ' \n' | sed 's/../\\x&/g')
	not_ok "$way: the caller's GnuPG home is not opened" \
		grep -qF "$home" "$tmp/$way.trace"
done
ok "the filtered message is sealed" is_sealed "$tmp/filter.out"
ok "the delivered message is sealed" is_sealed "$tmp"/Maildir/new/*
no_canary "no plaintext in what was stored or printed" "$tmp"/filter.out \
	"$tmp"/filter.err "$tmp"/deliver.out "$tmp"/deliver.err "$tmp/Maildir" \
	"$tmp/tmp" "$tmp/keys"
is "nothing is left in the spool folder" "$(ls -A "$tmp/tmp")" ""
is "no lock, socket or keyring was made in our GnuPG home" \
	"$(ls -lA "$builddir/gnupg")" "$before"
done_testing
