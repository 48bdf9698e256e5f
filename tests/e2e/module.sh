#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# module - GMime is loaded for what looks encrypted, from the program's own
# folder alone; without it mail is sealed once more, and doctor says so
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
need gpg gpgconf strace
new_recipient rita@example.org

canary_message >"$tmp/m"
seal rita@example.org <"$tmp/m" >"$tmp/sealed"

# place FOLDER [MODULE]: the program there, as in a build folder.
place() {
	mkdir "$1"
	cp "$MAILSEAL" "$1/mailseal"
	cp -R "$builddir/gnupg" "$1/gnupg"
	[ $# -eq 1 ] || cp "$2" "$1/structure.so"
}

# outcome DESCRIPTION WORD COMMAND...: the program's word for what is sealed already.
outcome() {
	exits "$1" 0 "${@:3}" -v --config "$config" filter -r rita@example.org <"$tmp/sealed"
	like "$2" "$(<"$tmp/err")" "outcome=$2 "
}

# doctor FOLDER: its line about GMime.
doctor() {
	"$1/mailseal" --config "$config" doctor 2>"$tmp/err" | grep ' GMime: '
}

# loads MESSAGE: how often files of the module are opened while it is delivered.
loads() {
	strace -f -qq -e trace=open,openat -o "$tmp/trace" "$tmp/whole/mailseal" \
		--config "$config" filter -r rita@example.org <"$1" >"$tmp/out" 2>&1
	grep -cE '/(structure\.so|libgmime|libglib|libgobject)' "$tmp/trace"
}

# ---- loaded on use --------------------------------------------------------------

place "$tmp/whole" "$builddir/structure.so"
outcome 'with the module' passed-encrypted "$tmp/whole/mailseal"
like 'doctor has found it' "$(doctor "$tmp/whole")" '^ok '
if grep -q '^#define MAILSEAL_SANITIZERS' "$builddir/config.h" 2>/dev/null; then
	skip 'a sanitizer bears no tracing' 'ordinary mail does not load it'
else
	is 'ordinary mail does not load it' "$(loads "$tmp/m")" 0
	isnt 'what looks encrypted does' "$(loads "$tmp/sealed")" 0
fi

# ---- not what it should be --------------------------------------------------------

: >"$tmp/nothing"
place "$tmp/empty" "$tmp/nothing"
outcome 'with an empty module' sealed "$tmp/empty/mailseal"
like 'doctor warns' "$(doctor "$tmp/empty")" '^warn  GMime: .*structure\.so'

place "$tmp/other" "$(ldd "$MAILSEAL" | awk '/libgpg-error/ { print $3 }')"
outcome 'with another library by its name' sealed "$tmp/other/mailseal"
like 'doctor warns' "$(doctor "$tmp/other")" '^warn  GMime: .*structure\.so'

# ---- from the program's own folder, and no other ------------------------------------

# Where make install puts it is the other one.
installed=$(printf 'prefix=@prefix@\nexec_prefix=@exec_prefix@\necho "@libdir@/mailseal/structure.so"\n' |
	"$builddir/config.status" --quiet --file=- | sh)
like 'it has a place of its own when installed' "$installed" '^/.*/mailseal/structure\.so$'
if [ -e "$installed" ]; then
	skip 'a mailseal is installed' 'not from elsewhere'
else
	place "$tmp/none"
	outcome 'not from the working folder, nor from where variables say' sealed \
		env -C "$tmp/whole" "LD_LIBRARY_PATH=$tmp/whole" "PATH=$tmp/whole:$PATH" "$tmp/none/mailseal"
	unseal "$tmp/out" >"$tmp/opened"
	same 'and it comes back' "$tmp/opened" "$tmp/sealed"
	like 'doctor warns' "$(doctor "$tmp/none")" "^warn  GMime: .* $installed: "

	place "$tmp/shared" "$builddir/structure.so"
	chmod 1777 "$tmp/shared"
	like 'not from a folder to which others can add files' "$(doctor "$tmp/shared")" '^warn  GMime: '
fi

done_testing
