# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# postfix - a Postfix of the test's own: its queue and files below $tmp, SMTP on loopback
#
# After lib/mda.sh.  Mail for example.org goes to what virtual_transport says,
# mail for local.example.org to local(8), mail for example.net to a sink, one
# file for each message, in $tmp/input/sent.

need postfix postqueue

postfix_folder=$tmp/postfix
smtp_port=$(free_port)
mkdir "$postfix_folder" "$tmp/queue" "$tmp/postfix-data" "$tmp/input/sent"
chown postfix "$tmp/postfix-data"
chown $mail_uid "$tmp/input/sent"
cat >"$tmp/bin/sink" <<END
#!/bin/sh
cat >"$tmp/input/sent/\$\$.tmp" && mv "$tmp/input/sent/\$\$.tmp" "$tmp/input/sent/\$\$.to.\$1"
END
chmod 755 "$tmp/bin/sink"

# postfix_config: stdin is added to main.cf.
postfix_config() {
	cat - >"$tmp/.main" <<-END
	compatibility_level = 3.6
	queue_directory = $tmp/queue
	data_directory = $tmp/postfix-data
	maillog_file = $tmp/queue/log
	maillog_file_prefixes = $tmp
	myhostname = mx.example.org
	myorigin = local.example.org
	mydestination = local.example.org
	virtual_mailbox_domains = example.org
	default_transport = sink
	inet_interfaces = 127.0.0.1
	inet_protocols = ipv4
	mynetworks = 127.0.0.0/8
	recipient_delimiter = +
	local_recipient_maps =
	alias_maps =
	alias_database =
	biff = no
	minimal_backoff_time = 1h
	END
	cat "$tmp/.main" - >"$postfix_folder/main.cf"
}

# postfix_services: stdin is added to master.cf.
postfix_services() {
	cat - >"$tmp/.master" <<-END
	$smtp_port inet  n  -  n  -  -  smtpd
	pickup  unix  n  -  n  60  1  pickup
	cleanup  unix  n  -  n  -  0  cleanup
	qmgr  unix  n  -  n  300  1  qmgr
	rewrite  unix  -  -  n  -  -  trivial-rewrite
	bounce  unix  -  -  n  -  0  bounce
	defer  unix  -  -  n  -  0  bounce
	trace  unix  -  -  n  -  0  bounce
	flush  unix  n  -  n  1000?  0  flush
	proxymap  unix  -  -  n  -  -  proxymap
	showq  unix  n  -  n  -  -  showq
	error  unix  -  -  n  -  -  error
	retry  unix  -  -  n  -  -  error
	local  unix  -  n  n  -  -  local
	anvil  unix  -  -  n  -  1  anvil
	postlog  unix-dgram n  -  n  -  1  postlogd
	sink  unix  -  n  n  -  -  pipe
	  user=$(id -un $mail_uid) argv=$tmp/bin/sink \${recipient}
	END
	cat "$tmp/.master" - >"$postfix_folder/master.cf"
}

smtp_answers() {
	(exec 3<>"/dev/tcp/127.0.0.1/$smtp_port") 2>/dev/null
}

postfix_start() {
	at_exit postfix_stop
	start_daemon postfix postfix -c "$postfix_folder" start-fg
	wait_for smtp_answers || {
		fail 'Postfix starts'
		diag_file "$tmp/postfix.log"
		diag_file "$tmp/queue/log"
		done_testing
	}
}

postfix_stop() {
	postfix -c "$postfix_folder" stop >/dev/null 2>&1
}

# send RECIPIENT...: stdin, from $sender, by SMTP; forgets the log before.
sender=sam@example.com
send() {
	: >"$tmp/queue/log"
	python3 "$srcdir/tests/lib/send.py" "$smtp_port" "$sender" "$@"
}

# status_of RECIPIENT: sent, deferred, bounced or SOFTBOUNCE, as the log has it;
# waits for it.
logged() {
	grep -q "to=<$1>.* status=" "$tmp/queue/log"
}
status_of() {
	wait_for logged "$1"
	sed -n "s/.*to=<$1>.* status=\([A-Za-z]*\).*/\1/p" "$tmp/queue/log" | tail -n 1
}

queue_is_empty() {
	postqueue -c "$postfix_folder" -p | grep -q 'queue is empty'
}

# flush: what was deferred is tried again now.
flush() {
	: >"$tmp/queue/log"
	postqueue -c "$postfix_folder" -f
}

# drop_queue: what is left of a test is thrown away.
drop_queue() {
	postsuper -c "$postfix_folder" -d ALL 2>/dev/null
}
