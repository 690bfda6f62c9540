"""What a set-up would install, where, how large, and from what: everything to say before asking."""

import hashlib
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from ..texts import tr
from . import places
from .materials import Materials
from .pythons import Python

MIB, GIB = 1 << 20, 1 << 30


@dataclass(frozen=True)
class Build:
    """What the pinned list installs on one platform; ``download`` and ``disk`` are in bytes."""

    name: str
    gpu: str
    download: int
    disk: int


#: Measured with the pinned list: the wheels' sizes, and the files on disk after installing them.
#: The list takes every library from the default index, which has one build of PyTorch for each
#: platform; so there is nothing to choose, and the plan says which one it is. Platforms that are
#: not here lack a wheel of a library: onnxruntime for Intel Macs, pyogrio for Windows on ARM.
BUILDS = {
    "linux-x86_64": Build("CUDA 13", "NVIDIA", 3317 * MIB, 6261 * MIB),
    "linux-aarch64": Build("CUDA 13", "NVIDIA", 3263 * MIB, 6085 * MIB),
    "win32-x86_64": Build("CPU", "", 458 * MIB, 1306 * MIB),
    "darwin-aarch64": Build("Apple GPU", "Apple", 298 * MIB, 1157 * MIB),
}
#: A managed interpreter: its archive and its files.
MANAGED_DOWNLOAD, MANAGED_DISK = 35 * MIB, 110 * MIB
#: uv itself, notes and the compiled modules that Python adds when it first runs.
REST_DISK = 250 * MIB


@dataclass(frozen=True)
class Plan:
    """One set-up. ``offline`` is a folder of wheels in place of the network, or None."""

    materials: Materials
    root: Path
    python: Python
    extras: tuple[str, ...] = ()
    offline: Optional[Path] = None

    @property
    def build(self) -> Optional[Build]:
        """What the list installs here; None where the engine does not run."""
        return build_for(sys.platform, platform.machine())

    @property
    def download(self) -> int:
        """Bytes to be downloaded, about."""
        if self.offline is not None:
            return 0
        libraries = self.build.download if self.build else 0
        return libraries + (MANAGED_DOWNLOAD if self.python.is_managed else 0)

    @property
    def disk(self) -> int:
        """Bytes on disk afterwards, about."""
        return (
            (self.build.disk if self.build else 0)
            + REST_DISK
            + (MANAGED_DISK if self.python.is_managed else 0)
        )

    @property
    def lists(self) -> tuple[Path, ...]:
        """The pinned lists: the engine's, or those of the extras, which contain it."""
        return tuple(self.materials.list_of(extra) for extra in self.extras or ("",))

    def problem(self) -> str:
        """Return a sentence on why this cannot be installed, or ""."""
        if self.materials.problem:
            return self.materials.problem
        if self.build is None:
            return tr(
                "The engine's libraries do not exist for this system. It needs 64-bit Windows on an "
                "Intel or AMD processor, macOS 14 on Apple silicon, or Linux with glibc 2.28 or newer."
            )
        if self.offline is not None and self.python.is_managed:
            return tr(
                "Without the network no Python can be downloaded. Install Python 3.11 to 3.14 "
                "with 64 bits first, then choose it here."
            )
        return ""

    def key(self) -> str:
        """Return what identifies the environment: the same plan continues in the same folder."""
        digest = hashlib.sha256(f"{self.python.path}\n{self.python.version}\n".encode())
        for path in (*self.lists, self.materials.engine):
            digest.update(path.name.encode() + b"\n")
            if path.is_file():
                digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

    def folder(self) -> Path:
        """Return where the environment goes."""
        return places.folder_for(self.root, self.materials.version, self.key())

    def free(self) -> int:
        """Return the free bytes on the disk of ``root``."""
        return free_bytes(self.root)

    def missing_bytes(self) -> int:
        """Return how many bytes too few are free, as far as one can tell before; else 0."""
        there = places.size_of([self.root / "cache", *places.unfinished(self.root)])
        return max(0, self.disk - there - self.free())


def build_for(system: str, machine: str) -> Optional[Build]:
    """Return what the list installs on a platform, named as Python names it; None for others."""
    families = {"amd64": "x86_64", "arm64": "aarch64"}
    return BUILDS.get(f"{system}-{families.get(machine.lower(), machine.lower())}")


def free_bytes(folder: Path) -> int:
    """Return the free bytes on the disk where ``folder`` is or would be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def gigabytes(count: int) -> str:
    """Return a size as a person reads it: ``6.4 GB`` or ``80 MB``."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"
