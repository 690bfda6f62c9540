"""What a person prefers for all runs: effort, device, threads, and the folder in which runs are kept."""

from collections.abc import Sequence

from qgis.core import QgsSettings

EFFORTS = ("quick", "normal", "thorough")
DEVICES = ("auto", "cpu", "cuda", "mps")
#: Keys in QGIS's settings; the first two are named after the engine's settings.
EFFORT_KEY = "overseed/effort"
DEVICE_KEY = "overseed/device"
THREADS_KEY = "overseed/threads"
RUNS_FOLDER_KEY = "overseed/runs_folder"


def preferred(setting: str, choices: Sequence[str]) -> str:
    """Return the preferred value of one of the engine's settings, "" where there is none.

    Forms take it as their default; the engine's own default stands behind it.
    """
    if setting not in ("effort", "device"):
        return ""
    value = str(QgsSettings().value(f"overseed/{setting}", "") or "")
    return value if value in choices else ""


def threads() -> int:
    """Return how many processor threads the engine may use; 0 means all."""
    text = str(QgsSettings().value(THREADS_KEY, 0) or 0)
    return int(text) if text.isdigit() else 0


def runs_folder() -> str:
    """Return the folder in which runs are kept, or "" where they live as long as QGIS does."""
    return str(QgsSettings().value(RUNS_FOLDER_KEY, "") or "").strip()


def machine_words(with_device: bool = False) -> list[str]:
    """Return the words of a command line that say what of the machine the engine may use.

    ``with_device`` is for commands whose form does not ask for the device.
    """
    words = [f"--threads={threads()}"] if threads() else []
    device = preferred("device", DEVICES)
    if with_device and device:
        words.append(f"--device={device}")
    return words
