# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# daemon - servers that a test starts: on loopback, gone when it ends

daemon_pids=()

# free_port: prints a TCP port of 127.0.0.1 that nobody listens on.
free_port() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# start_daemon NAME COMMAND...: its pid in $daemon_pid, its output in $tmp/NAME.log.
start_daemon() {
	local name=$1

	shift
	setsid "$@" </dev/null >"$tmp/$name.log" 2>&1 &
	daemon_pid=$!
	[ ${#daemon_pids[@]} -gt 0 ] || at_exit stop_daemons
	daemon_pids+=("$daemon_pid")
}

# A zombie counts as gone: it waits for us.
daemon_is_gone() {
	! ps -eo pgid=,stat= | awk -v group="$1" '
		$1 == group && $2 !~ /^Z/ { found = 1 }
		END { exit !found }'
}

# stop_daemon PID: it and what it started, TERM first, then KILL.
stop_daemon() {
	kill -TERM -- "-$1" 2>/dev/null
	wait_for -t 5 daemon_is_gone "$1" || kill -KILL -- "-$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

stop_daemons() {
	local pid

	for pid in "${daemon_pids[@]}"; do
		stop_daemon "$pid"
	done
	daemon_pids=()
}
