"""The settings of all commands as JSON Schema, and what efforts stand for, for programs that build forms.

    python -m overseed.settings_schema FILE.json

The QGIS plugin carries such a file, so that its forms have the engine's limits, defaults and sentences without
starting the engine.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from overseed.cli import COMMANDS
from overseed.efforts import EFFORTS
from overseed.files import write_text


def settings_schema() -> dict[str, Any]:
    """JSON Schema of each command's settings, by the command's name; under ``efforts`` their plans."""
    schemas = {name: settings.model_json_schema() for name, (settings, _, _) in COMMANDS.items()}
    return schemas | {"efforts": {name: plan.model_dump() for name, plan in EFFORTS.items()}}


def as_text() -> str:
    """The same as the text of a file, the same for the same settings."""
    return json.dumps(settings_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    write_text(Path(sys.argv[1]), as_text())
