#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# replay - each fuzz target over its seeds: a target fuzz-NAME that is built, and
# the files in seeds/NAME.  TAP.

: "${srcdir:=.}" "${builddir:=.}"
count=0

for target in "$builddir"/tests/fuzz/fuzz-*; do
	case ${target##*/} in *.*) continue ;; esac
	[ -x "$target" ] || continue
	name=${target##*/fuzz-}
	for seed in "$srcdir/tests/fuzz/seeds/$name"/*; do
		count=$((count + 1))
		if [ -f "$seed" ] && "$target" "$seed" >&2; then
			echo "ok $count - $name ${seed##*/}"
		else
			echo "not ok $count - $name ${seed##*/}"
		fi
	done
done

if [ $count -eq 0 ]; then
	echo "1..0 # SKIP no fuzz target is built"
else
	echo "1..$count"
fi
