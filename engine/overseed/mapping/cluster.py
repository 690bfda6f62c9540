"""Maps made by many machines: rows of windows are spread over a dask.distributed cluster that is there already.

Workers must see the raster, the model and the map's folder under the same paths, and have Overseed
installed. Each part of a map is a file in a hidden folder beside it, so that a job that was stopped, or whose
worker died, does only what is missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import time
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass, fields
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from overseed import __version__
from overseed.errors import InputError, OverseedError, ResourceError
from overseed.files import sha256_of
from overseed.mapping.classifier import Classifier, Ensemble
from overseed.mapping.mapper import RowSource
from overseed.mapping.opening import ModelChoice
from overseed.mapping.rows import MadeRows, Request, Task, Tick, map_rows, plan_task

#: Rows of windows in a part. The row above each part is run once more, to blend with it.
ROWS = 4
#: Seconds between looks at whether to stop, and for reaching the scheduler.
LOOK, CONNECT = 0.1, 10.0
#: Letters that tell the parts of one job from those of another.
WORD = 12


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
        _probe(address)
        try:
            self._client = Client(address, timeout="10s", set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise _unreachable(address) from error

    @property
    def workers(self) -> int:
        """How many workers the scheduler has."""
        return len(self._client.scheduler_info()["workers"])

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
        self,
        request: Request,
        choice: ModelChoice,
        model: Classifier,
        about: Any,
        fresh: bool = False,
    ) -> ClusterMap:
        """Hand out what is missing of one map.

        Parameters
        ----------
        model:
            What ``choice`` opens here.
        about:
            Whatever else the map depends on, as JSON values: fingerprints of the raster.
        fresh:
            Make all parts anew.
        """
        task = plan_task(request, model)
        digests = tuple(sha256_of(member.path) for member in model.members)
        word = _digest(request, choice, [about, digests])
        folder = request.out.with_name(f".{request.out.name}.{word}")
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        count = len(task.plan.rows.starts)
        parts = [
            _Part(range(first, min(count, first + ROWS)), folder / f"{first:06}.npz")
            for first in range(0, count, ROWS)
        ]
        futures = {
            part.file: self._client.submit(
                make_part, request, choice, digests, part.rows, part.file, pure=False
            )
            for part in parts
            if not part.file.is_file()
        }
        return ClusterMap(self._client, request.out, parts, futures)


class ClusterMap:
    """The parts of one map that a cluster makes."""

    def __init__(
        self, client: Any, out: Path, parts: list[_Part], futures: dict[Path, Any]
    ) -> None:
        self._client, self._out, self._parts = client, out, parts
        self._futures = futures

    def rows(self, tick: Tick) -> RowSource:
        """What :func:`~overseed.mapping.mapper.map_raster` takes for ``rows``."""

        def source(task: Task) -> Generator[MadeRows]:
            columns = len(task.plan.cols.starts)
            try:
                for part in self._parts:
                    done = part.rows.start * columns
                    self._wait(part, partial(tick, done, len(task.plan), "window"))
                    with np.load(part.file) as arrays:
                        yield [arrays[name] for name in arrays.files]
            finally:
                # What is under way ends by itself; what has not begun never does.
                self._client.cancel([f for f in self._futures.values() if not f.done()])

        return source

    def discard(self) -> None:
        """Remove the parts, once the map is there; also those of earlier jobs that made the same file."""
        ours = re.compile(rf"\.{re.escape(self._out.name)}\.[0-9a-f]{{{WORD}}}")
        for folder in self._out.parent.iterdir():
            if ours.fullmatch(folder.name):
                shutil.rmtree(folder, ignore_errors=True)

    def _wait(self, part: _Part, look: Callable[[], None]) -> None:
        """Wait until a part is there; ``look`` is called meanwhile."""
        future = self._futures.get(part.file)
        while future is not None and not future.done():
            look()
            time.sleep(LOOK)
        look()
        if future is not None:
            try:
                future.result()
            except (OverseedError, MemoryError, OSError):
                raise
            except Exception as error:
                # Dask's own errors have no common base class other than Exception.
                raise ResourceError(
                    "cluster.failed",
                    f"The cluster could not make a part of {self._out.name} ({type(error).__name__}: {error}).",
                    "See the workers' logs; start the same command again, and only what is missing is made.",
                ) from error
        if not part.file.is_file():
            raise InputError(
                "cluster.not-shared",
                f"A worker made a part of the map, but {part.file} is not here.",
                "Give --out a folder that all workers and this machine share under the same path.",
            )


def make_part(
    request: Request, choice: ModelChoice, digests: tuple[str, ...], rows: range, file: Path
) -> None:
    """Make some rows of windows of a map and keep what each product holds there; runs on a worker.

    ``digests`` are those of the models as the client sees them.

    Raises
    ------
    InputError
        ``cluster.other-model`` when the worker finds other files there.
    """
    if file.is_file():
        return
    model = _opened(choice, digests)
    task = plan_task(request, model)
    made = list(map_rows(task, model, rows, lambda done, total, unit: None, choice.threads))
    columns = [np.concatenate(parts, axis=1) for parts in zip(*made, strict=True)]
    # Processes on several machines may have the same number.
    unnamed = file.with_name(f".{uuid.uuid4().hex}-{file.name}")
    try:
        with unnamed.open("wb") as stream:
            np.savez(stream, *columns)
        os.replace(unnamed, file)
    finally:
        unnamed.unlink(missing_ok=True)


@lru_cache(maxsize=2)
def _opened(choice: ModelChoice, digests: tuple[str, ...]) -> Ensemble:
    model = choice.open()
    if tuple(sha256_of(member.path) for member in model.members) != digests:
        raise InputError(
            "cluster.other-model",
            f"A worker finds another model at {choice.paths[0]} than this machine does.",
            "Put the model where all workers see the same file.",
        )
    return model


def _probe(address: str) -> None:
    """Refuse an address where nobody listens; dask itself would try for long."""
    found = re.fullmatch(r"(?:[a-z]+://)?\[?([^\]/]+)\]?:([0-9]{1,5})/?", address.strip())
    try:
        if found is None or address.startswith("http"):
            raise OSError("not of the form tcp://host:port")
        with socket.create_connection((found[1], int(found[2])), timeout=CONNECT):
            pass
    except (OSError, OverflowError) as error:
        raise _unreachable(address) from error


def _unreachable(address: str) -> InputError:
    return InputError(
        "cluster.unreachable",
        f"There is no dask scheduler at {address}.",
        "Start one with 'dask scheduler' and workers with 'dask worker', or check the address, such as "
        "tcp://host:8786.",
    )


def _digest(request: Request, choice: ModelChoice, about: Any) -> str:
    """What the parts of a map depend on, as one short word."""
    import shapely

    values = {f.name: getattr(request, f.name) for f in fields(request)}
    if request.polygons is not None:
        values["polygons"] = [g.hex() for g in shapely.to_wkb(request.polygons)]
    values |= {f.name: getattr(choice, f.name) for f in fields(choice) if f.name != "threads"}
    text = json.dumps([__version__, ROWS, values, about], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:WORD]
