"""Bands: chosen by number or name, matched between rasters, and computed from others by formulas."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError

#: Spectral regions by the words that name them, and their usual wavelengths in nm.
_WORDS = {
    "blue": r"blue",
    "green": r"green",
    "red": r"red(?![ _-]?edge)",
    "nir": r"nir|near[ _-]?infra",
    "swir1": r"swir[ _-]?(1|16)?(?![0-9])",
}
_WAVELENGTHS = {"blue": 490, "green": 560, "red": 665, "nir": 842, "swir1": 1610}
#: A band this far from a region's wavelength, as a share of it, does not stand for it.
_OFF = 0.08
_SENTINEL2 = {"blue": "B02", "green": "B03", "red": "B04", "nir": "B08", "swir1": "B11"}

LONGEST_FORMULA = 300
LARGEST_NUMBER = 1e30
#: Stands for a band in braces inside a parsed formula; no band of a file is called so.
_BRACED = "_braced_band_"

#: Normalised differences: vegetation (Tucker 1979), open water (McFeeters 1996), built-up (Zha et al. 2003).
KNOWN_INDICES = {
    "NDVI": ("nir", "red"),
    "NDWI": ("green", "nir"),
    "NDBI": ("swir1", "nir"),
}


@dataclass(frozen=True)
class BandRecipe:
    """How the bands that networks see come from a raster's.

    ``names`` are bands of the raster. A value v of band i means ``v · scales[i] + offsets[i]`` in physical
    units; rasters with another scale or offset are brought to these units. ``indices`` are further bands as
    (name, formula); formulas see physical units. ``resolution`` is the pixel size in metres that rasters were
    resampled to, if they were.
    """

    names: tuple[str, ...]
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    indices: tuple[tuple[str, str], ...] = ()
    resolution: float | None = None

    @property
    def all_names(self) -> tuple[str, ...]:
        """Names of all bands, indices last."""
        return self.names + tuple(name for name, _ in self.indices)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`from_json` reads them."""
        return asdict(self)

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> BandRecipe:
        """Raises ``KeyError`` or ``TypeError`` when the content is no recipe."""
        return BandRecipe(
            tuple(str(name) for name in content["names"]),
            tuple(float(value) for value in content["scales"]),
            tuple(float(value) for value in content["offsets"]),
            tuple((str(name), str(formula)) for name, formula in content["indices"]),
            None if content["resolution"] is None else float(content["resolution"]),
        )


def select_bands(raster: str, names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Turn band numbers or names into band numbers from 1; all bands when nothing is wanted.

    Raises
    ------
    InputError
        ``bands.out-of-range``, ``bands.unknown`` or ``bands.repeated``; ``raster`` is named in them.
    """
    if not wanted:
        return list(range(1, len(names) + 1))
    numbers = []
    for band in wanted:
        if band in names:
            numbers.append(names.index(band) + 1)
        elif not re.fullmatch(r"-?[0-9]+", band):
            raise InputError(
                "bands.unknown",
                f"{raster} has no band named '{band}'.",
                f"Its bands are: {', '.join(names)}.",
            )
        elif not 1 <= int(band) <= len(names):
            raise InputError(
                "bands.out-of-range",
                f"Band {band} is out of range: {raster} has {len(names)} bands.",
                f"Give numbers from 1 to {len(names)}.",
            )
        else:
            numbers.append(int(band))
    if len(set(numbers)) < len(numbers):
        raise InputError(
            "bands.repeated",
            f"A band of {raster} is named twice: {', '.join(wanted)}.",
            "Name each band once.",
        )
    return numbers


def match_bands(raster: str, names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Find the bands of another scene: by name, by the spectral region that a name tells, else by position.

    Names that tell of other regions at the same positions are refused.

    Returns
    -------
    Band numbers from 1.

    Raises
    ------
    InputError
        ``bands.mismatch`` when their number or their names contradict.
    """
    if set(wanted) <= set(names):
        return [names.index(name) + 1 for name in wanted]
    generated = [re.fullmatch(r"band_(\d+)", name) for name in wanted]
    if all(generated):
        # Names made from positions: the same positions, as long as the raster has them.
        positions = [int(match.group(1)) for match in generated if match]
        whole = sorted(positions) == list(range(1, len(positions) + 1))
        if max(positions) <= len(names) and (not whole or len(positions) == len(names)):
            return positions
    elif not set(wanted) & set(names):
        ours, theirs = regions_of(wanted), regions_of(names)
        if all(ours) and set(ours) <= set(theirs):
            return [theirs.index(region) + 1 for region in ours]
        told = [one != other for one, other in zip(ours, theirs, strict=False) if one and other]
        if len(names) == len(wanted) and not any(told):
            return list(range(1, len(names) + 1))
    hint = "Give a raster with the same bands, or choose common ones with --bands."
    if len(names) != len(wanted):
        raise InputError(
            "bands.mismatch",
            f"{raster} has {len(names)} bands ({', '.join(names)}); {len(wanted)} are needed "
            f"({', '.join(wanted)}).",
            hint,
        )
    raise InputError(
        "bands.mismatch",
        f"The bands of {raster} ({', '.join(names)}) do not match those that are needed "
        f"({', '.join(wanted)}).",
        hint,
    )


def make_indices(wanted: Sequence[str], names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Turn ``NDVI`` or ``NAME=FORMULA`` into (name, formula) pairs and check them.

    Raises
    ------
    InputError
        ``bands.index`` for a formula that does not parse, names an unknown band, or an index whose
        spectral regions cannot be found among ``names``.
    """
    indices: list[tuple[str, str]] = []
    for text in wanted:
        name, equals, formula = (part.strip() for part in text.partition("="))
        if not equals:
            formula = _known_formula(name, names)
        if not name or name in names or name in (other for other, _ in indices):
            raise InputError(
                "bands.index",
                f"'{text}' needs a name that no other band has.",
                "Write NAME=FORMULA, for example wetness=(green-swir1)/(green+swir1).",
            )
        compile_formula(formula, names)
        indices.append((name, formula))
    return tuple(indices)


Formula = Callable[[Sequence[NDArray[np.float32]]], NDArray[np.float32]]


def compile_formula(text: str, names: Sequence[str]) -> Formula:
    """A function of the bands, ``(height, width)`` float32 each in the order of ``names``.

    Formulas know ``+ - * / **``, numbers, parentheses, ``nd(a, b)`` (the normalised difference, clipped to
    −1…1), ``sqrt``, ``log``, ``abs``, ``minimum`` and ``maximum``. Bands go by their names, by ``b1``,
    ``b2`` … or in braces where a name is no word: ``{842nm}``. Where a formula has no finite value the
    result is NaN.

    Raises
    ------
    InputError
        ``bands.index``.
    """

    def in_braces(match: re.Match[str]) -> str:
        if match.group(1) not in names:
            raise _bad_formula(text, f"there is no band '{match.group(1)}'", names)
        return f"{_BRACED}{names.index(match.group(1))}"

    if len(text) > LONGEST_FORMULA:
        raise _bad_formula(f"{text[:20]}…", f"it has more than {LONGEST_FORMULA} characters", names)
    try:
        tree = ast.parse(re.sub(r"\{([^}]*)\}", in_braces, text).strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError) as error:
        raise _bad_formula(text, "it does not parse", names) from error
    positions = {f"b{number}": number - 1 for number in range(1, len(names) + 1)}
    positions |= {name: number for number, name in enumerate(names)}
    positions |= {f"{_BRACED}{number}": number for number in range(len(names))}
    _check_formula(tree.body, text, positions, names)

    def evaluate(bands: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        with np.errstate(all="ignore"):
            value = np.asarray(_value(tree.body, bands, positions), np.float32)
        value = np.broadcast_to(value, bands[0].shape)
        return np.where(np.isfinite(value), value, np.float32(np.nan))

    return evaluate


def _known_formula(name: str, names: Sequence[str]) -> str:
    if name not in KNOWN_INDICES:
        raise InputError(
            "bands.index",
            f"'{name}' is no index that Overseed knows ({', '.join(KNOWN_INDICES)}).",
            "Write a formula: NAME=FORMULA, for example wetness=(green-swir1)/(green+swir1).",
        )
    first, second = (_band_of(region, names) for region in KNOWN_INDICES[name])
    if first is None or second is None:
        raise InputError(
            "bands.index",
            f"{name} needs the {' and '.join(KNOWN_INDICES[name])} bands, which cannot be told from the "
            f"names {', '.join(names)}.",
            f"Write it as a formula: {name}=nd(b4,b3), with the right band numbers.",
        )
    return f"nd({{{first}}}, {{{second}}})"


def regions_of(names: Sequence[str]) -> list[str | None]:
    """The spectral region that each name tells, if it does."""
    by_region = {region: _band_of(region, names) for region in _WORDS}
    told = {name: region for region, name in by_region.items() if name is not None}
    return [told.get(name) for name in names]


def _band_of(region: str, names: Sequence[str]) -> str | None:
    """The band of a spectral region, by Sentinel-2's numbers, by word or by wavelength."""
    tails = {name: re.split(r"[_\s]", name)[-1].upper() for name in names}
    if any(tail == "B8A" for tail in tails.values()):
        return next((n for n, tail in tails.items() if tail == _SENTINEL2[region]), None)
    for name in names:
        if re.search(rf"(?<![a-z])({_WORDS[region]})", name, re.IGNORECASE):
            return name
    waves = {}
    for name in names:
        found = re.search(r"(\d+(?:\.\d+)?)\s*nm", name)
        if found:
            waves[name] = abs(float(found.group(1)) / _WAVELENGTHS[region] - 1)
    nearest = min(waves, key=lambda name: waves[name], default=None)
    return nearest if nearest is not None and waves[nearest] <= _OFF else None


def _bad_formula(text: str, why: str, names: Sequence[str]) -> InputError:
    return InputError(
        "bands.index",
        f"The formula '{text}' cannot be used: {why}.",
        f"Bands are {', '.join(names)} (or b1, b2 …); write for example nd(b4, b3).",
    )


_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.USub: np.negative,
    ast.UAdd: np.positive,
}


def _normalised_difference(a: Any, b: Any) -> Any:
    return np.clip((a - b) / (a + b), -1, 1)


_FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "nd": (_normalised_difference, 2),
    "sqrt": (np.sqrt, 1),
    "log": (np.log, 1),
    "abs": (np.abs, 1),
    "minimum": (np.minimum, 2),
    "maximum": (np.maximum, 2),
}


def _check_formula(
    node: ast.expr, text: str, positions: Mapping[str, int], names: Sequence[str]
) -> None:
    """Refuse everything but arithmetic on bands, so that a formula can do nothing else."""
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        children = [node.left, node.right]
    elif isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        children = [node.operand]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function = _FUNCTIONS.get(node.func.id)
        if function is None or len(node.args) != function[1]:
            raise _bad_formula(text, f"'{ast.unparse(node)}' is no function of it", names)
        children = node.args
    elif isinstance(node, ast.Name):
        if node.id not in positions:
            raise _bad_formula(text, f"there is no band '{node.id}'", names)
        children = []
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        if not abs(node.value) <= LARGEST_NUMBER:  # type: ignore[arg-type]
            raise _bad_formula(text, "it holds a number that is too large", names)
        children = []
    else:
        raise _bad_formula(text, f"'{ast.unparse(node)}' is no arithmetic", names)
    for child in children:
        _check_formula(child, text, positions, names)


def _value(node: ast.expr, bands: Sequence[NDArray[Any]], positions: Mapping[str, int]) -> Any:
    if isinstance(node, ast.BinOp):
        left, right = (_value(side, bands, positions) for side in (node.left, node.right))
        return _OPERATORS[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](_value(node.operand, bands, positions))
    if isinstance(node, ast.Call):
        function, _ = _FUNCTIONS[node.func.id]  # type: ignore[attr-defined]
        return function(*(_value(argument, bands, positions) for argument in node.args))
    if isinstance(node, ast.Name):
        return bands[positions[node.id]]
    return np.float32(node.value)  # type: ignore[attr-defined]
