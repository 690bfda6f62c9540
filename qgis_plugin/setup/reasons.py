"""Why a set-up failed: what programs print, and the sentence with a way out that it stands for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..texts import tr

_SHOWN_LINES = 4
#: Exit codes that say more than the last lines do: of Windows as a number, of others 128 + signal.
_CODES = {
    0xC0000135: "STATUS_DLL_NOT_FOUND",
    0xC000007B: "STATUS_INVALID_IMAGE_FORMAT",
    0xC000001D: "Illegal instruction",
    132: "Illegal instruction",
    -4: "Illegal instruction",
    137: "Killed",
    -9: "Killed",
}


class SetupFailed(Exception):
    """There is no new environment; the text is for the person. ``name`` tells kinds apart."""

    def __init__(self, sentence: str, name: str = "") -> None:
        super().__init__(sentence)
        self.name = name


@dataclass(frozen=True)
class Reason:
    """A kind of failure: what its output looks like, and what to say and advise."""

    name: str
    pattern: str
    sentence: str


def reasons() -> tuple[Reason, ...]:
    """Return all kinds; the first whose pattern is found in the output is the one."""
    return (
        Reason(
            "disk",
            r"No space left on device|os error 28\b|Disk quota exceeded|os error 122\b"
            r"|not enough space on the disk|os error 112\b|WinError 112\b",
            tr(
                "The disk is full. Free some space, or choose a folder on another disk, and press "
                "Continue; what has been downloaded is kept."
            ),
        ),
        Reason(
            "antivirus",
            r"os error 32\b|WinError 32\b|being used by another process|os error 225\b|WinError 225\b"
            r"|virus or potentially unwanted|os error 226\b|WinError 226\b",
            tr(
                "Another program, often an antivirus scanner, holds or has removed a file of the "
                "set-up. Tell it to leave Overseed's folder alone, close programs that use the "
                "engine, and press Continue."
            ),
        ),
        Reason(
            "permission",
            r"Permission denied|os error 13\b|Access is denied|os error 5\b|WinError 5\b"
            r"|Read-only file system|os error 30\b|Operation not permitted",
            tr(
                "Overseed may not write into its folder. Choose a folder that belongs to you; on "
                "Windows an antivirus scanner or controlled folder access can be the cause as well."
            ),
        ),
        Reason(
            "proxy",
            r"tunnel error|proxy authentication required|407 Proxy|Cannot connect to proxy|ProxyError"
            r"|[Ss]ocks (error|connect)|unsupported proxy",
            tr(
                "The proxy could not be used. Check its address, user and password in QGIS under "
                "Settings → Options → Network, or install from an offline folder."
            ),
        ),
        Reason(
            "certificate",
            r"invalid peer certificate|CERTIFICATE_VERIFY_FAILED|certificate verify failed"
            r"|UnknownIssuer|self[- ]signed certificate",
            tr(
                "The certificate of the package server is not trusted here, as happens where a "
                "company or a school inspects connections. Add its certificate to the system, or in "
                "QGIS under Settings → Options → Authentication → Manage certificates, and try "
                "again; or install from an offline folder."
            ),
        ),
        Reason(
            "hash",
            r"Hash mismatch|DO NOT MATCH THE HASHES",
            tr(
                "A downloaded file is not the one that Overseed was tested with, so it was not "
                "installed. Try again; if it stays so, the package server or the offline folder "
                "holds changed files, and its administrator should know."
            ),
        ),
        Reason(
            "offline-folder",
            r"not found in the provided package locations|network was disabled"
            r"|needs to be downloaded from a registry",
            tr(
                "The offline folder lacks a library that is needed. Fill it for this very platform "
                "and Python version with the command that the help page on set-up gives."
            ),
        ),
        Reason(
            "python",
            r"does not satisfy Python|No interpreter found|matching Python (version|ABI)"
            r"|No module named venv",
            tr(
                "This Python does not suit the engine, which needs 3.11 to 3.14 with 64 bits. "
                "Choose another one, or let one be downloaded for Overseed alone."
            ),
        ),
        Reason(
            "platform",
            r"matching platform tag|GLIBC_\d|not a supported wheel on this platform",
            tr(
                "A library of the engine does not run on this system. It needs 64-bit Windows 10, "
                "macOS 14 on Apple silicon, or a Linux from about 2020 (glibc 2.28) or newer."
            ),
        ),
        Reason(
            "pip",
            r"No module named pip|No module named ensurepip",
            tr(
                "Neither uv nor pip is there to download the engine with. Install one of them "
                "(Debian, Ubuntu: apt install python3-pip), or use an offline folder that has uv's "
                "wheel in it."
            ),
        ),
        Reason(
            "runtime",
            r"DLL load failed|STATUS_DLL_NOT_FOUND|STATUS_INVALID_IMAGE_FORMAT|WinError 126\b"
            r"|WinError 1114\b|vcruntime140|msvcp140",
            tr(
                "Microsoft's Visual C++ runtime is missing or too old. Install the “Visual C++ "
                "Redistributable (x64)” from Microsoft, restart QGIS and press Check again."
            ),
        ),
        Reason(
            "processor",
            r"Illegal instruction",
            tr(
                "The engine's libraries use instructions that this processor does not have; "
                "it is too old, or the virtual machine hides them."
            ),
        ),
        Reason(
            "memory",
            r"^Killed|MemoryError|Cannot allocate memory|os error 12\b",
            tr("The system ended it, most often since memory was full. Close other programs."),
        ),
        Reason(
            "network",
            r"dns error|failed to lookup address|[Nn]ame resolution|Name or service not known"
            r"|getaddrinfo failed|nodename nor servname|Network is unreachable|Connection refused"
            r"|No route to host|timed out|Connection reset|error sending request|connection closed",
            tr(
                "The package server cannot be reached. Check the connection, and the proxy in QGIS "
                "under Settings → Options → Network, and press Continue; or install from an offline "
                "folder."
            ),
        ),
        Reason(
            "index",
            r"not found in the package registry|no versions? of|No matching distribution found|404 Not Found"
            r"|HTTP status client error|HTTP status server error",
            tr(
                "The package server does not have what Overseed needs. If pip or uv is set to a "
                "mirror here, the mirror may be incomplete; or install from an offline folder."
            ),
        ),
        Reason(
            "engine",
            r"No module named '?overseed",
            tr("This Python does not hold Overseed's engine."),
        ),
    )


def explain(what: str, lines: Iterable[str], code: int = 0) -> SetupFailed:
    """Return the failure for a program's last ``lines`` and exit code.

    ``what`` is a sentence that says which step failed. What is not known is shown as it was printed.
    """
    printed = [line for line in lines if line.strip()]
    text = "\n".join([*printed, _CODES.get(code, "")])
    for reason in reasons():
        if re.search(reason.pattern, text, re.MULTILINE | re.IGNORECASE):
            return SetupFailed(f"{what} {reason.sentence}", reason.name)
    shown = "\n".join(printed[-_SHOWN_LINES:]) or tr(
        "It printed nothing (exit code {code})."
    ).format(code=code)
    return SetupFailed(f"{what} {tr('The last lines were:')}\n{shown}", "unknown")
