"""Many machines make the same map, bit for bit, also when a worker dies or the job is begun again."""

import os
import signal
import threading
import time

import numpy as np
import pytest
import rasterio

from overseed.errors import Cancelled, InputError
from overseed.events import Reporter
from overseed.map_settings import ClassifySettings
from overseed.mapping import cluster as module
from overseed.stages.classify import classify
from tests.engine.mapping.model_maker import (
    BANDS,
    Pixelwise,
    random_weights,
    write_model,
    write_raster,
)

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    """Three workers in processes of their own on this machine."""
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, dashboard_address=None
    ) as running:
        yield running


@pytest.fixture
def job(tmp_path):
    """Settings of a map in many parts."""
    image = np.random.default_rng(0).integers(1, 10_000, (3, 1500, 700), dtype=np.uint16)
    image[:, 400:500, 200:300] = 0
    return {
        "raster": [write_raster(tmp_path / "r.tif", image, BANDS, nodata=0)],
        "model": write_model(tmp_path / "m.onnx", Pixelwise(*random_weights(3, 5000.0)), 3),
        "window": 64, "overlap": 0.5, "device": "cpu", "threads": 1,
    }  # fmt: skip


def mapped(job, out, reporter=None, **more):
    out.parent.mkdir(exist_ok=True)
    settings = ClassifySettings(out=out, confidence=out.with_name("c.tif"), **job, **more)
    classify(settings, reporter)
    return out.read_bytes(), out.with_name("c.tif").read_bytes()


def pixels(path):
    with rasterio.open(path) as dataset:
        return dataset.read()


def parts_of(folder):
    return sorted(folder.glob(".map.tif.*/*.npz"))


def test_a_cluster_makes_the_same_map_though_a_worker_dies(cluster, job, tmp_path):
    mapped(job, tmp_path / "alone" / "map.tif")
    victim = next(iter(cluster.workers.values())).process.process.pid
    killed = []

    def kill_midway():
        while not killed:
            if len(parts_of(tmp_path / "many")) > 1:
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)
            time.sleep(0.01)

    (tmp_path / "many").mkdir()
    killer = threading.Thread(target=kill_midway, daemon=True)
    killer.start()
    mapped(job, tmp_path / "many" / "map.tif", scheduler=cluster.scheduler_address)
    killer.join(10)

    assert killed
    for name in ("map.tif", "c.tif"):
        one, many = (tmp_path / place / name for place in ("alone", "many"))
        np.testing.assert_array_equal(pixels(one), pixels(many))
    assert (tmp_path / "alone" / "map.tif").read_bytes() == (
        tmp_path / "many" / "map.tif"
    ).read_bytes()
    assert not list((tmp_path / "many").glob(".*"))


class StopsMidway(Reporter):
    """Cancels once some parts are there."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def progress(self, done, total, unit="step"):
        if len(parts_of(self.folder)) >= 3:
            raise Cancelled
        super().progress(done, total, unit)


def test_a_job_that_is_begun_again_makes_what_is_missing(cluster, job, tmp_path):
    out = tmp_path / "map.tif"
    scheduler = cluster.scheduler_address
    with pytest.raises(Cancelled):
        mapped(job, out, StopsMidway(tmp_path), scheduler=scheduler)
    assert not out.exists()
    before = {path: path.stat().st_mtime_ns for path in parts_of(tmp_path)}
    assert len(before) >= 3
    made = []
    original = distributed.Client.submit

    def counted(self, task, *arguments, **more):
        made.append(arguments[-1])
        return original(self, task, *arguments, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributed.Client, "submit", counted)
        mapped(job, out, scheduler=scheduler)
    assert made
    assert not set(made) & set(before)
    mapped(job, tmp_path / "alone" / "map.tif")
    np.testing.assert_array_equal(pixels(out), pixels(tmp_path / "alone" / "map.tif"))


def test_another_raster_does_not_take_over_old_parts(cluster, job, tmp_path):
    out, scheduler = tmp_path / "map.tif", cluster.scheduler_address
    with pytest.raises(Cancelled):
        mapped(job, out, StopsMidway(tmp_path), scheduler=scheduler)
    image = np.random.default_rng(9).integers(1, 10_000, (3, 1500, 700), dtype=np.uint16)
    write_raster(tmp_path / "r.tif", image, BANDS, nodata=0)
    mapped(job, out, scheduler=scheduler)
    mapped(job, tmp_path / "alone" / "map.tif")
    np.testing.assert_array_equal(pixels(out), pixels(tmp_path / "alone" / "map.tif"))


def test_a_worker_does_not_keep_a_model_that_was_trained_anew(cluster, job, tmp_path):
    out, scheduler = tmp_path / "map.tif", cluster.scheduler_address
    mapped(job, out, scheduler=scheduler)
    before = pixels(out)
    weight, bias = random_weights(3, 5000.0)
    write_model(job["model"], Pixelwise(-weight, -bias), 3)
    mapped(job, out, scheduler=scheduler)
    mapped(job, tmp_path / "alone" / "map.tif")
    np.testing.assert_array_equal(pixels(out), pixels(tmp_path / "alone" / "map.tif"))
    assert (pixels(out) != before).mean() > 0.5


def test_a_relative_raster_is_found_by_workers_elsewhere(cluster, job, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    job["raster"] = ["r.tif"]
    mapped(job, tmp_path / "map.tif", scheduler=cluster.scheduler_address)
    assert (tmp_path / "map.tif").is_file()


def test_what_a_worker_refuses_reaches_the_person(cluster, job, tmp_path, monkeypatch):
    def refuse(*arguments):
        raise InputError("raster.corrupt", "It is damaged.", "Get it again.")

    monkeypatch.setattr(module, "make_part", refuse)
    with pytest.raises(InputError, match="It is damaged") as caught:
        mapped(job, tmp_path / "map.tif", scheduler=cluster.scheduler_address)
    assert caught.value.hint == "Get it again."


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:9", "nonsense", "", "http://127.0.0.1:8787", "127.0.0.1"]
)
def test_a_scheduler_that_is_not_there_is_refused(job, tmp_path, address):
    with pytest.raises(InputError) as caught:
        mapped(job, tmp_path / "map.tif", scheduler=address)
    assert caught.value.code == "cluster.unreachable"
