#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bad-gpg - a gpg that fails in every way, output that ends early, full disks
#
# Never plaintext, never half a message, never a hang: exit 75, one line.
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need gpg gpgconf
new_recipient rita@example.org
mkdir "$tmp/input" "$tmp/mail"
canary_message >"$tmp/input/small"
{ canary_message; head -c 700000 /dev/urandom | base64; } >"$tmp/input/large"

# filter MESSAGE, deliver MESSAGE
filter() {
	timeout 60 "$MAILSEAL" --config "$config" filter -r rita@example.org <"$tmp/input/$1"
}
deliver() {
	timeout 60 "$MAILSEAL" --config "$config" deliver -r rita@example.org \
		--maildir "$tmp/mail/Maildir" <"$tmp/input/$1"
}

# gpg_does SCRIPT: what stands in gpg's place.  The message is its stdin, `gpg`
# in it is the real one with the arguments that GPGME gave.  `gpg --version`,
# by which GPGME looks at it, still works.
gpg_does() {
	cat >"$tmp/gpg" <<-END
	#!/bin/bash
	case "\$*" in *--version*) exec /usr/bin/gpg "\$@" ;; esac
	fd=\${!#}
	fd=\${fd#-&}
	exec <&\$fd {fd}<&-
	arguments=("\${@:1:\$#-1}" -)
	gpg() { /usr/bin/gpg "\${arguments[@]}"; }
	$1
	END
	chmod 755 "$tmp/gpg"
}

nothing_stored() {
	[ -z "$(find "$tmp/mail" -type f)" ]
}

# waits DESCRIPTION SECONDS [SIZE]...: filter and deliver say 75 in that time, and leave nothing.
waits() {
	local size start

	for size in ${3:-small large}; do
		start=$SECONDS
		exits "$1, $size: filter: try again" 75 filter $size
		is "$1, $size: nothing on stdout, one line on stderr" \
			"$(wc -c <"$tmp/out") $(wc -l <"$tmp/err")" '0 1'
		no_canary_text "$1, $size: no word of the message" "$(<"$tmp/err")"
		exits "$1, $size: deliver: try again" 75 deliver $size
		ok "$1, $size: nothing is stored" nothing_stored
		ok "$1, $size: in time" test $((SECONDS - start)) -le $((2 * $2))
	done
	no_canary "$1: nothing in clear" "$tmp"
}

cp "$config" "$tmp/honest.conf"
settings "gpg-program = $tmp/gpg"
waits 'no gpg' 1
echo 'not a program' >"$tmp/gpg"
waits 'a gpg that cannot be run' 1
chmod 755 "$tmp/gpg"
waits 'a gpg that is none' 1
rm "$tmp/gpg"
mkdir "$tmp/gpg"
waits 'a folder as gpg' 1
rmdir "$tmp/gpg"
ln -s /bin/true "$tmp/gpg"
waits 'a gpg that does nothing, with success' 1
ln -sf /bin/false "$tmp/gpg"
waits 'a gpg that does nothing, with failure' 1
ln -sf /bin/cat "$tmp/gpg"
waits 'a gpg that is cat' 2
rm "$tmp/gpg"

for end in 'exit 0' 'exit 2' 'kill -KILL $$' 'kill -SEGV $$'; do
	gpg_does "$end"
	waits "gpg does \`$end' at once" 2
	gpg_does "cat >/dev/null; $end"
	waits "gpg reads, then does \`$end'" 2
	gpg_does "head -c 100 >/dev/null; $end"
	waits "gpg reads 100 bytes, then does \`$end'" 2
done
gpg_does 'gpg <&0 & sleep 0.02; kill -KILL $!; wait'
for size in small large; do
	# It may have been done before; then the message must be whole.
	filter $size >"$tmp/out" 2>"$tmp/err"
	case $? in
	0) ok 'gpg is killed too late' sh -c \
		"'$MAILSEAL' --config '$tmp/honest.conf' open '$tmp/out' | cmp - '$tmp/input/$size'" ;;
	75) is 'gpg is killed half way: nothing on stdout' "$(wc -c <"$tmp/out")" 0 ;;
	*) fail 'gpg is killed half way' ;;
	esac
done
gpg_does 'cat'
waits 'gpg gives back what it got' 2
gpg_does 'cat >/dev/null; head -c 3000 /dev/urandom'
waits 'gpg writes noise' 2
gpg_does 'cat >/dev/null; printf -- "-----BEGIN PGP MESSAGE-----\n\naGVsbG8=\n=aaaa\n-----END PGP MESSAGE-----\n"'
waits 'gpg writes an armour of noise' 2
gpg_does 'gpg | head -c 400'
waits 'gpg writes 400 bytes' 2
gpg_does 'gpg | head -c -40'
waits 'gpg leaves out the last 40 bytes' 2
gpg_does 'head -c 300 | gpg'
waits 'gpg seals only the first 300 bytes' 2 large
gpg_does 'gpg | sed "s/^-----END/x/"'
waits 'gpg does not close the armour' 2

# A child that hangs is ended at the deadline, with all that it started.
settings "gpg-program = $tmp/gpg" 'deadline = 2s'
gpg_does "exec sleep 12345"
waits 'gpg hangs' 7
gpg_does "cat >/dev/null; sleep 12345 & sleep 12345; exit"
waits 'gpg reads and hangs, with a child' 7 large
gpg_does "trap '' TERM; gpg; while :; do sleep 12345; done"
waits 'gpg seals, then hangs and does not heed TERM' 9 large
printf '#!/bin/sh\nexec sleep 12345\n' >"$tmp/gpg"
waits 'gpg hangs when asked for its version' 7 small
not_ok 'none of them is left' pgrep -f '^sleep 12345'
settings

# ---- output -------------------------------------------------------------------------------

filter large 2>"$tmp/err" | head -c 5 >/dev/null
is 'output closed early: try again' "${PIPESTATUS[0]}" 75
filter small >/dev/full 2>"$tmp/err"
is 'output full: try again' $? 75
(ulimit -f 100; filter large >"$tmp/out" 2>"$tmp/err")
is 'output beyond the file size limit: try again' $? 75
(ulimit -f 100; deliver large >"$tmp/out" 2>"$tmp/err")
is 'a Maildir beyond the file size limit: try again' $? 75
ok 'nothing is stored' nothing_stored
is 'one line' "$(wc -l <"$tmp/err")" 1
no_canary 'nothing in clear' "$tmp"

# ---- full disks ------------------------------------------------------------------------------

mkdir "$tmp/disk"
unmount() {
	umount "$tmp/disk"
}
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=256k,nr_inodes=40 tmpfs "$tmp/disk" 2>/dev/null; then
	at_exit unmount
	rmdir "$tmp/mail/Maildir"/* "$tmp/mail/Maildir" "$tmp/mail" 2>/dev/null
	mkdir "$tmp/disk/mail"
	rm -rf "$tmp/mail"
	ln -s "$tmp/disk/mail" "$tmp/mail"
	exits 'a disk that is too small: try again' 75 deliver large
	like 'the line says so' "$(<"$tmp/err")" 'space'
	ok 'nothing is stored' test -z "$(find "$tmp/disk" -type f)"
	exits 'a small message has room' 0 deliver small
	filter large >"$tmp/disk/out" 2>"$tmp/err"
	is 'filter to a full disk: try again' $? 75
	rm "$tmp/disk/out"
	settings "spool-dir = $tmp/disk"
	sed -i "0,/^spool-dir/{/^spool-dir/d}" "$config"
	for _ in {1..12}; do cat "$tmp/input/large"; done >"$tmp/input/huge"
	exits 'a full spool-dir: try again' 75 filter huge
	like 'the line says so' "$(<"$tmp/err")" 'spool-dir'
	is 'nothing on stdout' "$(wc -c <"$tmp/out")" 0
	settings
	make_key bob@example.org
	cp -R "$keystore" "$tmp/disk/keys"
	gpg --batch --export '<bob@example.org>' >"$tmp/bob"
	head -c 1000000 /dev/zero >"$tmp/disk/fill" 2>/dev/null
	exits 'a full keystore: not imported' 75 mailseal --keystore "$tmp/disk/keys" key import -a bob@example.org "$tmp/bob"
	is 'not even half' "$(find "$tmp/disk/keys" -type f -name '*bob*')" ''
	exits 'and the others are there' 0 mailseal --keystore "$tmp/disk/keys" filter -r rita@example.org <"$tmp/input/small"
	no_canary 'nothing in clear' "$tmp/disk" "$tmp/tmp"
else
	skip 'no tmpfs can be mounted here' 'full disks'
fi

done_testing
