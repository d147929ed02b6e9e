"""A recording: what a terminal printed after a command, piece by piece, and when."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Where the output of a shell's command begins and ends (OSC 133, see terminal).
_BEGINS = re.compile(rb"\x1b\]133;C[^\x07\x1b]*(?:\x07|\x1b\\)")
_ENDS = re.compile(rb"\x1b\]133;D")
_REDRAWN = 0.2  # seconds: pieces that come closer together are one to the eye


@dataclass(frozen=True)
class Piece:
    """Bytes that came at once; `when` is in seconds since the command was typed."""

    when: float
    data: bytes


def output(pieces: Sequence[Piece], typed: str, in_shell: bool) -> Iterator[tuple[float, str]]:
    """Yield (seconds, text) of what a command printed.

    What was typed, which the terminal repeats, and the prompt that follows are left out: whoever
    shows a recording shows these at the pace of a person.
    """
    start, end = _bounds(b"".join(piece.data for piece in pieces), typed, in_shell)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    begun, text, at = 0.0, "", 0
    for piece in pieces:
        seen = decoder.decode(piece.data[max(0, start - at) : max(0, end - at)])
        at += len(piece.data)
        if text and seen and piece.when - begun > _REDRAWN:
            yield round(begun, 2), text
            text = ""
        begun = begun if text else piece.when
        text += seen
    if text:
        yield round(begun, 2), text


def _bounds(data: bytes, typed: str, in_shell: bool) -> tuple[int, int]:
    """Return where the output of a command begins and ends in what the terminal printed.

    A program that was entered marks nothing: its output stands between the line that was typed
    and its next prompt, on a line of its own.
    """
    begins = _BEGINS.search(data) if in_shell else None
    start = begins.end() if begins else _after_lines(data, typed.count("\n") + 1)
    if ends := _ENDS.search(data, start):
        return start, ends.start()
    return start, max(start, data.rfind(b"\n") + 1)


def _after_lines(data: bytes, number: int) -> int:
    at = 0
    for _ in range(number):
        at = data.find(b"\n", at) + 1
    return at
