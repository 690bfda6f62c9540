"""Run folders that stages can begin in."""

import pytest

from overseed.config import PrepareSettings
from overseed.stages.prepare import prepare


@pytest.fixture(scope="session")
def prepared_run(scene, tmp_path_factory):
    """Return a function that makes a new run folder of the simulated scene, prepared in tiles of 64."""

    def make():
        run = tmp_path_factory.mktemp("prepared") / "run"
        prepare(
            PrepareSettings(
                run=run, raster=[scene["raster"]], labels=[scene["labels"]],
                class_field=scene["class_field"], tile_size=64,
            )
        )  # fmt: skip
        return run

    return make
