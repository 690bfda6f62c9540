"""The report's sections on the input: scene, classes and split."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.reporting import pictures, wording
from overseed.reporting.cartography import map_frame
from overseed.reporting.content import Grid, RunContent, Scene
from overseed.reporting.palette import SIDE_COLOURS, SIDES, safe_colour
from overseed.unlabelled import UNLABELLED

#: Pictures smaller than this are drawn with larger pixels, so that outlines stay thin beside them.
SMALLEST_PICTURE = 480
#: Widest and tallest that a map is shown, in CSS pixels.
WIDEST, TALLEST = 960, 760


def scenes(content: RunContent) -> list[dict[str, Any]]:
    """Each scene's picture with its class polygons to lay over it."""
    if content.stretch is None:
        return []
    return [_scene(content, scene) for scene in content.scenes]


def classes(content: RunContent) -> list[dict[str, Any]]:
    """Rows of the class table, the largest class first."""
    table = content.table
    shares = table.shares
    largest = max(shares, default=0) or 1
    rows = [
        {
            "name": c.name,
            "colour": safe_colour(c.colour),
            "rare": c.rare,
            "pixels": wording.count(c.pixels),
            "polygons": wording.count(c.polygons) if c.polygons else "–",
            "share": wording.percent(share),
            "bar": round(100 * share / largest, 2),
            "order": share,
        }
        for c, share in zip(table.classes, shares, strict=True)
    ]
    return sorted(rows, key=lambda row: -float(str(row["order"])))


def class_order(content: RunContent) -> list[int]:
    """Class indices, the largest class first; all sections list classes in this order."""
    shares = content.table.shares
    return sorted(range(len(shares)), key=lambda i: -shares[i])


def labelled_sentence(content: RunContent) -> str:
    """How much of the ground has labels, in words; empty when the run does not say."""
    found = content.inspection or {}
    labelled = found.get("labelled_pixels")
    total = sum(raster.get("valid_pixels") or 0 for raster in found.get("rasters", []))
    if not labelled or not total:
        return ""
    return (
        f"{wording.count(labelled)} of {wording.count(total)} pixels that have a value "
        f"({wording.percent(labelled / total)}) are labelled."
    )


def split_maps(content: RunContent) -> list[dict[str, Any]]:
    """The split of each scene as a map."""
    if content.stretch is None:
        return []
    maps = []
    for scene in content.scenes:
        if scene.side is None:
            continue
        pixels, _ = pictures.to_rgb(scene.picture, content.stretch)
        if scene.labels is None:
            labelled = np.ones(scene.side.shape, bool)
        else:
            labelled = scene.labels != UNLABELLED
        times = _enlargement(scene.side.shape)
        image = pictures.split_picture(
            pictures.enlarge(pixels, times),
            pictures.enlarge(scene.side, times),
            pictures.enlarge(labelled, times),
        )
        maps.append(
            {
                "name": scene.name if len(content.scenes) > 1 else "",
                "image": image,
                "alt": "Map of the split into training, validation and test ground",
                **placement(scene.side.shape, scene.grid),
            }
        )
    return maps


def split_table(content: RunContent) -> dict[str, Any] | None:
    """Blocks and labelled pixels of each side and class."""
    if content.split is None:
        return None
    names = content.table.names
    blocks, counts = side_counts(content)
    totals = counts.sum(axis=0)
    rows = [
        {
            "name": names[i],
            "colour": safe_colour(content.table.classes[i].colour),
            "rare": content.table.classes[i].rare,
            "counts": [wording.count(n) if n else "none" for n in counts[i]],
        }
        for i in class_order(content)
    ]
    return {
        "sides": [
            {
                "name": name,
                "colour": colour,
                "blocks": blocks[i],
                "pixels": wording.count(totals[i]),
            }
            for i, (name, colour) in enumerate(zip(SIDES, SIDE_COLOURS, strict=True))
        ],
        "rows": rows,
        "block_size": content.split.get("block_size"),
        "range_px": content.split.get("range_px"),
        "missing": _missing_sentences(content.split.get("missing", [])),
    }


def side_counts(content: RunContent) -> tuple[list[int], NDArray[np.int64]]:
    """Blocks of each side, and labelled pixels ``(classes, sides)``; zeros without a split."""
    classes = len(content.table)
    counts = np.zeros((classes, len(SIDES)), np.int64)
    blocks = [0] * len(SIDES)
    for block in (content.split or {}).get("blocks", []):
        side = _side_index(block["side"])
        if side is None:
            continue
        blocks[side] += 1
        for index, pixels in enumerate(block.get("pixels", [])[:classes]):
            counts[index, side] += pixels
    return blocks, counts


def placement(shape: tuple[int, ...], grid: Grid | None) -> dict[str, Any]:
    """Size on the page, scale bar, north and caption of a map of ``shape`` (h, w)."""
    height, width = shape[:2]
    return {
        "width": width,
        "height": height,
        "shown_width": max(200, min(WIDEST, round(TALLEST * width / height))),
        "frame": map_frame(grid) if grid else None,
        "overlay": None,
    }


def legend(content: RunContent) -> list[dict[str, Any]]:
    """Class names with their colours, in the order of all sections."""
    entries = [content.table.classes[i] for i in class_order(content)]
    return [{"name": c.name, "colour": safe_colour(c.colour), "rare": c.rare} for c in entries]


def rest_index(content: RunContent) -> int | None:
    """Index of the class that everything outside the polygons was made, if there is one."""
    name = content.provenance.settings.get("rest_as")
    return content.table.names.index(name) if name in content.table.names else None


def _scene(content: RunContent, scene: Scene) -> dict[str, Any]:
    assert content.stretch is not None
    pixels, valid = pictures.to_rgb(scene.picture, content.stretch)
    times = _enlargement(valid.shape)
    pixels, valid = pictures.enlarge(pixels, times), pictures.enlarge(valid, times)
    overlay = None
    if scene.labels is not None:
        labels = pictures.enlarge(scene.labels, times)
        overlay = pictures.png(
            pictures.label_overlay(labels, content.table.colours, rest_index(content))
        )
    return {
        "name": scene.name if len(content.scenes) > 1 else "",
        **placement(valid.shape, scene.grid),
        "image": pictures.png(pixels, valid),
        "overlay": overlay,
        "alt": f"Picture of the scene {scene.name} with its class polygons",
        "bands": _band_sentence(scene),
    }


def _band_sentence(scene: Scene) -> str:
    bands = scene.picture_bands
    if len(bands) == 1:
        return f"Band {bands[0]} in grey, stretched from its 2nd to its 98th percentile."
    kind = "True colour" if scene.true_colour else "False colour"
    return (
        f"{kind}: {wording.enumeration(bands)} as red, green and blue, each stretched from its "
        "2nd to its 98th percentile."
    )


def _enlargement(shape: tuple[int, ...]) -> int:
    return max(1, SMALLEST_PICTURE // max(shape[:2]))


def _side_index(side: Any) -> int | None:
    """A side is written as 0, 1, 2 or by name; ``train`` is short for training."""
    if isinstance(side, int):
        return side if 0 <= side < len(SIDES) else None
    found = [i for i, name in enumerate(SIDES) if name.startswith(str(side).lower()[:3])]
    return found[0] if found else None


def _missing_sentences(missing: list[dict[str, Any]]) -> list[str]:
    consequences = ("cannot be learned", "has no say in the choice of a model", "cannot be scored")
    sentences = []
    for place, (side, consequence) in enumerate(zip(SIDES, consequences, strict=True)):
        for entry in missing:
            if _side_index(entry["side"]) == place:
                where = f"has no labelled pixels on the {side} ground"
                sentences.append(f"“{entry['class']}” {where}, so it {consequence}.")
    return sentences
