"""A shell in the tab for a terminal of ours: a real headless browser with the page's own code.

usage: python -m scripts.tab.browser ADDRESS LIFELINE USER FOLDER [FILE ...]

At ADDRESS are the pieces and the code of pages (see bench). It has the machine restored, puts the
files into the user's home, and then passes on what is typed and what is shown, until its standard
input ends, or LIFELINE, a pipe to which nothing is ever written.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import termios
import tty
from collections.abc import Iterable
from pathlib import Path

from playwright.async_api import async_playwright

from scripts.lab import host
from scripts.report import COLUMNS, ROWS
from scripts.tab import machine

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
LIMIT = 240.0  # seconds until the machine must be there, on a machine that does much else
CHUNK = 1500  # bytes of a file that go through the serial line at once: it holds 4,096 in base64

_RESTORE = """({ pieces, code }) => new Promise((started, failed) => {
  import(code).then(({ default: restore }) => {
    window.machine = restore({ pieces, key: "tab" }, {
      started, failed, loaded() {}, lost() {}, shown: bytes => shown(Array.from(bytes))
    })
  }, failed)
})"""
_ASK = "line => machine.ask(line)"
_ENTER = "([user, folder]) => machine.enter(user, folder)"
_TYPE = "bytes => machine.type(Uint8Array.from(bytes))"


async def main(address: str, lifeline: str, user: str, folder: str, *files: str) -> None:
    """Be the shell; see above."""
    typed = asyncio.Queue[bytes]()
    loop = asyncio.get_running_loop()
    loop.add_reader(0, lambda: typed.put_nowait(_read()))
    loop.add_reader(_open(lifeline), lambda: os._exit(0))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=host.chromium(), args=FLAGS)
        page = await browser.new_page()
        page.set_default_timeout(LIMIT * 1000)
        await page.goto(f"{address}tab/{machine.NAME}")
        await page.expose_function("shown", lambda data: os.write(1, bytes(data)) and None)
        code = {"pieces": f"{address}tab/", "code": f"{address}assets/machine.js"}
        await page.evaluate(_RESTORE, code)
        await page.evaluate(_ASK, f"size {ROWS} {COLUMNS}")
        for line in _requests(user, Path(folder), files):
            await page.evaluate(_ASK, line)
        await page.evaluate(_ENTER, [user, Path(folder).name])
        while True:
            await page.evaluate(_TYPE, list(await typed.get()))


def _open(lifeline: str) -> int:
    """Open the pipe that we are to watch; end where that has ended already."""
    pipe = os.open(lifeline, os.O_RDONLY | os.O_NONBLOCK)
    try:
        os.read(pipe, 1)
    except BlockingIOError:  # somebody holds its other end, and has nothing to say
        return pipe
    os._exit(0)


def _read() -> bytes:
    """Return what was typed; end where nobody can type any more, and the browser with us."""
    try:
        data = os.read(0, 65536)
    except OSError:  # the terminal has hung up
        data = b""
    if not data:
        os._exit(0)
    return data


def _requests(user: str, folder: Path, files: Iterable[str]) -> Iterable[str]:
    """Yield what the agent is asked for, so that files are there (see guest/agent)."""
    yield f"folder {user} {folder.name}"
    for name in files:
        mode = f"{(folder / name).stat().st_mode & 0o777:o}"
        data = (folder / name).read_bytes()
        for at in range(0, max(1, len(data)), CHUNK):
            text = base64.b64encode(data[at : at + CHUNK]).decode()
            yield f"put {user} {mode} {folder.name}/{name} {text}"


if __name__ == "__main__":
    if os.isatty(0):
        tty.setraw(0, termios.TCSANOW)
    asyncio.run(main(*sys.argv[1:]))
