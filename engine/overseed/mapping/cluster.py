"""Maps made by many machines: rows of windows are spread over a dask.distributed cluster that is there already.

Workers must see the raster, the model and the map's folder under the same paths, and have Overseed
installed. Each part of a map is a file in a hidden folder beside it, so that a job that was stopped, or whose
worker died, does only what is missing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Generator
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from overseed import __version__
from overseed.errors import InputError
from overseed.files import whole
from overseed.mapping.classifier import Classifier, Ensemble
from overseed.mapping.mapper import RowSource
from overseed.mapping.opening import ModelChoice
from overseed.mapping.rows import MadeRows, Request, Task, Tick, map_rows, plan_task

#: Rows of windows in a part. The row above each part is run once more, to blend with it.
ROWS = 4
#: How often a part is tried when workers die under it, and seconds between looks at whether to stop.
TRIES, LOOK = 5, 0.3


@dataclass(frozen=True)
class _Part:
    rows: range
    file: Path


class Cluster:
    """A connection to a scheduler.

    Parameters
    ----------
    address:
        Such as ``tcp://host:8786``.

    Raises
    ------
    InputError
        ``cluster.no-dask`` when dask.distributed is not installed, ``cluster.unreachable``.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise InputError(
                "cluster.no-dask",
                "--scheduler needs dask.distributed, which is not installed.",
                "Install it with: pip install 'overseed[distributed]'.",
            ) from error
        try:
            self._client = Client(address, timeout="10s", set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(
                "cluster.unreachable",
                f"There is no dask scheduler at {address}.",
                "Start one with 'dask scheduler' and workers with 'dask worker', or check the address.",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def submit(
        self, request: Request, choice: ModelChoice, model: Classifier, about: Any
    ) -> ClusterMap:
        """Hand out what is missing of one map.

        Parameters
        ----------
        model:
            What ``choice`` opens here.
        about:
            Whatever else the map depends on, as JSON values: fingerprints of raster and models.
        """
        task = plan_task(request, model)
        folder = request.out.with_name(f".{request.out.name}.{_digest(request, choice, about)}")
        folder.mkdir(parents=True, exist_ok=True)
        count = len(task.plan.rows.starts)
        parts = [
            _Part(range(first, min(count, first + ROWS)), folder / f"{first:06}.npz")
            for first in range(0, count, ROWS)
        ]
        futures = {
            part.file: self._client.submit(
                make_part, request, choice, part.rows, part.file, pure=False, retries=TRIES
            )
            for part in parts
            if not part.file.is_file()
        }
        return ClusterMap(self._client, folder, parts, futures)


class ClusterMap:
    """The parts of one map that a cluster makes."""

    def __init__(
        self, client: Any, folder: Path, parts: list[_Part], futures: dict[Path, Any]
    ) -> None:
        self._client, self._folder, self._parts = client, folder, parts
        self._futures = futures

    def rows(self, tick: Tick) -> RowSource:
        """What :func:`~overseed.mapping.mapper.map_raster` takes for ``rows``."""

        def source(task: Task) -> Generator[MadeRows]:
            columns = len(task.plan.cols.starts)
            try:
                for part in self._parts:
                    done = part.rows.start * columns
                    self._wait(part, lambda done=done: tick(done, len(task.plan), "window"))
                    with np.load(part.file) as arrays:
                        yield [arrays[name] for name in arrays.files]
            finally:
                # What is under way ends by itself; what has not begun never does.
                self._client.cancel([f for f in self._futures.values() if not f.done()])

        return source

    def discard(self) -> None:
        """Remove the parts, once the map is there."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self, part: _Part, look: Any) -> None:
        from distributed import TimeoutError as NotYet

        future = self._futures.get(part.file)
        while future is not None:
            look()
            try:
                future.result(timeout=LOOK)
                return
            except NotYet:
                continue
        look()


def make_part(request: Request, choice: ModelChoice, rows: range, file: Path) -> None:
    """Make some rows of windows of a map and keep what each product holds there; runs on a worker."""
    if file.is_file():
        return
    model = _opened(choice)
    task = plan_task(request, model)
    made = list(map_rows(task, model, rows, lambda done, total, unit: None, choice.threads))
    columns = [np.concatenate(parts, axis=1) for parts in zip(*made, strict=True)]
    with whole(file) as partial, partial.open("wb") as stream:
        np.savez(stream, *columns)


@lru_cache(maxsize=2)
def _opened(choice: ModelChoice) -> Ensemble:
    return choice.open()


def _digest(request: Request, choice: ModelChoice, about: Any) -> str:
    """What the parts of a map depend on, as one short word."""
    import shapely

    values = {f.name: getattr(request, f.name) for f in fields(request)}
    if request.polygons is not None:
        values["polygons"] = [g.hex() for g in shapely.to_wkb(request.polygons)]
    values |= {f.name: getattr(choice, f.name) for f in fields(choice) if f.name != "threads"}
    text = json.dumps([__version__, ROWS, values, about], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
