"""Arms of chip classifiers: ways to treat rare classes among chips, joined by ``+``, and what each asks for."""

from __future__ import annotations

from dataclasses import dataclass

GANS = ("dcgan", "wgan", "wgan-gp", "sagan")
#: What a GAN may be told of a chip: nothing, its class, or its cluster.
CONDITIONS = ("none", "class", "cluster")
#: Simple answers: a loss that weighs classes, balanced draws, mirrored and turned chips.
WEIGHTED, OVERSAMPLE, FLIPS = "weighted", "oversample", "flips"
NONE = "none"


@dataclass(frozen=True)
class ChipGan:
    """A kind of GAN and what it is told."""

    gan: str
    condition: str

    @property
    def name(self) -> str:
        """``dcgan`` without a condition, else ``dcgan-class`` or ``dcgan-cluster``; also its folder's name."""
        return self.gan if self.condition == "none" else f"{self.gan}-{self.condition}"


@dataclass(frozen=True)
class ChipArm:
    """What an arm asks for; ``name`` is canonical, its parts always in the same order."""

    name: str
    weighted: bool = False
    oversample: bool = False
    flips: bool = False
    gans: tuple[ChipGan, ...] = ()


#: Every GAN with every condition, by name.
CHIP_GANS = {
    gan.name: gan for gan in (ChipGan(g, condition) for g in GANS for condition in CONDITIONS)
}
_ORDER = (WEIGHTED, OVERSAMPLE, FLIPS, *CHIP_GANS)


def parse_chip_arm(text: str) -> ChipArm:
    """Read an arm, such as ``flips+wgan-gp-cluster``.

    Raises
    ------
    ValueError
        In words, when the text is none.
    """
    parts = [part.strip() for part in text.split("+")]
    if parts == [NONE]:
        return ChipArm(NONE)
    for part in parts:
        if part == NONE:
            raise ValueError(f"'{part}' cannot be joined with other arms, as in '{text}'")
        if part not in _ORDER:
            raise ValueError(
                f"'{part}' is no arm; there are none, {', '.join(_ORDER)}, joined by +"
            )
    if len(set(parts)) < len(parts):
        raise ValueError(f"'{text}' names an arm twice")
    ordered = sorted(parts, key=_ORDER.index)
    return ChipArm(
        name="+".join(ordered),
        weighted=WEIGHTED in parts,
        oversample=OVERSAMPLE in parts,
        flips=FLIPS in parts,
        gans=tuple(CHIP_GANS[part] for part in ordered if part in CHIP_GANS),
    )


def parse_chip_arms(text: str) -> list[ChipArm]:
    """Read a list of arms, parted by commas; each once, in the given order."""
    found = {arm.name: arm for arm in map(parse_chip_arm, filter(None, text.split(",")))}
    if not found:
        raise ValueError("no arm is named")
    return list(found.values())
