"""`assess`: how accurate maps are and how large their classes really are, from reference data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed import __version__
from overseed.assessment.map_accuracy import FEW, described_accuracy, estimated_accuracy
from overseed.assessment.map_difference import map_difference
from overseed.assessment.point_sample import PointSample
from overseed.csv_tables import as_csv
from overseed.devices import versions
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_target, output_lock, sweep_partials_of, write_json, write_text
from overseed.map_settings import AssessSettings
from overseed.runs import fingerprint
from overseed.scenes.class_maps import Census, ClassMap, count_pixels, read_class_map
from overseed.scenes.labels import is_vector
from overseed.scenes.points import has_points
from overseed.stages.assessment_tables import as_text, class_rows, matrix_rows
from overseed.stages.reference_data import (
    CENSUS,
    CHOSEN,
    ChosenReference,
    Legend,
    SampledReference,
    at_points,
    on_ground,
)

Reference = SampledReference | ChosenReference

SAID = {
    CHOSEN: "The reference data was chosen, not drawn: figures describe that ground alone, without interval.",
    CENSUS: "The reference covers the whole map, so there is no sampling error; its own errors remain.",
}


def assess(settings: AssessSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Hold maps against reference data; write one JSON file and tables of classes and matrices beside it.

    Several maps with one layer of points are compared with the first at the same points. Several maps with a
    sample each also get figures of all their ground together.

    Returns
    -------
    ``assessment``, ``classes`` and ``matrix`` (files), ``overall_accuracy`` of each map, ``text``.

    Raises
    ------
    InputError
        ``output.not-json``, ``assess.pairs``, ``assess.idle``, or whatever refuses maps and reference.
    """
    reporter = reporter or Reporter()
    files = _targets(settings)
    pairs = _pairs(settings)
    reporter.stage("assess", "Count the maps' pixels")
    maps = [read_class_map(path) for path in settings.map]
    censuses = [count_pixels(found) for found in maps]
    legend = Legend()
    for found, census in zip(maps, censuses, strict=True):
        for code in census.pixels:
            legend.index(found.name(code))
    reporter.stage("assess", "Hold them against the reference")
    references = _references(settings, pairs, maps, censuses, legend)
    rng = np.random.default_rng(settings.seed)
    results = [
        _described(found, census, source, one, number, legend, rng)
        for found, census, source, (one, number) in zip(
            maps, censuses, pairs, references, strict=True
        )
    ]
    result: dict[str, Any] = {
        "engine": __version__,
        "versions": versions(),
        "seed": settings.seed,
        "settings": {
            "design": settings.design,
            "class_field": settings.class_field,
            "strata": settings.strata,
            "strata_pixels": settings.strata_pixels and settings.strata_pixels.name,
        },
        "inputs": [
            fingerprint(path) | {"path": path.name}
            for path in dict.fromkeys(
                [*map(Path, settings.map), *(Path(s.partition("|")[0]) for s in settings.reference)]
            )
            if path.is_file()
        ],
        "maps": results,
        "differences": _differences(maps, references, legend),
        "together": _together(maps, references, legend, rng),
    }
    for warning in dict.fromkeys(w for entry in results for w in entry["warnings"]):
        reporter.warning("assess.reference", warning)
    everything = [*results, *([result["together"]] if result["together"] else [])]
    with output_lock(files[0]):
        for path in files:
            sweep_partials_of(path)
        write_text(files[1], as_csv(class_rows(everything)))
        write_text(files[2], as_csv(matrix_rows(everything)))
        write_json(files[0], result)
    reporter.artifact("table", "assessment", files[0])
    return {
        "assessment": str(files[0]),
        "classes": str(files[1]),
        "matrix": str(files[2]),
        "overall_accuracy": [entry["overall_accuracy"]["value"] for entry in results],
        "text": as_text(result),
    }


def _targets(settings: AssessSettings) -> tuple[Path, Path, Path]:
    out = settings.out
    if out.suffix.lower() != ".json":
        raise InputError(
            "output.not-json",
            f"--out: {out} does not end in .json.",
            "Give a name that ends in .json; tables in CSV get names like it.",
        )
    files = out, out.with_name(f"{out.stem}-classes.csv"), out.with_name(f"{out.stem}-matrix.csv")
    for path in files:
        check_target(path)
    return files


def _pairs(settings: AssessSettings) -> list[str]:
    """The reference of each map."""
    maps, references = settings.map, settings.reference
    if len(references) not in (1, len(maps)):
        raise InputError(
            "assess.pairs",
            f"There are {len(maps)} maps and {len(references)} references.",
            "Give one reference for all maps, or one for each in the same order.",
        )
    if settings.design != "stratified" and (settings.strata or settings.strata_pixels):
        raise InputError(
            "assess.idle",
            "--strata and --strata-pixels are for points that were drawn in strata.",
            "Add --design stratified, or leave them out.",
        )
    if settings.strata_pixels and not settings.strata:
        raise InputError(
            "assess.idle",
            "--strata-pixels gives the sizes of strata that no field names.",
            "Name the field of the points with --strata.",
        )
    return references * len(maps) if len(references) == 1 else references


def _references(
    settings: AssessSettings,
    pairs: Sequence[str],
    maps: Sequence[ClassMap],
    censuses: Sequence[Census],
    legend: Legend,
) -> list[tuple[Reference, int]]:
    """For each map its reference, and the map's number in it."""
    kinds = {source: is_vector(source) and has_points(source) for source in dict.fromkeys(pairs)}
    if settings.design != "auto" and not all(kinds.values()):
        raise InputError(
            "assess.idle",
            "--design says how points were drawn, and there is a reference of polygons or pixels.",
            "Leave out --design, or give points.",
        )
    if len(set(pairs)) == 1 and kinds[pairs[0]]:
        shared = at_points(pairs[0], settings, maps, censuses, legend)
        return [(shared, number) for number in range(len(maps))]
    found: list[tuple[Reference, int]] = []
    for source, one, census in zip(pairs, maps, censuses, strict=True):
        if kinds[source]:
            found.append((at_points(source, settings, [one], [census], legend), 0))
        else:
            found.append((on_ground(source, settings, one, census, legend), 0))
    return found


def _described(
    found: ClassMap,
    census: Census,
    source: str,
    reference: Reference,
    number: int,
    legend: Legend,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Everything that is said of one map."""
    warnings = list(reference.warnings)
    head: dict[str, Any] = {
        "map": found.path.name,
        "reference": Path(source.partition("|")[0]).name,
        "design": reference.design,
        "map_hectares": {
            found.name(code): round(area / 10_000, 4) if np.isfinite(area) else None
            for code, area in census.areas.items()
        },
    }
    if isinstance(reference, SampledReference):
        figures = estimated_accuracy(
            reference.sample, reference.answers(number), legend.names, reference.ground, rng
        )
        head["points"] = len(reference.reference)
        head["hectares"] = _hectares(reference.ground)
        warnings += _warnings_of_few(figures)
    else:
        figures = _of_matrices(reference, number, legend)
        head["points"] = int(reference.counts[number].sum())
        head["hectares"] = _hectares(reference.ground)
        warnings.append(SAID[reference.design])
    return head | {"warnings": warnings} | figures


def _of_matrices(reference: ChosenReference, number: int, legend: Legend) -> dict[str, Any]:
    size = len(legend.names)
    counts, areas = (
        _grown(matrices[number], size) for matrices in (reference.counts, reference.areas)
    )
    return described_accuracy(areas, counts, legend.names, reference.ground)


def _grown(matrix: NDArray[Any], size: int) -> NDArray[np.float64]:
    """With room for classes that a later reference has brought; the last row is of empty ground."""
    grown = np.zeros((size + 1, size))
    had = matrix.shape[1]
    grown[:had, :had], grown[-1, :had] = matrix[:-1], matrix[-1]
    return grown


def _warnings_of_few(figures: dict[str, Any]) -> list[str]:
    names = figures["few_points"]
    if not names:
        return []
    covered = [
        row["area"]["measured_coverage"]
        for row in figures["classes"]
        if row["name"] in names and row["area"].get("measured_coverage") is not None
    ]
    held = (
        f"; in simulated samples like this one they held the truth in {min(covered):.1%}"
        if covered
        else ""
    )
    if covered and max(covered) > min(covered):
        held += f" to {max(covered):.1%}"
    return [
        f"Some stratum has fewer than {FEW} points with, or without, the class {', '.join(names)}: the "
        f"intervals of their areas are those of small samples (Wilson's, joined over strata){held}."
    ]


def _differences(
    maps: Sequence[ClassMap], references: Sequence[tuple[Reference, int]], legend: Legend
) -> list[dict[str, Any]]:
    """Each further map against the first, at the same points."""
    first = references[0][0]
    if not isinstance(first, SampledReference) or any(one is not first for one, _ in references):
        return []
    return [
        {"map": maps[number].path.name, "against": maps[0].path.name}
        | map_difference(first.sample, first.answers(0), first.answers(number), legend.names)
        for number in range(1, len(maps))
    ]


def _together(
    maps: Sequence[ClassMap],
    references: Sequence[tuple[Reference, int]],
    legend: Legend,
    rng: np.random.Generator,
) -> dict[str, Any] | None:
    """Figures of all maps' ground, where each has a sample of its own."""
    samples = [one for one, _ in references if isinstance(one, SampledReference)]
    if len(samples) < len(maps) or len({id(one) for one in samples}) < 2:
        return None
    offsets = np.cumsum([0, *(len(one.sample.pixels) for one in samples)])
    sample = PointSample(
        np.concatenate(
            [one.sample.stratum + at for one, at in zip(samples, offsets, strict=False)]
        ),
        np.concatenate([one.sample.pixels for one in samples]),
        np.concatenate([one.sample.area for one in samples]),
    )
    joined = SampledReference(
        "stratified",
        sample,
        np.concatenate([one.reference for one in samples]),
        [np.concatenate([one.mapped[0] for one in samples])],
        float(sum(one.ground for one in samples)),
        [],
    )
    figures = estimated_accuracy(sample, joined.answers(), legend.names, joined.ground, rng)
    return {
        "map": "all maps together",
        "points": len(joined.reference),
        "hectares": _hectares(joined.ground),
        "design": joined.design,
        "warnings": _warnings_of_few(figures),
    } | figures


def _hectares(ground: float) -> float | None:
    return round(ground / 10_000, 4) if np.isfinite(ground) else None
