#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""imap-fetch - prints the only message of INBOX as an IMAP server gives it

usage: imap-fetch.py PORT USER PASSWORD    (the server is 127.0.0.1)
"""
import imaplib
import sys


def main():
    port, user, password = sys.argv[1:]
    imap = imaplib.IMAP4("127.0.0.1", int(port))
    imap.login(user, password)
    _, (count,) = imap.select("INBOX", readonly=True)
    if count != b"1":
        sys.exit("INBOX has %s messages" % count.decode())
    _, parts = imap.fetch("1", "BODY.PEEK[]")
    sys.stdout.buffer.write(parts[0][1])
    imap.logout()


if __name__ == "__main__":
    main()
