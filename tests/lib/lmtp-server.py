#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lmtp-server - an LMTP server for tests (RFC 2033): says what it is told to

usage: lmtp-server.py [options] SOCKET FOLDER

Listens on the Unix socket SOCKET until it is killed, any number of
connections at a time.  Prints `ready` on stdout as soon as it listens.
FOLDER (must exist) gets, for connection N = 1, 2, ...:

  N.session   each line that the client sent as a command, and `<data>` where
              the message was; bytes as they came, LF line ends; the last
              line is `<closed>` once the connection is over
  N.message   the message that was accepted for reading: dots undone, CRLF
              kept; only when its final dot came
  N.raw       the same as it came, dots and all; also when it stopped short

Each reply is an option: --greeting --lhlo --mail --rcpt --data --final
--quit.  --rcpt and --final may be repeated: the Nth one is for the Nth
recipient, the last one for all after it.  Their values are

  TEXT        the reply, CRLF added; \\r, \\n, \\t, \\0 and \\\\ are undone, so
              that `250-a\\r\\n250 b` is a reply of two lines
  =hang       nothing more is said; the connection stays open
  =close      the connection is closed
  =slow:TEXT  the reply, a byte each 50 ms
  =raw:TEXT   the bytes of TEXT and nothing else (no CRLF)
  =flood      `2` without an end

--stop-after BYTES  closes the connection after that much of a message
--read-slowly       reads a message at 1 KiB each 100 ms
--no-read           does not read a message at all
"""
import argparse
import os
import socket
import sys
import threading
import time

DEFAULTS = {
    "greeting": "220 test LMTP",
    "lhlo": "250-test\\r\\n250-8BITMIME\\r\\n250-SIZE 0\\r\\n"
            "250-ENHANCEDSTATUSCODES\\r\\n250 SMTPUTF8",
    "mail": "250 2.1.0 ok",
    "data": "354 go on",
    "quit": "221 2.0.0 bye",
}
ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "\\": "\\"}


class Closed(Exception):
    """The connection is over, whoever ended it."""


def unescape(text):
    out, i = "", 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            i += 1
            out += ESCAPES.get(text[i], text[i])
        else:
            out += text[i]
        i += 1
    return out.encode("utf-8", "surrogateescape")


class Session:
    def __init__(self, connection, stem, options):
        self.connection = connection
        self.options = options
        self.stem = stem
        self.session = open(stem + ".session", "wb", buffering=0)
        self.pending = b""
        self.recipients = 0

    def read_more(self, size=65536):
        more = self.connection.recv(size)
        if not more:
            raise Closed
        self.pending += more

    def read_line(self):
        while b"\n" not in self.pending:
            self.read_more()
        line, self.pending = self.pending.split(b"\n", 1)
        return line + b"\n"

    def say(self, reply):
        if reply == "=close":
            raise Closed
        if reply == "=hang":
            while True:
                self.read_more()
        if reply == "=flood":
            while True:
                self.connection.sendall(b"2" * 65536)
        if reply.startswith("=slow:"):
            for byte in unescape(reply[6:]) + b"\r\n":
                self.connection.sendall(bytes([byte]))
                time.sleep(0.05)
        elif reply.startswith("=raw:"):
            self.connection.sendall(unescape(reply[5:]))
        else:
            self.connection.sendall(unescape(reply) + b"\r\n")

    def read_raw(self):
        raw, seen = self.pending, 0
        try:
            while True:
                if 0 <= self.options.stop_after <= len(raw):
                    raise Closed
                if raw.startswith(b".\r\n") or b"\r\n.\r\n" in raw[seen:]:
                    return raw
                seen = max(0, len(raw) - 4)
                if self.options.read_slowly:
                    time.sleep(0.1)
                more = self.connection.recv(
                    1024 if self.options.read_slowly else 65536)
                if not more:
                    raise Closed
                raw += more
        finally:
            self.store(".raw", raw)

    def read_message(self):
        if self.options.no_read:
            threading.Event().wait()
        raw = self.read_raw()
        end = 0 if raw.startswith(b".\r\n") else raw.index(b"\r\n.\r\n") + 2
        self.pending = raw[end + 3:]
        lines = raw[:end].split(b"\r\n")
        self.store(".message", b"\r\n".join(
            line[1:] if line.startswith(b".") else line for line in lines))

    def store(self, suffix, data):
        with open(self.stem + suffix + ".part", "wb") as out:
            out.write(data)
        os.rename(self.stem + suffix + ".part", self.stem + suffix)

    def nth(self, replies, number, default):
        if not replies:
            return default
        return replies[min(number, len(replies) - 1)]

    def data(self):
        self.say(self.options.data)
        if not self.options.data.removeprefix("=slow:").startswith("354"):
            return
        self.read_message()
        self.session.write(b"<data>\n")
        for number in range(self.recipients):
            self.say(self.nth(self.options.final, number, "250 2.6.0 stored"))
        self.recipients = 0

    def command(self, line):
        verb = line.strip().split(b" ")[0].upper()
        if verb == b"LHLO":
            self.say(self.options.lhlo)
        elif verb == b"MAIL":
            self.say(self.options.mail)
        elif verb == b"RCPT":
            number = self.recipients
            self.recipients += 1
            self.say(self.nth(self.options.rcpt, number, "250 2.1.5 ok"))
        elif verb == b"DATA":
            self.data()
        elif verb == b"QUIT":
            self.say(self.options.quit)
            raise Closed
        else:
            self.say("500 5.5.1 what?")

    def run(self):
        try:
            self.say(self.options.greeting)
            while True:
                line = self.read_line()
                self.session.write(line.rstrip(b"\r\n") + b"\n")
                self.command(line)
        except (Closed, ConnectionError):
            pass
        self.connection.close()
        self.session.write(b"<closed>\n")
        self.session.close()


def parse():
    parser = argparse.ArgumentParser(usage=__doc__)
    for name, reply in DEFAULTS.items():
        parser.add_argument("--" + name, default=reply)
    parser.add_argument("--rcpt", action="append")
    parser.add_argument("--final", action="append")
    parser.add_argument("--stop-after", type=int, default=-1)
    parser.add_argument("--read-slowly", action="store_true")
    parser.add_argument("--no-read", action="store_true")
    parser.add_argument("socket")
    parser.add_argument("folder")
    return parser.parse_args()


def main():
    options = parse()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(options.socket)
    listener.listen()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        session = Session(connection, os.path.join(options.folder, str(number)),
                          options)
        threading.Thread(target=session.run, daemon=True).start()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
