# SPDX-License-Identifier: GPL-3.0-or-later
"""calls - which system calls there are, and how each can fail

A call is a name and a number: read 3 is the third read(2) of its process.
The order of calls of different names may change from run to run.
"""
import re
from collections import Counter
from dataclasses import dataclass

NAME = re.compile(r"^(\w+)\(")
MADE_PROCESS = re.compile(r"^(?:<\.\.\. )?(?:clone3?|v?fork)\b.* = (\d+)$")

# What can go wrong with each on a real system; the rest fails as if forbidden.
ERRORS = {
    "access": ["EACCES"],
    "arch_prctl": ["EINVAL"],
    "clone": ["EAGAIN"],
    "clone3": ["EAGAIN"],
    "close": ["EIO"],
    "close_range": ["ENOSYS"],
    "connect": ["ECONNREFUSED"],
    "dup": ["EMFILE"],
    "dup2": ["EMFILE"],
    "dup3": ["EMFILE"],
    "execve": ["ENOENT", "ENOMEM"],
    "faccessat2": ["EACCES"],
    "fcntl": ["EMFILE"],
    "flock": ["ENOLCK"],
    "fstat": ["EIO"],
    "fsync": ["EIO", "ENOSPC"],
    "ftruncate": ["ENOSPC"],
    "futex": ["ENOSYS"],
    "getdents64": ["EIO"],
    "getrandom": ["ENOSYS"],
    "ioctl": ["ENOTTY"],
    "linkat": ["ENOSPC"],
    "lseek": ["ESPIPE"],
    "madvise": ["EINVAL"],
    "memfd_create": ["EMFILE"],
    "mkdirat": ["ENOSPC"],
    "mlock": ["ENOMEM"],
    "mlock2": ["ENOMEM"],
    "mmap": ["ENOMEM"],
    "mprotect": ["ENOMEM"],
    "mremap": ["ENOMEM"],
    "munmap": ["ENOMEM"],
    "newfstatat": ["EIO"],
    "openat": ["EMFILE", "EACCES"],
    "pidfd_open": ["ENOSYS"],
    "pipe2": ["EMFILE"],
    "poll": ["ENOMEM"],
    "prctl": ["EINVAL"],
    "pread64": ["EIO"],
    "pwrite64": ["ENOSPC"],
    "read": ["EIO"],
    "readlink": ["EACCES"],
    "renameat": ["ENOSPC"],
    "renameat2": ["ENOSPC", "EEXIST"],
    "rt_sigaction": ["EINVAL"],
    "rt_sigprocmask": ["EINVAL"],
    "sendto": ["ENOBUFS"],
    "socket": ["EMFILE"],
    "statx": ["EIO"],
    "timer_create": ["EAGAIN"],
    "timer_settime": ["EINVAL"],
    "unlinkat": ["EIO"],
    "wait4": ["ECHILD"],
    "waitid": ["ECHILD"],
    "write": ["ENOSPC", "EPIPE"],
}
OTHER = ["EPERM"]

# A signal may come in the middle of these.
INTERRUPTED = {"close", "connect", "fsync", "getrandom", "openat", "poll",
               "pread64", "pwrite64", "read", "sendto", "wait4", "waitid", "write"}

# These never come back, so there is nothing that could have failed.
NEVER_FAIL = {"exit", "exit_group", "rt_sigreturn"}

# brk(2) has no error: it says how far the heap goes, and strace can lie.
FAILS_WITH_NUMBER = {"brk": "0"}


@dataclass(frozen=True)
class Call:
    name: str
    number: int  # among those of its name
    text: str  # as strace printed it, without what is in buffers
    in_loader: bool = False  # before the program's own first call
    child: int = 0  # which of mailseal's children, for forks.py; 0: strace's process
    index: int = 0  # among all calls of that child


@dataclass(frozen=True)
class Fault:
    """One call of one process, and what happens to it."""
    call: Call
    kind: str  # "error", "retval" or "signal"
    what: str  # ENOSPC, 0, KILL

    def __str__(self):
        child = f"child {self.call.child}: " if self.call.child else ""
        return f"{child}{self.call.name} {self.call.number} {self.what}"

    def strace_option(self):
        return f"inject={self.call.name}:{self.kind}={self.what}:when={self.call.number}"

    def hit(self, trace):
        """What strace's output says of the call that it disturbed; "" if it
        does not tell of any."""
        if self.call.child:
            return self.call.text if trace else ""
        made = [line for line in call_lines(trace, 0)
                if NAME.match(line).group(1) == self.call.name]
        if self.kind == "signal":
            # strace itself may be killed before it has written of the last call.
            reached = (self.call.number - 1 <= len(made) <= self.call.number
                       and "+++ exited" not in trace)
            return self.call.text if reached else ""
        line = made[self.call.number - 1] if len(made) >= self.call.number else ""
        return line if "(INJECTED)" in line else ""


def call_lines(trace, first=1):
    """The lines of strace's output that are calls. The first one is the
    execve(2) with which strace started the program."""
    return [line for line in trace.splitlines() if NAME.match(line)][first:]


def numbered(lines, loader_ends="", first=1):
    """The lines as calls. loader_ends: what the program's own first call begins
    with; "": there is no loader. first: the number of the first execve(2)."""
    calls, seen, in_loader = [], {"execve": first - 1}, bool(loader_ends)
    for line in lines:
        name = NAME.match(line).group(1)
        in_loader = in_loader and not line.startswith(loader_ends)
        seen[name] = seen.get(name, 0) + 1
        calls.append(Call(name, seen[name], line, in_loader))
    return calls


def stable_calls(traces, loader_ends):
    """The calls that each of the traces has; how many of which name some have."""
    runs = [numbered(call_lines(trace), loader_ends, 2) for trace in traces]
    common = set.intersection(*({(c.name, c.number) for c in run} for run in runs))
    if all(c.in_loader for c in runs[0]):
        raise SystemExit(f"no call begins {loader_ends}")
    others = set.union(*({(c.name, c.number) for c in run} for run in runs)) - common
    return ([c for c in runs[0] if (c.name, c.number) in common],
            Counter(name for name, _ in others))


def calls_of_children(trace):
    """From the output of strace -f: what each process that mailseal made does up
    to its exec. The processes of other programs count, but are not ours."""
    lines, made, not_ours = {}, [], set()
    for line in trace.splitlines():
        pid, text = line.split(maxsplit=1)
        if NAME.match(text):
            lines.setdefault(pid, []).append(text)
        if MADE_PROCESS.match(text):
            made.append(MADE_PROCESS.match(text).group(1))
            if len(up_to_exec(lines[pid][1:])) < len(lines[pid]) - 1:
                not_ours.add(made[-1])
    for child, pid in enumerate(made, 1):
        if pid not in not_ours:
            for index, call in enumerate(numbered(up_to_exec(lines.get(pid, []))), 1):
                yield Call(call.name, call.number, call.text, child=child, index=index)


def up_to_exec(lines):
    for i, line in enumerate(lines, 1):
        if line.startswith("execve("):
            return lines[:i]
    return lines


def failures(calls):
    """Each call with each of its errors."""
    for call in calls:
        if call.name in FAILS_WITH_NUMBER:
            yield Fault(call, "retval", FAILS_WITH_NUMBER[call.name])
        elif call.name not in NEVER_FAIL:
            for error in ERRORS.get(call.name, OTHER):
                yield Fault(call, "error", error)


def interruptions(calls):
    for call in calls:
        if call.name in INTERRUPTED and not call.in_loader:
            yield Fault(call, "error", "EINTR")


def kills(calls):
    for call in calls:
        yield Fault(call, "signal", "KILL")
