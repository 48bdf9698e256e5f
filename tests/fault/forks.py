#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""forks - a fault between fork and exec, where strace can't be told to look

usage: forks.py REPORT CHILD INDEX WHAT COMMAND...

strace counts the calls of each process for itself: with -f the third close(2)
fails in every process, the parent first.  This runs COMMAND and lets it be,
but for the process that is made as the CHILDth: of that one the INDEXth call
fails with the error WHAT, or is where it is killed (KILL).  Either is written
to REPORT in strace's words.  Ends as COMMAND does.  x86-64 alone.

A close(2) that fails has closed, as on Linux; other calls are not made.
"""
import ctypes
import errno
import os
import signal
import sys

TRACEME, CONT, DETACH, SYSCALL = 0, 7, 17, 24
PEEKUSER, POKEUSER, SETOPTIONS, GETEVENTMSG = 3, 6, 0x4200, 0x4201
# TRACESYSGOOD, TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, EXITKILL
OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x100000
NEW_PROCESS = {1, 2, 3}  # events
EXEC = 4
ORIG_RAX, RAX = 15 * 8, 10 * 8
SYS_CLOSE = 3
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, pid, address=0, data=0):
    """A process that was killed meanwhile is no error."""
    result = libc.ptrace(request, pid, address, data)
    if request in (TRACEME, SETOPTIONS) and result < 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    return result


class Tracer:
    def __init__(self, report, child, index, what):
        self.report, self.child, self.index, self.what = report, child, index, what
        self.made = 0  # processes
        self.waiting = set()  # stopped, and not known as a child yet
        self.known = set()
        self.target = 0  # its pid, while it is watched
        self.calls = 0  # of the target
        self.entering = True
        self.failing = False

    def start(self, command):
        pid = os.fork()
        if pid == 0:
            ptrace(TRACEME, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            os.execv(command[0], command)
        os.waitpid(pid, 0)
        ptrace(SETOPTIONS, pid, 0, OPTIONS)
        self.known.add(pid)
        ptrace(CONT, pid)
        return pid

    def resume(self, pid, sig=0):
        ptrace(SYSCALL if pid == self.target else CONT, pid, 0, sig)

    def add_child(self, pid):
        self.made += 1
        self.known.add(pid)
        if self.made == self.child:
            self.target = pid
        if pid in self.waiting:
            self.waiting.remove(pid)
            self.resume(pid)

    def say(self, text):
        with open(self.report, "a", encoding="ascii") as f:
            f.write(text + "\n")

    def on_call(self, pid):
        """The target enters a call, or comes back from one."""
        if self.entering:
            self.calls += 1
            if self.calls == self.index:
                self.disturb(pid)
        elif self.failing:
            ptrace(POKEUSER, pid, RAX, -getattr(errno, self.what))
            self.say("(INJECTED)")
            self.target = 0
        self.entering = not self.entering

    def disturb(self, pid):
        if self.what == "KILL":
            self.say("+++ killed by SIGKILL +++")
            self.target = 0
            os.kill(pid, signal.SIGKILL)
            return
        self.failing = True
        if ptrace(PEEKUSER, pid, ORIG_RAX) != SYS_CLOSE:
            ptrace(POKEUSER, pid, ORIG_RAX, -1)

    def on_stop(self, pid, status):
        sig, event = os.WSTOPSIG(status), status >> 16
        if event in NEW_PROCESS:
            new = ctypes.c_ulong()
            ptrace(GETEVENTMSG, pid, 0, ctypes.addressof(new))
            self.add_child(new.value)
        elif event == EXEC and pid == self.target:
            self.target = 0
        elif sig == signal.SIGTRAP | 0x80:
            if pid == self.target:
                self.on_call(pid)
        elif pid not in self.known:
            self.waiting.add(pid)
            return
        elif not event and sig not in (signal.SIGSTOP, signal.SIGTRAP):
            self.resume(pid, sig)
            return
        self.resume(pid)

    def run(self, command):
        """The wait status of the command; what it left behind goes on."""
        main = self.start(command)
        while True:
            pid, status = os.waitpid(-1, WALL)
            if os.WIFSTOPPED(status):
                self.on_stop(pid, status)
            else:
                self.known.discard(pid)
                if pid == main:
                    break
        for pid in self.known:
            self.let_go(pid)
        return status

    @staticmethod
    def let_go(pid):
        try:
            os.kill(pid, signal.SIGSTOP)
            os.waitpid(pid, WALL)
            ptrace(DETACH, pid, 0, signal.SIGCONT)
        except OSError:
            pass  # it ended


def end_as(status):
    if os.WIFSIGNALED(status):
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    end_as(Tracer(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
           .run(sys.argv[5:]))
