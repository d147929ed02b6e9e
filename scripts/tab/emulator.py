"""What the page is made of that others wrote, from the npm registry: the emulator, the terminal."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import requests

from scripts.errors import MachineError
from scripts.lab import host, way

REGISTRY = "https://registry.npmjs.org"


@dataclass(frozen=True)
class Package:
    """A package of the npm registry, and those of its files that are used; `digest` is SHA-512."""

    name: str
    version: str
    digest: str
    files: tuple[str, ...]

    @property
    def address(self) -> str:
        """Where it is."""
        return f"{REGISTRY}/{self.name}/-/{self.name.split('/')[-1]}-{self.version}.tgz"


V86 = Package(
    "v86",
    "0.5.462",
    "aKPX7DdzqAKFRv2omDkqSju0uEzlOxzo+II82J5UT7+tZNsboA6kyaNq9NKAnxvo9hzpJ8dQj7vcvcz0J7I2QA==",
    ("build/libv86.mjs", "build/v86.wasm", "LICENSE"),
)
XTERM = Package(
    "@xterm/xterm",
    "6.0.0",
    "TQwDdQGtwwDt+2cgKDLn0IRaSxYu1tSUjgKarSDkUM0ZNiSRXFpjxEsvc/Zgc5kq5omJ+V0a8/kIM2WD3sMOYg==",
    ("lib/xterm.mjs", "css/xterm.css", "LICENSE"),
)
FIT = Package(
    "@xterm/addon-fit",
    "0.11.0",
    "jYcgT6xtVYhnhgxh3QgYDnnNMYTcf8ElbxxFzX0IZo+vabQqSPAjC3c1wJrKB5E19VwQei89QCiZZP86DCPF7g==",
    ("lib/addon-fit.mjs", "LICENSE"),
)
PACKAGES = (V86, XTERM, FIT)


def emulator() -> Path:
    """Return a folder with the files of the packages, fetched now if need be.

    Raises MachineError if the registry does not answer, or answers something else.
    """
    name = hashlib.sha256(repr(PACKAGES).encode()).hexdigest()[:12]
    path = host.cache() / "tab" / f"npm-{name}"
    with host.made_once(path) as partial:
        if partial:
            for package in PACKAGES:
                _unpack(package, partial / package.name)
    return path


def _unpack(package: Package, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(_fetched(package))) as tar:
        for name in package.files:
            content = tar.extractfile(f"package/{name}")
            if content is None:
                raise MachineError(
                    f"{package.address} has no {name}", "mend scripts/tab/emulator.py"
                )
            folder.mkdir(parents=True, exist_ok=True)
            (folder / Path(name).name).write_bytes(content.read())


def _trusted() -> str | bool:
    """Return the certificate authorities that this machine trusts: some companies add their own."""
    path = way.authorities()
    return str(path) if path.is_file() else True


def _fetched(package: Package) -> bytes:
    try:
        answer = requests.get(package.address, timeout=60, verify=_trusted())
        answer.raise_for_status()
    except requests.RequestException as error:
        raise MachineError(f"no {package.address} ({error})", "type it again later") from None
    digest = base64.b64encode(hashlib.sha512(answer.content).digest()).decode()
    if digest != package.digest:
        what = f"{package.address} is not what it was"
        raise MachineError(what, "see what happened to that package; do not go on with it")
    return answer.content
