"""What a person at a shell reads about the fidelity of samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from overseed.assessment.sample_quality import share_inside

JUDGES = {"lda": "linear discriminant", "forest": "random forest"}
MEASURES = {
    "values": "values of bands",
    "covariance": "covariance of bands",
    "angle": "spectral angle",
    "detail": "fine detail",
}


def as_text(result: dict[str, Any], page: Path) -> str:
    """Lines for each set of samples: judges, ranges of real ground, features, copies."""
    lines = [f"Samples of {result['method']}, seed {result['seed']}; pictures: {page}"]
    for name, measured in result["sets"].items():
        lines += ["", f"{name} ({measured['samples']} samples)"]
        for judge, row in measured["agreement"].items():
            lines.append(
                f"  known by a {JUDGES.get(judge, judge)}: {_number(row['synthetic'])} of changed pixels, "
                f"{_number(row['test'])} of real test pixels (ratio {_number(row['ratio'])})"
            )
        for measure, title in MEASURES.items():
            row = measured.get(measure)
            if row:
                share = share_inside(row["inside"])
                lines.append(f"  {title}: {_percent(share)} within the range of real against real")
        for encoder, row in measured["kid"].items():
            if row:
                value, low, high = row["estimate"]
                lines.append(
                    f"  KID, {encoder}: {value:.3f} ({low:.3f} to {high:.3f}); real against real "
                    f"{row['real'][0]:.3f}; precision {_number(row['precision'])}, recall "
                    f"{_number(row['recall'])}"
                )
                if row["fid"]:
                    lines.append(
                        f"  FID, {encoder}: {row['fid']['value']:.2f} (n = {row['fid']['n']})"
                    )
        transfer = measured["transfer"]
        if transfer:
            for judge in JUDGES:
                row = transfer[judge]
                lines.append(
                    f"  a {JUDGES[judge]} taught by samples alone: mean F1 {row['synthetic']:.3f} on real test "
                    f"pixels, taught by real ones {row['real']:.3f}"
                )
        if measured["copies"]:
            lines.append(f"  near copies of training ground: {measured['copies']['share']:.1%}")
    lines += ["", *(f"Note: {note}" for note in result["notes"])]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"
