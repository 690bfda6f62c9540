"""Shell commands that make the parts of a run, and those that repeat it as it was made."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from overseed import config, map_settings
from overseed.arms import parse_arm
from overseed.reporting.content import Assessment
from overseed.setting_texts import written_numbers
from overseed.stages.sample_review import rejected_by_hand

#: Stages in the order of the work, with the settings that rebuild their commands.
STAGES: dict[str, type[config.Settings]] = {
    "prepare": config.PrepareSettings,
    "train-generator": config.TrainGeneratorSettings,
    "synthesize": config.SynthesizeSettings,
    "train": config.TrainSettings,
    "classify": map_settings.ClassifySettings,
    "fidelity": config.FidelitySettings,
    "compare": config.CompareSettings,
}
#: What `run` does not do by itself.
BESIDE_RUN = ("fidelity", "compare")


def commands_to_make(
    run: Path,
    chosen: dict[str, Any],
    inspection: dict[str, Any] | None,
    arms: Iterable[str],
    maps: Iterable[str],
) -> dict[str, str]:
    """The command that makes each part of a run, for the parts that it lacks.

    Parameters
    ----------
    chosen:
        The run's settings; their seed and effort stand in every command.
    arms:
        Arms that the run should have; each has its own command as ``train <arm>``.
    maps:
        Names of the maps that the run has.
    """
    place = shlex.quote(str(run))
    rasters = [str(r["path"]) for r in (inspection or {}).get("rasters", [])]
    rasters = [str(r) for r in chosen.get("raster") or rasters]
    data = _options(config.SplitSettings, chosen) if chosen.get("raster") else []
    words = shlex.join(data) or "--raster RASTER --labels LABELS"
    common = _options(
        config.Settings, {k: v for k, v in chosen.items() if k in ("seed", "effort") and v}
    )
    same = f" {shlex.join(common)}" if common else ""
    samples = parse_arm(chosen.get("augment", "spade")).samples
    method = f" --method {samples[0]}" if samples and samples[0] != "spade" else ""
    map_rasters = shlex.join(rasters) or "RASTER"
    out = run / "map" / "classified.tif" if len(rasters) < 2 else run / "map"
    found = list(maps)
    assessed = shlex.quote(str(run / "map" / (found[0] if found else "classified.tif")))
    target = shlex.quote(str(run / "assessment" / "assessment.json"))
    make = {
        "prepare": f"overseed prepare {place} {words}",
        "train-generator": f"overseed train-generator {place}{method}{same}",
        "synthesize": f"overseed synthesize {place}{method}{same}",
        "train": f"overseed train {place}{same}",
        "classify": f"overseed classify {map_rasters} --model {place} --out {shlex.quote(str(out))}",
        "run": f"overseed run {place} {words}",
        "sample-points": f"overseed sample-points {assessed} --out points.gpkg --leave-out {place}",
        "assess": f"overseed assess {assessed} --reference points.gpkg --out {target}",
    }
    for arm in arms:
        make[f"train {arm}"] = f"overseed train {place} --augment {arm}{same}"
    return make


def commands_to_repeat(
    run: Path,
    resolved: dict[str, Any],
    records: dict[str, dict[str, Any]],
    assessments: Iterable[Assessment],
) -> tuple[str, ...]:
    """The one `run` command, or one per stage when these were run by hand, and what came after it."""
    whole = _command("run", config.RunSettings, resolved) if resolved.get("raster") else None
    made = [whole] if whole else []
    stages = BESIDE_RUN if whole else tuple(STAGES)
    reviews = {
        folder: _review_command(run, folder, record)
        for folder, record in records.items()
        if record.get("stage") == "synthesize"
    }
    for folder, record in records.items():
        stage = record.get("stage")
        if stage in stages:
            made.append(_command(str(stage), STAGES[str(stage)], record.get("settings") or {}))
            made += reviews.pop(folder, [])
    # What was rejected between the stages of one `run` is rejected after it, and it goes on from there.
    left = [command for commands in reviews.values() for command in commands]
    if whole and left:
        made[1:1] = [*left, whole]
    for assessment in assessments:
        made += _assess_command(run, assessment)
    if made and (len(made) > 1 or not resolved.get("raster")):
        made.append(shlex.join(["overseed", "report", str(resolved.get("run") or run)]))
    return tuple(made)


def _review_command(run: Path, folder: str, record: dict[str, Any]) -> list[str]:
    """The decisions on the samples in a folder of the run."""
    rejected = rejected_by_hand(run / folder)
    if not rejected:
        return []
    settings = record.get("settings") or {}
    same = {name: settings.get(name) for name in ("run", "fold", "method", "seed")}
    more = {"reject": written_numbers(rejected)}
    return [_command("review", config.ReviewSettings, same | more)]


def _assess_command(run: Path, assessment: Assessment) -> list[str]:
    """An assessment knows its maps and references by name alone: those of the run lie in its folder."""
    if assessment.found is None:
        return []
    maps = [found for found in assessment.found.maps if found.reference]
    names = dict.fromkeys(found.name for found in maps)
    places = [str(run / "map" / name) if (run / "map" / name).is_file() else name for name in names]
    references = list(dict.fromkeys(found.reference for found in maps))
    words = [word for reference in references for word in ("--reference", reference)]
    words += _options(map_settings.AssessSettings, assessment.found.settings)
    target = str(run / "assessment" / assessment.name)
    return [shlex.join(["overseed", "assess", *places, *words, "--out", target])]


def _command(name: str, model: type[config.Settings], values: dict[str, Any]) -> str:
    arguments = [
        str(word)
        for field, info in model.model_fields.items()
        if (info.json_schema_extra or {}).get("argument") and values.get(field)  # type: ignore[union-attr]
        for word in (values[field] if isinstance(values[field], list) else [values[field]])
    ]
    return shlex.join(["overseed", name, *arguments, *_options(model, values)])


def _options(model: type[config.Settings], values: dict[str, Any]) -> list[str]:
    """Options for the settings that are not at their defaults, and the seed in any case."""
    words: list[str] = []
    for field, info in model.model_fields.items():
        value = values.get(field)
        if (info.json_schema_extra or {}).get("argument") or value is None or field == "fresh":  # type: ignore[union-attr]
            continue
        if value == info.get_default(call_default_factory=True) and field != "seed":
            continue
        option = f"--{field.replace('_', '-')}"
        if value is True:
            words.append(option)
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, bool):
                words += [option, str(part)]
    return words
