"""Arms: named ways to treat imbalance, joined by ``+``, and what each asks of a training; and losses' names."""

from __future__ import annotations

from dataclasses import dataclass

#: Arms that change the loss; an arm has one of them at most.
LOSSES = ("weighted", "focal", "logit-adjust")
#: Arms that change which real crops are drawn.
SAMPLING = ("oversample",)
#: Arms that add labelled samples, and two that tell what samples owe to their layouts alone.
SAMPLES = (
    "copy-paste",
    "statistical",
    "replace",
    "pix2pix",
    "spade",
    "pseudo-labels",
    "diffusion",
    "sd-inpaint",
)
CONTROLS = ("layout-only", "noise")
#: Arms that stand alone.
NONE, FOREST = "none", "random-forest"
#: Terms of a loss, joined by ``+`` too.
TERMS = ("ce", "weighted", "focal", "dice", "tversky", "lovasz")
_ORDER = (*LOSSES, *SAMPLING, *SAMPLES, *CONTROLS)


@dataclass(frozen=True)
class Arm:
    """What an arm asks for.

    ``name`` is canonical: its parts always stand in the same order. ``loss`` is one of :data:`LOSSES` or None,
    ``samples`` the methods whose samples are added, each as many.
    """

    name: str
    loss: str | None = None
    oversample: bool = False
    samples: tuple[str, ...] = ()

    @property
    def is_forest(self) -> bool:
        """Whether no network is trained at all."""
        return self.name == FOREST

    @property
    def is_control(self) -> bool:
        """Whether it is there to be compared with, not to be mapped with."""
        return any(method in CONTROLS for method in self.samples)

    @property
    def without_samples(self) -> str:
        """Name of the arm that differs in the samples alone."""
        return self.without(*self.samples)

    def without(self, *parts: str) -> str:
        """Name of the arm that lacks these parts."""
        return "+".join(part for part in self.name.split("+") if part not in parts) or NONE


def parse_arm(text: str) -> Arm:
    """Read an arm, such as ``oversample+spade``.

    Raises
    ------
    ValueError
        In words, when the text is none.
    """
    parts = [part.strip() for part in text.split("+")]
    if parts in ([NONE], [FOREST]):
        return Arm(parts[0])
    for part in parts:
        if part in (NONE, FOREST):
            raise ValueError(f"'{part}' cannot be joined with other arms, as in '{text}'")
        if part not in _ORDER:
            known = ", ".join((NONE, *_ORDER, FOREST))
            raise ValueError(f"'{part}' is no arm; there are {known}, joined by +")
    if len(set(parts)) < len(parts):
        raise ValueError(f"'{text}' names an arm twice")
    losses = [part for part in parts if part in LOSSES]
    if len(losses) > 1:
        raise ValueError(f"'{text}' changes the loss in two ways; keep one of {', '.join(losses)}")
    ordered = sorted(parts, key=_ORDER.index)
    return Arm(
        name="+".join(ordered),
        loss=losses[0] if losses else None,
        oversample="oversample" in parts,
        samples=tuple(part for part in ordered if part in (*SAMPLES, *CONTROLS)),
    )


def parse_terms(text: str) -> tuple[str, ...]:
    """Read a loss such as ``ce+dice``; raises ``ValueError`` in words."""
    terms = tuple(part.strip() for part in text.split("+"))
    for term in terms:
        if term not in TERMS:
            raise ValueError(f"'{term}' is no loss; there are {', '.join(TERMS)}, joined by +")
    if len(set(terms)) < len(terms):
        raise ValueError(f"'{text}' names a loss twice")
    return terms


def parse_arms(text: str) -> list[Arm]:
    """Read a list of arms, parted by commas; each once, in the given order."""
    found = {arm.name: arm for arm in map(parse_arm, filter(None, text.split(",")))}
    if not found:
        raise ValueError("no arm is named")
    return list(found.values())
