# SPDX-License-Identifier: GPL-3.0-or-later
"""place - the folders of one worker, and what a delivery left in them

In TOP/root lies all that mailseal and gpg may write to, and nothing else:
root/keys, and for each worker home, tmp (TMPDIR), spool, and what is stored.
TOP/work has what the test itself needs, traces above all.
"""
import os
import re
import shutil
import stat

BOUNDARY = re.compile(rb"=_mailseal_[0-9a-f]+")
ARMOUR = re.compile(rb"(-----BEGIN PGP MESSAGE-----\r?\n\r?\n).*?(\r?\n-----END PGP MESSAGE-----)",
                    re.S)
SETTINGS = """\
authserv-id = mx.example.org
resolver = {resolver}
keystore = {top}/root/keys
state-dir = {root}/state
spool-dir = {root}/spool
gpg-program = {gpg}
deadline = {deadline}s
on-unusable-key = hold
recovery-certificate = rita@example.org
"""
RESULTS = re.compile(rb"^Authentication-Results: mx\.example\.org;.*(\r?\n[ \t].*)*", re.M)
HELD = re.compile(rb"^(Held: |X-Mailseal: .*; held=).*", re.M)
ENVELOPE = re.compile(rb"\Amailseal-hold 1\n(.+\n)+\n")
KEYS = re.compile(rb"^Mailseal-DKIM-Key: .*\n", re.M)
# Stores its stdin whole or not at all, as a delivery agent should.
COMMAND = """\
#!/bin/sh
cat >"$1/tmp/$$" && mv "$1/tmp/$$" "$1/new/$$"
"""
# Makes the calls of one gpg fail, and lets the others be.
GPG = """\
#!/bin/sh
case " $* " in
*" $FAULT_GPG "*) exec {strace} $FAULT_STRACE {gpg} "$@" ;;
esac
exec {gpg} "$@"
"""


def skeleton(message):
    """What all copies of a sealed message have in common: what DNS did not answer is missing."""
    message = HELD.sub(rb"\1", RESULTS.sub(b"RESULTS", message, count=1))
    return ARMOUR.sub(rb"\1...\2", BOUNDARY.sub(b"BOUNDARY", message))


def without_keys(payload):
    """A payload without the DKIM keys that DNS gave, and when."""
    return payload and KEYS.sub(b"", payload)


def without_envelope(stored):
    """What was stored, held or not, without what stands in front of a held message."""
    return ENVELOPE.sub(b"", stored, count=1)


def files_below(folder):
    for at, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(at, name)


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Place:
    def __init__(self, top, number, deadline):
        self.top = top
        self.root = f"{top}/root/{number}"
        self.work = f"{top}/work/{number}"
        self.maildir = f"{self.root}/maildir"
        self.box = f"{self.root}/box"
        self.hold = f"{self.root}/state/hold"
        self.stdout = f"{self.root}/stdout"
        self.stderr = f"{self.work}/stderr"
        self.trace = f"{self.work}/trace"
        self.gpg = f"{self.work}/gpg"
        self.command = f"{self.work}/store"
        os.makedirs(self.work, exist_ok=True)
        gpg = shutil.which("gpg")
        self.script(self.command, COMMAND)
        self.script(self.gpg, GPG.format(strace=shutil.which("strace"), gpg=gpg))
        asks = read(f"{top}/resolver").decode().strip()
        for name, program, resolver in (("config", gpg, "none"), ("config-asks", gpg, asks),
                                        ("config-traced", self.gpg, "none")):
            with open(f"{self.work}/{name}", "w") as f:
                f.write(SETTINGS.format(top=top, root=self.root, gpg=program,
                                        deadline=deadline, resolver=resolver))

    @staticmethod
    def script(path, text):
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, 0o755)

    def config(self, leg):
        name = "config-traced" if leg.of_gpg else "config-asks" if leg.asks else "config"
        return f"{self.work}/{name}"

    def environment(self):
        """What a mail server leaves to a delivery; no more than that."""
        return {"HOME": f"{self.root}/home", "TMPDIR": f"{self.root}/tmp",
                "PATH": "/usr/bin:/bin", "TZ": "UTC"}

    def clear(self):
        """As before the first message: the Maildir is to be made yet."""
        shutil.rmtree(self.root, ignore_errors=True)
        for name in ("home", "tmp", "spool", "box/tmp", "box/new"):
            os.makedirs(f"{self.root}/{name}")
        for path in (self.trace, self.stderr):
            if os.path.exists(path):
                os.unlink(path)

    def stored(self):
        """Paths of what a reader of the mailbox would find as messages."""
        found = list(files_below(f"{self.maildir}/new"))
        found += files_below(f"{self.maildir}/cur")
        found += files_below(f"{self.box}/new")
        found += (f for f in files_below(self.hold) if "/.tmp-" not in f)
        if os.path.exists(self.stdout) and os.path.getsize(self.stdout):
            found.append(self.stdout)
        return found

    def unfinished(self):
        return [*files_below(f"{self.maildir}/tmp"),
                *(f for f in files_below(self.hold) if "/.tmp-" in f)]

    def litter(self):
        """Whatever lies where nothing may be left."""
        for name in ("home", "tmp", "spool"):
            yield from files_below(f"{self.root}/{name}")

    def holding(self, patterns):
        """Files that hold one of the patterns; the names of files, too."""
        for path in files_below(self.root):
            if stat.S_ISREG(os.lstat(path).st_mode):
                data = read(path) + os.fsencode(path)
                if any(p in data for p in patterns):
                    yield path
