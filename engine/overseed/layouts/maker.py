"""Layouts for a target distribution, made one after the other out of real tiles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from overseed.layouts.bank import Shape, ShapeBank
from overseed.layouts.ground import Footprint, Ground, find_clipped, find_place, footprint
from overseed.layouts.operations import part_of_parcel, resized, vacated, whole_parcel
from overseed.layouts.parcels import CODES, Parcels, find_parcels
from overseed.layouts.series import Layout, Series, class_counts
from overseed.layouts.simulated import Form, Simulator
from overseed.layouts.statistics import describe
from overseed.layouts.stock import STRATA, Stock, stock_of
from overseed.unlabelled import UNLABELLED

Operation = Literal["reassign", "resize", "move", "paste", "simulate", Form]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
#: Operations whose shapes are made by code.
MADE_SHAPES: tuple[Operation, ...] = ("simulate", *get_args(Form))
#: A sample should change this share of the labelled ground, unless the target asks for little.
LEAST_CHANGE = 0.1
#: Mean weight of a parcel's neighbours below which another place is preferred, in another tile if need be.
UNWELCOME = -0.5
#: Unwelcome neighbours are put up with for a class that after this many tiles has less than this share of its
#: wanted pixels: the scene offers it nothing better.
PATIENCE, STARVED = 12, 0.1
#: How often resizing and moving real parcels is chosen beside the operations that bring new ones.
ASIDE = 0.06
#: Most that a class is to get in one tile, over what the target gives it there: what one tile could not
#: take is spread over many.
MOST_OF_TARGET = 3.0
#: Most parcels sown on the ground of a tile of 128 x 128 pixels.
MOST_PARCELS = 96
#: Shapes of a size that are tried in a tile when an operation is alone.
SHAPES_TRIED = 5
#: Share of its wanted pixels down to which a class gives ground away. With 1 a target that names a rare class
#: alone would leave the others so little to give that only those in surplus by chance could.
DOWN_TO = 0.8
#: Indices kept for shapes laid out as footprints; beyond it they are made anew.
MOST_LAID_OUT = 8_000_000


class LayoutMaker:
    """Sows parcels of the classes that lack most, over a whole series of layouts.

    A parcel's size follows the sizes of its class in the scene, its place what the class touches there, and
    it comes from one of these operations:

    - ``paste``: a real shape of the class, turned, onto free ground;
    - ``simulate``: the same with a shape made by code, like those of the class;
    - ``box``, ``ellipse``, ``blob``: the same with a plain form, for whoever wants masks like no real parcel;
    - ``reassign``: a real parcel of another class that has a fitting size, or a part cut from a larger one;
    - ``resize``: a real parcel of the class grows or shrinks;
    - ``move``: a real parcel of the class goes to another place of the tile.

    What a shrunk or moved parcel leaves gets the classes around it. ``auto`` draws one for each parcel by what
    fits the scene: many shapes favour pasting, few of them simulated ones, parcels that border on unlabelled
    ground (polygons) reassigning. Only classes that have more than ``DOWN_TO`` of what they should give ground
    away, never takers; unlabelled and invisible ground stays. ``resize`` and ``move`` alone bring hardly any
    pixels, so that the target stays unmet.

    Parameters
    ----------
    wanted:
        ``(classes,)`` shares, see :func:`overseed.layouts.targets.target_shares`.
    takers:
        The classes to sow.
    bank:
        Shapes of the takers (at least), from training ground.
    tile:
        Side of the tiles in pixels.
    rng:
        For what is made once, simulated shapes and noise.
    """

    def __init__(
        self,
        wanted: NDArray[np.float64],
        takers: Sequence[int],
        bank: ShapeBank,
        tile: int,
        rng: np.random.Generator,
        operation: Operation | Literal["auto"] = "auto",
    ) -> None:
        self.wanted = wanted
        self.takers = list(takers)
        self.bank = bank
        self.operation = operation
        self.series = Series(len(wanted), takers)
        simulate = operation in MADE_SHAPES
        forms: tuple[Form, ...] = get_args(Form)
        simulator = Simulator(bank, tile, next((f for f in forms if f == operation), None))
        self.stocks = {k: stock_of(bank, k, simulate, simulator, rng) for k in takers}
        self.noise = _noise_field(rng)
        self._laid_out: dict[tuple[int, int, int], Footprint] = {}
        self._indices = 0

    @property
    def counts(self) -> NDArray[np.int64]:
        """Labelled pixels of each class in all layouts so far and in the real tiles that were passed by."""
        return self.series.counts

    def propose(
        self,
        labels: NDArray[np.uint8],
        rng: np.random.Generator,
        visible: NDArray[np.bool_] | None = None,
    ) -> Layout:
        """A layout made from real labels ``(height, width)``; nothing is counted before :meth:`accept`.

        Ground that is not ``visible`` (by default all is) is never changed and comes back unlabelled.
        """
        return _Proposal(self, labels, rng, visible).layout()

    def accept(self, layout: Layout) -> None:
        """Count a layout that became a sample."""
        self.series.accept(layout)

    def pass_by(self, labels: NDArray[np.uint8]) -> None:
        """Count a real tile that needed too little change to become a sample.

        Without it a series that once has more of the rare classes than it wants would never want a change
        again, since only changed tiles bring in the others.
        """
        self.series.pass_by(labels)

    def enough(self, layout: Layout) -> bool:
        """Whether a layout changes enough to be worth a sample.

        It does when it changes ``LEAST_CHANGE`` of the labelled ground, or a third of what the target gives
        the takers where that is less, and sows at least a typical parcel of some class. So a pond of 80 pixels
        is enough where the target asks for few ponds, and not where it is all that a cramped tile could take.
        """
        sown = class_counts(layout.labels[layout.changed], len(self.wanted))
        most = layout.labels.size // 20
        if all(sown[k] < min(self.stocks[k].typical, most) for k in self.takers):
            return False
        labelled = int((layout.labels != UNLABELLED).sum())
        asked = float(self.wanted[self.takers].sum()) / 3
        return bool(layout.changed.sum() >= min(LEAST_CHANGE, asked) * labelled)

    def report(self) -> dict[str, Any]:
        """How far the target was met, and whether what was sown is like the scene, as plain values."""
        return describe(self.series, self.wanted, self.takers, self.bank, self.stocks)

    def footprint_of(self, shape: Shape, symmetry: int, width: int) -> Footprint:
        """A shape laid out for tiles whose codes are ``width`` wide, kept for the next time."""
        key = (id(shape), symmetry, width)
        found = self._laid_out.get(key)
        if found is None:
            found = footprint(shape, symmetry, width)
            if self._indices > MOST_LAID_OUT:
                self._laid_out.clear()
                self._indices = 0
            self._laid_out[key] = found
            self._indices += 3 * (len(found.body) + len(found.border))
        return found


class _Proposal:
    """One tile on its way to a layout."""

    def __init__(
        self,
        maker: LayoutMaker,
        labels: NDArray[np.uint8],
        rng: np.random.Generator,
        visible: NDArray[np.bool_] | None,
    ) -> None:
        self._maker = maker
        self._rng = rng
        self._labels = labels if visible is None else np.where(visible, labels, UNLABELLED)
        self._present = class_counts(self._labels, len(maker.wanted))
        self._counts = maker.counts + self._present
        self._needed = maker.wanted * self._counts.sum()
        self._area = int(self._present.sum())
        donors = np.zeros(CODES, bool)
        donors[: len(self._counts)] = self._counts > DOWN_TO * self._needed
        donors[maker.takers] = False
        self._donors = donors
        self._kept = np.zeros(CODES, bool)
        self._kept[: len(self._counts)] = True
        self._kept[maker.takers] = False
        self._ground = Ground(self._labels, visible, donors)
        self._done: Counter[str] = Counter()
        self._donor_parcels: Parcels | None = None
        self._own: dict[int, Parcels] = {}
        self._weights: dict[int, NDArray[np.float64]] = {}
        self._used: set[tuple[int, int]] = set()

    def layout(self) -> Layout:
        maker = self._maker
        if maker.operation in ("resize", "move"):
            self._rework()
        else:
            closed: set[tuple[int, int]] = set()
            for _, taker, stratum in self._plan():
                if (taker, stratum) not in closed and not self._sow(taker, stratum):
                    closed.add((taker, stratum))
        names = [name for name, _ in self._done.most_common()]
        height, width = self._ground.shape
        made = self._ground.made.reshape(height + 2, width + 2)[1:-1, 1:-1]
        return Layout(self._ground.labels(), made.copy(), "+".join(names), self._done)

    def _plan(self) -> list[tuple[int, int, int]]:
        """Parcels to sow as (size, class, stratum of sizes), the largest first, since they need most room."""
        planned: list[tuple[int, int, int]] = []
        most_parcels = max(16, MOST_PARCELS * self._labels.size // 128**2)
        # More than would be sown are planned, so that those of which a class needs many are not too few.
        most_of_class = max(4, min(most_parcels, 3 * most_parcels // (2 * len(self._maker.takers))))
        for taker in self._maker.takers:
            stock = self._maker.stocks[taker]
            have = _strata(stock, self._maker.series.sizes[taker])
            operation = self._maker.operation
            offered = stock.offered("simulate" if operation in MADE_SHAPES else operation)
            most = MOST_OF_TARGET * self._maker.wanted[taker] * self._area
            lack = min(float(self._needed[taker] - self._counts[taker]), most)
            until = len(planned) + most_of_class
            while lack > 0 and offered and len(planned) < until:
                stratum = _behind(have, offered, self._rng)
                size = stock.size_in(stratum, self._rng)
                # Large parcels overshoot; with this chance they do not on average, and stay as frequent.
                if lack < size * self._rng.random():
                    break
                lack -= size
                have[stratum] += 1
                planned.append((size, taker, stratum))
        if len(planned) > most_parcels:
            chosen = self._rng.permutation(len(planned))[:most_parcels]
            planned = [planned[number] for number in chosen.tolist()]
        return sorted(planned, key=lambda parcel: -parcel[0])

    def _rework(self) -> None:
        """Resize or move every real parcel of the takers once, as far as it can be done."""
        step = self._resize if self._maker.operation == "resize" else self._move
        for taker in self._maker.takers:
            for _ in range(len(self._own_parcels(taker))):
                step(taker)

    def _sow(self, taker: int, stratum: int) -> bool:
        """Sow one parcel of a class and size; False when that cannot be done in this tile."""
        for operation in self._operations(taker):
            if operation == "resize":
                sown = self._resize(taker)
            elif operation == "move":
                sown = self._move(taker)
            else:
                sown = self._add(taker, stratum, operation)
            if sown:
                return True
        return False

    def _operations(self, taker: int) -> list[str]:
        """Operations to try, in a random order that favours what fits the scene."""
        if self._maker.operation != "auto":
            return [self._maker.operation]
        stock = self._maker.stocks[taker]
        polygons = stock.neighbours[UNLABELLED]
        weights = {
            "paste": 1 - stock.few,
            "simulate": stock.few,
            "reassign": 0.2 + 1.2 * polygons,
        }
        if self._present[taker]:
            weights |= {"resize": ASIDE, "move": ASIDE}
        names, order = list(weights), []
        while names:
            drawn = _draw([weights[name] for name in names], self._rng)
            if drawn is None:
                break
            order.append(names.pop(drawn))
        return order

    def _add(self, taker: int, stratum: int, operation: str) -> bool:
        """Sow a parcel on free ground."""
        if operation == "reassign":
            pixels = self._reassigned(taker, stratum)
        else:
            pixels = self._pasted(taker, stratum, operation)
        if pixels is None:
            return False
        self._give(pixels, taker, operation)
        return True

    def _pasted(self, taker: int, stratum: int, operation: str) -> NDArray[np.intp] | None:
        stock = self._maker.stocks[taker]
        shapes = (stock.simulated if operation in MADE_SHAPES else stock.real)[stratum]
        weights, least = self._weights_of(taker)
        # Where another operation may follow, one shape is tried.
        for _ in range(
            SHAPES_TRIED if shapes and self._maker.operation != "auto" else len(shapes[:1])
        ):
            draw = self._rng.random(2)
            shape = shapes[int(draw[0] * len(shapes))]
            turned = self._maker.footprint_of(shape, int(draw[1] * 8), self._ground.width)
            beside = self._beside(taker)
            pixels = find_place(self._ground, turned, beside, weights, least, self._rng)
            # Polygons end where their neighbours begin; in a classified raster such a cut would stand out.
            if pixels is None and self._rng.random() < stock.neighbours[UNLABELLED]:
                pixels = find_clipped(self._ground, turned, beside, weights, least, self._rng)
            if pixels is not None:
                return pixels
        return None

    def _beside(self, taker: int) -> int:
        """A code to sow beside, drawn by how often the class's parcels touch it in the scene."""
        touched = self._maker.stocks[taker].touched_up_to
        return int(np.searchsorted(touched, self._rng.random(), side="right"))

    def _reassigned(self, taker: int, stratum: int) -> NDArray[np.intp] | None:
        if self._donor_parcels is None:
            present = np.flatnonzero(self._donors[: len(self._counts)] & (self._counts > 0))
            self._donor_parcels = find_parcels(self._ground.grid, present.tolist())
        stock = self._maker.stocks[taker]
        weights, least = self._weights_of(taker)
        pixels = whole_parcel(
            self._ground, self._donor_parcels, stock.range_of(stratum), weights, least, self._rng
        )
        polygons = stock.neighbours[UNLABELLED]
        # Straight cuts divide fields; the speckle of a classified raster knows none.
        if pixels is None and (
            self._maker.operation == "reassign" or self._rng.random() < polygons
        ):
            size = stock.size_in(stratum, self._rng)
            pixels = part_of_parcel(
                self._ground, self._donor_parcels, size, weights, least, self._rng
            )
        return pixels

    def _resize(self, taker: int) -> bool:
        """Let a real parcel grow where its class lacks pixels, mostly, and shrink otherwise."""
        number = self._unused(taker)
        if number is None:
            return False
        pixels = self._own_parcels(taker)[number]
        stock, rng = self._maker.stocks[taker], self._rng
        grow = (self._needed[taker] > self._counts[taker]) == (rng.random() < 0.8)
        factor = rng.uniform(1.3, 2.0) if grow else rng.uniform(0.5, 0.8)
        size = int(np.clip(factor * len(pixels), stock.bounds[0], max(stock.bounds[1], 12)))
        if abs(size - len(pixels)) < 0.1 * len(pixels):
            return False
        new = resized(self._ground, pixels, size, self._maker.noise, rng)
        if new is None or abs(len(new) - len(pixels)) < 0.1 * len(pixels):
            return False
        left = np.setdiff1d(pixels, new, assume_unique=True)
        if left.size and not self._vacate(left):
            return False
        self._give(new, taker, "resize")
        return True

    def _move(self, taker: int) -> bool:
        """Move a real parcel that no edge cuts, turned, to other free ground."""
        number = self._unused(taker)
        if number is None:
            return False
        pixels = self._own_parcels(taker)[number]
        width = self._ground.width
        rows, cols = np.divmod(pixels, width)
        height, tile_width = self._ground.shape
        if rows.min() == 1 or cols.min() == 1 or rows.max() == height or cols.max() == tile_width:
            return False
        mask = np.zeros((np.ptp(rows) + 1, np.ptp(cols) + 1), bool)
        mask[rows - rows.min(), cols - cols.min()] = True
        shape = Shape(mask, (False,) * 4, None, len(pixels))
        weights, least = self._weights_of(taker)
        turned = footprint(shape, int(self._rng.integers(8)), width)
        beside = self._beside(taker)
        place = find_place(self._ground, turned, beside, weights, least, self._rng)
        if place is None or not self._vacate(pixels):
            return False
        self._give(place, taker, "move")
        return True

    def _vacate(self, pixels: NDArray[np.intp]) -> bool:
        codes = vacated(self._ground, pixels, self._kept)
        if codes is None:
            return False
        lost = np.bincount(self._ground.codes[pixels], minlength=CODES)
        gained = np.bincount(codes, minlength=CODES)
        self._counts += (gained - lost)[: len(self._counts)]
        self._ground.codes[pixels] = codes
        self._ground.made[pixels] = True
        return True

    def _give(self, pixels: NDArray[np.intp], taker: int, operation: str) -> None:
        lost = self._ground.give(pixels, taker)
        self._counts -= lost[: len(self._counts)]
        self._counts[taker] += len(pixels)
        self._done[operation] += 1
        for owner in np.flatnonzero(lost[: len(self._counts)]):
            if self._donors[owner] and self._counts[owner] <= DOWN_TO * self._needed[owner]:
                self._donors[owner] = False
                self._ground.protect(int(owner))

    def _own_parcels(self, taker: int) -> Parcels:
        """The taker's real parcels as they were before anything was changed."""
        if taker not in self._own:
            codes = np.full((self._labels.shape[0] + 2, self._labels.shape[1] + 2), -1, np.int16)
            codes[1:-1, 1:-1] = self._labels
            self._own[taker] = find_parcels(codes, [taker])
        return self._own[taker]

    def _unused(self, taker: int) -> int | None:
        """A real parcel of the class that is neither tiny nor was touched before; each is offered once."""
        parcels = self._own_parcels(taker)
        smallest = self._maker.bank.smallest[taker]
        numbers = [
            i
            for i in np.flatnonzero(parcels.sizes >= smallest).tolist()
            if (taker, i) not in self._used
        ]
        if not numbers:
            return None
        number = numbers[int(self._rng.random() * len(numbers))]
        self._used.add((taker, number))
        return number

    def _weights_of(self, taker: int) -> tuple[NDArray[np.float64], float]:
        """Weights of a parcel's neighbours, and the mean weight that it must at least have."""
        if taker not in self._weights:
            stock = self._maker.stocks[taker]
            self._weights[taker] = stock.weights(self._maker.series.touches[taker], taker)
        series = self._maker.series
        wanted = self._maker.wanted[taker] * series.counts.sum()
        starved = series.counts[taker] < STARVED * wanted
        late = series.layouts + series.passed >= PATIENCE
        # A single neighbour of its own class outweighs everything else.
        return self._weights[taker], -1e3 if starved and late else UNWELCOME


def _strata(stock: Stock, sizes: list[int]) -> list[int]:
    """How many of the last parcels of a series were in each stratum of sizes."""
    strata = stock.stratum_of(np.array(sizes[-2000:], np.int64))
    return np.bincount(strata, minlength=STRATA).tolist()


def _behind(have: list[int], offered: list[int], rng: np.random.Generator) -> int:
    """One of the offered strata, drawn by how far it is behind the others."""
    expected = sum(have[stratum] for stratum in offered) / len(offered) + 0.4
    drawn = _draw([max(0.0, expected - have[stratum]) for stratum in offered], rng)
    assert drawn is not None
    return offered[drawn]


def _draw(weights: list[float], rng: np.random.Generator) -> int | None:
    """A position drawn by its weight; None when all are 0."""
    total = sum(weights)
    if total <= 0:
        return None
    left = rng.random() * total
    for number, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return number
    return max(number for number, weight in enumerate(weights) if weight > 0)


def _noise_field(rng: np.random.Generator) -> NDArray[np.float64]:
    """Smooth noise of variance 1 that repeats itself every 256 pixels without a seam."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(rng.normal(size=(256, 256)), 2.0, mode="wrap")
    return field / field.std()
