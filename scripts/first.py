"""First: what a program must be before it does anything: in UTF-8, and not the first process.

The first process of a container has duties of a system's first one. Orphans are handed to it, and
stay as zombies until it asks for them; and what has zombies is not gone: the end of a lab would
wait for ever for a shell whose parent had to be killed.
"""

from __future__ import annotations

import os
import signal
import sys


def write_in_utf_8() -> None:
    """Begin anew in Python's UTF-8 mode, unless all is UTF-8 already.

    Whatever the machine's locale says, files, terminals and engines are read and written so.
    """
    if sys.flags.utf8_mode or sys.getfilesystemencoding() == sys.stdout.encoding == "utf-8":
        return
    os.environ |= {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def step_aside() -> None:
    """Return in a child if we are the first process, else at once.

    The parent stays the first process: it passes on signals, asks for whoever has ended, and
    ends when the child does, with its exit code (128 and the signal, where that was its end).
    """
    if os.getpid() != 1:
        return
    child = os.fork()
    if child == 0:
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: os.kill(child, number))
    ended = 0
    while ended != child:
        ended, status = os.wait()
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)
