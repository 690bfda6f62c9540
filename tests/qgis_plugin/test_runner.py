"""The runner against real child processes that do what engines should not do."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from overseed_qgis.engine.failures import EngineCancelled, EngineFailed
from overseed_qgis.engine.runner import Patience, run_engine

FAST = Patience(cancel=1.0, silence=30, stuck=60, poll=0.05, drain=1.0)


def run(command, feedback, patience=FAST):
    return run_engine(command, dict(os.environ), os.getcwd(), feedback, patience)


def alive(pid: int) -> bool:
    """Whether the process still does something; one that only waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone(pid: int, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pid)


def pid_in(infos) -> int:
    return int(next(info for info in infos if info.startswith("pid ")).split()[1])


def test_result_progress_and_log_reach_qgis(engine, feedback):
    outputs = run(
        engine(
            """
            hello()
            say("stage", stage="prepare", index=1, count=2, label="Prepare")
            say("progress", stage="prepare", done=1, total=2, unit="tile", eta_s=1)
            say("stage", stage="train", index=2, count=2, label="Train U-Net")
            say("progress", stage="train", done=1, total=4, unit="step")
            say("metric", stage="train", name="val_macro_f1", value=0.61, step=400)
            say("warning", code="a.b", message="Few polygons.")
            say("log", level="info", message="Schön: 5 Klassen.")
            say("heartbeat")
            say("result", outputs={"map": "m.tif"})
            """
        ),
        feedback,
    )
    assert outputs == {"map": "m.tif"}
    assert feedback.stages == ["Prepare", "Train U-Net"]
    assert feedback.fractions == [25, 50, 62.5]
    assert feedback.warnings == ["Few polygons."]
    assert "Schön: 5 Klassen." in feedback.infos
    assert "val_macro_f1 = 0.61 (step 400)" in feedback.infos


def test_progress_of_a_part_is_that_of_the_whole(engine, feedback):
    body = """
    hello()
    say("progress", stage="a", done=1, total=2, unit="step")
    say("progress", stage="a", done=2, total=2, unit="step")
    say("result", outputs={})
    """
    for number in (1, 2):
        run_engine(engine(body), dict(os.environ), os.getcwd(), feedback, FAST, part=(number, 2))
    assert feedback.fractions == pytest.approx([25, 50, 75, 100])


def test_progress_never_goes_back(engine, feedback):
    run(
        engine(
            """
            hello()
            say("stage", stage="a", index=2, count=4, label="A")
            say("progress", stage="a", done=9, total=10)
            say("progress", stage="a", done=2, total=10)
            say("progress", stage="a", done=50, total=10)
            say("stage", stage="b", index=2, count=4, label="B")
            say("progress", stage="b", done=1, total=0)
            say("result", outputs={})
            """
        ),
        feedback,
    )
    assert feedback.fractions == sorted(feedback.fractions)
    assert feedback.fractions[-1] == 50


def test_garbage_on_standard_output_is_logged_and_ignored(engine, feedback):
    outputs = run(
        engine(
            """
            print("Downloading weights: 10%")
            hello()
            sys.stdout.flush()
            sys.stdout.buffer.write(b"\\xff\\xfe\\x00 not text\\n[1, 2]\\n{\\"event\\": 3}\\n")
            say("progress", stage="x", done="many", total=None)
            say("stage", stage="x")
            print("[" * 100000)
            say("result", outputs={"map": "m.tif"})
            """
        ),
        feedback,
    )
    assert outputs == {"map": "m.tif"}
    assert "Downloading weights: 10%" in feedback.details
    assert any("not text" in line for line in feedback.details)
    assert any('"many"' in line for line in feedback.details)


def test_endless_garbage_neither_fills_the_log_nor_delays_cancel(engine, feedback):
    threading.Timer(1.0, feedback.cancel).start()
    started = time.monotonic()
    with pytest.raises(EngineCancelled):
        run(engine('hello()\nwhile True: print("garbage " * 20)'), feedback)
    assert time.monotonic() - started < 8
    assert len(feedback.details) < 1000


def test_error_event_becomes_message_and_hint(engine, feedback):
    with pytest.raises(EngineFailed) as failure:
        run(
            engine(
                """
                hello()
                say("error", code="labels.no-overlap", message="The polygons miss the raster.",
                    hint="Choose another layer.", log="/tmp/run.log")
                sys.exit(2)
                """
            ),
            feedback,
        )
    assert str(failure.value) == (
        "The polygons miss the raster.\nChoose another layer.\nLog: /tmp/run.log"
    )


def test_crash_tells_the_exit_code_and_the_last_lines(engine, feedback):
    with pytest.raises(EngineFailed) as failure:
        run(engine('hello()\nraise SystemError("broken wheel")'), feedback)
    assert "exit code 1" in str(failure.value)
    assert "SystemError: broken wheel" in str(failure.value)


def test_death_by_signal_is_named(engine, feedback):
    with pytest.raises(EngineFailed, match=r"SIGKILL.*memory"):
        run(engine("hello()\nos.kill(os.getpid(), signal.SIGKILL)"), feedback)


def test_end_without_result_is_a_failure(engine, feedback):
    with pytest.raises(EngineFailed, match="ended without a result"):
        run(engine("hello()"), feedback)


def test_result_of_a_failed_engine_does_not_count(engine, feedback):
    with pytest.raises(EngineFailed, match="exit code 4"):
        run(engine('hello()\nsay("result", outputs={})\nsys.exit(4)'), feedback)


def test_stop_from_outside_can_be_continued(engine, feedback):
    with pytest.raises(EngineFailed, match="Press Run to continue"):
        run(engine("hello()\nsys.exit(3)"), feedback)


def test_interpreter_without_the_engine(feedback):
    with pytest.raises(EngineFailed, match="does not hold the engine"):
        run([sys.executable, "-c", "raise SystemExit('No module named overseed')"], feedback)


def test_interpreter_that_is_not_there(feedback, tmp_path):
    with pytest.raises(EngineFailed, match="could not be started"):
        run([str(tmp_path / "python")], feedback)


def test_engine_of_another_protocol_is_ended_at_once(engine, feedback):
    started = time.monotonic()
    with pytest.raises(EngineFailed, match=r"version 2 .* same release"):
        run(engine("hello(2)\ntime.sleep(60)"), feedback)
    assert time.monotonic() - started < 10


def test_engine_that_listens_is_not_killed(engine, feedback, tmp_path):
    mark = tmp_path / "checkpoint"
    body = f"""
        hello()
        line = sys.stdin.readline()
        assert json.loads(line) == {{"cmd": "cancel"}}
        time.sleep(0.5)
        open({str(mark)!r}, "w").close()
        sys.exit(3)
        """
    threading.Timer(0.5, feedback.cancel).start()
    with pytest.raises(EngineCancelled):
        run(engine(body), feedback)
    assert mark.exists()


def test_engine_that_ignores_cancel_is_killed_with_its_children(engine, feedback):
    body = """
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c",
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"])
        hello()
        say("log", message=f"pid {os.getpid()} child")
        say("log", message=f"child {child.pid}")
        time.sleep(300)
        """
    threading.Timer(1.0, feedback.cancel).start()
    started = time.monotonic()
    with pytest.raises(EngineCancelled):
        run(engine(body), feedback)
    assert time.monotonic() - started < 8
    child = int(next(info for info in feedback.infos if info.startswith("child ")).split()[1])
    assert gone(pid_in(feedback.infos))
    assert gone(child)
    assert feedback.warnings == ["The engine did not stop by itself and was ended."]


def test_children_of_a_crashed_engine_are_killed(engine, feedback):
    body = """
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
        hello()
        say("log", message=f"pid {child.pid}")
        os._exit(1)
        """
    with pytest.raises(EngineFailed):
        run(engine(body), feedback)
    assert gone(pid_in(feedback.infos))


def test_silence_is_warned_of_and_then_ended(engine, feedback):
    patience = Patience(cancel=1, silence=0.5, stuck=1.5, poll=0.05)
    with pytest.raises(EngineFailed, match="no sign of life"):
        run(engine("hello()\ntime.sleep(60)"), feedback, patience)
    assert len(feedback.warnings) == 1
    assert "may be stuck" in feedback.warnings[0]


def test_heartbeats_keep_a_slow_engine_alive(engine, feedback):
    patience = Patience(cancel=1, silence=1.0, stuck=1.5, poll=0.05)
    body = """
        hello()
        for _ in range(10):
            time.sleep(0.3)
            say("heartbeat")
        say("result", outputs={})
        """
    assert run(engine(body), feedback, patience) == {}
    assert feedback.warnings == []


@pytest.mark.skipif(os.name == "nt", reason="Windows ends the job object instead")
def test_engine_sees_its_input_end_when_its_parent_is_killed(engine, tmp_path):
    body = """
        hello()
        open("pid", "w").write(str(os.getpid()))
        sys.stdin.read()
        open("ended", "w").close()
        """
    parent = textwrap.dedent(
        f"""
        import os, sys
        sys.path[:0] = {sys.path!r}
        from overseed_qgis.engine.runner import run_engine
        class Feedback:
            def isCanceled(self): return False
            def __getattr__(self, name): return lambda *_: None
        run_engine({engine(body)!r}, dict(os.environ), {str(tmp_path)!r}, Feedback())
        """
    )
    qgis = subprocess.Popen([sys.executable, "-c", parent])
    pid = tmp_path / "pid"
    end = time.monotonic() + 10
    while not (pid.exists() and pid.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    child = int(pid.read_text())
    os.kill(qgis.pid, signal.SIGKILL)
    qgis.wait()
    assert gone(child)
    assert (tmp_path / "ended").exists()
