"""The report's section on what was asked of the run: its data and the settings that shape the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from overseed.arms import NONE
from overseed.reporting import wording
from overseed.reporting.content import RunContent


def asked(content: RunContent) -> list[tuple[str, str]]:
    """Rows of words and what was set; those that the run says nothing about are left out."""
    chosen = content.provenance.settings
    rows = [
        ("rasters", _names(chosen.get("raster"))),
        ("labels", _labels(chosen)),
        ("classes", _classes(content)),
        ("rare", _rare(content)),
        ("outside the polygons", _rest(chosen)),
        ("bands", _bands(chosen)),
        ("imbalance", _imbalance(chosen)),
        ("held out", _held_out(chosen)),
        ("effort", str(chosen.get("effort") or "")),
        ("seed", str(chosen["seed"]) if "seed" in chosen else ""),
    ]
    return [(name, text) for name, text in rows if text]


def _names(sources: Any) -> str:
    """File names, without the folders of somebody's disk."""
    found = [Path(str(s).partition("|")[0]).name or str(s) for s in sources or []]
    return wording.enumeration(list(dict.fromkeys(found)))


def _labels(chosen: dict[str, Any]) -> str:
    names = _names(chosen.get("labels"))
    field = chosen.get("class_field")
    return f"{names}, field {field}" if names and field else names


def _classes(content: RunContent) -> str:
    return wording.enumeration(content.table.names)


def _rare(content: RunContent) -> str:
    table, chosen = content.table, content.provenance.settings
    if not len(table):
        return ""
    names = [table.names[i] for i in table.rare_indices]
    if not names:
        return "none"
    why = "as named" if chosen.get("rare") else ""
    if not why and chosen.get("rare_below"):
        why = f"below {_share(chosen['rare_below'])} of the labelled pixels"
    return wording.enumeration(names) + (f" ({why})" if why else "")


def _rest(chosen: dict[str, Any]) -> str:
    return f"taken to be “{chosen['rest_as']}”" if chosen.get("rest_as") else ""


def _bands(chosen: dict[str, Any]) -> str:
    parts = [*map(str, chosen.get("bands") or []), *map(str, chosen.get("index") or [])]
    return wording.enumeration(parts)


def _imbalance(chosen: dict[str, Any]) -> str:
    arm = chosen.get("augment")
    if not arm:
        return ""
    return "real samples as they are" if arm == NONE else str(arm)


def _held_out(chosen: dict[str, Any]) -> str:
    if not chosen.get("val"):
        return ""
    if chosen.get("test_raster"):
        test = _names(chosen["test_raster"])
    elif chosen.get("test_area"):
        test = f"the blocks that {_names([chosen['test_area']])} touches"
    else:
        test = f"{_share(chosen.get('test'))} of the ground"
    return f"{test} for the test, {_share(chosen['val'])} for validation"


def _share(value: Any) -> str:
    """A share as it was set, without digits that nobody has given."""
    return "–" if value is None else f"{100 * value:.6g} %"
