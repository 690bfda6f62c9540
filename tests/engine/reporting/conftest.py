"""Fixtures of the report's tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine.reporting.run_maker import RunMaker, small_scene


@pytest.fixture
def make_run(tmp_path: Path):
    """Make a :class:`RunMaker`; keyword arguments go to it, the scene is small unless given."""

    def make(**options: Any) -> RunMaker:
        if "image" not in options:
            options["image"], options["labels"] = small_scene()
        return RunMaker(tmp_path / "run", **options)

    return make
