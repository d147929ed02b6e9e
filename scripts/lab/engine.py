"""The engines: which Docker Engines labs can have, where they come from, and which are held.

What differs between the engines that are held is written down in examples, and anything else
fails. The others are observed: reported, shown, and nothing fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Where an engine keeps images: its own store (or what it takes for its own), or containerd's.
Store = Literal["docker", "containerd"]

_COMMON = (
    "bash",
    "ca-certificates",
    "curl",
    "docker-registry",
    "iproute2",
    "iptables",
    "mount",
    "nginx",
    "passwd",
    "procps",
)


@dataclass(frozen=True)
class Repository:
    """Packages that are not Debian's: a source for apt, and the fingerprint of its key.

    `source` is what apt wants to know behind the address: release and component.
    """

    address: str
    source: str
    key: str
    fingerprint: str


@dataclass(frozen=True)
class Engine:
    """A Docker Engine: its name begins with its version, which it must have.

    `suite` is the Debian release that its lab stands on. `store` is where it keeps images,
    whatever an example says, if given; `architecture` what it is built for, in Debian's words, if
    that is not the machine's own.
    """

    name: str
    suite: str
    packages: tuple[str, ...]
    held: bool = False
    store: Store | None = None
    repository: Repository | None = None
    architecture: str = ""

    @property
    def version(self) -> str:
        """What its version starts with: «28.» for docker-28-containerd."""
        return f"{self.name.split('-')[1]}."


# https://docs.docker.com/engine/install/debian/ names the packages and the fingerprint.
DOCKER = Repository(
    address="https://download.docker.com/linux/debian",
    source="trixie stable",
    key="https://download.docker.com/linux/debian/gpg",
    fingerprint="9DC858229FC7DD38854AE2D88D81803C0EBFCD88",
)
_DEBIAN = (*_COMMON, "docker.io", "docker-buildx", "docker-cli", "docker-compose")
_DOCKER = (
    *(*_COMMON, "containerd.io", "docker-buildx-plugin", "docker-ce", "docker-ce-cli"),
    "docker-compose-plugin",
)
ENGINES = {
    engine.name: engine
    for engine in (
        # What a new installation has: Docker's own packages, and the store that they choose.
        Engine("docker-29", "trixie", _DOCKER, held=True, store="docker", repository=DOCKER),
        # The newest that Debian has.
        Engine("docker-28", "forky", _DEBIAN, held=True),
        Engine("docker-28-containerd", "forky", _DEBIAN, store="containerd"),
        # What `apt install docker.io` gives on Debian 13 and 12; the latter has neither
        # buildx nor compose 2.
        Engine("docker-26", "trixie", _DEBIAN),
        Engine("docker-20", "bookworm", (*_COMMON, "docker.io")),
        # The machine in a reader's browser tab (see scripts/tab).
        Engine(
            "docker-28-tab",
            "forky",
            (*_DEBIAN, "busybox-static", "crun", "less", "nano", "tini"),
            architecture="i386",
        ),
    )
}
DEFAULT_ENGINE = "docker-28"
TAB = "docker-28-tab"
