#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# house - the rules of the house, measured: sizes, rooms, what is never called
#
# Everything is read from the source folder but for two tests, which look at
# what was built: variables that can change, and the libraries of the program.
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

shopt -s lastpipe # so that the end of a pipe can count
cd "$srcdir" || exit 1
mapfile -t rooms < <(for d in base mime keystore auth deliver filter audit; do [ ! -d $d ] || echo $d; done)
mapfile -t program_c < <(find "${rooms[@]}" -name '*.c' | sort)
mapfile -t program < <(find "${rooms[@]}" -name '*.[ch]' | sort)
mapfile -t all_c < <(find "${rooms[@]}" tests -name '*.[ch]' | sort)
mapfile -t scripts < <(find setup .ci/run tests docs \( -type f -perm -u+x -o -name '*.sh' -o -name '*.py' -o -name '*.bash-completion' \) 2>/dev/null | sort)
mapfile -t build < <(find configure.ac Makefile.am "${rooms[@]}" tests docs -name local.mk -o -name configure.ac -o -name Makefile.am | sort)

# none DESCRIPTION: stdin names what breaks the rule; nothing may.
none() {
	local found

	found=$(cat)
	if [ -z "$found" ]; then pass "$1"; else fail "$1" "$found"; fi
}

# at_most DESCRIPTION GOT LIMIT
at_most() {
	if [ "$2" -le "$3" ]; then pass "$1: $2 (at most $3)"; else fail "$1: $2 (at most $3)"; fi
}

# percentile P: of the numbers on stdin
percentile() {
	sort -n | awk -v p="$1" '{ v[NR] = $1 } END { i = int((NR * p + 99) / 100); print v[i < 1 ? 1 : i] + 0 }'
}

# C without comments and without what stands in quotes, lines kept: FILE:LINE:TEXT
bare() {
	awk '
	FNR == 1 { comment = 0 }
	{
		text = ""; line = $0
		while (line != "") {
			if (comment) {
				at = index(line, "*/")
				if (!at) break
				line = substr(line, at + 2); comment = 0
			} else if (match(line, /\/\*|"([^"\\]|\\.)*"|\x27([^\x27\\]|\\.)*\x27/)) {
				found = substr(line, RSTART, RLENGTH)
				text = text substr(line, 1, RSTART - 1)
				if (found == "/*") comment = 1
				else text = text "\"\""
				line = substr(line, RSTART + RLENGTH)
			} else {
				text = text line; line = ""
			}
		}
		print FILENAME ":" FNR ":" text
	}' "$@"
}

# LENGTH FILE:LINE of each function: from its name to the brace in column 1.
functions() {
	awk '
	FNR == 1 { start = 0 }
	/^[A-Za-z_].*\(/ && !/;$/ { start = FNR }
	/^\{$/ { open = 1 }
	/^\}$/ && open { if (start) print FNR - start + 1, FILENAME ":" start; open = 0; start = 0 }' "$@"
}

# ---- sizes ---------------------------------------------------------------------

isnt 'there is a program to measure' "${#program_c[@]}" 0
wc -l "${all_c[@]}" | awk '$2 != "total" && $1 > 700' | none 'no file has more than 700 lines'
wc -l "${scripts[@]}" | awk '$2 != "total" && $1 > 700' | none 'nor a script'
at_most 'half of the files have so many lines' "$(wc -l "${program_c[@]}" | awk '$2 != "total" { print $1 }' | percentile 50)" 220
functions "${all_c[@]}" | awk '$1 > 100' | none 'no function has more than 100 lines'
functions "${program_c[@]}" >"$tmp/functions"
at_most 'half of the functions have so many lines' "$(awk '{ print $1 }' "$tmp/functions" | percentile 50)" 18
at_most '95 of 100 functions have so many lines' "$(awk '{ print $1 }' "$tmp/functions" | percentile 95)" 60

# ---- rooms -----------------------------------------------------------------------

# What a room may include.
may_include() {
	case $1 in
	base) echo 'base/*' ;;
	mime) echo 'base/* mime/*' ;;
	keystore) echo 'base/* mime/ciphertext.h keystore/*' ;;
	auth) echo 'base/* mime/* auth/*' ;;
	deliver) echo 'base/* deliver/*' ;;
	audit) echo 'base/* auth/* audit/*' ;;
	filter) echo 'base/* mime/* keystore/* auth/* deliver/* filter/*' ;;
	esac
}

# Which files may include a library's headers.
owner_of() {
	case $1 in
	gmime/* | glib*) echo 'mime/structure-module.c mime/spool-stream.[ch]' ;;
	gpgme.h | gpg-error.h) echo 'keystore/engine*' ;;
	sodium*) echo 'base/spool.c base/secret.c keystore/signing.c auth/key-record.c' ;;
	gmp.h | nettle/bignum.h | nettle/rsa.h) echo 'auth/rsa-module.c' ;;
	idn2.h) echo 'base/idn-module.c' ;;
	jansson.h) echo 'filter/*' ;;
	unbound*.h | event2/*) echo 'auth/unbound-module.c' ;;
	libpq*) echo 'keystore/pgsql-module.c' ;;
	curl/*) echo 'filter/fetch-https.c' ;;
	ldap* | lber*) echo 'keystore/ldap-module.c' ;;
	sqlite3* | archive* | libxml/* | openssl/*) echo nobody ;;
	*) echo '*' ;;
	esac
}

# matches FILE PATTERNS: one of them, separated by blanks.
matches() {
	local pattern patterns

	read -ra patterns <<<"$2"
	for pattern in "${patterns[@]}"; do
		# shellcheck disable=SC2254 # it is a pattern
		case $1 in
		$pattern) return 0 ;;
		esac
	done
	return 1
}

project_includes() { grep -HnoE '^#[[:blank:]]*include "[^"]+"' "$@" | sed 's/#.*"\(.*\)"/\1/'; }
system_includes() { grep -HnoE '^#[[:blank:]]*include <[^>]+>' "$@" | sed 's/#.*<\(.*\)>/\1/'; }

while IFS=: read -r file line header; do
	matches "$header" "$(may_include "${file%%/*}")" ||
		echo "$file:$line: ${file%%/*} may not include $header"
done < <(project_includes "${program[@]}" | grep -v ':config\.h$') >"$tmp/rooms"
none 'a room includes only the rooms that it may' <"$tmp/rooms"

while IFS=: read -r file line header; do
	matches "$file" "$(owner_of "$header")" || echo "$file:$line: <$header> belongs to $(owner_of "$header")"
done < <(system_includes "${program[@]}") >"$tmp/libraries"
none 'a library is used only in the room that owns it' <"$tmp/libraries"
not_ok 'the table does forbid something: base may not include mail' matches mime/message.h "$(may_include base)"

# In a room with a config.h of its own, "config.h" would be that one.
for file in "${all_c[@]}"; do
	case $file in *.h) continue ;; esac
	first=$(grep -m 1 '^#[[:blank:]]*include' "$file")
	case $first in
	'#include <config.h>') ;;
	'#include "config.h"') [ ! -e "${file%/*}/config.h" ] || echo "$file: $first is not the one from configure" ;;
	*) echo "$file: $first" ;;
	esac
done | none 'config.h comes first in each .c'

# ---- text ------------------------------------------------------------------------

grep -L 'SPDX-License-Identifier: GPL-3.0-or-later' "${all_c[@]}" "${scripts[@]}" "${build[@]}" \
	docs/*.[1-8] docs/mailseal.conf.example | none 'every source says its licence'
for file in "${program_c[@]}" "${program[@]}"; do
	name=${file##*/}
	sed -n 2,4p "$file" | grep -q "${name%.*} - " || echo "$file"
done | sort -u | none 'each file of the program begins with its name and its purpose'
grep -nE '[[:blank:]]+$' "${all_c[@]}" "${scripts[@]}" "${build[@]}" docs/mailseal* |
	none 'no blanks at the end of a line'
bare "${all_c[@]}" |
	grep -E '\b(system|popen|strcpy|strcat|v?sprintf|gets|alloca|strtok|mktemp|tmpnam)[[:blank:]]*\(' |
	none 'no call that this project does without'
grep -nwE "TO""DO|FIX""ME|X""XX" "${all_c[@]}" "${build[@]}" | none 'nothing is left for later in C'
grep -nwE "TO""DO|FIX""ME" "${scripts[@]}" docs/*.* docs/*/* README | none 'nor in scripts and documents'

if type -P shellcheck >/dev/null; then
	for file in "${scripts[@]}"; do
		case $file$(head -n 1 "$file") in
		*.py* | *python*) continue ;;
		esac
		case $file in
		tests/lib/*) shellcheck -x -S warning -e SC2034,SC2120,SC2154 "$file" ;;
		*) shellcheck -x -S warning -P "$srcdir" "$file" ;;
		esac
	done 2>&1 | none 'shellcheck has no warning'
elif [ "${CI:-}" = true ]; then
	fail 'shellcheck is not installed'
else
	skip 'shellcheck is not installed' 'shellcheck has no warning'
fi

# A test or a document that no Makefile names is not run, or not in a release.
for file in "${all_c[@]}" tests/*/*.sh tests/*/*.py docs/*; do
	grep -qF "${file##*/}" "${build[@]}" || echo "$file"
done | none 'each file is named in a local.mk'

# ---- what was built -----------------------------------------------------------------

# Variables that can change: FILE NAME of each. A sanitizer adds its own.
changeable() {
	objdump -t "$builddir"/lib*.a "$builddir"/*/*_so-*.o | awk '
	/file format/ { file = $1; sub(/:$/, "", file); sub(/^.*_(a|so)-/, "", file); sub(/\.o$/, "", file) }
	$NF !~ /^\./ && (/ O \.(data|bss)\t/ || / O \*COM\*\t/) { sub(/\.[0-9]+$/, "", $NF); print file, $NF }' | sort
}

# All there are: what a signal handler must know.
handlers='adopted watch
signals stop_signal'

if grep -q '^#define MAILSEAL_SANITIZERS 1' "$builddir/config.h"; then
	skip 'sanitizers add variables' 'no variable can change but those of signal handlers'
elif ! type -P objdump >/dev/null; then
	skip 'no objdump' 'no variable can change but those of signal handlers'
else
	is 'no variable can change but those of signal handlers' "$(changeable)" "$handlers"
fi

ldd "$MAILSEAL" >"$tmp/ldd" 2>&1
like 'ldd sees the libraries' "$(cat "$tmp/ldd")" 'libgpgme'
grep -E 'not found|lib(gmime|glib|gobject|gio|pq|ldap|lber|curl|sqlite3|archive|xml2|unbound|event|crypto|ssl)\b' "$tmp/ldd" |
	none 'the program links no library that would slow each delivery'
like 'GMime is loaded on use' "$(ldd "$builddir/structure.so" 2>&1)" 'libgmime'

done_testing
