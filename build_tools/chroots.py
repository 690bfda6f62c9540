"""Other Debian releases in a folder, for the tests in the QGIS that each of them has.

A release is set up once and kept in .cache; nothing of it is ever mounted for others to see: each command
gets a mount namespace of its own, which goes with the command however that ends.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from build_tools.environments import ENGINE, REQUIREMENTS, find_uv, python_in, uv_variables
from build_tools.processes import CACHE, ROOT, Stop, Word, call, must, output_of, say

#: Working folders and results, which a copy of the repository does not need.
NOT_SOURCES = [".git", ".venv*", ".cache", ".tools", ".*_cache", "__pycache__", "demo", "dist"]
#: Written last, with what was installed; without it the release is made anew.
FINISHED = "overseed-finished"
#: Where a release's tests see this machine; only what runs the engine goes there.
HOST = "/overseed-host"
#: apt's settings that a release takes over from this machine: proxies, retries, dates of mirrors.
KEPT_SETTINGS = re.compile(r"Acquire::(https?::|Retries|ForceIPv|Check-)")
CLEAN = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/tmp")
_PRINT_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


class Release:
    """A Debian release with QGIS, the repository's sources and the test tools in it.

    Raises `Stop` where it cannot be set up here.
    """

    def __init__(self, name: str, packages: list[str]) -> None:
        self.name = name
        self.root = CACHE / "chroots" / name
        _refuse_without_rights(name)
        if not self._is_whole(packages):
            self._set_up(packages)
        self._bring_sources()

    def pytest(self, folder: str, junit: Path, engine: bool = False) -> int:
        """Run the tests of a folder of the repository; returns pytest's exit code.

        With `engine`, the tests find this machine's engine. Its files lie under `HOST`, and a program
        inside leads there; the tests' temporary files have the same path on both sides.
        """
        if not engine:
            return self._pytest(folder, junit, [], [])
        with tempfile.TemporaryDirectory(prefix="overseed-") as shared:
            # A folder of its own inside it, since the program must not lie among the tests' files.
            files = Path(shared, "files")
            files.mkdir()
            program = Path(shared, "python")
            lead = f'#!/bin/sh\nexec chroot {HOST} "{python_in(ENGINE)}" "$@"\n'
            program.write_text(lead, encoding="utf-8")
            program.chmod(0o755)
            mounts = [
                f'mkdir -p "{self.root}{HOST}" "{self.root}{shared}"',
                f'mount --rbind / "{self.root}{HOST}"',
                f'mount --bind "{shared}" "{self.root}{shared}"',
            ]
            try:
                return self._pytest(
                    folder, junit, mounts, [f"TMPDIR={files}", f"OVERSEED_ENGINE_PYTHON={program}"]
                )
            finally:
                Path(f"{self.root}{shared}").rmdir()

    def _pytest(self, folder: str, junit: Path, mounts: list[str], variables: list[str]) -> int:
        inside = self.root / "overseed-junit.xml"
        inside.unlink(missing_ok=True)
        test = f"cd /overseed && exec python3 -m pytest {folder} --junitxml=/overseed-junit.xml"
        command = [
            *(*CLEAN, "QT_QPA_PLATFORM=offscreen", "PYTHONPATH=/overseed-test-packages"),
            *(*variables, "sh", "-c", test),
        ]
        code = call(self._inside(command, mounts))
        if inside.exists():
            shutil.move(str(inside), str(junit))
        return code

    def _inside(self, command: list[Word], mounts: list[str] | None = None) -> list[Word]:
        """The command line that runs a command in the release, with the kernel's file systems there.

        Every program on the way is replaced by the next one, so that signals reach the command.
        """
        root = f'"{self.root}"'
        steps = [
            f"mount -t proc proc {root}/proc",
            f"mount --rbind /sys {root}/sys",
            f"mount --rbind /dev {root}/dev",
            *(mounts or []),
            f'exec chroot {root} "$@"',
        ]
        return [*_UNSHARE, "sh", "-e", "-c", "\n".join(steps), "sh", *command]

    def _is_whole(self, packages: list[str]) -> bool:
        try:
            finished = (self.root / FINISHED).read_text(encoding="utf-8")
        except OSError:
            return False
        return finished.split() == packages

    def _set_up(self, packages: list[str]) -> None:
        say(
            f"Setting up Debian {self.name} with its QGIS in {self.root}; this downloads about 1 GB."
        )
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        failure = f"Debian {self.name} could not be set up; the lines above say why."
        mirror = debian_mirror(output_of(_LIST_MIRRORS) or "")
        with_certificates = (
            ["--include=ca-certificates"] if (mirror or "").startswith("https") else []
        )
        must(
            [
                *(*_UNSHARE, "debootstrap", "--variant=minbase", *with_certificates),
                *(self.name, self.root, *([mirror] if mirror else [])),
            ],
            failure,
        )
        settings = self.root / "etc/apt/apt.conf.d/50overseed"
        # A mirror or snapshot of an unreleased Debian may be older than its index says it is valid.
        own = 'Acquire::Check-Valid-Until "false";\n'
        settings.write_text(kept_settings(output_of(["apt-config", "dump"]) or "") + own)
        settings.chmod(0o600)  # a proxy's address may hold a password
        no_services = self.root / "usr/sbin/policy-rc.d"
        no_services.write_text("#!/bin/sh\nexit 101\n")
        no_services.chmod(0o755)
        variables = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        install = ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", *packages]
        for command in (["apt-get", "update", "--quiet=2"], install):
            must(self._inside(command), failure, variables)
        (self.root / FINISHED).write_text("\n".join(packages), encoding="utf-8")

    def _bring_sources(self) -> None:
        python = output_of(self._inside([*CLEAN, "python3", "-c", _PRINT_VERSION]))
        if python is None:
            raise Stop(
                f"The Python in {self.root} does not run; delete that folder and start again.",
                exit_code=1,
            )
        sources, packages = self.root / "overseed", self.root / "overseed-test-packages"
        for folder in (sources, packages):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(ROOT, sources, ignore=shutil.ignore_patterns(*NOT_SOURCES))
        # The machine's uv installs them, so that the release needs neither pip nor a package index.
        must(
            [
                *(find_uv(), "pip", "install", "--quiet", "--require-hashes"),
                *("--only-binary", ":all:", "--python-version", python, "--target", packages),
                *("--requirement", REQUIREMENTS / "test-qgis.txt"),
            ],
            f"The test tools for {self.name} could not be installed; the lines above say why.",
            uv_variables(),
        )


def debian_mirror(listed: str) -> str | None:
    """The address from which this machine's apt takes Debian; None where it takes another system.

    `listed` holds lines of `ORIGIN|LABEL|ADDRESS`, as apt tells them.
    """
    for line in listed.splitlines():
        origin, label, address = line.split("|", 2)
        if (origin, label) == ("Debian", "Debian"):
            return address
    return None


def kept_settings(dumped: str) -> str:
    """Those lines of `apt-config dump` that make downloads work on this machine."""
    kept = [line for line in dumped.splitlines() if KEPT_SETTINGS.match(line)]
    return "".join(f"{line}\n" for line in kept if not line.endswith('"";'))


_UNSHARE = ("unshare", "--mount", "--propagation", "private")
_LIST_MIRRORS = (
    *("apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)"),
    "Created-By: Packages",
)


def _refuse_without_rights(name: str) -> None:
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        raise Stop(f"--qgis {name} needs root on a Debian or Ubuntu machine.")
    if not shutil.which("debootstrap"):
        raise Stop(f"--qgis {name} needs debootstrap: apt install debootstrap.")
    if output_of([*_UNSHARE, "true"]) is None:
        raise Stop(
            f"--qgis {name} needs the right to mount file systems; a container gets it with "
            "--cap-add SYS_ADMIN."
        )
