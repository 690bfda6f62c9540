"""A split's files for people and programs: ``split.json``, a picture, and the blocks as polygons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.files import check_folder, whole, write_json
from overseed.runs import RunFolder
from overseed.scenes.dataset import DataSet
from overseed.scenes.rasters import RasterInfo, footprint
from overseed.tiles.split import SIDES, Block, missing_classes
from overseed.tiles.store import open_store
from overseed.unlabelled import UNLABELLED

#: Longest side of the picture in pixels.
PICTURE = 1024


def write_split(
    run: RunFolder,
    dataset: DataSet,
    split: Sequence[Block],
    metres: float,
    size: int,
    range_px: int,
) -> None:
    """Write all three into the run's split folder; sizes are in metres and in the first raster's pixels."""
    folder = run.split_folder
    check_folder(folder)
    missing = missing_classes(split, len(dataset.table))
    write_json(
        folder / "split.json",
        {
            "block_metres": round(metres, 3),
            "block_size": size,
            "range_px": range_px,
            "blocks": [
                {
                    "scene": b.scene,
                    "row": b.window.row,
                    "col": b.window.col,
                    "height": b.window.height,
                    "width": b.window.width,
                    "side": SIDES[b.side],
                    "ground": b.ground,
                    "pixels": list(b.pixels),
                }
                for b in split
            ],
            "missing": [
                {"class": dataset.table.names[index], "side": SIDES[side]}
                for index, side in missing
            ],
        },
    )
    _draw_split(folder / "split.png", run)
    _write_blocks(folder / "blocks.gpkg", dataset, split)


def block_outline(block: Block, info: RasterInfo) -> Any:
    """A block as a shapely polygon in its scene's CRS."""
    window = block.window
    return footprint(info, (window.row, window.col, window.height, window.width))


def _draw_split(path: Path, run: RunFolder) -> None:
    """All scenes' sides and labels side by side as a small picture: dark where labelled."""
    from matplotlib.image import imsave

    scenes = open_store(run.tiles, run.split)
    step = max(1, -(-max(max(scene.side.shape) for scene in scenes) // PICTURE))
    pictures = [_picture(s.side[::step, ::step], s.labels[::step, ::step]) for s in scenes]
    tallest = max(len(picture) for picture in pictures)
    columns: list[NDArray[np.uint8]] = []
    for picture in pictures:
        below = ((0, tallest - len(picture)), (0, 8 if len(pictures) > 1 else 0), (0, 0))
        columns.append(np.pad(picture, below, constant_values=255))
    with whole(path) as partial:
        imsave(partial, np.concatenate(columns, axis=1), format="png")


def _picture(side: NDArray[np.uint8], labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    from overseed.reporting.palette import SIDE_COLOURS, rgb

    palette = np.full((256, 3), 255, np.uint8)
    palette[:3] = [rgb(colour) for colour in SIDE_COLOURS]
    picture = palette[side].astype(np.float32)
    picture = np.where((labels == UNLABELLED)[..., None], picture * 0.35 + 255 * 0.65, picture)
    return picture.astype(np.uint8)


def _write_blocks(path: Path, dataset: DataSet, split: Sequence[Block]) -> None:
    """The blocks as polygons with their sides, a layer per scene in its own CRS."""
    import shapely
    from pyogrio.raw import write

    with whole(path) as partial:
        for number, scene in enumerate(dataset.scenes):
            mine = [b for b in split if b.scene == number]
            outlines = [block_outline(b, scene.info) for b in mine]
            write(
                partial,
                geometry=np.array(shapely.to_wkb(outlines), dtype=object),
                field_data=[
                    np.array([SIDES[b.side] for b in mine], dtype=object),
                    np.array([b.ground for b in mine], dtype=np.int32),
                    np.array([sum(b.pixels) for b in mine], dtype=np.int64),
                ],
                fields=np.array(["side", "ground", "labelled"]),
                layer=f"scene-{number + 1:03}",
                driver="GPKG",
                geometry_type="Polygon",
                crs=scene.info.crs_wkt,
                append=number > 0,
            )
