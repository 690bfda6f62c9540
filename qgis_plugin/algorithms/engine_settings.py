"""What the engine says about its settings: limits, defaults, choices and a sentence each."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional

from ..texts import tr

FILE = Path(__file__).with_name("settings.json")


@dataclass(frozen=True)
class Setting:
    """One setting of one of the engine's commands.

    ``default`` is None where there is none; ``choices`` is empty where anything goes; ``minimum`` and
    ``maximum`` are None where there is no limit. ``many`` says that it may be repeated, ``positional`` that
    the command line takes it by its place.
    """

    name: str
    description: str
    default: Any
    choices: tuple[str, ...]
    minimum: Optional[float]
    maximum: Optional[float]
    many: bool
    positional: bool

    @property
    def option(self) -> str:
        """The option of the command line."""
        return "--" + self.name.replace("_", "-")


def setting(command: str, name: str) -> Setting:
    """Return a setting of a command; raises ``KeyError`` when the engine has none of that name."""
    schema = _schema()[command]["properties"][name]
    kind = _kind(schema)
    many = kind.get("type") == "array"
    limits = kind.get("items", kind) if many else kind
    default = schema.get("default")
    return Setting(
        name=name,
        description=tr(schema["description"]),
        default=None if many else default,
        choices=tuple(limits.get("enum", ())),
        minimum=limits.get("minimum", limits.get("exclusiveMinimum")),
        maximum=limits.get("maximum", limits.get("exclusiveMaximum")),
        many=many,
        positional=bool(schema.get("argument")),
    )


def has_setting(command: str, name: str) -> bool:
    """Return whether a command has a setting of that name."""
    return name in _schema()[command]["properties"]


def summary(command: str) -> str:
    """Return what the engine says about a command, in one sentence."""
    return tr(" ".join(_schema()[command]["description"].split()))


def effort_plan(effort: str) -> dict[str, int]:
    """Return how many steps and samples an effort stands for; raises ``KeyError`` for another word."""
    return dict(_schema()["efforts"][effort])


def _kind(schema: dict) -> dict:
    """The schema of a value that is there, where it may also be left out."""
    variants = schema.get("anyOf", [schema])
    return next(v for v in variants if v.get("type") != "null")


@lru_cache(maxsize=1)
def _schema() -> dict:
    return json.loads(FILE.read_text(encoding="utf-8"))
