"""The commands' inner parts: child processes, the summary of the checks, the benchmark table."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from build_tools import benchmarks, checks
from build_tools.processes import ROOT, Stop, call

PYTHON = Path(sys.executable)


def test_call_returns_the_childs_exit_code():
    assert call([PYTHON, "-c", "raise SystemExit(3)"]) == 3


@pytest.mark.skipif(os.name == "nt", reason="signals are Unix's")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_command_lets_its_child_finish(tmp_path, number):
    child = """
        import signal, sys, time
        def stop(number, frame):
            time.sleep(0.5)
            print("checkpoint written", flush=True)
            sys.exit(3)
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        print("ready", flush=True)
        time.sleep(30)
    """
    # Whoever runs the tests in the background has Ctrl-C ignored, which children inherit.
    parent = """
        import signal, sys
        from build_tools.processes import Interrupted, call
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            call([sys.executable, sys.argv[1]])
        except Interrupted as interrupted:
            sys.exit(interrupted.exit_code)
    """
    for name, code in (("child.py", child), ("parent.py", parent)):
        (tmp_path / name).write_text(textwrap.dedent(code))
    process = subprocess.Popen(
        [PYTHON, tmp_path / "parent.py", tmp_path / "child.py"],
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline() == "ready\n"
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does on Ctrl-C
    else:
        process.send_signal(number)
    rest, _ = process.communicate(timeout=20)
    assert rest == "checkpoint written\n"
    assert process.returncode == 3


@pytest.mark.parametrize(
    ("body", "passed", "counted"),
    [
        ("def test_a(): pass\ndef test_b(): pass\n", True, "2 tests"),
        ("def test_a(): assert 0\n", False, "1 tests"),
        ("import os\ndef test_a(): os.abort()\n", False, "0 tests, exit code 134"),
        ("import pytest\n@pytest.mark.skip\ndef test_a(): pass\n", False, "0 tests, 1 skipped"),
        ("", False, "0 tests, exit code 5"),
        ("import nothing_of_that_name\n", False, "1 tests, exit code 2"),
    ],
    ids=["good", "failing", "crashing", "all skipped", "empty", "does not import"],
)
def test_a_part_passes_only_when_tests_ran_and_passed(tmp_path, monkeypatch, body, passed, counted):
    monkeypatch.setattr(checks, "RESULTS", tmp_path)
    (tmp_path / "test_part.py").write_text(body)
    part = checks._pytest(str(tmp_path), PYTHON)
    assert (part.passed, part.counted) == (passed, counted)


def test_the_summary_names_what_failed_and_what_was_left_out(capsys):
    good, bad = checks.Part("types", True, "", 1.0), checks.Part("lint", False, "", 2.0)
    assert checks._summary([good], left_out=["tests/qgis_plugin"]) == 0
    assert "Left out: tests/qgis_plugin.\n" in capsys.readouterr().out
    assert checks._summary([good, bad], left_out=[]) == 1
    assert capsys.readouterr().out.endswith("Failed: lint.\n")


def test_benchmark_results_become_rows_and_other_lines_pass(tmp_path, capfd):
    script = tmp_path / "speed.py"
    script.write_text(
        'print("warming up")\n'
        'print(\'{"what": "a", "value": 1, "against": "b", "ratio": 2.5}\')\n'
        "print('{\"other\": 1}')\n"
        "raise SystemExit(1)\n"
    )
    results, code = benchmarks._results(PYTHON, script)
    assert results == [{"what": "a", "value": 1, "against": "b", "ratio": 2.5}]
    assert code == 1
    assert capfd.readouterr().out == 'warming up\n{"other": 1}\n'
    assert benchmarks.table([["what", "x"], ["longer", "1"]]) == ["what    x", "longer  1"]


def test_an_unknown_benchmark_is_refused_with_the_known_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(benchmarks, "FOLDER", tmp_path)
    (tmp_path / "speed.py").touch()
    (tmp_path / "_shared.py").touch()
    with pytest.raises(Stop, match=r"no benchmark 'sped'; there are: speed\."):
        benchmarks._chosen("sped")


def test_peers_that_cannot_be_installed_leave_the_other_benchmarks(tmp_path, monkeypatch, capfd):
    def refused():
        raise Stop(".venv-bench could not be made.")

    for name in ("against_peer", "speed"):
        (tmp_path / f"{name}.py").write_text("print('ran', __file__)\n")
    monkeypatch.setattr(benchmarks, "FOLDER", tmp_path)
    monkeypatch.setattr(benchmarks, "WITH_PEERS", {"against_peer"})
    monkeypatch.setattr(benchmarks, "engine_environment", lambda: PYTHON)
    monkeypatch.setattr(benchmarks, "bench_environment", refused)
    assert benchmarks.run(None) == 1
    printed = capfd.readouterr().out
    assert ".venv-bench could not be made." in printed
    assert "speed.py" in printed
    assert "against_peer.py" not in printed
    assert "Failed: against_peer." in printed
