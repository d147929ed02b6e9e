"""The pieces of the tab: what a reader's browser fetches, made once and kept in the cache."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import zstandard

from scripts.errors import MachineError
from scripts.lab import host, images
from scripts.lab.system import system, system_name
from scripts.tab import guest
from scripts.tab.emulator import emulator
from scripts.tab.kernel import kernel
from scripts.tab.machine import NAME, Machine, Sizes, load

# What has to be on the machine to make them, and what brings it.
_PROGRAMS = {"arch-test": "arch-test", "mke2fs": "e2fsprogs", "node": "nodejs"}
MEMORY = 512  # MiB of the machine in the tab
PART = 2**19  # bytes of the disk in a part
LEVEL = 19  # of zstd
_SLICE = 2**22  # bytes of a file that is fetched, more or less: progress shows
SNAPSHOT = Path(__file__).with_name("snapshot.mjs")
# Folders of examples that a reader finds at home: the course's application, and others to build.
KEPT = ("counter", "counter-redis", "compose")


def pieces(examples: Path) -> Path:
    """Return the folder with all that a browser fetches, made now if need be.

    It takes some twenty minutes the first time, half of it for the kernel. `examples` is the
    folder of examples. Raises MachineError.
    """
    host.prepare(None, [examples])
    for program, package in _PROGRAMS.items():
        if not shutil.which(program):
            host.install([package], partial(shutil.which, program))
    path = host.cache() / "tab" / f"pieces-{name(examples)}"
    with host.made_once(path) as new:
        if new:
            _make(new, examples, name(examples))
    return path


def place(made: Path, folder: Path) -> str:
    """Put pieces into a folder of the project, and return what they weigh, in words."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made, folder, copy_function=_link)
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    found = load(folder)
    first = found.first if found else 0
    total = f"{sum(sizes) / 1e6:.1f} MB in {len(sizes)} files"
    return f"{total}, of which {first / 1e6:.1f} MB come before the engine is there"


def _link(source: str, target: str) -> None:
    """Have a file in another place, too, without a copy where that is possible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def name(examples: Path) -> str:
    """Return what the machine is called, made or not: other parts, other name."""
    here = Path(__file__).parent
    files = sorted(path for path in here.rglob("*") if path.suffix not in (".py", ".pyc"))
    files += [here / f"{one}.py" for one in ("emulator", "guest", "kernel", "pieces")]
    files += sorted(path for one in KEPT for path in (examples / one).rglob("*"))
    files += sorted(path for path in images.FOLDER.rglob("*"))
    digest = hashlib.sha256(system_name(guest.ENGINE).encode())
    for path in files:
        if path.is_file():
            digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _make(target: Path, examples: Path, name: str) -> None:
    theirs = emulator()  # first, as it may fail: what comes after it takes long
    debian = system(guest.ENGINE)
    ours = kernel()
    store = guest.stand_ins(debian)
    work = target / "work"
    work.mkdir()
    wanted = {
        line
        for one in KEPT
        for path in (examples / one).glob("requirements.txt")
        for line in path.read_text().split()
    }
    guest.wheels(debian, store, sorted(wanted), work / "wheels")
    kept = [examples / one for one in KEPT]
    guest.tree(work / "files", debian, store, work / "wheels", kept)
    shutil.copy(ours / "reseed", work / "files/usr/sbin")
    guest.engine_store(debian, store, work / "files/var/lib/docker")
    guest.disk(work / "files", work / "disk")
    _snapshot(ours, theirs, work)
    host.say("compressing the disk and the memory of the tab (about two minutes, once)")
    parts = _parts(work / "disk")
    hot = [n for n in json.loads((work / "hot").read_text()) if n in parts]
    sizes = _write(parts, hot, target)
    state = (work / "state").read_bytes()
    _slice(zstandard.ZstdCompressor(level=LEVEL, threads=-1).compress(state), target / "state")
    for path in theirs.rglob("*"):
        if path.is_file():
            shutil.copy(path, target / f"{path.parent.name}-{path.name}")
    shutil.copy(ours / "config", target / "kernel-config.txt")
    first = sorted((target / "state").iterdir())
    code = [target / "v86-v86.wasm", target / "v86-libv86.mjs"]
    machine = Machine(
        name=name,
        memory=MEMORY * 2**20,
        size=(work / "disk").stat().st_size,
        part=PART,
        parts=tuple(parts),
        hot=tuple(sizes),
        state=tuple(path.name for path in first),
        first=sum(path.stat().st_size for path in first + code),
        versions=guest.packages(work / "files", debian) | {"linux": (ours / "version").read_text()},
    )
    (target / NAME).write_text(machine.model_dump_json(), encoding="utf-8")
    shutil.rmtree(work)


def _snapshot(ours: Path, theirs: Path, work: Path) -> None:
    host.say("starting the machine of the tab, to keep its state (about three minutes, once)")
    # It ends with us, however we end.
    told = map(str, (SNAPSHOT, ours, theirs, work / "disk", MEMORY, PART, work))
    words = ["setpriv", "--pdeathsig", "KILL", "node", *told]
    done = subprocess.run(words, capture_output=True, check=False, timeout=1200)
    if done.returncode:
        said = done.stderr.decode(errors="replace")[-2000:]
        raise MachineError(f"the machine of the tab does not start:\n{said}", "type it again")


def _parts(disk: Path) -> dict[int, bytes]:
    """Return the parts of a disk that hold something, by number, compressed."""

    def pack(n: int) -> bytes:
        with disk.open("rb") as file:
            file.seek(n * PART)
            data = file.read(PART)
        return zstandard.ZstdCompressor(level=LEVEL).compress(data) if data.strip(b"\0") else b""

    numbers = range(disk.stat().st_size // PART)
    with ThreadPoolExecutor() as pool:
        packed = pool.map(pack, numbers)
        return {n: data for n, data in zip(numbers, packed, strict=True) if data}


def _write(parts: Mapping[int, bytes], hot: Sequence[int], target: Path) -> list[Sizes]:
    """Write parts of the disk: the `hot` ones, which first commands read, in few files.

    Returns the numbers and sizes of those, file by file.
    """
    (target / "disk").mkdir()
    for n in parts.keys() - {*hot}:
        (target / "disk" / f"{n:05}.zst").write_bytes(parts[n])
    files: list[Sizes] = []
    for n in hot:
        if not files or sum(size for _, size in files[-1]) > _SLICE:
            files.append(())
        files[-1] = (*files[-1], (n, len(parts[n])))
    (target / "hot").mkdir()
    for k, file in enumerate(files):
        (target / "hot" / f"{k:02}").write_bytes(b"".join(parts[n] for n, _ in file))
    return files


def _slice(data: bytes, target: Path) -> None:
    """Write data in several files."""
    target.mkdir()
    for n in range(0, len(data), _SLICE):
        (target / f"{n // _SLICE:02}").write_bytes(data[n : n + _SLICE])
