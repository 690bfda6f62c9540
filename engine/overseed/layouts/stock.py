"""What can be sown of a class: its real and simulated shapes by size, and which neighbours suit it."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overseed.layouts.bank import FEW, Shape, ShapeBank
from overseed.layouts.ground import NEVER
from overseed.layouts.parcels import BEYOND
from overseed.layouts.simulated import Simulator
from overseed.unlabelled import UNLABELLED

#: Classes of size from which parcels are sown equally often.
STRATA = 5
#: Simulated shapes of a class, each good for eight symmetries, and of all classes together.
SIMULATED, MOST_SIMULATED = 60, 1200
#: Parcels whose border a guess is worth: a class that has few shapes may touch what they do not touch.
GUESS = 2.0
#: The same for what a series has sown so far, so that its first parcels do not swing it.
START = 6.0
#: Factor by which a share may be off the scene's before it is steered against.
TOLERANCE = 1.15
#: Shares below this are not told apart.
LITTLE = 0.02


@dataclass(frozen=True)
class Stock:
    """Shapes of one class.

    ``edges`` are the ``STRATA - 1`` sizes between strata, quantiles of the class's parcel sizes; ``bounds`` the
    smallest and the largest size. ``real`` and ``simulated`` hold the shapes of each stratum, ``typical`` is
    the median size. ``neighbours`` ``(257,)`` is the share of each code in what the class touches, ``lift`` the
    logarithm of how much oftener than any class of the bank it does. ``border`` is what one parcel touches, in
    pixels. ``few`` says how much the class needs simulated shapes, from 0 to 1, ``evidence`` how strongly its
    neighbours are steered: little where a handful of shapes is all that is known of them.
    """

    edges: NDArray[np.float64]
    bounds: tuple[int, int]
    real: list[list[Shape]]
    simulated: list[list[Shape]]
    typical: int
    neighbours: NDArray[np.float64]
    lift: NDArray[np.float64]
    border: float
    few: float
    evidence: float

    @functools.cached_property
    def touched_up_to(self) -> NDArray[np.float64]:
        """Distribution function of the codes that the class touches, up to 1."""
        cumulative = np.cumsum(self.neighbours)
        return cumulative / max(cumulative[-1], 1e-12)

    def offered(self, operation: str) -> list[int]:
        """The strata of which an operation has parcels."""
        shapes = {"paste": self.real, "simulate": self.simulated}.get(operation)
        return [s for s in range(STRATA) if shapes is None or shapes[s]]

    def stratum_of(self, sizes: NDArray[np.int64]) -> NDArray[np.intp]:
        """Which stratum a size belongs to."""
        return np.searchsorted(self.edges, sizes, side="right")

    def range_of(self, stratum: int) -> tuple[int, int]:
        """Smallest and largest size of a stratum."""
        low = self.bounds[0] if stratum == 0 else int(np.ceil(self.edges[stratum - 1]))
        high = self.bounds[1] if stratum == STRATA - 1 else int(np.ceil(self.edges[stratum])) - 1
        return low, max(low, high)

    def size_in(self, stratum: int, rng: np.random.Generator) -> int:
        """A size as the class has it in a stratum."""
        shapes = self.real[stratum] or self.simulated[stratum]
        if shapes:
            return shapes[int(rng.random() * len(shapes))].size
        low, high = self.range_of(stratum)
        return int(rng.integers(low, high + 1))

    def weights(self, touched: NDArray[np.float64], owner: int) -> NDArray[np.float64]:
        """How welcome each code is as a neighbour, given what the series' parcels touch so far.

        A neighbour counts by how much oftener than others the class has it in the scene, and by how far the
        series is behind the scene with it.
        """
        so_far = (touched + START * self.border * self.neighbours) / (
            touched.sum() + START * self.border
        )
        behind = np.log((self.neighbours + LITTLE) / (so_far + LITTLE))
        # Within the tolerance nothing is steered, else a class whose rare neighbours are missing in a tile
        # would be refused its common ones.
        steer = np.sign(behind) * np.maximum(0, np.abs(behind) - np.log(TOLERANCE))
        weights = self.lift + self.evidence * steer
        weights[BEYOND] = 0
        weights[owner] = NEVER
        return weights


def stock_of(
    bank: ShapeBank, owner: int, simulate: bool, simulator: Simulator, rng: np.random.Generator
) -> Stock:
    """The stock of one class; simulated shapes are made when asked for or when there are few real ones."""
    real = bank.shapes[owner]
    complete = bank.complete(owner)
    made: list[Shape] = []
    if simulate or complete < 3 * FEW:
        made = simulator.shapes(
            owner, max(15, min(SIMULATED, MOST_SIMULATED // len(bank.shapes))), rng
        )
    # The sizes of a handful of shapes are no distribution; those scattered around them are.
    sizes = bank.sizes(owner) if len(real) >= FEW else np.array([s.size for s in made])
    edges = np.quantile(sizes, np.arange(1, STRATA) / STRATA)
    neighbours, lift, border = _neighbours(bank, owner)
    stock = Stock(
        edges=edges,
        bounds=(int(sizes.min()), int(sizes.max())),
        real=[[] for _ in range(STRATA)],
        simulated=[[] for _ in range(STRATA)],
        typical=int(np.median(sizes)),
        neighbours=neighbours,
        lift=lift,
        border=border,
        few=FEW / (FEW + complete) if complete < 3 * FEW else 0.0,
        evidence=3 * len(real) / (len(real) + FEW),
    )
    for shapes, strata in ((real, stock.real), (made, stock.simulated)):
        for shape in shapes:
            strata[int(stock.stratum_of(np.array(shape.size)))].append(shape)
    return stock


def _neighbours(
    bank: ShapeBank, owner: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    touches, count = bank.touches(owner), len(bank.shapes[owner])
    border = touches.sum() / count if count and touches.any() else 100.0
    guess = GUESS * border
    shares = (touches + guess * bank.around) / (touches.sum() + guess)
    lift = np.clip(np.log((shares + 1e-4) / (bank.around + 1e-4)), -5, 1.5)
    # Bordering on ground that nobody has labelled says nothing about what suits a class.
    lift[UNLABELLED] = 0
    return shares, lift, float(border)
