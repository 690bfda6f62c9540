"""What files of synthetic samples, and of what makes them, say about themselves."""

from __future__ import annotations

from pathlib import Path

from overseed import __version__
from overseed.files import read_json
from overseed.stages.context import Prepared
from overseed.tiles.store import scene_folder


def about_synthetic(
    prepared: Prepared, method: str, seed: int, scene: int | None = None
) -> dict[str, str]:
    """Tags that say that something is synthetic, by which method, and from which scene or from all of them.

    A scene goes by its file's name, never its place on a disk.
    """
    numbers = range(len(prepared.scenes)) if scene is None else [scene]
    return {
        "OVERSEED_SYNTHETIC": "yes",
        "OVERSEED_METHOD": method,
        "OVERSEED_SCENE": ", ".join(_name(prepared, number) for number in numbers),
        "OVERSEED_SEED": str(seed),
        "OVERSEED_VERSION": __version__,
    }


def _name(prepared: Prepared, number: int) -> str:
    return Path(
        read_json(scene_folder(prepared.run.tiles, number + 1) / "grid.json")["source"]
    ).name
