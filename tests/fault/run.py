#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""run - each system call of a delivery fails in turn, and is the last in turn

usage: run.py TOP    with MAILSEAL, GNUPGHOME set; fault.sh prepares TOP:
  TOP/message   the message, with a canary in its body
  TOP/patterns  the canary in its encodings, one on each line
  TOP/root/keys the keystore; TOP/root is what mailseal may write to
Prints TAP.
"""
import collections
import ctypes
import dataclasses
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import calls
import place

WORKERS = 2
DEADLINE = 3  # seconds, mailseal's own
TOO_LONG = 15  # seconds, for one delivery, whatever fails
GRACE = 2  # seconds, in which what a killed mailseal leaves behind must end
BASELINES = 5  # deliveries that nothing disturbs, to count calls
ATTEMPTS = 3
PROBLEMS_SHOWN = 20
MAILSEAL = os.environ.get("MAILSEAL", "")
PR_SET_CHILD_SUBREAPER = 36


@dataclasses.dataclass(frozen=True)
class Leg:
    """A way to deliver, and whose calls are disturbed."""
    name: str
    arguments: tuple  # with {maildir} and the like
    process: str = "mailseal"  # or the argument by which gpg is known
    first_call: str = "rt_sigaction(SIGTERM,"  # behind the loader
    to_stdout: bool = False

    def command(self, p):
        return [MAILSEAL, "--config", p.config(self.of_gpg()),
                *(a.format(**vars(p)) for a in self.arguments)]

    def of_gpg(self):
        return self.process != "mailseal"


TO_RITA = ("-r", "rita@example.org")
MAILDIR = ("deliver", *TO_RITA, "--maildir", "{maildir}")
LEGS = {leg.name: leg for leg in (
    Leg("deliver --maildir", MAILDIR),
    Leg("deliver --maildir, its gpg --encrypt", MAILDIR, "--encrypt", ""),
    Leg("deliver --maildir, its gpg --version", MAILDIR, "--version", ""),
    Leg("deliver COMMAND", ("deliver", *TO_RITA, "--", "{command}", "{box}")),
    Leg("filter", ("filter", *TO_RITA), to_stdout=True),
)}


@dataclasses.dataclass
class Seen:
    """What came of one delivery."""
    code: int = 0  # exit code, or minus the signal
    took: float = 0.0
    reached: bool = False
    copies: int = 0
    kept: str = ""  # where the copy lies until it is decrypted
    problems: list = dataclasses.field(default_factory=list)
    said: str = ""  # on stderr


# ---- one delivery -------------------------------------------------------------------


def message_pipe(top):
    """The message as mail servers give it: from a pipe, all of it there."""
    out, into = os.pipe()
    os.write(into, place.read(f"{top}/message"))
    os.close(into)
    return out


def start(leg, p, options):
    trace = ["-q", "-s", "0", "-e", "signal=KILL", "-o", p.trace, *options]
    env, command = p.environment(), leg.command(p)
    if leg.of_gpg():
        env.update(FAULT_GPG=leg.process, FAULT_STRACE=" ".join(trace))
    else:
        command = ["strace", *trace, *command]
    message = message_pipe(p.top)
    with open(p.stderr, "wb") as err, open(p.stdout, "wb") as out:
        child = subprocess.Popen(command, env=env, cwd="/", stdin=message, stdout=out,
                                 stderr=err, start_new_session=True)
    os.close(message)
    return child


def wait_for_orphans(limit):
    """What mailseal left comes to us; the names of what does not end soon."""
    end = time.monotonic() + limit
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return []
        if pid == 0:
            if time.monotonic() > end:
                return end_orphans()
            time.sleep(0.002)


def end_orphans():
    left = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = place.read(f"/proc/{pid}/stat").decode("latin-1")
        except OSError:
            continue
        if int(fields.rpartition(")")[2].split()[1]) == os.getpid():
            left.append(fields[fields.index("("):][:40])
            os.kill(int(pid), signal.SIGKILL)
            os.waitpid(int(pid), 0)
    return left


def deliver(leg, p, options):
    """Delivers once; the rest of what is to be seen lies in p."""
    seen = Seen()
    p.clear()
    began = time.monotonic()
    child = start(leg, p, options)
    try:
        seen.code = child.wait(TOO_LONG)
    except subprocess.TimeoutExpired:
        seen.problems.append(f"it did not end in {TOO_LONG} s")
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    left = wait_for_orphans(GRACE)
    seen.took = time.monotonic() - began
    if left:
        seen.problems.append("left running: " + " ".join(left))
    seen.said = place.read(p.stderr).decode("utf-8", "replace")
    return seen


# ---- what is accepted ---------------------------------------------------------------


def accepted(leg, fault, code):
    if fault.kind == "signal" and not leg.of_gpg():
        return code == -signal.SIGKILL
    if fault.call.in_loader and not leg.of_gpg() and (code == 127 or code < 0):
        return True
    return code in (0, 75)


def judge(leg, p, fault, seen, patterns, shape):
    """Adds to seen.problems what must not be."""
    stored = p.stored()
    seen.copies = len(stored)
    bad = seen.problems
    if not accepted(leg, fault, seen.code):
        bad.append(f"exit {seen.code}")
    if seen.code == 0 and not stored:
        bad.append("exit 0, and nothing is stored")
    if len(stored) > 1:
        bad.append(f"stored {len(stored)} times")
    for path in stored:
        if path == p.stdout and not leg.to_stdout:
            bad.append("it wrote to stdout")
        elif place.skeleton(place.read(path)) != shape:
            bad.append("stored, but not whole and sealed: " + path)
    bad.extend("in clear: " + path for path in p.holding(patterns))
    if any(s in seen.said.encode() for s in patterns):
        bad.append("the message's text on stderr")
    bad.extend("left behind: " + path for path in p.litter())
    if p.unfinished() and seen.code in (0, 75) and fault.call.name != "unlinkat":
        bad.append("left behind in the Maildir's tmp")


def disturb(leg, fault):
    """In a worker: one delivery with one fault, judged."""
    p, patterns, shape = state.place, state.patterns, state.shapes[leg.name]
    for _ in range(ATTEMPTS):
        seen = deliver(leg, p, fault.strace_options())
        judge(leg, p, fault, seen, patterns, shape)
        trace = place.read(p.trace).decode() if os.path.exists(p.trace) else ""
        seen.reached = fault.happened(trace)
        if seen.reached or seen.problems:
            break
    if not seen.reached:
        seen.problems.append(f"never reached (exit {seen.code})")
    if seen.copies == 1:
        state.kept += 1
        seen.kept = f"{p.work}/kept-{state.kept}.asc"
        os.rename(p.stored()[0], seen.kept)
    return seen


# ---- workers ------------------------------------------------------------------------


class State:
    """What each process has for itself."""
    place = None
    patterns = ()
    shapes = {}  # by leg: what a stored message looks like
    payload = b""  # what gpg makes of it
    kept = 0


state = State()


def become_worker(top, number):
    """Orphans shall be ours, so that none escapes."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    state.place = place.Place(top, number, DEADLINE)
    lines = place.read(f"{top}/patterns").splitlines()
    state.patterns = [line for line in lines if line]


def work(job):
    leg, fault = job
    return fault, disturb(leg, fault)


def start_worker(top, numbers):
    become_worker(top, numbers.get())


# ---- baseline -----------------------------------------------------------------------


def undisturbed(leg):
    """The trace of a delivery; what it stored stays in the place."""
    seen = deliver(leg, state.place, [])
    if seen.code != 0 or len(state.place.stored()) != 1:
        sys.exit(f"{leg.name}: exit {seen.code} without any fault: {seen.said}")
    return place.read(state.place.trace).decode()


def baseline(leg):
    traces = [undisturbed(leg) for _ in range(BASELINES)]
    stored = state.place.stored()[0]
    state.shapes[leg.name] = place.skeleton(place.read(stored))
    state.payload = payload_of(stored)
    return calls.stable_calls(traces, leg.first_call)


# ---- decryption ---------------------------------------------------------------------


def decrypt(paths):
    """By plain gpg, all in one go; the payloads, None for what it can't open."""
    payloads = {}
    for i in range(0, len(paths), 200):
        some = paths[i:i + 200]
        subprocess.run(["gpg", "--batch", "--quiet", "--decrypt-files", *some],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        for path in some:
            opened = path.removesuffix(".asc")
            payloads[path] = place.read(opened) if os.path.exists(opened) else None
            for used in (path, opened):
                if os.path.exists(used):
                    os.unlink(used)
    return payloads


def payload_of(stored):
    """Of a copy that `mailseal open` shows to be the message."""
    opened = subprocess.run([MAILSEAL, "--config", state.place.config(False), "open", stored],
                            stdout=subprocess.PIPE, check=False)
    if opened.stdout != place.read(f"{state.place.top}/message"):
        sys.exit("without any fault, too, what is stored is not the message")
    copy = f"{state.place.work}/copy.asc"
    shutil.copy(stored, copy)
    return decrypt([copy])[copy]


def check_payloads(results):
    """Of each copy that was kept: gpg opens it, and it is the message."""
    payloads = decrypt([seen.kept for _, seen in results if seen.kept])
    for _, seen in results:
        if seen.kept and payloads[seen.kept] != state.payload:
            seen.problems.append("stored, but gpg does not open it, or it is another")


# ---- TAP ----------------------------------------------------------------------------


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def result(self, good, text):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {text}", flush=True)

    @staticmethod
    def diag(text):
        print("# " + text, file=sys.stderr, flush=True)

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


def summary(results):
    """stored 12, stored and 75 1, 75 300, 127 20"""
    counts = collections.Counter()
    for _, seen in results:
        word = f"signal {-seen.code}" if seen.code < 0 else f"exit {seen.code}"
        if seen.copies and seen.code:
            word += " and stored"
        counts[word] += 1
    return ", ".join(f"{word}: {n}" for word, n in sorted(counts.items()))


def show_progress(text):
    if sys.stderr.isatty():
        print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)


def run_round(tap, pool, leg, what, faults):
    """All faults of one kind, as one line of TAP."""
    only = os.environ.get("FAULT_ONLY")
    faults = [f for f in faults if not only or re.search(only, f"{leg.name}: {f}")]
    if not faults:
        return
    results, began = [], time.monotonic()
    for done in pool.imap_unordered(work, [(leg, f) for f in faults]):
        results.append(done)
        show_progress(f"{leg.name}: {len(results)} of {len(faults)} {what}")
    check_payloads(results)
    show_progress("")
    wrong = [(f, seen) for f, seen in results if seen.problems]
    tap.result(not wrong, f"{leg.name}: {len(results)} calls {what} ({summary(results)}; "
                          f"{time.monotonic() - began:.0f} s)")
    for fault, seen in wrong[:PROBLEMS_SHOWN]:
        tap.diag(f"{fault} ({fault.call.text}):")
        for problem in seen.problems:
            tap.diag("  " + problem)
        tap.diag(f"  exit {seen.code}, it said: {seen.said.strip()[:300]}")
    if len(wrong) > PROBLEMS_SHOWN:
        tap.diag(f"and {len(wrong) - PROBLEMS_SHOWN} more")
    if only:
        for fault, seen in results:
            tap.diag(f"{fault}: exit {seen.code}, {seen.copies} stored, {seen.took:.1f} s, "
                     f"said: {seen.said.strip()[:300]}")


def run_leg(tap, pool, leg, found):
    all_calls, varying = found
    if varying:
        tap.diag(f"{leg.name}: up to {varying} more calls are not in each run: not tested")
    run_round(tap, pool, leg, "failed in turn", calls.failures(all_calls))
    run_round(tap, pool, leg, "interrupted in turn", calls.interruptions(all_calls))
    run_round(tap, pool, leg, "killed in turn", calls.kills(all_calls))


def main():
    top, tap = sys.argv[1], Tap()
    become_worker(top, "baseline")
    found = {name: baseline(leg) for name, leg in LEGS.items()}
    numbers = multiprocessing.SimpleQueue()
    for number in range(WORKERS):
        numbers.put(str(number))
    with multiprocessing.Pool(WORKERS, start_worker, (top, numbers)) as pool:
        for name, leg in LEGS.items():
            run_leg(tap, pool, leg, found[name])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
