"""A terminal: a shell on a PTY, and an emulator that says what its screen shows.

The shell announces its prompts and the status of each command with the semantic-prompt marks
(OSC 133, https://gitlab.freedesktop.org/Per_Bothner/specifications), so the end of a command
is known and not guessed. Programs entered from the shell have prompts of their own.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self, TypeVar

import pyte

from scripts.recording import Piece
from scripts.report import COLUMNS, ROWS

CHUNK = 65536  # bytes
LONGEST = 20_000  # rows of a screen; a program that prints more prints without end
HANGING_UP = 0.5  # seconds that a shell may take to end once its terminal has hung up

T = TypeVar("T")


class TimedOut(Exception):  # noqa: N818 - reads as what it is
    """What was waited for did not appear in time, nor within so many lines."""


class Closed(Exception):  # noqa: N818 - reads as what it is
    """The shell is gone."""


@dataclass(frozen=True)
class Mark:
    """A semantic-prompt mark, and where on the screen it was met.

    `letter` is A (prompt), B (input), C (output) or D (end); `status` comes with D.
    """

    letter: str
    row: int
    column: int
    status: int | None


class Paper(pyte.Screen):
    """A screen that is as long and as wide as what is written on it.

    Programs are told the size of a common window and lay out their progress bars for it, but a
    long line is not broken here, so that what is copied from it is one line, and nothing that
    scrolls off the top is lost.
    """

    WIDTH = 4096  # cells; wider than any line that a page could show

    def __init__(self, reply: Callable[[bytes], None]) -> None:
        self.marks: list[Mark] = []
        self._ends: str | None = None  # what tells the shell's own marks of an end from others
        self._reply = reply
        super().__init__(self.WIDTH, ROWS)

    def reset(self) -> None:
        """Tear the paper off: an empty screen, the cursor at its top left, no marks."""
        super().reset()
        self.marks = []
        self.lines = ROWS

    def index(self) -> None:
        """Move down a line; at the bottom, lengthen the paper instead of scrolling."""
        if self.cursor.y == self.lines - 1:
            self.lines += 1
        super().index()

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        """Erase by forgetting cells: the emulator's own way writes blanks to the full width."""
        cursor = self.cursor.x
        starts, ends = {0: (cursor, self.WIDTH), 1: (0, cursor + 1), 2: (0, self.WIDTH)}[how]
        line = self.buffer[self.cursor.y]
        for x in [x for x in line if starts <= x < ends]:
            del line[x]

    def set_icon_name(self, param: str) -> None:
        """Note a mark. The emulator takes OSC 133 for OSC 1 (icon name), text «33;A».

        The shell is the first to speak, and says then how it marks the ends of commands.
        """
        if found := re.fullmatch(r"3;([ABCD])(?:;(\d+))?((?:;aid=\w*)?)", param):
            status = int(found[2]) if found[2] else None
            if found[1] == "D":
                self._ends = found[3] if self._ends is None else self._ends
                if found[3] != self._ends:
                    return
            self.marks.append(Mark(found[1], self.cursor.y, self.cursor.x, status))

    def set_title(self, param: str) -> None:
        """Ignore titles: no page shows them."""

    def write_process_input(self, data: str) -> None:
        """Answer a program's question, such as busybox's for the position of the cursor."""
        self._reply(data.encode())

    def row(self, y: int, end: int | None = None) -> str:
        """Return the text of row `y`, up to column `end` or to the last cell written."""
        cells = self.buffer[y]
        width = max(cells, default=-1) + 1 if end is None else end
        return "".join(cells[x].data for x in range(width))

    def rows(self, start: int, end: int) -> list[str]:
        """Return the text of rows `start` to before `end`, without spaces at their ends."""
        return [self.row(y).rstrip() for y in range(start, end)]


class Terminal:
    """A running shell and its screen.

    `command` starts the shell. Its screen is torn off before each command typed at the shell.
    `pieces` are what it printed since something was last typed.
    """

    def __init__(self, command: list[str]) -> None:
        # The PTY is nobody's controlling terminal yet, so that a shell in another session may
        # take it for its own without being the machine's root.
        self._master, slave = os.openpty()
        termios.tcsetwinsize(self._master, (ROWS, COLUMNS))
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)
        self.pieces: list[Piece] = []
        self._typed = time.monotonic()
        self._shell: int | None = None  # its process group, once it has shown a prompt
        self.screen = Paper(self._reply)
        self._stream = pyte.ByteStream(self.screen)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up, and see the shell end.

        It is given a moment to do so by itself: who kills what it was started by leaves it to the
        machine's first process, which may be slow to take note, and a lab ends after all in it has.
        """
        os.close(self._master)
        try:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(HANGING_UP)
        finally:
            self._process.kill()
            self._process.wait()

    def _send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._master, data) :]

    def _reply(self, data: bytes) -> None:
        """Answer a program's question; one in a log was another's, and the shell would read it."""
        if self.entered:
            self._send(data)

    def type(self, text: str) -> None:
        """Type lines, and Enter after each."""
        self.pieces, self._typed = [], time.monotonic()
        self._send(text.replace("\n", "\r").encode() + b"\r")

    def press_interrupt(self) -> None:
        """Press Ctrl-C."""
        self._send(b"\x03")

    def wait(self, seen: Callable[[], T | None], deadline: float) -> T:
        """Watch the screen until `seen` returns something, and return that.

        `deadline` is on the clock of time.monotonic(). Raises TimedOut, also where more was
        printed than anybody reads, or Closed.
        """
        while (result := seen()) is None:
            left = deadline - time.monotonic()
            if left <= 0 or self.screen.lines > LONGEST:
                raise TimedOut
            self._read(left)
        return result

    def _read(self, seconds: float) -> None:
        """Feed the screen with what comes within so many seconds, if anything does."""
        if select.select([self._master], [], [], seconds)[0]:
            if not (data := _read(self._master)):
                raise Closed
            self.pieces.append(Piece(time.monotonic() - self._typed, data))
            self._stream.feed(data)

    @property
    def entered(self) -> bool:
        """Whether a program reads key by key that is not the shell.

        It has then switched off the line editing of the terminal (see termios(3), ICANON). The
        keys are asked about first: the shell is in the foreground before it reads any.
        """
        by_key = not termios.tcgetattr(self._master)[3] & termios.ICANON
        return by_key and os.tcgetpgrp(self._master) != self._shell

    def mark(self, letter: str) -> Mark | None:
        """Return the last mark of that letter on this screen, if any."""
        return next((m for m in reversed(self.screen.marks) if m.letter == letter), None)

    def at_shell_prompt(self) -> bool | None:
        """Say whether the shell waits for a command: True, or None as `wait` wants it."""
        if not self.screen.marks or self.screen.marks[-1].letter != "B":
            return None
        self._shell = self._shell or os.tcgetpgrp(self._master)
        return True

    def interact(self, pass_on: Callable[[bytes], bytes | None] = lambda data: data) -> None:
        """Hand the shell to the person at our own terminal, until it ends.

        What it prints goes through `pass_on`, which may add to it; None ends it.
        """
        columns, rows = shutil.get_terminal_size((COLUMNS, ROWS))
        termios.tcsetwinsize(self._master, (rows, columns))
        keyboard, screen = sys.stdin.fileno(), sys.stdout.fileno()
        ways = {keyboard: self._master, self._master: screen}
        with _raw(keyboard):
            while True:
                for source in select.select(list(ways), [], [])[0]:
                    data: bytes | None = _read(source)
                    if data and source == self._master:
                        data = pass_on(data)
                        if data == b"":
                            continue  # it is being held back
                    if not data:
                        return
                    os.write(ways[source], data)


def _read(source: int) -> bytes:
    try:
        return os.read(source, CHUNK)
    except OSError:  # the shell has ended, and its terminal with it
        return b""


@contextmanager
def _raw(keyboard: int) -> Iterator[None]:
    """Have a terminal pass on every key as it is, Ctrl-C too."""
    if not os.isatty(keyboard):
        yield
        return
    before = termios.tcgetattr(keyboard)
    try:
        tty.setraw(keyboard)
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
