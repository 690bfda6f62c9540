"""Types of settings that are texts with a form: each is checked where a setting is made and kept as written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from overseed.arms import parse_arm, parse_arms, parse_terms
from overseed.setting_texts import (
    parse_extent,
    parse_min_patch,
    parse_named_shares,
    parse_numbers,
    parse_target,
)


def _checked_share(text: str) -> str:
    if text != "auto" and not _is_share(text):
        raise ValueError(f"'{text}' is neither auto nor a number between 0 and 1")
    return text


def _is_share(text: str) -> bool:
    try:
        return 0 < float(text) < 1
    except ValueError:
        return False


def _readable(parse: Callable[[str], Any]) -> Callable[[str], str]:
    """A check that keeps a text as it is when ``parse`` can read it."""

    def check(text: str) -> str:
        parse(text)
        return text

    return check


def as_list(value: Any) -> Any:
    """A single value as a list of one."""
    return [value] if isinstance(value, (str, Path)) else value


def _checked_loss(text: str) -> str:
    return "+".join(parse_terms(text))


def _checked_arms(text: str) -> str:
    return ",".join(arm.name for arm in parse_arms(text))


def _checked_mapping_arm(text: str) -> str:
    arm = parse_arm(text)
    if arm.is_forest or arm.is_control:
        raise ValueError(f"'{text}' is there to be compared with; no map is made with it")
    return text


#: A raster as users name it: a path, a GDAL name, a list or a pattern of files, a product.
RasterName = Annotated[str, BeforeValidator(str)]
#: Labels as users name them: a path, or path|layername=NAME and QGIS's other parts.
LabelsName = Annotated[str, BeforeValidator(str)]
#: A part of a raster: xmin,ymin,xmax,ymax.
Extent = Annotated[str, BeforeValidator(str), AfterValidator(_readable(parse_extent))]
#: Smallest patches of a map as text, see :func:`~overseed.setting_texts.parse_min_patch`.
MinPatch = Annotated[str, BeforeValidator(str), AfterValidator(_readable(parse_min_patch))]
#: Numbers between 0 and 1 by class name, parted by commas.
NamedShares = Annotated[str, BeforeValidator(str), AfterValidator(_readable(parse_named_shares))]
#: Numbers from 1 and stretches of them, see :func:`~overseed.setting_texts.parse_numbers`.
Numbers = Annotated[str, BeforeValidator(str), AfterValidator(_readable(parse_numbers))]
#: A length on the ground: pixels, or metres with an m behind.
Length = Annotated[str, BeforeValidator(str), StringConstraints(pattern=r"^[0-9]+(\.[0-9]+m|m)?$")]
#: A target distribution as text, see :func:`~overseed.setting_texts.parse_target`.
Target = Annotated[str, AfterValidator(_readable(parse_target))]
#: An arm by its canonical name, and several, parted by commas; see :mod:`overseed.arms`.
ArmName = Annotated[str, AfterValidator(lambda text: parse_arm(text).name)]
ArmNames = Annotated[str, AfterValidator(_checked_arms)]
#: An arm that a map may be made with.
MappingArm = Annotated[ArmName, AfterValidator(_checked_mapping_arm)]
#: A share between 0 and 1, or auto.
Share = Annotated[str, BeforeValidator(str), AfterValidator(_checked_share)]
#: A loss by its terms, joined by +.
LossName = Annotated[str, AfterValidator(_checked_loss)]
