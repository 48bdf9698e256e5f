# SPDX-License-Identifier: GPL-3.0-or-later
"""measure - CPU time of commands, a message, and a keystore, for the benchmarks beside it"""
import base64
import os
import random
import resource
import subprocess
import sys

ADDRESS = "bench@example.org"


def cpu(argv, stdin, **options):
    """CPU milliseconds (getrusage(2)) of a command and all that it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(stdin, "rb") as source:
        done = subprocess.run(argv, stdin=source, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{argv}: exit code {done.returncode}")
    return ((after.ru_utime - before.ru_utime)
            + (after.ru_stime - before.ru_stime)) * 1000


def make_message(path, size):
    """A message like most: a header of a kilobyte, then base64 as attachments are."""
    rng = random.Random(size)
    header = "".join(f"Received: from host{i}.example.com (host{i}.example.com"
                     f" [192.0.2.{i}])\n\tby mx.example.org with ESMTPS id"
                     f" 4Xab{i}; Tue, 24 Nov 2026 20:00:00 +0000\n"
                     for i in range(6))
    header += ("From: Sam <sam@example.com>\nTo: bench@example.org\n"
               "Subject: bench\nMessage-ID: <1@example.com>\nMIME-Version: 1.0\n"
               "Content-Type: application/octet-stream\n"
               "Content-Transfer-Encoding: base64\n\n")
    body = base64.encodebytes(rng.randbytes(size)).decode()
    with open(path, "w", encoding="ascii") as out:
        out.write((header + body)[:size - 1] + "\n")


def write_config(folder, name, *settings):
    """A configuration for the keystore in the folder."""
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as out:
        out.write(f"keystore = dir:{folder}/keys\nauthserv-id = mx.example.org\n"
                  f"spool-dir = {folder}\n" + "".join(f"{s}\n" for s in settings))
    return path


def setup(folder, mailseal):
    """A GnuPG home, its certificate as a file, a keystore that has it, a configuration."""
    home = os.path.join(folder, "home")
    os.mkdir(home, 0o700)
    gpg = ["gpg", "--homedir", home, "--batch", "--quiet"]
    subprocess.run(gpg + ["--passphrase", "", "--quick-gen-key", ADDRESS,
                          "future-default", "default", "never"],
                   check=True, stderr=subprocess.DEVNULL)
    certificate = os.path.join(folder, "certificate.pgp")
    with open(certificate, "wb") as out:
        subprocess.run(gpg + ["--export", ADDRESS], check=True, stdout=out)
    config = write_config(folder, "mailseal.conf", "resolver = none")
    subprocess.run([mailseal, "--config", config, "key", "import", certificate],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return home, certificate, config


def end_home(home):
    """The agent that made the key."""
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)


def delivery(mailseal, config, folder, *options):
    """The command of a delivery to a Maildir in the folder."""
    return [mailseal, "--config", config, "deliver", "-r", ADDRESS, "-f", "sam@example.com",
            *options, "--maildir", os.path.join(folder, "Maildir")]
