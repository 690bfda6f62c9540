"""Where to label next: squares of a map that are unsure, or where a rare class is likely.

Uncertainty sampling (Settles 2009, "Active Learning Literature Survey"), with whatever measure the map has:
the probability of the chosen class (least confidence), its lead over the next one (margin, or breaking ties:
Luo et al. 2005, JMLR 6), or the entropy of all. What remote sensing adds is diversity (Tuia et al. 2011, "A
survey of active learning algorithms for supervised remote sensing image classification"; Demir, Persello &
Bruzzone 2011, "Batch-mode active-learning methods for the interactive classification of remote sensing images",
who take the most uncertain sample of each cluster): here the classes of the map stand for clusters, and
distance on the ground for distance in feature space. Classes take turns as parties take seats by D'Hondt's
highest averages, so that a class gets places in proportion to how unsure they are, and none gets them all.

A square counts by the surer half of its pixels. Where two classes meet, pixels are mixed and no label helps; a
border takes up less than half of a square, so it does not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNSURE, RARE = "unsure", "rare"
#: A square needs this share of its pixels mapped.
LEAST_MAPPED = 0.5
#: A rare class is not likely where it has less than this on average.
LEAST_LIKELY = 0.01
#: Squares that are kept for each group, far more than anybody asks for: a limit to memory, not to choice.
MOST_KEPT = 50_000

_SQUARE = np.dtype(
    [
        ("group", np.int64), ("row", np.int64), ("col", np.int64), ("score", np.float64),
        ("lot", np.float64), ("code", np.int64), ("surety", np.float64), ("likely", np.float64),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """Rows of a map, from a row of squares on.

    ``codes`` ``(h, w)`` int64, 0 where nothing is mapped; ``surety`` ``(h, w)`` uint8 in percent, 100 where the
    map is certain; ``known`` ``(h, w)`` bool where it says how sure it is; ``labelled`` ``(h, w)`` bool ground
    that nobody need label again; ``rare`` has by code of each rare class its probability ``(h, w)`` uint8 in
    percent, or ``None`` where that is not known.
    """

    first: int
    codes: NDArray[np.int64]
    surety: NDArray[np.uint8]
    known: NDArray[np.bool_]
    labelled: NDArray[np.bool_] | None
    rare: Mapping[int, NDArray[np.uint8] | None]


@dataclass(frozen=True)
class Place:
    """A chosen square: its row and column in squares, and what speaks for it.

    ``code`` is what most of it is mapped as, ``surety`` the mean of its pixels in percent. ``likely`` is, for a
    rare class ``rare``, its mean probability in percent where the map says something else, or, where no
    probabilities are known, the share in percent that is mapped as it.
    """

    row: int
    col: int
    why: str
    code: int
    surety: float
    rare: int | None
    likely: float
    score: float


@dataclass
class Candidates:
    """The squares of a map that are worth a look, gathered from top to bottom in bounded memory.

    Of the squares of one group (a mapped class, or a rare class that is likely) that lie in one cell of
    ``cell`` squares' side only the best is kept; choose ``cell`` so small that two places of one cell would be
    too near to each other anyway. Ties are broken by lot.
    """

    size: int
    cell: int
    seed: int
    _kept: dict[str, NDArray[np.void]] = field(default_factory=dict)

    def add(self, rows: Rows) -> None:
        """Score the squares of some rows; their number is a multiple of ``size`` but for the last ones."""
        found = _scored(rows, self.size, self.seed)
        for why, squares in found.items():
            own = self._kept.get(why, np.empty(0, _SQUARE))
            self._kept[why] = _thinned(np.concatenate([own, squares]), self.cell)

    def choose(
        self, count: int, apart: float, sides: tuple[float, float], whys: tuple[str, ...]
    ) -> list[Place]:
        """Choose places, best first; fewer than ``count`` where there is no room for more.

        Parameters
        ----------
        apart:
            Least distance of the middles of two places, in metres.
        sides:
            Length of a square along a row and along a column, in metres.
        whys:
            Reasons that take turns. Where one has nothing more to offer, the others go on.
        """
        pools = {why: self._kept.get(why, np.empty(0, _SQUARE)) for why in whys}
        open_ = {why: np.ones(len(pool), bool) for why, pool in pools.items()}
        taken: dict[tuple[str, int], int] = {}
        places: list[Place] = []
        turn = 0
        while len(places) < count and any(left.any() for left in open_.values()):
            why = whys[turn % len(whys)]
            turn += 1
            best = _next(pools[why], open_[why], {g: n for (w, g), n in taken.items() if w == why})
            if best is None:
                continue
            group = int(best["group"])
            taken[why, group] = taken.get((why, group), 0) + 1
            places.append(_place(best, why))
            for other, pool in pools.items():
                x = (pool["col"] - best["col"]) * sides[0]
                y = (pool["row"] - best["row"]) * sides[1]
                same = (pool["col"] == best["col"]) & (pool["row"] == best["row"])
                open_[other] &= (np.hypot(x, y) >= apart) & ~same
        return places


def cell_of(apart: float, sides: tuple[float, float]) -> int:
    """The side in squares of a cell of which two places are nearer than ``apart``; at least 1."""
    # The middles of two squares of n × n are at most n − 1 sides apart in each direction.
    return max(1, int(np.ceil(apart / np.hypot(*sides))))


def _scored(rows: Rows, size: int, seed: int) -> dict[str, NDArray[np.void]]:
    """Squares by reason, those of one row after the other."""
    blocks = _blocks(rows.codes, size)
    usable = (blocks != 0) & _blocks(rows.known, size)
    good = usable.mean(axis=-1) >= LEAST_MAPPED
    if rows.labelled is not None:
        good &= ~_blocks(rows.labelled, size).any(axis=-1)
    line, col = np.nonzero(good)
    codes, usable = blocks[good], usable[good]
    surety = _blocks(rows.surety, size)[good]
    known = usable.sum(axis=1)
    first = rows.first // size
    lots = [
        np.random.default_rng([seed, first + number]).random(blocks.shape[1])
        for number in range(len(blocks))
    ]
    squares = np.zeros(len(line), _SQUARE)
    squares["row"], squares["col"] = first + line, col
    squares["lot"] = np.array(lots).reshape(blocks.shape[:2])[good]
    squares["code"] = _most(codes, usable)
    squares["surety"] = (surety * usable).sum(axis=1) / known
    unsure = squares.copy()
    unsure["group"] = squares["code"]
    unsure["score"] = 1 - _surer_half(surety, usable) / 100
    found = {UNSURE: unsure[unsure["score"] > 0]}
    likely = [np.empty(0, _SQUARE)]
    for code, percent in rows.rare.items():
        own = squares.copy()
        own["group"] = code
        mapped = usable & (codes == code)
        if percent is None:
            own["likely"] = mapped.sum(axis=1) / known * 100
            own["score"] = (mapped * (100.0 - surety)).sum(axis=1) / known / 100
        else:
            # Beside what is mapped as the class, mixed pixels have some of its probability.
            others = usable & ~_grown(mapped, size)
            own["likely"] = (others * _blocks(percent, size)[good]).sum(axis=1) / known
            own["score"] = own["likely"] / 100
        likely.append(own[own["score"] >= LEAST_LIKELY])
    found[RARE] = np.concatenate(likely)
    return found


def _blocks(array: NDArray[Any], size: int) -> NDArray[Any]:
    """``(h, w)`` as ``(lines, columns, size · size)``; zeros beyond the edge."""
    height, width = array.shape
    padded = np.pad(array, ((0, -height % size), (0, -width % size)))
    lines, columns = padded.shape[0] // size, padded.shape[1] // size
    cut = padded.reshape(lines, size, columns, size).swapaxes(1, 2)
    return np.ascontiguousarray(cut).reshape(lines, columns, size * size)


def _most(codes: NDArray[np.int64], usable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The most frequent code of each square, ``(n,)``, the lowest of equals."""
    best = np.zeros(len(codes), np.int64)
    counts = np.zeros(len(codes), np.int64)
    for code in np.unique(codes[usable]):
        own = ((codes == code) & usable).sum(axis=1)
        best = np.where(own > counts, code, best)
        counts = np.maximum(counts, own)
    return best


def _surer_half(surety: NDArray[np.uint8], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean of the surer half of each square's usable pixels, ``(n,)``."""
    # What is not usable counts 0, so it comes last.
    ordered = -np.sort(-np.where(usable, surety, 0).astype(np.int16), axis=1)
    sums = np.cumsum(ordered, axis=1, dtype=np.int64)
    half = (usable.sum(axis=1) + 1) // 2
    found: NDArray[np.float64] = np.take_along_axis(sums, half[:, None] - 1, axis=1)[:, 0] / half
    return found


def _grown(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """A mask ``(n, size · size)`` and its eight neighbours, each square by itself."""
    square = mask.reshape(-1, size, size)
    grown = square.copy()
    grown[:, 1:] |= square[:, :-1]
    grown[:, :-1] |= square[:, 1:]
    wide = grown.copy()
    wide[:, :, 1:] |= grown[:, :, :-1]
    wide[:, :, :-1] |= grown[:, :, 1:]
    return wide.reshape(mask.shape)


def _thinned(squares: NDArray[np.void], cell: int) -> NDArray[np.void]:
    """The best square of each group in each cell, best first, and no more than ``MOST_KEPT`` of a group."""
    order = np.lexsort(
        (
            -squares["lot"], -squares["score"],
            squares["col"] // cell, squares["row"] // cell, squares["group"],
        )
    )  # fmt: skip
    found = squares[order]
    keys = np.column_stack([found["group"], found["row"] // cell, found["col"] // cell])
    leads = np.ones(len(found), bool)
    leads[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    found = found[leads]
    found = found[np.lexsort((-found["lot"], -found["score"], found["group"]))]
    # The place of each within its group.
    starts = np.searchsorted(found["group"], found["group"])
    return found[np.arange(len(found)) - starts < MOST_KEPT]


def _next(
    pool: NDArray[np.void], open_: NDArray[np.bool_], taken: Mapping[int, int]
) -> np.void | None:
    """The best open square of the group whose turn it is: score over places that it has, and one."""
    left = np.flatnonzero(open_)
    if not len(left):
        return None
    groups = pool["group"][left]
    seats = np.array([taken.get(int(group), 0) for group in np.unique(groups)])
    averages = pool["score"][left] / (1 + seats[np.searchsorted(np.unique(groups), groups)])
    best: np.void = pool[left[np.lexsort((-pool["lot"][left], -averages))[0]]]
    return best


def _place(square: np.void, why: str) -> Place:
    return Place(
        row=int(square["row"]),
        col=int(square["col"]),
        why=why,
        code=int(square["code"]),
        surety=float(square["surety"]),
        rare=int(square["group"]) if why == RARE else None,
        likely=float(square["likely"]),
        score=float(square["score"]),
    )
