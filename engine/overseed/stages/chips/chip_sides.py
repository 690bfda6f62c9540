"""Which chips stay, and on which side: by ground, region and group, with no picture on two sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.chip_settings import PrepareChipsSettings
from overseed.chips.chip_set import CHIP_SIDES, OTHER_REGION
from overseed.chips.chip_split import deal, joined, same_keys, thinned, without_conflicts
from overseed.chips.ground import Ground, block_keys, find_ground, lie_apart, overlaps
from overseed.chips.near_duplicates import find_links, has_grain
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.scenes.classes import ClassTable
from overseed.setting_texts import parse_named_shares
from overseed.stages.chips.chip_sources import ChipEntry, group_keys
from overseed.stages.chips.gathering import Gathered
from overseed.tiles.split import TEST, TRAIN, VALIDATION

#: Why a chip is left out, as tables say it.
EMPTY, OVERLAP, NEAR_REGION, THINNED = (
    "no pixel has a value",
    "overlaps a chip of another side",
    "same picture or group as a chip of the other region",
    "thinned out",
)


@dataclass
class Sides:
    """``sides`` ``(n,)``, ``groups`` ``(n,)``, and why a chip is ``left_out``, by its number."""

    sides: NDArray[np.uint8]
    groups: NDArray[np.int64]
    left_out: dict[int, str] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    def kept(self) -> NDArray[np.intp]:
        """Numbers of the chips that stay, ascending."""
        out = np.array(sorted(self.left_out), np.intp)
        return np.setdiff1d(np.arange(len(self.sides)), out)


def choose_sides(
    found: Gathered,
    entries: Sequence[ChipEntry],
    labels: NDArray[np.int64],
    table: ClassTable,
    settings: PrepareChipsSettings,
    reporter: Reporter,
) -> Sides:
    """Choose the sides of all chips; says to the reporter what was joined and left out.

    Raises
    ------
    InputError
        ``chips.region``, ``chips.block-size``, ``chips.crs``, ``chips.contradiction`` for the same picture with
        two classes, ``chips.group-by``, ``classes.unknown`` for a class of ``--thin``, or
        ``chips.split-impossible``.
    """
    chosen = _Choice(found, entries, labels, table, settings, reporter)
    return chosen.made()


@dataclass
class _Choice:
    found: Gathered
    entries: Sequence[ChipEntry]
    labels: NDArray[np.int64]
    table: ClassTable
    settings: PrepareChipsSettings
    reporter: Reporter

    def made(self) -> Sides:
        thin = self._thin()
        apart = self._other_region()
        count, rng = len(self.labels), np.random.default_rng([self.settings.seed, 0])
        result = Sides(np.full(count, TRAIN, np.uint8), np.zeros(count, np.int64))
        result.left_out |= dict.fromkeys(np.flatnonzero(self.found.empty).tolist(), EMPTY)
        ground = self._ground()
        pictures = self._pictures(ground, result)
        own = [*pictures, *self._given_groups()]
        near = joined(count, own)
        beside = np.isin(near, near[apart]) & ~apart
        result.left_out |= dict.fromkeys(np.flatnonzero(beside).tolist(), NEAR_REGION)
        pairs = overlaps(ground) if ground else np.zeros((0, 2), np.int64)
        blocks = self._blocks(ground, pairs, apart, result) if ground else []
        result.groups = joined(count, [*own, *blocks])
        result.sides[apart] = OTHER_REGION
        dealt = np.setdiff1d(np.flatnonzero(~apart), np.array(sorted(result.left_out), np.intp))
        shares = (
            1 - self.settings.val - self.settings.test,
            self.settings.val,
            self.settings.test,
        )
        if dealt.size:
            result.sides[dealt] = deal(
                result.groups[dealt], self.labels[dealt], len(self.table), shares, rng
            )
        self._part(pairs, result)
        self._thin_out(thin, result)
        self._judge(result)
        self._say(result)
        return result

    def _thin(self) -> dict[int, float]:
        shares = parse_named_shares(self.settings.thin) if self.settings.thin else {}
        return {self.table.index_of(name): share for name, share in shares.items()}

    def _other_region(self) -> NDArray[np.bool_]:
        """``(n,)``: which chips are kept for the second test."""
        regions = sorted({entry.region for entry in self.entries} - {""})
        for name in self.settings.other_region:
            if name not in regions:
                raise InputError(
                    "chips.region",
                    f"No chip is of the region '{name}'.",
                    f"The regions are: {', '.join(regions)}."
                    if regions
                    else "Give the table a column region.",
                )
        wanted = set(self.settings.other_region)
        apart = np.array([entry.region in wanted for entry in self.entries], bool)
        if apart.all():
            raise InputError(
                "chips.region",
                "All chips are of the other region, so nothing is left to train on.",
                "Name fewer regions with --other-region.",
            )
        return apart

    def _identical(self, ground: Ground | None) -> list[tuple[int, int]]:
        """Links between chips with the same values; their classes must be the same too.

        Without noise two objects of one kind can look the same to the bit. Where coordinates say that they are
        two, they are.
        """
        links = []
        pairs = np.array(self.found.identical, np.int64).reshape(-1, 2)
        apart = lie_apart(ground, *pairs.T) if ground else np.zeros(len(pairs), bool)
        for (one, other), two_places in zip(self.found.identical, apart.tolist(), strict=True):
            if two_places and not has_grain(self.found.chip(one)):
                continue
            if self.labels[one] != self.labels[other]:
                first, second = self.entries[one], self.entries[other]
                raise InputError(
                    "chips.contradiction",
                    f"{first.where} and {second.where} are the same picture, but one is '{first.value}' and "
                    f"the other '{second.value}'.",
                    "Remove one of them, or give both the same class.",
                )
            links.append((one, other))
        return links

    def _pictures(self, ground: Ground | None, result: Sides) -> list[tuple[int, int]]:
        """Links between chips that show the same picture."""
        self.reporter.log("Look for chips that show the same picture")
        identical = self._identical(ground)
        links = find_links(
            self.found.thumbnails,
            self.found.chip,
            identical,
            lambda done, total: self.reporter.progress(done, total, "chip"),
            None if ground is None else partial(lie_apart, ground),
        )
        pictures = joined(len(self.labels), links)
        sizes = np.bincount(pictures)
        of_several = sizes[pictures] > 1
        result.figures["same_picture"] = {
            "chips": int(of_several.sum()),
            "pictures": int((sizes > 1).sum()),
            "identical_pairs": len(identical),
        }
        if of_several.any():
            self.reporter.warning(
                "chips.near-duplicates",
                f"{int(of_several.sum())} chips repeat each other, also turned, mirrored or a little changed, "
                f"such as {self._names(links[0])}; those of one picture ({int((sizes > 1).sum())} in all) "
                "are on one side.",
            )
        differing = [pair for pair in links if self.labels[pair[0]] != self.labels[pair[1]]]
        if differing:
            self.reporter.warning(
                "chips.near-duplicate-classes",
                f"{len(differing)} of the chips that repeat another one have another class, such as "
                f"{self._names(differing[0])}.",
            )
        return links

    def _names(self, pair: tuple[int, int]) -> str:
        one, other = (self.entries[number].name for number in pair)
        return f"{one} and {other}"

    def _given_groups(self) -> list[tuple[int, int]]:
        """Links between chips of one group by the table, and by their files' names."""
        entries = list(self.entries)
        by_name = group_keys(entries, self.settings.group_by)
        return [*same_keys([entry.group for entry in entries]), *same_keys(by_name)]

    def _ground(self) -> Ground | None:
        """Where all chips lie; ``None`` where that is known of none."""
        places = self.found.places
        centres = [
            entry.xy if place.transform is None else None
            for entry, place in zip(self.entries, places, strict=True)
        ]
        ground = find_ground(places, centres, self.found.images.shape[-1])
        if not ground.known.any():
            if self.settings.block_size is not None:
                raise InputError(
                    "chips.block-size",
                    "--block-size needs chips that lie somewhere, but none of these has coordinates.",
                    "Leave it out, or give GeoTIFFs, or a --table with the columns x and y.",
                )
            return None
        if not ground.known.all():
            self.reporter.warning(
                "chips.no-place",
                f"{int((~ground.known).sum())} chips have no coordinates; they are dealt out one by one.",
            )
        unsure = ground.known & ~ground.extended
        if unsure.any():
            self.reporter.warning(
                "chips.no-extent",
                f"Of {int(unsure.sum())} chips only x and y are known, so chips of two sides may share "
                "ground where blocks meet; --pixel-size prevents it.",
            )
        return ground

    def _blocks(
        self, ground: Ground, pairs: NDArray[np.int64], apart: NDArray[np.bool_], result: Sides
    ) -> list[tuple[int, int]]:
        """Links between the chips of each block."""
        gone = apart.copy()
        gone[list(result.left_out)] = True
        inner = replace(ground, corners=np.where(gone[:, None, None], np.nan, ground.corners))
        within, size = block_keys(
            inner, pairs[~gone[pairs].any(axis=1)], self.labels, self._asked_block(ground)
        )
        result.figures["blocks"] = {
            "metres": round(size, 3),
            "number": len(set(within) - {None}),
            "chip_metres": round(ground.width, 3),
        }
        return same_keys(within)

    def _asked_block(self, ground: Ground) -> float | None:
        """Side of a block in metres as the settings say."""
        text = self.settings.block_size
        if text is None:
            return None
        metres = 0.0
        if text.endswith("m"):
            metres = float(text[:-1])
        elif ground.extended.any():
            metres = int(text) * ground.width / self.found.images.shape[-1]
        else:
            raise InputError(
                "chips.block-size",
                f"--block-size {text} is a number of pixels, but how large the chips' pixels are is not known.",
                "Give it in metres, such as 500m, or give --pixel-size.",
            )
        if metres <= 0:
            raise InputError(
                "chips.block-size", f"--block-size {text} leaves no ground.", "Give a larger size."
            )
        return metres

    def _part(self, pairs: NDArray[np.int64], result: Sides) -> None:
        """Leave out chips so that no two of different sides share ground; rare classes' chips stay first."""
        gone = np.zeros(len(self.labels), bool)
        gone[list(result.left_out)] = True
        sides = result.sides
        conflicts = pairs[(sides[pairs[:, 0]] != sides[pairs[:, 1]]) & ~gone[pairs].any(axis=1)]
        precedence = np.bincount(self.labels)[self.labels]
        precedence[sides == OTHER_REGION] = 0
        out = without_conflicts(conflicts, precedence)
        result.left_out |= dict.fromkeys(out.tolist(), OVERLAP)

    def _thin_out(self, thin: dict[int, float], result: Sides) -> None:
        kept = result.kept()
        rng = np.random.default_rng([self.settings.seed, 1])
        out = kept[thinned(self.labels[kept], result.sides[kept], thin, rng)]
        result.left_out |= dict.fromkeys(out.tolist(), THINNED)

    def _judge(self, result: Sides) -> None:
        """Refuse sides that nothing can be learned on; name what a side lacks."""
        counts = side_counts(result.sides, self.labels, result.kept(), len(self.table))
        if (counts[TRAIN] > 0).sum() < 2 or not counts[TEST].any():
            groups = len(np.unique(result.groups[result.kept()]))
            raise InputError(
                "chips.split-impossible",
                f"The chips cannot be split: they are in just {groups} groups that stay together, so that "
                f"{int((counts[TRAIN] > 0).sum())} classes are left for training and "
                f"{int(counts[TEST].sum())} chips for the test.",
                "Give more chips, of at least two classes and in more places, or a smaller --block-size.",
            )
        for index, name in enumerate(self.table.names):
            for side in (TRAIN, VALIDATION, TEST):
                if not counts[side, index]:
                    self.reporter.warning(
                        "chips.class-missing",
                        f"Class '{name}' has no chips on the {CHIP_SIDES[side]} side.",
                    )

    def _say(self, result: Sides) -> None:
        reasons = list(result.left_out.values())
        result.figures["left_out"] = {
            reason: reasons.count(reason)
            for reason in (EMPTY, OVERLAP, NEAR_REGION, THINNED)
            if reason in reasons
        }
        for reason, code, text in (
            (EMPTY, "chips.empty", "chips have no pixel with a value and are left out."),
            (OVERLAP, "chips.overlap", "chips overlap a chip of another side and are left out."),
            (
                NEAR_REGION,
                "chips.near-region",
                "chips repeat, or are in a group with, chips of the other region and are left out.",
            ),
        ):
            if reason in reasons:
                self.reporter.warning(code, f"{reasons.count(reason)} {text}")
        result.figures["groups"] = len(np.unique(result.groups[result.kept()]))


def side_counts(
    sides: NDArray[np.uint8], labels: NDArray[np.int64], kept: NDArray[np.intp], classes: int
) -> NDArray[np.int64]:
    """``(4, classes)``: number of chips of each side, in the order of ``CHIP_SIDES``, and class."""
    counts = np.zeros((len(CHIP_SIDES), classes), np.int64)
    np.add.at(counts, (sides[kept], labels[kept]), 1)
    return counts
