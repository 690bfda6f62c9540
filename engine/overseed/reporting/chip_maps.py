"""Chips in a plane: their places coloured by class and by cluster, with pictures of some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from overseed.reporting import wording
from overseed.reporting.chip_sheets import chip_picture
from overseed.reporting.palette import MARKERS, safe_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from overseed.chips.chip_set import ChipSet
    from overseed.chips.clusters import Clusters

#: From Okabe & Ito (2008), told apart by colour-blind readers; with the markers there are 64 signs.
CLUSTER_COLOURS = (
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#f0e442", "#999999",
)  # fmt: skip
#: Width of the picture and of a panel, height of what is not a panel, in inches; dots per inch.
WIDTH, PANEL, REST, DOTS = 15.0, 7.3, 1.9, 110
#: Cells along a side of the plane, each of which shows the picture of one chip at most; pictures in all.
CELLS, MOST_PICTURES = 9, 40
#: Side of a picture in dots.
PICTURE = 44
#: Names in a legend; the others are counted.
MOST_NAMES = 24


@dataclass(frozen=True)
class _Kind:
    """A class or a cluster: its name, its sign, which of the chips are of it, and what stands in its middle.

    Rare classes and clusters for review are ringed and lie above the pictures.
    """

    name: str
    colour: str
    marker: str
    inside: NDArray[np.bool_]
    label: str = ""
    ringed: bool = False


def draw_chip_map(
    places: NDArray[np.float32],
    numbers: NDArray[np.intp],
    chips: ChipSet,
    clusters: Clusters,
    title: str,
    path: Path,
) -> None:
    """Write two panels as one PNG: by class with rare ones ringed, by cluster with those for review ringed.

    Parameters
    ----------
    places:
        ``(n, 2)`` where chips lie in the plane.
    numbers:
        ``(n,)`` which chips these are; all are of the training side.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    pictured = chosen_for_pictures(places, CELLS, MOST_PICTURES)
    # Class names are written as they are, not read as formulas.
    with matplotlib.rc_context({"font.size": 10, "text.parse_math": False}):
        figure = Figure(
            figsize=(WIDTH, _height(places)), dpi=DOTS, facecolor="white", layout="constrained"
        )
        canvas = FigureCanvasAgg(figure)
        figure.suptitle(wording.shortened(title, 120), fontsize=13)
        panels = figure.subplots(1, 2)
        labels = chips.labels[numbers]
        for axes, heading, kinds in (
            (panels[0], "by class", _class_kinds(chips, labels)),
            (panels[1], "by cluster", _cluster_kinds(chips, clusters, clusters.numbers[numbers])),
        ):
            _draw_panel(axes, heading, kinds, places)
            _draw_pictures(axes, kinds, places, pictured, numbers, chips)
        canvas.print_png(path, metadata={"Software": None})


def chosen_for_pictures(places: NDArray[np.float32], cells: int, most: int) -> NDArray[np.intp]:
    """Places of which pictures are shown: the one in the middle of each of ``cells`` × ``cells`` squares.

    Where there are more than ``most``, an even choice of them. The result is ascending.
    """
    low, high = places.min(axis=0), places.max(axis=0)
    scaled = (places - low) / np.where(high > low, high - low, 1) * cells
    cell = np.minimum(scaled.astype(np.int64), cells - 1)
    off = np.linalg.norm(scaled - cell - 0.5, axis=1)
    order = np.lexsort((off, cell[:, 0] * cells + cell[:, 1]))
    _, first = np.unique((cell[:, 0] * cells + cell[:, 1])[order], return_index=True)
    chosen = order[first]
    if len(chosen) > most:
        chosen = chosen[np.linspace(0, len(chosen) - 1, most).round().astype(np.int64)]
    return np.sort(chosen)


def _height(places: NDArray[np.float32]) -> float:
    """Height of the picture, so that panels are about as wide and high as what they show."""
    across, up = np.ptp(places, axis=0).tolist()
    return REST + PANEL * float(np.clip(up / max(across, 1e-9), 0.6, 1.0))


def _class_kinds(chips: ChipSet, labels: NDArray[np.int64]) -> list[_Kind]:
    return [
        _Kind(
            c.name + (", rare" if c.rare else ""),
            safe_colour(c.colour),
            MARKERS[c.index % len(MARKERS)],
            labels == c.index,
            ringed=c.rare,
        )
        for c in chips.table.classes
        if (labels == c.index).any()
    ]


def _cluster_kinds(chips: ChipSet, clusters: Clusters, numbers: NDArray[np.int64]) -> list[_Kind]:
    colours = len(CLUSTER_COLOURS)
    return [
        _Kind(
            f"{cluster}: {chips.table.names[label]}" + (", for review" if review else ""),
            CLUSTER_COLOURS[cluster % colours],
            MARKERS[(cluster + cluster // colours) % len(MARKERS)],
            numbers == cluster,
            str(cluster),
            review,
        )
        for cluster, (label, review) in enumerate(
            zip(clusters.classes, clusters.for_review, strict=True)
        )
        if (numbers == cluster).any()
    ]


def _draw_panel(
    axes: Axes, heading: str, kinds: Sequence[_Kind], places: NDArray[np.float32]
) -> None:
    from matplotlib.patheffects import withStroke

    axes.set_title(heading, fontsize=12)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect("equal", adjustable="datalim")
    size = float(np.clip(20_000 / len(places), 8, 44))
    # Large kinds first, so that few chips are not covered.
    signs = {}
    for kind in sorted(kinds, key=lambda k: -int(k.inside.sum())):
        edge, width = ("black", 1.4) if kind.ringed else ("#555555", 0.4)
        signs[kind.name] = axes.scatter(
            places[kind.inside, 0], places[kind.inside, 1], s=size * (3 if kind.ringed else 1), c=kind.colour,
            marker=kind.marker, edgecolors=edge, linewidths=width,
            zorder=5 if kind.ringed else 2,
        )  # fmt: skip
    for kind in kinds[:MOST_NAMES]:
        if kind.label:
            # The few chips of a cluster for review are not to be covered by its number.
            axes.annotate(
                kind.label, np.median(places[kind.inside], axis=0).tolist(), (0, 16 if kind.ringed else 0),
                textcoords="offset points", ha="center", va="center", fontsize=14, fontweight="bold",
                zorder=6, path_effects=[withStroke(linewidth=3, foreground="white")],
            )  # fmt: skip
    named = kinds[:MOST_NAMES]
    words = [wording.shortened(f"{k.name} ({k.inside.sum()})", 34) for k in named]
    handles = [signs[k.name] for k in named]
    more = len(kinds) - len(named)
    axes.legend(
        handles, words, loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=3, frameon=False,
        fontsize=9.5, title=f"and {more} more" if more else None,
    )  # fmt: skip


def _draw_pictures(
    axes: Axes,
    kinds: Sequence[_Kind],
    places: NDArray[np.float32],
    pictured: NDArray[np.intp],
    numbers: NDArray[np.intp],
    chips: ChipSet,
) -> None:
    """Pictures at their places, framed in the colour of their class or cluster."""
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    for place in pictured.tolist():
        number = int(numbers[place])
        image, valid = np.asarray(chips.images[number]), np.asarray(chips.valid[number])
        pixels = chip_picture(image, valid, chips.stats, max(PICTURE, 1))
        colour = next(k.colour for k in kinds if k.inside[place])
        axes.add_artist(
            AnnotationBbox(
                OffsetImage(
                    pixels, zoom=PICTURE / pixels.shape[0] * 72 / DOTS, interpolation="antialiased"
                ),
                (float(places[place, 0]), float(places[place, 1])),
                pad=0.12,
                bboxprops={"edgecolor": colour, "facecolor": colour, "linewidth": 1.5},
                zorder=4,
            )
        )
