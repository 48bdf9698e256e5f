#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""send - hands a message to an SMTP or LMTP server

usage: send.py WHERE SENDER RECIPIENT... <message

WHERE is a port of 127.0.0.1 (SMTP) or the path of a socket (LMTP).  Exits
with 0 when the server took the message, 75 for a 4xx, 77 for a 5xx.
"""
import re
import smtplib
import sys


def exit_code(code):
    return 75 if 400 <= code < 500 else 77


def main():
    where, sender, *recipients = sys.argv[1:]
    message = re.sub(rb"\r?\n", b"\r\n", sys.stdin.buffer.read())
    try:
        if where.startswith("/"):
            server = smtplib.LMTP(where)
        else:
            server = smtplib.SMTP("127.0.0.1", int(where))
        refused = server.sendmail(sender, recipients, message)
        server.quit()
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
    except smtplib.SMTPResponseException as error:
        refused = {sender: (error.smtp_code, error.smtp_error)}
    for address, (code, text) in refused.items():
        print(address, code, text.decode(errors="replace"), file=sys.stderr)
        return exit_code(code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
