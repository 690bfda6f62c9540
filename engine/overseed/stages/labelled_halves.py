"""Training ground for labels that come after their images: one half is learned from, the other half judges."""

from __future__ import annotations

from collections.abc import Sequence

from overseed.errors import InputError
from overseed.stages.context import Prepared
from overseed.tiles.grid import Window
from overseed.tiles.halves import as_scenes
from overseed.tiles.sampling import CropSampler
from overseed.tiles.split import TRAIN


def labelled_halves(prepared: Prepared) -> tuple[CropSampler, CropSampler | None]:
    """Crops that a labelling network learns from, and crops of other training blocks to try it on.

    The division is that of gate and judges, so that the judges of samples have seen no ground that the labels
    were learned from. Where the training ground cannot be divided, all of it is learned from, and the second is
    ``None``.
    """
    own, others = prepared.halves() if len(prepared.blocks[TRAIN]) > 1 else ([], [])
    learned, held_out = _crops(prepared, own), _crops(prepared, others)
    if learned is None or held_out is None:
        return CropSampler(prepared.scenes, TRAIN, prepared.tile, "balanced"), None
    return learned, held_out


def _crops(prepared: Prepared, blocks: Sequence[tuple[int, Window]]) -> CropSampler | None:
    """Crops inside some blocks, each class met alike; ``None`` where these hold no label."""
    try:
        return CropSampler(as_scenes(prepared.scenes, blocks), TRAIN, prepared.tile, "balanced")
    except InputError:
        return None
