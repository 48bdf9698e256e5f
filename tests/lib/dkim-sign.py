#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""dkim-sign - signs messages for tests: DKIM (RFC 6376, 8463) or an ARC set (RFC 8617)

usage: dkim-sign.py [OPTION]... <message >signed
       dkim-sign.py --record [--seed TEXT]        prints the key's TXT record

ed25519-sha256 by libsodium, relaxed/relaxed.  The secret key is the hash of a text, so that a
test's messages are the same each time; or rsa-sha256 with a key in a file, by openssl.  Lines end
in LF or CRLF, as the message's first one does.
"""
import argparse
import base64
import ctypes
import ctypes.util
import hashlib
import re
import subprocess
import sys


class Key:
    algorithm = "ed25519-sha256"

    def __init__(self, seed):
        self.sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
        self.public = ctypes.create_string_buffer(32)
        self.secret = ctypes.create_string_buffer(64)
        seed = hashlib.sha256(seed.encode()).digest()
        self.sodium.crypto_sign_seed_keypair(self.public, self.secret, seed)

    def sign(self, data):
        out = ctypes.create_string_buffer(64)
        digest = hashlib.sha256(data).digest()  # RFC 8463 3: what is signed is the hash
        self.sodium.crypto_sign_detached(out, None, digest, ctypes.c_ulonglong(32), self.secret)
        return base64.b64encode(out.raw).decode()

    def record(self):
        return "v=DKIM1; k=ed25519; p=" + base64.b64encode(self.public.raw).decode()


class RsaKey:
    algorithm = "rsa-sha256"

    def __init__(self, path):
        self.path = path

    def openssl(self, *words, data=b""):
        done = subprocess.run(["openssl", *words], input=data, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True)
        return base64.b64encode(done.stdout).decode()

    def sign(self, data):
        return self.openssl("dgst", "-sha256", "-sign", self.path, data=data)

    def record(self):
        return "v=DKIM1; k=rsa; p=" + self.openssl("rsa", "-in", self.path, "-pubout",
                                                   "-outform", "DER")


def relaxed_field(field):
    name, value = field.split(b":", 1)
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b""))
    return name.strip().lower() + b":" + value.strip(b" \t")


def relaxed_body(body):
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def split(message):
    """Fields with their continuations, without line ends, and the body; all in CRLF."""
    message = re.sub(rb"\r?\n", b"\r\n", message)
    head, _, body = message.partition(b"\r\n\r\n")
    return re.split(rb"\r\n(?![ \t])", head), body


def chosen(fields, names):
    """The fields of h=, each name from the bottom up (RFC 6376 5.4.2)."""
    left = list(reversed(fields))
    for name in names:
        for at, field in enumerate(left):
            if field.split(b":", 1)[0].strip().lower() == name.encode():
                yield left.pop(at)
                break


def sign_message(key, options, fields, body, name, tags):
    data = relaxed_body(body)
    if options.length is not None:
        data = data[:options.length]
        tags += f" l={options.length};"
    present = {f.split(b":", 1)[0].strip().lower().decode("latin-1") for f in fields}
    names = options.headers.split(":") if options.headers else \
        [n for n in ("from", "to", "subject", "date", "message-id") if n in present]
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    field = (f"{name}:{tags} a={key.algorithm}; c=relaxed/relaxed; d={options.domain};"
             f" s={options.selector};\r\n\th={':'.join(names)}; bh={digest};\r\n\tb=").encode()
    signed = b"".join(relaxed_field(f) + b"\r\n" for f in chosen(fields, names))
    return field + key.sign(signed + relaxed_field(field)).encode()


def arc_set(key, options, fields, body):
    """The three fields of one set, the seal on top (RFC 8617 5.1.1)."""
    one = f"i={options.instance}"
    results = f"ARC-Authentication-Results: {one}; {options.domain}; {options.results}".encode()
    message = sign_message(key, options, fields, body, "ARC-Message-Signature", f" {one};")
    before = [(i, f) for f in fields for i in [instance(f)] if i]
    order = {b"arc-authentication-results": 0, b"arc-message-signature": 1, b"arc-seal": 2}
    before.sort(key=lambda pair: (pair[0], order[pair[1].split(b":", 1)[0].lower()]))
    seal = (f"ARC-Seal: {one}; a={key.algorithm}; cv={options.arc}; d={options.domain};"
            f" s={options.selector};\r\n\tb=").encode()
    chain = [f for _, f in before] + [results, message]
    signed = b"".join(relaxed_field(f) + b"\r\n" for f in chain) + relaxed_field(seal)
    return [seal + key.sign(signed).encode(), message, results]


def instance(field):
    found = re.match(rb"arc-[a-z-]+:[^;]*?\bi=(\d+)", field, re.I)
    return int(found[1]) if found else 0


def main():
    p = argparse.ArgumentParser(description="signs a message for a test")
    p.add_argument("--domain", default="example.com")
    p.add_argument("--selector", default="sel")
    p.add_argument("--seed", default="a key of the tests", help="text that makes the key")
    p.add_argument("--rsa", metavar="FILE", help="an RSA key, PEM, instead")
    p.add_argument("--headers", help="h=, instead of the usual ones that are there")
    p.add_argument("--length", type=int, help="l=")
    p.add_argument("--tags", default="", help="more tags, such as ` t=1;`")
    p.add_argument("--arc", metavar="CV", help="an ARC set with this cv= instead")
    p.add_argument("--instance", type=int, default=1, help="of the ARC set")
    p.add_argument("--results", default="none", help="of the ARC set")
    p.add_argument("--record", action="store_true")
    options = p.parse_args()
    key = RsaKey(options.rsa) if options.rsa else Key(options.seed)
    if options.record:
        print(key.record())
        return
    message = sys.stdin.buffer.read()
    fields, body = split(message)
    added = arc_set(key, options, fields, body) if options.arc else \
        [sign_message(key, options, fields, body, "DKIM-Signature", f" v=1;{options.tags}")]
    crlf = message.partition(b"\n")[0].endswith(b"\r")
    for field in added:
        sys.stdout.buffer.write((field if crlf else field.replace(b"\r\n", b"\n")) +
                                (b"\r\n" if crlf else b"\n"))
    sys.stdout.buffer.write(message)


if __name__ == "__main__":
    main()
