#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""dns-stub - a DNS server on loopback for tests: UDP and TCP (RFC 1035), answers from a file

usage: dns-stub.py [OPTION]... FILE

Prints its port (UDP and TCP alike) on a line of its own as soon as it answers.  FILE, JSON:

    { "example.org": { "TXT": ["v=spf1 -all", ["in two ", "strings"]],
                       "MX": [[10, "mx.example.org"]], "A": ["192.0.2.1"] },
      "short.example.org": ["a TXT record"],
      "alias.example.org": { "CNAME": ["example.org"] },
      "broken.example.org": { "rcode": "SERVFAIL" },
      "slow.example.org": { "TXT": { "rcode": "TIMEOUT" } },
      "forged.example.org": { "rcode": "BOGUS", "TXT": ["only with CD=1"] },
      "*": { "rcode": "TIMEOUT" } }

rcode: any of RFC 1035, TIMEOUT (no answer), BOGUS (SERVFAIL, but with CD=1 the records: what a
validating resolver does).  A name that is not listed, and below which none is, does not exist,
unless `*` stands for all others.  Characters stand for octets by Latin-1 where that is
possible, else by UTF-8.  A name or host is cut into labels at its dots; a dot or any other
octet within a label is \\DDD (decimal).  Raw rdata of any type: { "hex": "..." } in its list.
The root has a SOA, so that the server can be probed.
"""
import argparse
import ipaddress
import json
import re
import socket
import struct
import sys
import threading

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28,
         "TLSA": 52}
RCODES = {"FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5}
QR, TC, RD, RA, AD, CD = 0x8000, 0x0200, 0x0100, 0x0080, 0x0020, 0x0010
OPT = 41


def octets(text):
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")


def wire_name(text):
    out = b""
    for label in text.split("."):
        raw = re.sub(rb"\\(\d\d\d)", lambda m: bytes([int(m[1])]), octets(label))
        if raw:
            out += bytes([len(raw)]) + raw
    return out + b"\0"


def folded(wire):
    return bytes(c + 32 if 65 <= c <= 90 else c for c in wire)


def strings_of(record):
    """One TXT record: a text or a list of texts."""
    out = b""
    for text in [record] if isinstance(record, str) else record:
        raw = octets(text)
        for at in range(0, max(len(raw), 1), 255):
            piece = raw[at:at + 255]
            out += bytes([len(piece)]) + piece
    return out


def mx_of(record):
    if isinstance(record, dict):
        host = record.get("host", record.get("value", record.get("exchange", "")))
        record = [record.get("pref", record.get("preference", 0)), host]
    return struct.pack("!H", int(record[0])) + wire_name(record[1])


def rdata(kind, record):
    if isinstance(record, dict) and "hex" in record:
        return bytes.fromhex(record["hex"])
    if kind == "TXT":
        return strings_of(record)
    if kind == "MX":
        return mx_of(record)
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(record).packed
    if kind in ("NS", "CNAME", "PTR"):
        return wire_name(record)
    raise ValueError(f"{kind} wants {{'hex': ...}}")


SOA_DATA = b"\0\0" + struct.pack("!5I", 1, 1, 1, 1, 60)
SOA = b"\0" + struct.pack("!HHIH", TYPES["SOA"], 1, 60, len(SOA_DATA)) + SOA_DATA


class Zone:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        self.other = content.pop("*", None)
        self.names = {}
        self.parents = {b"\0"}
        for name, types in content.items():
            wire = folded(wire_name(name))
            self.names[wire] = {"TXT": types} if isinstance(types, list) else types
            while wire != b"\0":
                wire = wire[wire[0] + 1:]
                self.parents.add(wire)

    def find(self, wire):
        found = self.names.get(folded(wire))
        if found is None and folded(wire) not in self.parents:
            return self.other
        return {} if found is None else found

    def answer(self, name, number, flags):
        """An rcode, or None for no answer; and the records."""
        records = []
        if name == b"\0" and number == TYPES["SOA"] and name not in self.names:
            return 0, [(name, number, SOA_DATA)]
        for _ in range(16):
            types = self.find(name)
            if types is None:
                return 3, records
            kind = next((k for k, v in TYPES.items() if v == number), "")
            entry = types.get(kind, types.get(f"TYPE{number}", []))
            rcode = types.get("rcode")
            if isinstance(entry, dict):
                rcode, entry = entry.get("rcode", rcode), []
            if rcode == "TIMEOUT":
                return None, []
            if rcode == "BOGUS" and not flags & CD:
                return 2, []
            if rcode in RCODES:
                return RCODES[rcode], []
            for record in entry:
                records.append((name, number, rdata(kind, record)))
            if entry or number == TYPES["CNAME"] or "CNAME" not in types:
                return 0, records
            target = wire_name(types["CNAME"][0])
            records.append((name, TYPES["CNAME"], target))
            name = target
        return 2, []


def question(packet):
    """(name, type, where the question ends), or None."""
    at = 12
    while at < len(packet) and packet[at]:
        at += packet[at] + 1
    if len(packet) < at + 5 or struct.unpack("!H", packet[4:6])[0] != 1:
        return None
    return packet[12:at + 1], struct.unpack("!H", packet[at + 1:at + 3])[0], at + 5


class Server:
    def __init__(self, options):
        self.options = options
        self.zone = Zone(options.file)
        self.lock = threading.Lock()
        self.dropped = set()

    def note(self, how, name, number, flags):
        if not self.options.log:
            return
        text = ".".join(part.decode("latin-1") for part in labels(name))
        kind = next((k for k, v in TYPES.items() if v == number), f"TYPE{number}")
        bits = "".join(f" {word}" for word, bit in (("ad", AD), ("cd", CD)) if flags & bit)
        with self.lock, open(self.options.log, "a", encoding="latin-1") as log:
            log.write(f"{how} {kind} {text or '.'}{bits}\n")

    def respond(self, packet, how):
        """The answer to a packet, or None."""
        asked = question(packet)
        if asked is None:
            return None
        name, number, end = asked
        ident, flags = struct.unpack("!HH", packet[:4])
        self.note(how, name, number, flags)
        if self.options.silent or flags & QR:
            return None
        rcode, records = self.zone.answer(name, number, flags)
        if rcode is None:
            return None
        negative = not any(kind == number for _, kind, _ in records) and rcode in (0, 3)
        flags = QR | (flags & (RD | CD)) | RA | rcode
        if self.options.ad and rcode in (0, 3):
            flags |= AD
        body = b"".join(owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
                        for owner, kind, data in records)
        counts = (len(records), int(negative))
        return self.finish(packet, how, ident, flags, end, counts, body + SOA * negative)

    def finish(self, packet, how, ident, flags, end, counts, body):
        has_opt = packet[10:12] != b"\0\0" and len(packet) >= end + 11
        room = struct.unpack("!H", packet[end + 3:end + 5])[0] if has_opt else 512
        opt = b"\0" + struct.pack("!HHIH", OPT, 1232, 0, 0) if has_opt else b""
        if how == "udp" and (self.options.cut or end + len(body) + len(opt) > max(room, 512)):
            flags, counts, body = flags | TC, (0, 0), b""
        if how == "tcp" and self.options.cut_tcp:
            flags |= TC
        head = struct.pack("!6H", ident, flags, 1, *counts, int(has_opt))
        return head + packet[12:end] + body + opt

    def forgeries(self, packet):
        """What somebody who guesses might send: other ids, other questions, no answers."""
        good = self.respond(packet, "forged")
        if good is None:
            return []
        other_id = bytes([good[0] ^ 1]) + good[1:]
        letter = good[13] + 1 if len(good) > 13 else 0
        other_name = good[:13] + bytes([letter]) + good[14:]
        no_response = good[:2] + bytes([good[2] & 0x7f]) + good[3:]
        return [b"", b"\0", good[:11], other_id, other_name, no_response]

    def serve_udp(self, sock):
        while True:
            packet, peer = sock.recvfrom(65535)
            if self.options.drop and packet[12:13] != b"\0" and packet[2:] not in self.dropped:
                self.dropped.add(packet[2:])
                continue
            if self.options.forge:
                for forged in self.forgeries(packet):
                    sock.sendto(forged, peer)
            good = self.respond(packet, "udp")
            if good is not None:
                sock.sendto(good, peer)
                if self.options.twice:
                    sock.sendto(good, peer)

    def serve_tcp(self, sock):
        while True:
            connection, _ = sock.accept()
            threading.Thread(target=self.serve_connection, args=(connection,), daemon=True).start()

    def serve_connection(self, connection):
        with connection, connection.makefile("rb") as stream:
            while len(size := stream.read(2)) == 2:
                good = self.respond(stream.read(struct.unpack("!H", size)[0]), "tcp")
                if good is None:
                    stream.read(1)  # silent, until the client gives up
                    return
                message = struct.pack("!H", len(good)) + good
                for at in range(0, len(message), self.options.piece or len(message)):
                    connection.sendall(message[at:at + (self.options.piece or len(message))])


def labels(wire):
    at = 0
    while wire[at]:
        yield wire[at + 1:at + 1 + wire[at]]
        at += wire[at] + 1


def listen(address, port):
    """A UDP and a TCP socket of the same port."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for _ in range(50):
        tcp = socket.socket(family, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        udp = socket.socket(family, socket.SOCK_DGRAM)
        try:
            tcp.bind((address, port))
            udp.bind((address, tcp.getsockname()[1]))
            tcp.listen(64)
            return udp, tcp
        except OSError:
            tcp.close()
            udp.close()
            if port:
                raise
    raise SystemExit("dns-stub: no port is free")


def main():
    p = argparse.ArgumentParser(description="a DNS server for tests")
    p.add_argument("file", help="JSON: names and their records")
    p.add_argument("--address", default="127.0.0.1")
    p.add_argument("--port", type=int, default=0, help="0: one that is free")
    p.add_argument("--ad", action="store_true", help="say that each answer was validated")
    p.add_argument("--silent", action="store_true", help="never answer")
    p.add_argument("--cut", action="store_true", help="cut every UDP answer (TC)")
    p.add_argument("--cut-tcp", action="store_true", help="say so of TCP answers, too")
    p.add_argument("--forge", action="store_true", help="send forgeries first (UDP)")
    p.add_argument("--twice", action="store_true", help="send each UDP answer twice")
    p.add_argument("--drop", action="store_true", help="lose each UDP query the first time, but not of the root")
    p.add_argument("--piece", type=int, default=0, metavar="N", help="TCP: N bytes at a time")
    p.add_argument("--log", help="append each question to this file")
    options = p.parse_args()
    server = Server(options)
    udp, tcp = listen(options.address, options.port)
    threading.Thread(target=server.serve_tcp, args=(tcp,), daemon=True).start()
    print(udp.getsockname()[1], flush=True)
    server.serve_udp(udp)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
