"""How good synthetic samples are, on changed pixels only: label agreement and spectral frequencies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Side of the patches whose spectra are compared, in pixels.
PATCH = 16
#: Share of a patch's pixels that one class must have for the patch to count as that class's.
PURE = 0.9
#: Spatial frequency, in cycles per pixel, above which power counts as fine detail: half of Nyquist.
HALF_NYQUIST = 0.25


def label_agreement(
    training: tuple[NDArray[Any], NDArray[np.uint8]],
    test: tuple[NDArray[Any], NDArray[np.uint8]],
    synthetic: tuple[NDArray[Any], NDArray[np.uint8]],
    names: Sequence[str],
    rare: Sequence[int],
) -> dict[str, Any]:
    """Recall of a linear discriminant analysis on synthetic pixels against its recall on real test pixels.

    Each pair is pixel values ``(n, bands)`` and class indices ``(n,)``. The classifier sees the real
    training pixels only and holds all classes equally likely. Means run over the classes that are present
    among both the synthetic and the test pixels; other figures are ``None``.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    known = np.unique(training[1])
    judge = LinearDiscriminantAnalysis(priors=np.full(len(known), 1 / len(known)))
    judge.fit(training[0].astype(np.float64), training[1])
    recalls = {"synthetic": _recalls(judge, synthetic), "real_test": _recalls(judge, test)}
    rows = []
    for index, name in enumerate(names):
        on_synthetic, on_test = (recalls[side].get(index) for side in ("synthetic", "real_test"))
        both = on_synthetic is not None and on_test is not None and on_test > 0
        rows.append(
            {
                "name": name,
                "rare": index in rare,
                "recall_synthetic": _rounded(on_synthetic),
                "recall_real_test": _rounded(on_test),
                "ratio": _rounded(on_synthetic / on_test) if both else None,  # type: ignore[operator]
                "pixels_synthetic": int((synthetic[1] == index).sum()),
                "pixels_real_test": int((test[1] == index).sum()),
            }
        )
    shared = sorted(set(recalls["synthetic"]) & set(recalls["real_test"]))
    means = {
        side: float(np.mean([recalls[side][i] for i in shared])) if shared else None
        for side in recalls
    }
    ratio = means["synthetic"] / means["real_test"] if means["real_test"] else None  # type: ignore[operator]
    return {
        "mean_ratio": _rounded(ratio),
        "mean_recall_synthetic": _rounded(means["synthetic"]),
        "mean_recall_real_test": _rounded(means["real_test"]),
        "classes": rows,
    }


@dataclass(frozen=True)
class Patch:
    """``values`` ``(bands, PATCH, PATCH)`` float64, and the class that nearly all of its pixels have."""

    values: NDArray[np.float64]
    label: int


def fine_detail(
    synthetic: Sequence[Patch], real: Sequence[Patch], bands: Sequence[tuple[str, bool]]
) -> dict[str, Any]:
    """Share of spectral power above half Nyquist, synthetic beside real.

    Classes differ in this share by their nature (water is mostly noise), so the real patches are weighed to
    hold the synthetic ones' classes in the same proportions; classes that either side lacks are left out.

    Parameters
    ----------
    bands:
        Name of each band, and whether it is native to the grid (not resampled from a coarser one).
    """
    wanted = Counter(patch.label for patch in synthetic)
    shared = {label: wanted[label] for label in wanted if any(p.label == label for p in real)}
    groups = [[p for p in group if p.label in shared] for group in (synthetic, real)]
    shares = [_high_share(group, shared, len(bands)) for group in groups]
    return {
        "patch": PATCH,
        "patches_synthetic": len(groups[0]),
        "patches_real": len(groups[1]),
        "bands": [
            {
                "name": name,
                "native": native,
                "synthetic": _rounded(made),
                "real": _rounded(true),
                "ratio": _rounded(made / true) if made is not None and true else None,
            }
            for (name, native), made, true in zip(bands, *shares, strict=True)
        ],
    }


def patches(
    images: NDArray[Any], labels: NDArray[np.uint8], mask: NDArray[np.bool_], size: int = PATCH
) -> list[Patch]:
    """Non-overlapping patches of ``(n, bands, h, w)`` in the mask with at least 90 % of one class."""
    found = []
    for image, classes, inside in zip(images, labels, mask, strict=True):
        height, width = inside.shape
        row = 0
        while row + size <= height:
            col, used = 0, False
            while col + size <= width:
                part = slice(row, row + size), slice(col, col + size)
                label = _main_class(classes[part]) if inside[part].all() else None
                if label is None:
                    col += 2
                else:
                    found.append(Patch(image[:, *part].astype(np.float64), label))
                    col, used = col + size, True
            row += size if used else 2
    return found


def _main_class(labels: NDArray[np.uint8]) -> int | None:
    counts = np.bincount(labels.ravel())
    return int(counts.argmax()) if counts.max() >= PURE * labels.size else None


def native_bands(sample: NDArray[Any]) -> list[bool]:
    """Which bands of ``(bands, h, w)`` carry detail of their own at the pixel's size.

    A band that was enlarged from a coarser grid by nearest neighbour has pairs of neighbouring columns that
    are equal from top to bottom; in a native band such pairs are chance. Constant bands carry none.
    """
    repeated = (sample[:, :, 1:] == sample[:, :, :-1]).all(axis=1).mean(axis=1)
    varies = sample.min(axis=(1, 2)) != sample.max(axis=(1, 2))
    return [bool(v and r < 0.3) for v, r in zip(varies, repeated, strict=True)]


def _recalls(judge: Any, pixels: tuple[NDArray[Any], NDArray[np.uint8]]) -> dict[int, float]:
    values, labels = pixels
    if not len(labels):
        return {}
    right = judge.predict(values.astype(np.float64)) == labels
    return {int(index): float(right[labels == index].mean()) for index in np.unique(labels)}


def _high_share(
    group: Sequence[Patch], weights: Mapping[int, int], bands: int
) -> list[float | None]:
    """Mean power above half Nyquist over mean power at all frequencies but zero, per band.

    Means run over the patches of each class, then over the classes by weight.
    """
    if not group:
        return [None] * bands
    taper = np.hanning(PATCH + 2)[1:-1]
    mean = np.zeros((bands, PATCH, PATCH))
    for label, weight in weights.items():
        stack = np.stack([patch.values for patch in group if patch.label == label])
        centred = stack - stack.mean(axis=(-2, -1), keepdims=True)
        power = np.abs(np.fft.fft2(centred * np.outer(taper, taper))) ** 2
        mean += weight * power.mean(axis=0)
    frequency = np.fft.fftfreq(PATCH)
    radius = np.hypot(frequency[:, None], frequency[None])
    total = mean[:, radius > 0].sum(axis=-1)
    high = mean[:, radius > HALF_NYQUIST].sum(axis=-1)
    return [float(h / t) if t > 0 else None for h, t in zip(high, total, strict=True)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
