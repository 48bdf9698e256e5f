#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""corpus - seals and opens messages, and compares byte for byte

usage: corpus.py LIST FOLDER    with MAILSEAL, config, GNUPGHOME set

LIST names a message on each line.  Each is sealed as it is, with LF and with
CRLF, each with and without an mbox From line, and given to `mailseal open`;
once also to plain gpg, whose output is put back here by the rules of the
format, independently of the program.  What is stored must hold no line of the
body.  Prints `ok NAME` or `not_ok NAME<TAB>WHY` for each message.
"""
import hashlib
import multiprocessing
import os
import re
import subprocess
import sys

FROM = b"From sam@example.com Tue Nov 24 20:00:00 2026\n"
FIELD = re.compile(rb"[\x21-\x39\x3b-\x7e]+[ \t]*:")
MARK = re.compile(rb"^Mailseal-Original: v=1; size=(\d+); (?:cut=(\d+)\+(\d+); )?"
                  rb"(?:gap=(\d+); )?sha256=([0-9a-f]{64})\r?\n", re.M)
LINE_MIN = 20  # bytes of a line that must not be found
# The lines that every sealed message has, whatever stands in the original.
OURS = {line.strip() for line in b"""
Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";
Content-Type: application/pgp-encrypted
Content-Disposition: inline; filename="encrypted.asc"
Content-Type: application/octet-stream; name="encrypted.asc"
-----BEGIN PGP MESSAGE-----
-----END PGP MESSAGE-----
""".splitlines()}


class Wrong(Exception):
    """The test has failed; the text says why."""


def run(command, data):
    done = subprocess.run(command, input=data, capture_output=True, timeout=120)
    if done.returncode != 0:
        raise Wrong("%s: exit %d: %s" % (" ".join(command[3:4] or command[:1]),
                                         done.returncode, done.stderr[-200:]))
    return done.stdout


def mailseal(*arguments, data):
    return run([os.environ["MAILSEAL"], "--config", os.environ["config"],
                *arguments], data)


def split_from(data):
    """The From line, or nothing, and the message."""
    if data.startswith(b"From "):
        end = data.index(b"\n") + 1 if b"\n" in data else len(data)
        return data[:end], data[end:]
    return b"", data


def header_end(message):
    """The offset of the empty line or of the first line that is no field."""
    at, seen = 0, False
    for line in lines(message):
        if line in (b"\n", b"\r\n"):
            break
        if line[:1] in (b" ", b"\t"):
            if not seen:
                break
        elif not FIELD.match(line):
            break
        seen = True
        at += len(line)
    return at


def lines(data):
    """Only LF ends a line."""
    return re.findall(rb"[^\n]*\n|[^\n]+\Z", data)


def restore(payload):
    """Rule 5 of the format; the original."""
    mark = MARK.search(payload)
    if not mark:
        raise Wrong("the payload has no mark")
    size, at, cut, gap, sha256 = mark.groups()
    original = payload[mark.end() + int(gap or 0):]
    if cut:
        original = original[:int(at)] + original[int(at) + int(cut):]
    if len(original) != int(size):
        raise Wrong("the mark says %s bytes, there are %d" % (size, len(original)))
    if hashlib.sha256(original).hexdigest().encode() != sha256:
        raise Wrong("the mark has another hash")
    return original


def variants(data):
    from_line, message = split_from(data)
    lf = re.sub(rb"\r\n", b"\n", message)
    crlf = lf.replace(b"\n", b"\r\n")
    for body in dict.fromkeys((message, lf, crlf)):
        yield body
        yield (from_line or FROM) + body


def check_rest(message, stored):
    """No line of the body is in what is stored, but for kept fields."""
    end = header_end(message)
    header = message[:end]
    stored = split_from(stored)[1]
    stored_end = header_end(stored)
    outside, inside = (b"\n".join(line for line in part.split(b"\n")
                                  if line.rstrip(b"\r") not in OURS)
                       for part in (stored[:stored_end], stored[stored_end:]))
    for line in message[end:].split(b"\n"):
        line = line.rstrip(b"\r")
        if len(line) < LINE_MIN or line in OURS:
            continue
        if line in inside:
            raise Wrong("stored below the header: %r" % line[:60])
        if line in outside and line not in header:
            raise Wrong("stored in the header: %r" % line[:60])


def check_gpg(message, stored, folder):
    """Plain gpg, then the rules of the format."""
    path = os.path.join(folder, "%d.sealed" % os.getpid())
    with open(path, "wb") as out:
        out.write(stored)
    payload = run(["gpg", "--batch", "--quiet", "--decrypt", path], b"")
    if restore(payload) != message:
        raise Wrong("gpg: not the same bytes")


def check(task):
    path, folder = task
    name = "/".join(path.split("/")[-2:])
    sealed = False
    try:
        with open(path, "rb") as source:
            data = source.read()
        for number, variant in enumerate(variants(data)):
            from_line, message = split_from(variant)
            stored = mailseal("filter", "-r", "rita@example.org", data=variant)
            sealed = b"\nX-Mailseal: v=1; at-rest" in b"\n" + stored
            if not stored.startswith(from_line):
                raise Wrong("the From line is not in front")
            if mailseal("open", data=stored) != variant:
                raise Wrong("variant %d: open gives other bytes" % number)
            if sealed:
                check_rest(message, stored)
            if sealed and number == 0:
                check_gpg(message, stored, folder)
    except (Wrong, subprocess.TimeoutExpired, OSError) as wrong:
        return sealed, "not_ok %s\t%s" % (name, wrong)
    return sealed, "ok %s" % name


def main():
    with open(sys.argv[1]) as names:
        tasks = [(name.rstrip("\n"), sys.argv[2]) for name in names]
    sealed = 0
    with multiprocessing.Pool(2) as pool:
        for is_sealed, verdict in pool.imap(check, tasks):
            sealed += is_sealed
            print(verdict, flush=True)
    print("count %d sealed, %d passed as encrypted" % (sealed, len(tasks) - sealed))


if __name__ == "__main__":
    main()
