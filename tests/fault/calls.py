# SPDX-License-Identifier: GPL-3.0-or-later
"""calls - which system calls there are, and how each can fail

A call is a name and a number: read 3 is the third read(2) of its process.
The order of other calls may change from run to run, those of one name hardly.
"""
import re
from dataclasses import dataclass

LINE = re.compile(r"^(\w+)\((.*)")

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

# A signal may come in the middle of these; it needs no repair, so the message
# may as well be stored.
INTERRUPTED = {"close", "connect", "fsync", "futex", "getrandom", "open", "openat",
               "poll", "pread64", "pwrite64", "read", "sendto", "wait4", "waitid",
               "write"}

# These never come back, so there is nothing that could have failed.
NEVER_FAIL = {"exit", "exit_group", "rt_sigreturn"}

# brk(2) has no error: it says how far the heap goes.  strace can say a number.
FAILS_WITH_NUMBER = {"brk": "0"}


@dataclass(frozen=True)
class Call:
    name: str
    number: int
    text: str  # as strace printed it; what is in buffers it did not print
    in_loader: bool  # before the program's own first call


@dataclass(frozen=True)
class Fault:
    """One call of one process, and what happens to it."""
    call: Call
    kind: str  # "error", "retval" or "signal"
    what: str  # ENOSPC, 0, KILL

    def __str__(self):
        return f"{self.call.name} {self.call.number} {self.what}"

    def strace_options(self):
        name = self.call.name
        return ["-e", f"trace={name}", "-e",
                f"inject={name}:{self.kind}={self.what}:when={self.call.number}"]

    def happened(self, trace):
        """Whether strace's output shows that the call was reached."""
        if self.kind != "signal":
            return "(INJECTED)" in trace
        made = sum(line.startswith(self.call.name + "(") for line in trace.splitlines())
        return made == self.call.number and "+++ killed by SIGKILL +++" in trace


def names(trace):
    """The names of the calls in strace's output, in their order."""
    return [m.group(1) for m in map(LINE.match, trace.splitlines()) if m]


def stable_calls(traces, loader_ends):
    """The calls that each of the traces has, and how many others there are.

    loader_ends: how the text of the program's own first call begins; "" for
    one that is only seen behind the loader."""
    counts = [names(trace) for trace in traces]
    calls, seen, in_loader = [], {}, bool(loader_ends)
    for line in traces[0].splitlines():
        if not LINE.match(line):
            continue
        if in_loader and line.startswith(loader_ends):
            in_loader = False
        name = LINE.match(line).group(1)
        seen[name] = seen.get(name, 0) + 1
        if name == "execve" and seen[name] == 1:
            continue  # it is strace that starts the program
        if seen[name] <= min(c.count(name) for c in counts):
            calls.append(Call(name, seen[name], line, in_loader))
    if in_loader:
        raise SystemExit(f"no call begins {loader_ends}")
    return calls, max(map(len, counts)) - 1 - len(calls)


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
