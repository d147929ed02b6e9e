"""Runs: the verifier in a process of its own, on a machine that is seen before and after."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scripts import report
from tests.conftest import ROOT

# What marks the processes of one run: they inherit it, and nobody else has it.
MARK = "DOCKER_VERIFIED_RUN"


class Run:
    """A verifier that runs in a network and with mounts of its own, as on a quiet machine.

    Whatever else starts and stops on the machine meanwhile does not show there. `mounts` are typed
    as root before it starts, `words` are more words of its command, `around` what stands before
    it; it runs in `project`.
    """

    def __init__(
        self,
        examples: Path,
        *words: str | Path,
        around: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        mounts: str = "",
        project: Path = ROOT,
    ) -> None:
        self.mark = f"{MARK}={uuid.uuid4()}"
        self.report = examples / "report.json"
        self._around = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-ec", f"{mounts}\necho ready; exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._around.stdout is not None
        self._around.stdout.readline()
        around_pid = f"--target={self._around.pid}"
        self._enter = ["nsenter", around_pid, "--net", "--mount", f"--wd={project}"]
        self.before = self.machine()
        self._printed = tempfile.NamedTemporaryFile()  # noqa: SIM115 - until the test ends
        self.verifier = subprocess.Popen(
            [
                *self._enter,
                *(around or [sys.executable, "-m", "scripts"]),
                *("verify", "--examples", examples),
                *("--images", "standin", "--report", self.report, *words),
            ],
            cwd=project,
            env={**os.environ, MARK: self.mark.partition("=")[2], **(environment or {})},
            stdout=self._printed,
            stderr=subprocess.STDOUT,
        )

    def said(self) -> str:
        """Return what it has printed, results and progress."""
        return Path(self._printed.name).read_text(encoding="utf-8")

    def verdicts(self) -> dict[str, str]:
        """Return what the report says of each example."""
        found = report.load(self.report)
        return {one.slug: one.verdict for one in found.examples} if found else {}

    def machine(self) -> dict[str, str]:
        """Return what the run must leave as it was: interfaces, firewall, mounts."""
        links = ["cut", "--delimiter=:", "--fields=1", "/proc/net/dev"]
        commands = {"links": links, "mounts": ["cat", "/proc/mounts"]}
        if shutil.which("iptables-save"):
            commands["firewall"] = ["iptables-save"]
        return {name: self._see(*command) for name, command in commands.items()}

    def _see(self, *command: str) -> str:
        done = subprocess.run([*self._enter, *command], capture_output=True, text=True, check=True)
        return re.sub(r"(?m)^#.*\n|\[\d+:\d+\]", "", done.stdout)  # times and counters

    def processes(self) -> list[str]:
        """Return the names of the processes of this run that are alive."""
        return [name for _, name in self.alive()]

    def alive(self) -> list[tuple[int, str]]:
        """Return the processes of this run that are alive, with their names."""
        return list(self._alive())

    def _alive(self) -> Iterator[tuple[int, str]]:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name), (folder / "comm").read_text().strip()
            except OSError:  # it has ended meanwhile
                continue

    def leaves_nothing(self) -> bool:
        """Say whether nothing of it is alive, and the machine is as it was."""
        return not self.processes() and self.machine() == self.before

    def close(self) -> None:
        """End what is around it."""
        self.verifier.kill()
        self.verifier.wait()
        self._around.kill()
        self._around.communicate()
