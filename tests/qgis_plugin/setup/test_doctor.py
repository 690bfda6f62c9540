"""What is said of engines that are well, wrong, broken, silent or gone."""

import os
import sys
import textwrap
import time

import pytest

from overseed_qgis.setup.child import SetupCancelled
from overseed_qgis.setup.doctor import Health, check_engine, diagnosis, forget, recall, remember
from overseed_qgis.setup.reasons import SetupFailed


@pytest.fixture
def check(tmp_path):
    """Return a function that checks an engine made of lines of Python."""

    def run(body, **options):
        script = tmp_path / "engine.py"
        script.write_text(textwrap.dedent(body))
        python = tmp_path / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
        python.chmod(0o755)
        with (tmp_path / "log").open("w") as log:
            return check_engine(str(python), dict(os.environ), tmp_path, log, **options)

    return run


def test_a_healthy_engine(check, healthy):
    health = check(healthy)
    assert (health.version, health.text) == ("0.1.0", "all is well")
    assert "processor, 2 threads" in health.device_sentence()
    assert health.mismatch("0.1.0") == ""
    assert "0.1.0 and the plugin 0.2.0" in health.mismatch("0.2.0")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("import sys; sys.exit('/x/python: No module named overseed')", "engine"),
        ("import sys; sys.exit('ImportError: DLL load failed while importing _C')", "runtime"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "processor"),
        ("print('{\"outputs\": 1}'); print('no JSON {')", "garbage"),
        ("import sys; sys.stdout.buffer.write(b'\\xff' * 100000)", "garbage"),
        ("", "garbage"),
        ("import sys; print('something new'); sys.exit(1)", "unknown"),
    ],
)
def test_each_fault_is_a_sentence(check, body, name):
    with pytest.raises(SetupFailed) as failure:
        check(body)
    assert failure.value.name == name
    assert len(str(failure.value)) < 700


def test_an_engine_that_hangs_is_ended(check, alive, tmp_path):
    with pytest.raises(SetupFailed, match="did not answer within 1 seconds"):
        check("import time; time.sleep(60)", seconds=1.0)
    # Killed, but on a busy machine not yet gone.
    deadline = time.monotonic() + 10
    while alive(str(tmp_path / "engine.py")):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_check_can_be_cancelled(check):
    with pytest.raises(SetupCancelled):
        check("import time; time.sleep(60)", cancelled=lambda: True)


def test_an_engine_that_is_not_there(tmp_path):
    with (tmp_path / "log").open("w") as log, pytest.raises(SetupFailed):
        check_engine(str(tmp_path / "nowhere"), dict(os.environ), tmp_path, log)


def test_what_was_said_is_remembered_for_that_interpreter_alone(tmp_path):
    health = Health(
        "/a/python", {"overseed": "0.1.0"}, {"kind": "cuda", "name": "RTX"}, ("CUDA",), "t"
    )
    remember(tmp_path, health)
    assert recall(tmp_path, "/a/python") == health
    assert recall(tmp_path, "/b/python") is None
    assert "RTX" in health.device_sentence()
    (tmp_path / "checked.json").write_text('{"python": "/a/python", "versions": 3}')
    assert recall(tmp_path, "/a/python") is None
    forget(tmp_path)
    assert recall(tmp_path, "/a/python") is None


def test_the_diagnosis_names_what_matters_and_no_person(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    log = tmp_path / "setup.log"
    log.write_text(f"> {tmp_path}/uv venv\nNo space left on device\n")
    python = f"{tmp_path}/engine-0.1.0/bin/python"
    text = diagnosis("0.1.0", tmp_path, python, None, "The disk is full.", log)
    for part in ("plugin 0.1.0", "engine: ~/engine-0.1.0", "free on its disk", "The disk is full."):
        assert part in text
    assert "No space left on device" in text
    assert str(tmp_path) not in text
    well = Health(python, {"overseed": "0.1.0"}, {}, ("CPUExecutionProvider",), "torch 2.15.0")
    text = diagnosis("0.1.0", tmp_path, python, well, "", log)
    assert "torch 2.15.0" in text
    assert "CPUExecutionProvider" in text
    assert "No space" not in text
