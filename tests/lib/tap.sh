# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# tap - what every test script starts with: TAP, a work folder, waiting
#
#	#!/bin/bash
#	. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
#	need gpg                          # programs; missing: skip, or fail in CI
#	ok "it works" true                # the command must succeed
#	not_ok "no plaintext" grep -q secret "$tmp/stored"
#	is "the exit code" "$code" 75     # got, wanted
#	like "the log" "$text" 'regex'    # unlike: must not match
#	done_testing
#
# TAP goes to stdout, diagnostics to stderr as `#` lines.  $tmp is the work
# folder: KEEP=1 keeps it.  $srcdir, $builddir and $MAILSEAL come from make; by
# hand a test runs from the build folder.

set -u
set +o noclobber
umask 022
export LC_ALL=C.UTF-8 TZ=UTC

srcdir=$(cd "${srcdir:-$(dirname "${BASH_SOURCE[0]}")/../..}" && pwd) || exit 1
builddir=$(cd "${builddir:-.}" && pwd) || exit 1
MAILSEAL=${MAILSEAL:-$builddir/mailseal}
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export srcdir builddir MAILSEAL PATH

# Nothing of the caller's mail or GnuPG set-up counts.
unset GNUPGHOME GPG_AGENT_INFO RECIPIENT SENDER USER LOGNAME EXTENSION LOCAL \
	DOMAIN ORIGINAL_RECIPIENT ORIG_RECIPIENT MAIL MAILDIR DEFAULT MAIL_CONFIG \
	CLIENT_ADDRESS CLIENT_HELO CLIENT_HOSTNAME CLIENT_PROTOCOL

# ---- the work folder --------------------------------------------------------

# A short path: sockets lie below it.  Other uids may enter it.
tmp=$(mktemp -d /tmp/ms.XXXXXX) || exit 1
chmod 755 "$tmp"
mkdir "$tmp/home" "$tmp/tmp"
chmod 1777 "$tmp/tmp"
export HOME=$tmp/home TMPDIR=$tmp/tmp
tap_main=$BASHPID
tap_at_exit=()

# at_exit COMMAND: runs when the test ends, the last one first.
at_exit() {
	tap_at_exit+=("$1")
}

tap_end() {
	local code=$? i

	[ "$BASHPID" = "$tap_main" ] || return "$code"
	trap - EXIT
	for ((i = ${#tap_at_exit[@]} - 1; i >= 0; i--)); do
		eval "${tap_at_exit[i]}"
	done
	if [ "${KEEP:-}" ]; then
		diag "kept: $tmp"
	else
		rm -rf "$tmp"
	fi
	exit "$code"
}
trap tap_end EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP

# ---- TAP --------------------------------------------------------------------

tap_count=0
tap_failed=0

diag() {
	local line

	while IFS= read -r line; do
		printf '# %s\n' "$line" >&2
	done <<<"$*"
}

# diag_file FILE: its first lines, cut to what a terminal can bear.
diag_file() {
	[ -f "$1" ] || return 0
	diag "$1:"
	head -n 20 "$1" | cut -c 1-300 | tr -c '[:print:]\n\t' '?' | sed 's/^/#   /' >&2
}

pass() {
	echo "ok $((++tap_count)) - $1"
}

# fail DESCRIPTION [DIAGNOSTIC]...
fail() {
	echo "not ok $((++tap_count)) - $1"
	tap_failed=$((tap_failed + 1))
	shift
	[ $# -eq 0 ] || diag "$@"
	return 1
}

# ok DESCRIPTION COMMAND...: it must succeed.
ok() {
	local what=$1 code

	shift
	"$@" >"$tmp/.ok" 2>&1
	code=$?
	if [ $code -eq 0 ]; then
		pass "$what"
	else
		fail "$what" "exit $code: ${*:0:12}"
		diag_file "$tmp/.ok"
		return 1
	fi
}

# not_ok DESCRIPTION COMMAND...: it must run and fail (exit 126 and 127 do not count).
not_ok() {
	local what=$1 code

	shift
	"$@" >"$tmp/.ok" 2>&1
	code=$?
	if [ $code -ne 0 ] && [ $code -ne 126 ] && [ $code -ne 127 ]; then
		pass "$what"
	else
		fail "$what" "exit $code: ${*:0:12}"
		diag_file "$tmp/.ok"
		return 1
	fi
}

# exits DESCRIPTION CODE COMMAND...: stdout in $tmp/out, stderr in $tmp/err.
exits() {
	local what=$1 want=$2 code

	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq "$want" ]; then
		pass "$what"
	else
		fail "$what" "exit $code instead of $want: ${*:0:12}"
		diag_file "$tmp/err"
		return 1
	fi
}

# is DESCRIPTION GOT WANT
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "got:  $2" "want: $3"
	fi
}

# isnt DESCRIPTION GOT NOT
isnt() {
	if [ "$2" != "$3" ]; then
		pass "$1"
	else
		fail "$1" "got what it must not be: $2"
	fi
}

# like DESCRIPTION TEXT REGEX (extended)
like() {
	if [[ $2 =~ $3 ]]; then
		pass "$1"
	else
		fail "$1" "text: $2" "does not match: $3"
	fi
}

unlike() {
	if [[ $2 =~ $3 ]]; then
		fail "$1" "text: $2" "matches: $3"
	else
		pass "$1"
	fi
}

# same DESCRIPTION FILE FILE: byte for byte.
same() {
	local where

	if where=$(cmp "$2" "$3" 2>&1); then
		pass "$1"
	else
		fail "$1" "$where"
	fi
}

# skip REASON [DESCRIPTION]: one test that can't be run here.
skip() {
	echo "ok $((++tap_count)) - ${2:-} # SKIP $1"
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# CI must not pass because something was not there.
skip_all_unless_ci() {
	if [ "${CI:-}" = true ]; then
		echo "not ok $((tap_count + 1)) - $1"
		echo "1..$((tap_count + 1))"
		diag "$1 (CI=true: everything must be there)"
		exit 1
	fi
	skip_all "$1"
}

done_testing() {
	echo "1..$tap_count"
	[ $tap_failed -eq 0 ] || diag "$tap_failed of $tap_count failed"
	[ $tap_failed -eq 0 ]
	exit $?
}

# ---- what a test needs --------------------------------------------------------

# need PROGRAM...: names for the PATH, or absolute paths.
need() {
	local program

	for program; do
		type -P "$program" >/dev/null ||
			skip_all_unless_ci "$program is not installed"
	done
}

need_root() {
	[ "$(id -u)" = 0 ] || skip_all_unless_ci "must run as root"
}

# shared FOLDER: sets $shared to that folder of the project's test data.
shared() {
	shared=$srcdir/../shared/$1
	[ -d "$shared" ] || skip_all_unless_ci "test data is not there: $shared"
}

# ---- waiting ------------------------------------------------------------------

# wait_for [-t SECONDS] COMMAND...: until it succeeds; fails after 20 seconds.
wait_for() {
	local limit=20 end

	if [ "$1" = -t ]; then
		limit=$2
		shift 2
	fi
	end=$((SECONDS + limit))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

. "$srcdir/tests/lib/daemon.sh"
. "$srcdir/tests/lib/keys.sh"
. "$srcdir/tests/lib/canary.sh"
