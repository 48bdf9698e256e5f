# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# dovecot - a Dovecot of the test's own: LMTP socket, IMAP on loopback
#
# After lib/mda.sh.  Every mailbox is $tmp/mail/Maildir, of uid 65534.

need dovecot doveconf /usr/lib/dovecot/dovecot-lda

dovecot_config=$tmp/dovecot.conf
imap_port=$(free_port)
mkdir "$tmp/run"
: >"$tmp/dovecot-log"
chmod 666 "$tmp/dovecot-log"

# dovecot_settings: the configuration, with stdin behind the test's own lines.
dovecot_settings() {
	cat - >"$tmp/.dovecot" <<-END
	base_dir = $tmp/run
	state_dir = $tmp/run
	log_path = $tmp/dovecot-log
	ssl = no
	protocols = imap lmtp
	listen = 127.0.0.1
	first_valid_uid = 1
	disable_plaintext_auth = no
	hostname = mx.example.org
	postmaster_address = postmaster@example.org
	recipient_delimiter = +
	mail_temp_dir = $tmp/tmp
	mail_home = $tmp/mail
	mail_location = maildir:~/Maildir
	mail_uid = $mail_uid
	mail_gid = $mail_gid
	passdb {
	  driver = passwd-file
	  args = username_format=%u $tmp/users
	}
	userdb {
	  driver = passwd-file
	  args = username_format=%u $tmp/users
	}
	service imap-login {
	  chroot =
	  inet_listener imap {
	    port = $imap_port
	  }
	  inet_listener imaps {
	    port = 0
	  }
	}
	service stats {
	  unix_listener stats-writer {
	    mode = 0666
	  }
	}
	namespace inbox {
	  inbox = yes
	  separator = /
	}
	END
	cat "$tmp/.dovecot" - >"$dovecot_config"
	echo "rita@example.org:{PLAIN}test:$mail_uid:$mail_gid::$tmp/mail::" >"$tmp/users"
}

imap_answers() {
	(exec 3<>"/dev/tcp/127.0.0.1/$imap_port") 2>/dev/null
}

dovecot_start() {
	doveconf -c "$dovecot_config" >"$tmp/.doveconf" 2>&1 || diag_file "$tmp/.doveconf"
	start_daemon dovecot dovecot -c "$dovecot_config" -F
	dovecot_pid=$daemon_pid
	wait_for test -S "$tmp/run/lmtp" && wait_for imap_answers || {
		fail 'Dovecot starts'
		diag_file "$tmp/dovecot.log"
		diag_file "$tmp/dovecot-log"
		done_testing
	}
}

dovecot_stop() {
	stop_daemon "$dovecot_pid"
	rm -f "$tmp/run/lmtp"
}

# The recipes call it as $tmp/bin/dovecot-lda: with the test's configuration.
cat >"$tmp/bin/dovecot-lda" <<END
#!/bin/sh
HOME=$tmp/mail exec /usr/lib/dovecot/dovecot-lda -c $dovecot_config "\$@"
END
chmod 755 "$tmp/bin/dovecot-lda"

# imap_fetch: the only message of INBOX, as IMAP gives it.
imap_fetch() {
	python3 "$srcdir/tests/lib/imap-fetch.py" "$imap_port" rita@example.org test
}
