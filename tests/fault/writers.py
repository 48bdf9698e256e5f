#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""writers - each system call of who changes a keystore fails in turn, and is the last in turn

usage: writers.py TOP    with MAILSEAL, GNUPGHOME set; writers.sh prepares TOP:
  TOP/keys         a keystore with entries of rita and bob, and its log, all signed
  TOP/settings     the configuration but for `keystore` and `state-dir`
  TOP/rita, TOP/renewed  rita's certificate, as it is in TOP/keys, and renewed
Prints TAP, a line for each writer and round; rounds and faults are as in run.py.

After each fault, on a copy of the keystore of its own:
- a reader finds the entry whole, the old or the new version: the new one if the writer said
  that all went well;
- another writer, of another entry, succeeds;
- then `key audit` has no finding, the entry is still whole (the new version may now be in its place, the
  old one not again), and nothing but a keystore's own files lies in the folder.
"""
import collections
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Callable

import calls
import legs
from run import ATTEMPTS, CRASHES, PROBLEMS_SHOWN, WORKERS, Tap, show_progress

TOO_LONG = 10  # seconds
BASELINES = 6  # undisturbed changes
OWN = re.compile(r"mailseal-keystore|changes|\.lock|[0-9a-f]{2}(/[^./][^/]*)?")
RITA = "rita@example.org"
OFF = ("key", "policy", "--seal", "off", "--reason", "away", RITA)
IMPORT = ("key", "import", "-a", RITA)
NEXT = ("key", "policy", "--publish", "yes", "bob@example.org")


@dataclass(frozen=True)
class Writer:
    name: str
    arguments: tuple
    choose: Callable
    choose_all: Callable = legs.behind_loader
    makes: bool = False  # the keystore is not there yet
    next: tuple = NEXT  # the next write


WRITERS = {w.name: w for w in (
    Writer("key policy", OFF, legs.behind_loader, legs.every),
    Writer("key remove", ("key", "remove", RITA), legs.between(".lock")),
    Writer("key import of a renewed certificate", (*IMPORT, "{top}/renewed"),
           legs.between(".lock")),
    Writer("key import that makes the keystore", (*IMPORT, "{top}/rita"),
           legs.between('/keys", 0755)', '"changes"'), makes=True, next=(*IMPORT, "{top}/rita")),
)}


@dataclass
class Seen:
    """What came of one disturbed change."""
    code: int = 0
    said: str = ""
    hit: str = ""
    version: str = ""  # "old", "new" or "neither", before the next write
    problems: list = field(default_factory=list)


class Place:
    """A worker's own copy of the keystore."""

    def __init__(self, top, number):
        self.top, self.work = top, f"{top}/work/{number}"
        self.keys, self.trace = f"{self.work}/keys", f"{self.work}/trace"
        self.config = f"{self.work}/mailseal.conf"
        os.makedirs(f"{self.work}/home")
        with open(f"{top}/settings", encoding="ascii") as common, \
             open(self.config, "w", encoding="ascii") as out:
            out.write(f"{common.read()}keystore = {self.keys}\nstate-dir = {self.work}/state\n")

    def clear(self, writer):
        shutil.rmtree(self.keys, ignore_errors=True)
        if not writer.makes:
            shutil.copytree(f"{self.top}/keys", self.keys)

    def mailseal(self, arguments, under=()):
        """A command: exit code, stdout, stderr."""
        child = subprocess.Popen(
            [*under, legs.MAILSEAL, "--config", self.config,
             *(a.format(top=self.top) for a in arguments)],
            env={"HOME": f"{self.work}/home", "TMPDIR": self.work, "PATH": "/usr/bin:/bin", "TZ": "UTC"},
            cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True)
        try:
            out, err = child.communicate(timeout=TOO_LONG)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            raise
        return child.returncode, out.decode(), err.decode("utf-8", "replace")

    def change(self, writer, fault=None):
        """The writer, traced and disturbed; with the trace."""
        self.clear(writer)
        if os.path.exists(self.trace):
            os.unlink(self.trace)
        inject = ["-e", fault.strace_option()] if fault else []
        said = self.mailseal(writer.arguments, ["strace", "-q", "-s", "0", "-e", "signal=KILL",
                                                "-o", self.trace, *inject])
        with open(self.trace, encoding="utf-8", errors="replace") as trace:
            return said, trace.read()

    def entry(self):
        """What a reader learns of rita."""
        return self.mailseal(("key", "show", RITA))[:2]

    def strangers(self):
        """Files in the keystore that are none of its own."""
        for at, folders, files in os.walk(self.keys):
            for name in (*folders, *files):
                path = os.path.relpath(os.path.join(at, name), self.keys)
                if not OWN.fullmatch(path):
                    yield path


class State:
    """What each process has for itself."""
    place = None
    versions = {}  # by writer: the old entry and the new one


state = State()


# ---- what is accepted -------------------------------------------------------------------


def accepted_code(fault, seen):
    if fault.kind == "signal":
        return seen.code == -signal.SIGKILL
    if fault.call.in_loader and (seen.code == 127 or seen.code < 0):
        return True
    if seen.code < 0 or "crashed" in seen.said:
        return any(c.match(seen.hit) for c in CRASHES)
    return seen.code < 126


def version_now(writer):
    old, new = state.versions[writer.name]
    entry = state.place.entry()
    return {old: "old", new: "new"}.get(entry, "neither")


def judge_next(writer, seen):
    """What the next writer, and whoever looks after it, finds."""
    p, bad = state.place, seen.problems
    for what, arguments in (("the next write", writer.next), ("audit", ("key", "audit"))):
        code, out, err = p.mailseal(arguments)
        if code == 75 and "changed meanwhile; try again" in err:
            # It finished what the killed one had begun on the same entry.
            code, out, err = p.mailseal(arguments)
        if code:
            bad.append(f"{what}: exit {code}: {(out + err).strip()[:300]}")
    after = version_now(writer)
    if after == "neither" or (seen.version == "new" and after == "old"):
        bad.append(f"{seen.version} before the next write, {after} after it")
    if writer.makes and after != "new":
        bad.append("it could not be made after that")
    bad.extend("in the keystore: " + path for path in p.strangers())


def judge(writer, fault, seen):
    if not accepted_code(fault, seen):
        seen.problems.append(f"exit {seen.code}")
    seen.version = version_now(writer)
    # Who finds a keystore that is not made yet can't ask.
    if seen.version == "neither" and not writer.makes:
        seen.problems.append(f"neither old nor new: {state.place.entry()}")
    if seen.code == 0 and seen.version != "new":
        seen.problems.append(f"exit 0, and the entry is {seen.version}")
    judge_next(writer, seen)


def disturb(job):
    """In a worker: one change with one fault, judged."""
    writer, fault = WRITERS[job[0]], job[1]
    seen = Seen()
    for _ in range(ATTEMPTS):
        try:
            (seen.code, _, seen.said), trace = state.place.change(writer, fault)
        except subprocess.TimeoutExpired:
            continue  # a pipe from gpg stayed open: the number was another call's this time
        seen.hit = fault.hit(trace)
        if seen.hit:
            judge(writer, fault, seen)
            return fault, seen
    seen.problems.append("never reached")
    return fault, seen


# ---- undisturbed --------------------------------------------------------------------------


def undisturbed(name):
    """In a worker: the entry before, after, and the calls."""
    p, writer = state.place, WRITERS[name]
    p.clear(writer)
    old = p.entry()
    (code, _, said), trace = p.change(writer)
    new = p.entry()
    if code or old == new:
        raise RuntimeError(f"{name}: exit {code} without any fault: {said}")
    return old, new, trace


def find_calls(pool, writer):
    runs = pool.map(undisturbed, [writer.name] * BASELINES, chunksize=1)
    if len({run[1] for run in runs}) != 1:
        raise RuntimeError(f"{writer.name}: two changes are not the same: {runs[0][1]} {runs[1][1]}")
    # What a reader says has no path of the worker's own, except where there is no keystore.
    state.versions[writer.name] = (None if writer.makes else runs[0][0], runs[0][1])
    choose = writer.choose_all if os.environ.get("FAULT") == "all" else writer.choose
    chosen = [choose(calls.stable_calls([run[2]], legs.FIRST_OF_MAILSEAL)[0]) for run in runs]
    # gpg's pipes take more calls in one run than in another: what is in that part in each run.
    common = set.intersection(*({(c.name, c.number) for c in some} for some in chosen))
    chosen = [c for c in chosen[0] if (c.name, c.number) in common]
    if not chosen:
        raise RuntimeError(f"{writer.name}: none of its calls was made")
    return chosen


def without_unlocking(writer, found):
    """strace does not make a close(2) that it lets fail, so that the lock with which the keystore was
    made would be kept, and the process wait for itself when it writes the entry."""
    locks = [i for i, c in enumerate(found) if c.name == "flock"] if writer.makes else []
    if not locks:
        return found
    lock = re.match(r"flock\((\d+)", found[locks[0]].text).group(1)
    unlocking = next(c for c in found[locks[0]:] if c.text.startswith(f"close({lock})"))
    return [c for c in found if c != unlocking]


# ---- rounds ---------------------------------------------------------------------------------


def start_worker(top, numbers):
    state.place = Place(top, numbers.get())


def start_pool(top, round_name):
    numbers = multiprocessing.SimpleQueue()
    for number in range(WORKERS):
        numbers.put(f"{round_name}-{number}")
    return multiprocessing.Pool(WORKERS, start_worker, (top, numbers))


def run_round(tap, pool, writer, what, faults):
    only, began, results = os.environ.get("FAULT_ONLY"), time.monotonic(), []
    faults = [f for f in faults if not only or re.search(only, f"{writer.name}: {f}")]
    if not faults:
        return
    for done in pool.imap_unordered(disturb, [(writer.name, f) for f in faults]):
        results.append(done)
        show_progress(f"{writer.name}: {len(results)} of {len(faults)} {what}")
    show_progress("")
    wrong = [(fault, seen) for fault, seen in results if seen.problems]
    counts = collections.Counter(
        (f"signal {-s.code}" if s.code < 0 else f"exit {s.code}") + f" and {s.version}"
        for _, s in results)
    tap.result(not wrong, f"{writer.name}: {len(results)} calls {what} ("
               + ", ".join(f"{word}: {n}" for word, n in sorted(counts.items()))
               + f"; {time.monotonic() - began:.0f} s)")
    for fault, seen in (results if only else wrong)[:PROBLEMS_SHOWN]:
        tap.diag(f"{fault}: exit {seen.code}, {seen.version}")
        for line in (seen.hit or fault.call.text, *seen.problems, *seen.said.splitlines()[:5]):
            tap.diag("  " + line[:300])


def main():
    top, tap = sys.argv[1], Tap()
    with start_pool(top, "undisturbed") as pool:
        found = [(writer, find_calls(pool, writer)) for writer in WRITERS.values()]
    # New workers know what was found.
    with start_pool(top, "disturbed") as pool:
        for writer, some in found:
            # Each of its runs takes gpg's time: not all of them unless asked for.
            kills_alone = writer.makes and os.environ.get("FAULT") != "all"
            fail = [] if kills_alone else without_unlocking(writer, some)
            run_round(tap, pool, writer, "failed in turn", calls.failures(fail))
            run_round(tap, pool, writer, "interrupted in turn", calls.interruptions(fail))
            run_round(tap, pool, writer, "killed in turn", calls.kills(some))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
