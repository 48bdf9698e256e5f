# SPDX-License-Identifier: GPL-3.0-or-later
"""legs - the ways to deliver, and whose calls fail in each

What the legs have in common is tested in full in the first alone; `choose`
says which calls a leg takes, FAULT=all takes them all.
"""
import os
from dataclasses import dataclass
from typing import Callable

MAILSEAL = os.environ.get("MAILSEAL", "")
HERE = os.path.dirname(os.path.abspath(__file__))
TO_RITA = ("-r", "rita@example.org")
MAILDIR = ("deliver", *TO_RITA, "--maildir", "{maildir}")
COMMAND = ("deliver", *TO_RITA, "--", "{command}", "{box}")
FIRST_OF_MAILSEAL = "rt_sigaction(SIGTERM,"  # signals_init in base/signals.c
FIRST_OF_GPG = "fcntl(0, F_GETFD)"


# ---- choices ------------------------------------------------------------------------


def every(found):
    return found


def behind_loader(found):
    return [c for c in found if not c.in_loader]


def loader_in_part(found):
    return [c for i, c in enumerate(found) if not c.in_loader or i % 5 == 0]


def between(first, last=None):
    """From the first call that has the one text in it to before the first one
    that has the other."""
    def choose(found):
        begin = [i for i, c in enumerate(found) if first in c.text]
        end = [i for i, c in enumerate(found) if last and last in c.text]
        return found[begin[0]:end[0] if end else None] if begin else []
    return choose


def of_spool(found):
    """The file is opened, and of each kind of call on it the first two, one in
    the middle and the last two."""
    chosen = [c for c in found if "O_TMPFILE" in c.text]
    for name in ("pwrite64", "pread64"):
        some = [c for c in found if c.name == name and not c.in_loader]
        chosen += {c.number: c for c in (*some[:2], some[len(some) // 2], *some[-2:])}.values()
    return chosen


def all_of_spool(found):
    return [c for c in found if "O_TMPFILE" in c.text or
            (c.name in ("pwrite64", "pread64") and not c.in_loader)]


# ---- legs ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Leg:
    name: str
    arguments: tuple  # {maildir} and the like are the place's
    process: str = "mailseal"  # or "fork": forks.py; or the argument that tells a gpg
    choose: Callable = every
    choose_all: Callable = every
    always: tuple = ()  # injections that every run of the leg has
    message: str = "message"  # or "large", which memory does not hold, "encrypted", "signed"
    asks: bool = False  # DNS, about the sender

    @property
    def to_stdout(self):
        return self.arguments[0] == "filter"

    @property
    def may_pass(self):
        """Sealed or passed: when it can't be looked at, it is sealed."""
        return self.message == "encrypted"

    @property
    def of_gpg(self):
        return self.process.startswith("--")

    @property
    def loader_ends(self):
        return FIRST_OF_GPG if self.of_gpg else FIRST_OF_MAILSEAL

    def command(self, p):
        return [MAILSEAL, "--config", p.config(self),
                *(a.format(**vars(p)) for a in self.arguments)]

    def disturbed(self, p, fault):
        """The command, and what it needs in its environment; no fault: traced."""
        if self.process == "fork" and fault:
            return ["/usr/bin/env", "python3", "-B", f"{HERE}/forks.py", p.trace,
                    str(fault.call.child), str(fault.call.index), fault.what,
                    *self.command(p)], {}
        injects = [*self.always, *([fault.strace_option()] if fault else [])]
        trace = ["-q", "-s", "0", "-e", "signal=KILL", "-o", p.trace,
                 *(["-f"] if self.process == "fork" else []),
                 *(o for inject in injects for o in ("-e", inject))]
        if self.of_gpg:
            return self.command(p), {"FAULT_GPG": self.process, "FAULT_STRACE": " ".join(trace)}
        return ["strace", *trace, *self.command(p)], {}


LEGS = {leg.name: leg for leg in (
    Leg("deliver --maildir", MAILDIR),
    Leg("deliver --maildir, its gpg --encrypt", MAILDIR, "--encrypt", loader_in_part),
    Leg("deliver --maildir, its gpg --version", MAILDIR, "--version", loader_in_part),
    Leg("deliver --maildir, between fork and exec", MAILDIR, "fork"),
    Leg("deliver --maildir without renameat2", MAILDIR, choose=between("renameat2("),
        choose_all=behind_loader, always=("inject=renameat2:error=EINVAL",)),
    Leg("deliver --maildir of 9 MB, its spool", MAILDIR, choose=of_spool,
        choose_all=all_of_spool, message="large"),
    Leg("deliver --maildir of ciphertext, its look at the parts", MAILDIR,
        choose=between("structure.so", "maildir"), message="encrypted"),
    Leg("deliver --maildir of a signed message, its questions to DNS", MAILDIR,
        choose=between("socket(AF_INET", "maildir"), message="signed", asks=True),
    Leg("deliver --maildir that is held", ("deliver", "-r", "tina@example.org", *MAILDIR[3:]),
        choose=between("state/hold"), choose_all=behind_loader),
    Leg("deliver COMMAND", COMMAND, choose=behind_loader),
    Leg("deliver COMMAND, between fork and exec", COMMAND, "fork",
        choose=lambda found: [c for c in found if c.child > 4]),
    Leg("filter", ("filter", *TO_RITA), choose=behind_loader),
)}
