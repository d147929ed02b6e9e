"""The kernel of the machine in the tab: Debian's source, with little in it.

Its compiler also makes the one program of our own in the machine (see guest/reseed.c).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from scripts.lab import host
from scripts.lab.system import bootstrap, recipe

CONFIG = Path(__file__).with_name("kernel.config")
RESEED = Path(__file__).with_name("guest") / "reseed.c"
SUITE = "bookworm"
SOURCE = "linux-source-6.1"
# What it is built with; and the BIOS that it is started by, once.
_PACKAGES = (
    *(SOURCE, "bc", "bison", "bzip2", "flex", "gcc", "libc6-dev", "make", "xz-utils", "seabios"),
)
# A program for i386 that needs nothing but the kernel.
_BARE = "-m32 -Os -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector"


def kernel() -> Path:
    """Return a folder with `vmlinuz`, its `config`, BIOS and `reseed`, made now if need be.

    That takes some ten minutes of two cores. Raises MachineError.
    """
    made_of = [path.read_text(encoding="utf-8") for path in (Path(__file__), CONFIG, RESEED)]
    path = host.cache() / "tab" / f"kernel-{recipe(*made_of)}"
    with host.made_once(path) as partial:
        if partial:
            host.say("building the kernel of the tab (some ten minutes, once)")
            debian = partial / "debian"
            bootstrap(SUITE, debian, _PACKAGES, [_hook()])
            for name in ("vmlinuz", "config", "version", "reseed"):
                shutil.move(debian / "root" / name, partial / name)
            for name in ("bios.bin", "vgabios-stdvga.bin"):
                shutil.copy(debian / "usr/share/seabios" / name, partial / name)
            shutil.rmtree(debian)
    return path


def _hook() -> str:
    """Return the shell command that builds it in the system in $1."""
    jobs = len(os.sched_getaffinity(0))
    make = f"make --jobs={jobs} ARCH=i386"
    inside = " && ".join(
        (
            "cd /root",
            f"tar --extract --file=/usr/src/{SOURCE}.tar.xz",
            f"cd {SOURCE}",
            f"{make} allnoconfig",
            "scripts/kconfig/merge_config.sh -m -O . .config /root/kernel.config",
            f"{make} olddefconfig",
            f"{make} bzImage",
            "cp arch/x86/boot/bzImage /root/vmlinuz",
            "cp .config /root/config",
            f"gcc {_BARE} -o /root/reseed /root/{RESEED.name}",
            f"dpkg-query --show --showformat='\\${{Version}}' {SOURCE} >/root/version",
        )
    )
    return f'cp {CONFIG} {RESEED} "$1/root" && chroot "$1" sh -c "{inside}" >/dev/null'
