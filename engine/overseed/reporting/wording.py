"""How the report writes numbers, and the sentences that say how to read a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from overseed.arms import parse_arm

NOT_EVALUATED = "not evaluated"
ARM_NAMES = {
    "none": "U-Net, real samples only",
    "spade": "U-Net, real + spade samples",
    "pix2pix": "U-Net, real + pix2pix samples",
    "statistical": "U-Net, real + statistical samples",
    "replace": "U-Net, real + samples of replaced texture",
    "copy-paste": "U-Net, real + copy-paste samples",
    "pseudo-labels": "U-Net, real + pseudo-labelled samples",
    "diffusion": "U-Net, real + diffusion samples",
    "sd-inpaint": "U-Net, real + sd-inpaint samples",
    "random-forest": "Random forest, pixels with 5×5 neighbours",
}
SHORT_ARM_NAMES = {
    "none": "real only",
    "spade": "+\u00a0spade",
    "pix2pix": "+\u00a0pix2pix",
    "statistical": "+\u00a0statistical",
    "replace": "+\u00a0replace",
    "copy-paste": "+\u00a0copy-paste",
    "pseudo-labels": "+\u00a0pseudo-labels",
    "diffusion": "+\u00a0diffusion",
    "sd-inpaint": "+\u00a0sd-inpaint",
    "random-forest": "random forest",
}
METRIC_NAMES = {
    "rare_macro_f1": "macro-F1 of the rare classes",
    "macro_f1": "macro-F1 of all classes",
    "rare_macro_iou": "macro-IoU of the rare classes",
    "macro_iou": "macro-IoU of all classes",
}

TEST_BLOCKS = (
    "These are scores on the test blocks: ground that no step of the training has seen, but not a "
    "random sample of the map. They are not the map's accuracy; that needs reference data sampled "
    "by design."
)
READ_SCORES = (
    "F1 and IoU run from 0 (never right) to 1 (always right); both count false alarms and misses, "
    "and IoU is the stricter. Macro means every class weighs the same, however small it is. "
    "Overall accuracy comes last because the common classes decide it."
)
READ_DIFFERENCE = (
    "Both were scored on the same test blocks; the interval comes from drawing whole blocks again "
    "and again. An interval that includes zero means that this run cannot tell the two apart. It "
    "covers the choice of ground, not other seeds of the training."
)
READ_ARMS = (
    "All arms had the same split, steps, seeds and real crops. The interval comes from drawing test "
    "blocks and trainings again, and p is corrected for the number of arms (Holm). Controls (layout-only, "
    "noise) tell what the layouts of samples are worth without their looks."
)
READ_LDA = (
    "A linear discriminant analysis, trained on real training pixels, judges pixels the generator "
    "made (changed pixels only, away from the seam) and real pixels of the test blocks. A ratio "
    "near 1 means that a made class looks, pixel by pixel, as much like itself as the real one "
    "does; far below 1 its spectra are wrong; far above 1 they are more typical than reality."
)
READ_SPECTRAL = (
    "Share of the spectral power at more than half the Nyquist frequency, that is in details "
    "finer than four pixels. A ratio near 1 means as much fine texture as in real tiles; above 2 "
    "hints at checkerboard patterns, below 0.5 at blur. Bands that were resampled from coarser "
    "pixels have hardly any fine detail, so their ratios say little."
)
READ_SHARES = (
    "The labelled share says what the polygons cover, not what the ground holds: where people "
    "draw polygons is a choice. A class whose mapped share is far above its labelled one deserves "
    "a look for over-mapping."
)
SOWN = (
    "parcels of real tiles are sown with another class, the generator makes their pixels anew, everything else "
    "stays real."
)
LABELLED = (
    "the generator makes whole tiles that lie nowhere, and a second network labels those of their pixels that "
    "it is sure of."
)
READ_LABELLED = (
    "Taken in the order of the samples, one main class after the other, not picked by their looks. Every pixel "
    "of a sample is made; what has no colour in its labels has none. The real tile beside it shows ground with "
    "much of the sample's main rare class."
)
READ_SAMPLES = (
    "Taken in the order of the samples, one sown class after the other, not picked by their "
    "looks. Inside the outline the generator made the pixels; outside it they are the real ones."
)


READ_ACCURACY = (
    "User's accuracy: of the ground that the map gives to a class, the share that is the class. Producer's "
    "accuracy: of the ground that is the class, the share that the map gives to it. F1 is their harmonic mean."
)
READ_AREAS = (
    "Areas are estimated from the reference. Counting the map's pixels would repeat the map's errors, which "
    "can be larger than a small class itself."
)
READ_INTERVALS = (
    "Below each figure stands its 95 % interval, which covers the chance of which points were drawn, not "
    "mistakes of those who looked at them."
)
READ_MATRIX = (
    "Rows: what the map says; columns: what the reference says. Cells: {unit}, and % of the ground."
)
READ_CONFIDENCE = (
    "How sure the network is of itself, not how often it is right: a network can be sure and wrong, most of "
    "all on ground unlike that which it learned from."
)
DESIGNS = {
    "stratified": "{points} points that were drawn at random in strata",
    "simple": "{points} points that were drawn at random anywhere on the ground",
    "chosen": "{points} points or pixels of reference data that somebody chose",
    "census": "reference data for all of the ground ({points} pixels)",
}
NO_INTERVALS = {
    "chosen": "No intervals and no areas: this reference data was chosen, not drawn by chance. The figures "
    "describe that ground alone and are no estimate for the map.",
    "census": "No intervals, since nothing was sampled: the reference covers the whole map. Its own errors "
    "remain.",
}
OTHER_MAP = "{name}: this is about another map than the one above, or about an earlier state of it."


def rest_sentences(name: str) -> list[str]:
    """What scores can mean when everything outside the polygons was made the class ``name``."""
    return [
        f"Everything outside the polygons was taken to be “{name}”; nobody checked that ground. "
        "Where it holds undrawn patches of the drawn classes, a map that finds them is counted as "
        "wrong.",
        "So precision, F1 and IoU of the drawn classes are too low by an unknown amount, their "
        f"recall speaks for the drawn patches only, and the scores of “{name}” and the overall "
        "accuracy mostly repeat how large that class is.",
        "The scores can rank ways of training against each other on the same ground. They cannot "
        "say how good the map is.",
    ]


def arm_name(arm: str) -> str:
    """Name of an arm for people."""
    if arm in ARM_NAMES:
        return ARM_NAMES[arm]
    try:
        parts = parse_arm(arm)
    except ValueError:
        return arm
    real = "balanced real" if parts.oversample else "real"
    samples = f" + {enumeration(parts.samples)}" if parts.samples else ""
    return f"U-Net, {real}{samples} samples" + (f", {parts.loss} loss" if parts.loss else "")


def short_arm_name(arm: str) -> str:
    """Name of an arm for the head of a column."""
    return SHORT_ARM_NAMES.get(arm, "+\u00a0" + arm.replace("+", " +\u00a0"))


def column_name(column: str) -> str:
    """Name of a logged column for people: ``val_macro_f1`` is written validation macro-F1."""
    words = column.replace("val_", "validation ", 1) if column.startswith("val_") else column
    for short, name in (("macro_f1", "macro-F1"), ("macro_iou", "macro-IoU"), ("l1", "L1")):
        words = words.replace(short, name)
    return words.replace("_", " ")


def score(value: float | None) -> str:
    """A score with two digits; ``None`` is not evaluated."""
    return NOT_EVALUATED if value is None else f"{value:.2f}"


def fine_score(value: float | None) -> str:
    """A score with three digits, for small ones beside their differences."""
    return NOT_EVALUATED if value is None else f"{value:.3f}"


def span(low: float | None, high: float | None) -> str:
    """Both ends of an interval of a share, with three digits; empty where there is none."""
    return "" if low is None or high is None else f"{low:.3f}–{high:.3f}"


def hectares(value: float | None) -> str:
    """An area; small ones with more digits."""
    if value is None:
        return "–"
    digits = 0 if value >= 1000 else 1 if value >= 1 else 2
    return f"{value:,.{digits}f}".replace(",", "\u202f")


def hectare_span(low: float | None, high: float | None) -> str:
    """Both ends of an interval of an area; empty where there is none."""
    return "" if low is None or high is None else f"{hectares(low)}–{hectares(high)}"


def difference(value: float | None) -> str:
    """A difference with its sign and three digits."""
    if value is None:
        return NOT_EVALUATED
    text = f"{value:+.3f}".replace("-", "−")
    return "0.000" if text in ("+0.000", "−0.000") else text


def interval(low: float | None, high: float | None) -> str:
    """Two bounds with their signs; without them there were too few blocks to draw from."""
    if low is None or high is None:
        return "too few blocks"
    return f"{difference(low)} to {difference(high)}"


def ratio(value: float | None) -> str:
    """A ratio with two digits."""
    return NOT_EVALUATED if value is None else f"{value:.2f}"


def percent(share: float | None) -> str:
    """A share in percent; small ones with more digits, so that a rare class never shows as 0 %."""
    if share is None:
        return "–"
    value = share * 100
    if value == 0:
        return "0 %"
    if value < 0.01:
        return "< 0.01 %"
    return f"{value:.2f} %" if value < 1 else f"{value:.1f} %"


def count(number: float | None) -> str:
    """A whole number with thin spaces between thousands."""
    return "–" if number is None else f"{number:,.0f}".replace(",", "\u202f")


def duration(seconds: float | None) -> str:
    """Seconds as a person says them."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def enumeration(words: Sequence[str]) -> str:
    """Words joined as in a sentence."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def sown(pixels: Mapping[str, int]) -> str:
    """Classes that a sample was sown with, the largest first; several with their shares."""
    found = sorted(((n, name) for name, n in pixels.items() if n), reverse=True)
    total = sum(n for n, _ in found)
    if len(found) == 1:
        return found[0][1]
    return enumeration([f"{name} {percent(n / total)}" for n, name in found]) or "nothing"


def shortened(text: str, longest: int = 22) -> str:
    """One line of text for a chart's axis."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
