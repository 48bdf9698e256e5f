#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""run - each system call of a delivery fails in turn, and is the last in turn

usage: run.py TOP    with MAILSEAL, GNUPGHOME set; fault.sh prepares TOP:
  TOP/message, TOP/large, TOP/encrypted, TOP/signed  messages with a canary in the body
  TOP/resolver  whom to ask about the signature
  TOP/canary    that canary in its encodings, one on each line
  TOP/words     the subject's as well
  TOP/root/keys the keystore; TOP/root is what mailseal may write to
Prints TAP, a line for each leg (legs.py) and round:

failed       Each call gets an error that it can have on a real system
             (calls.py), by strace -e inject; it is not made. (So a pipe whose
             close failed stays open: mailseal then waits for its deadline.)
interrupted  Each call that a signal may interrupt gets EINTR.
killed       The process gets SIGKILL as it makes the call, so that each call
             is once the first one that was not made.

Whose calls: mailseal's, gpg's behind a gpg-program that is strace, and what
processes between fork and exec do (forks.py, since strace can't tell them from
their parent).

Undisturbed deliveries show which calls there are.  Pipes and processes take
their turns as they like, so that some calls (poll above all) are in one run
and not in another: the calls that were in all those runs are tested, and one
of them that is not reached fails the test.

Accepted is
- exit 0, and the message is stored once, whole and sealed: it looks as the
  undisturbed one but for boundary and ciphertext, and gpg makes the same
  payload of it (where ciphertext passes, `mailseal open` makes it of it);
- exit 75, or death by the signal where it is mailseal that is killed, and
  nothing is stored, or the message as with 0 (doubled is better than lost);
- 127 or a signal before mailseal's own first call, while the dynamic loader
  works: docs/exit-codes.md says what to do about that.
Never
- the canary, raw, in base64 or quoted-printable, in any file or file name
  below TOP/root, in what was said on stderr, or anything on deliver's stdout;
- anything left in HOME, TMPDIR or the spool folder;
- a process left, when a killed mailseal's children had two seconds to end;
  zombies are no matter, for this process inherits and reaps them;
- an unfinished file in the Maildir's tmp/ or the hold folder, unless mailseal was killed, is out
  of memory or crashed: readers of a Maildir remove those after 36 hours;
- a crash, but for those of libraries that are listed here (CRASHES).
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
import legs
import place

WORKERS = 2
DEADLINE = 2  # seconds, mailseal's own
TOO_LONG = 15  # seconds, for one delivery, whatever fails
GRACE = 2  # seconds, in which what a killed mailseal leaves behind must end
BASELINES = 24  # undisturbed deliveries
ATTEMPTS = 5
PROBLEMS_SHOWN = 20
PR_SET_CHILD_SUBREAPER = 36

# Where a library ends the program. (mailseal then says 75.)
CRASHES = [
    # libsodium calls abort(3) when the kernel has no randomness.
    re.compile(r"^getrandom\("),
    # The C library does when it can't wake another thread, which it always can.
    re.compile(r"^futex\("),
    # GPGME 1.18 hands the -1 of a failed read(2) on as a length, to its debug
    # log. It reads pipes, which do not fail. Its buffers have these sizes.
    re.compile(r"^read\(\d+, .*, (79|1024|4096)\) "),
]


@dataclasses.dataclass
class Seen:
    """What came of one delivery."""
    code: int = 0  # exit code, or minus the signal
    said: str = ""  # on stderr
    trace: str = ""
    hit: str = ""  # the call that was disturbed, as strace printed it
    copies: int = 0
    kept: str = ""  # where the copy lies until it is decrypted
    took: float = 0.0
    problems: list = dataclasses.field(default_factory=list)


class State:
    """What each process has for itself."""
    place = None
    canary = ()
    words = ()
    shapes = {}  # by leg: what a stored message looks like
    payloads = {}  # by leg: what gpg makes of it
    kept = 0


state = State()


# ---- one delivery -------------------------------------------------------------------


def open_message(leg):
    """The small one as mail servers give it: from a pipe, all of it there."""
    path = f"{state.place.top}/{leg.message}"
    if leg.message == "large":
        return os.open(path, os.O_RDONLY)
    out, into = os.pipe()
    os.write(into, place.read(path))
    os.close(into)
    return out


def start(leg, fault):
    p = state.place
    command, more = leg.disturbed(p, fault)
    message = open_message(leg)
    with open(p.stderr, "wb") as err, open(p.stdout, "wb") as out:
        child = subprocess.Popen(command, env=p.environment() | more, cwd="/", stdin=message,
                                 stdout=out, stderr=err, start_new_session=True)
    os.close(message)
    return child


def wait_for_orphans():
    """What mailseal left comes to us; the names of what does not end soon."""
    end = time.monotonic() + GRACE
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


def deliver(leg, fault=None):
    """Delivers once; what is stored lies in the place."""
    p, seen, began = state.place, Seen(), time.monotonic()
    p.clear()
    child = start(leg, fault)
    try:
        seen.code = child.wait(TOO_LONG)
    except subprocess.TimeoutExpired:
        seen.problems.append(f"it did not end in {TOO_LONG} s")
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    left = wait_for_orphans()
    if left:
        seen.problems.append("left running: " + " ".join(left))
    seen.took = time.monotonic() - began
    seen.said = place.read(p.stderr).decode("utf-8", "replace")
    seen.trace = place.read(p.trace).decode() if os.path.exists(p.trace) else ""
    return seen


# ---- what is accepted ---------------------------------------------------------------


def accepted_code(leg, fault, code):
    if leg.process != "mailseal":
        return code in (0, 75)
    if fault.kind == "signal":
        return code == -signal.SIGKILL
    return code in (0, 75) or (fault.call.in_loader and (code == 127 or code < 0))


def judge_store(leg, seen):
    p, bad = state.place, seen.problems
    stored = p.stored()
    seen.copies = len(stored)
    if seen.code == 0 and not stored:
        bad.append("exit 0, and nothing is stored")
    if len(stored) > 1:
        bad.append(f"stored {len(stored)} times")
    for path in stored:
        if path == p.stdout and not leg.to_stdout:
            bad.append("it wrote to stdout")
        elif not (opens(leg, path) if leg.may_pass else
                  place.skeleton(place.read(path)) == state.shapes[leg.name]):
            bad.append(f"stored {os.path.getsize(path)} bytes, not whole and sealed")
    bad.extend("in clear: " + path for path in p.holding(state.canary))


def judge(leg, fault, seen):
    """Adds to seen.problems what must not be."""
    p, bad = state.place, seen.problems
    crashed = "crashed" in seen.said
    unfinished_is_fine = seen.code < 0 or crashed or "out of memory" in seen.said
    if not accepted_code(leg, fault, seen.code):
        bad.append(f"exit {seen.code}")
    judge_store(leg, seen)
    if crashed and not any(c.match(seen.hit) for c in CRASHES):
        bad.append("it crashed")
    if any(w in seen.said.encode() for w in state.words):
        bad.append("the message's words on stderr")
    bad.extend("left behind: " + path for path in p.litter())
    if p.unfinished() and not unfinished_is_fine and fault.call.name != "unlinkat":
        bad.append("left behind in the Maildir's tmp or the hold folder")


def disturb(job):
    """In a worker: one delivery with one fault, judged."""
    leg, fault = legs.LEGS[job[0]], job[1]
    for _ in range(ATTEMPTS):
        seen = deliver(leg, fault)
        seen.hit = fault.hit(seen.trace)
        if seen.hit or seen.problems:
            break
    judge(leg, fault, seen)
    if not seen.hit:
        seen.problems.append(f"never reached (exit {seen.code})")
    if seen.copies == 1 and not leg.may_pass:
        state.kept += 1
        seen.kept = f"{state.place.work}/kept-{state.kept}.asc"
        os.rename(state.place.stored()[0], seen.kept)
    seen.trace = ""
    return fault, seen


# ---- decryption ---------------------------------------------------------------------


def decrypt(paths):
    """By plain gpg, many in one go; the payloads, None for what it can't open."""
    payloads = {}
    for i in range(0, len(paths), 200):
        some = paths[i:i + 200]
        subprocess.run(["gpg", "--batch", "--quiet", "--decrypt-files", *some],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        for path in some:
            opened = path.removesuffix(".asc")
            payload = place.read(opened) if os.path.exists(opened) else None
            payloads[path] = place.without_keys(payload)
            for used in (path, opened):
                if os.path.exists(used):
                    os.unlink(used)
    return payloads


def opens(leg, stored):
    """Whether `mailseal open` makes the message of it."""
    p = state.place
    opened = subprocess.run([legs.MAILSEAL, "--config", p.config(leg), "open"],
                            input=place.without_envelope(place.read(stored)),
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return opened.stdout == place.read(f"{p.top}/{leg.message}")


def payload_of(leg, stored):
    """Of a copy that `mailseal open` shows to be the message."""
    if not opens(leg, stored):
        raise RuntimeError(f"{leg.name}: without any fault, too, it is not the message")
    copy = f"{state.place.work}/copy.asc"
    shutil.copy(stored, copy)
    return decrypt([copy])[copy]


def check_payloads(leg, results):
    """Of each copy that was kept: gpg opens it, and it is the message."""
    payloads = decrypt([seen.kept for _, seen in results if seen.kept])
    for _, seen in results:
        if seen.kept and payloads[seen.kept] != state.payloads[leg.name]:
            seen.problems.append("stored, but not the message, or gpg does not open it")


# ---- undisturbed --------------------------------------------------------------------


def undisturbed(name):
    """In a worker: a delivery, traced; anything but success ends the test."""
    leg = legs.LEGS[name]
    seen = deliver(leg)
    if seen.code != 0 or len(state.place.stored()) != 1:
        raise RuntimeError(f"{leg.name}: exit {seen.code} without any fault: {seen.said}")
    return seen.trace


def look_at_stored(name):
    """In a worker: what a stored message looks like, and what gpg makes of it."""
    undisturbed(name)
    stored = state.place.stored()[0]
    return place.skeleton(place.read(stored)), payload_of(legs.LEGS[name], stored)


def find_calls(pool, leg):
    """What the leg is to test, and how many calls of which name vary."""
    state.shapes[leg.name], state.payloads[leg.name] = pool.apply(look_at_stored, (leg.name,))
    choose = leg.choose_all if os.environ.get("FAULT") == "all" else leg.choose
    # Both workers at a time, as it will be when calls fail.
    times = 1 if leg.process == "fork" else 2 if leg.message == "large" else BASELINES
    traces = pool.map(undisturbed, [leg.name] * times, chunksize=1)
    if leg.process == "fork":
        return choose(list(calls.calls_of_children(traces[0]))), {}
    found, varying = calls.stable_calls(traces, leg.loader_ends)
    if not choose(found):
        raise RuntimeError(f"{leg.name}: none of its calls was made")
    return choose(found), varying


# ---- processes ----------------------------------------------------------------------


def become_worker(top, number):
    """Orphans shall be ours, so that none escapes."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    state.place = place.Place(top, number, DEADLINE)
    state.canary = [w for w in place.read(f"{top}/canary").splitlines() if w]
    state.words = [w for w in place.read(f"{top}/words").splitlines() if w]


def start_worker(top, numbers):
    become_worker(top, numbers.get())


def start_pool(top):
    numbers = multiprocessing.SimpleQueue()
    for number in range(WORKERS):
        numbers.put(str(number))
    return multiprocessing.Pool(WORKERS, start_worker, (top, numbers))


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


def show_progress(text):
    if sys.stderr.isatty():
        print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)


def summary(results):
    """exit 0: 12, exit 75: 300, exit 75 and stored: 1"""
    counts = collections.Counter()
    for _, seen in results:
        word = f"signal {-seen.code}" if seen.code < 0 else f"exit {seen.code}"
        counts[word + (" and stored" if seen.copies and seen.code else "")] += 1
    return ", ".join(f"{word}: {n}" for word, n in sorted(counts.items()))


def explain(tap, fault, seen):
    tap.diag(f"{fault}: exit {seen.code}, {seen.copies} stored, {seen.took:.1f} s")
    tap.diag("  " + (seen.hit or fault.call.text))
    for problem in seen.problems:
        tap.diag("  " + problem)
    for line in seen.said.splitlines()[:5]:
        tap.diag("  it said: " + line[:300])


def run_round(tap, pool, leg, what, faults):
    """All faults of one kind, as one line of TAP."""
    only = os.environ.get("FAULT_ONLY")
    faults = [f for f in faults if not only or re.search(only, f"{leg.name}: {f}")]
    results, began = [], time.monotonic()
    if not faults:
        return
    for done in pool.imap_unordered(disturb, [(leg.name, f) for f in faults]):
        results.append(done)
        show_progress(f"{leg.name}: {len(results)} of {len(faults)} {what}")
    check_payloads(leg, results)
    show_progress("")
    wrong = [(fault, seen) for fault, seen in results if seen.problems]
    tap.result(not wrong, f"{leg.name}: {len(results)} calls {what} ({summary(results)}; "
                          f"{time.monotonic() - began:.0f} s)")
    for fault, seen in results if only else wrong[:PROBLEMS_SHOWN]:
        explain(tap, fault, seen)
    if len(wrong) > PROBLEMS_SHOWN and not only:
        tap.diag(f"and {len(wrong) - PROBLEMS_SHOWN} more")


def run_leg(tap, pool, leg, found, varying):
    if varying:
        tap.diag(f"{leg.name}: not in each run, so not tested: " +
                 ", ".join(f"{n} more of {name}" for name, n in varying.most_common()))
    run_round(tap, pool, leg, "failed in turn", calls.failures(found))
    run_round(tap, pool, leg, "interrupted in turn", calls.interruptions(found))
    run_round(tap, pool, leg, "killed in turn", calls.kills(found))


def main():
    top, tap = sys.argv[1], Tap()
    with start_pool(top) as pool:
        found = [(leg, find_calls(pool, leg)) for leg in legs.LEGS.values()
                 if leg.process != "fork" or os.uname().machine == "x86_64"]
    # New workers know what was found.
    with start_pool(top) as pool:
        for leg, (some, varying) in found:
            run_leg(tap, pool, leg, some, varying)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
