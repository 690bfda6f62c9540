"""Installing for real: real uv, real environments, a tiny engine."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from overseed_qgis.setup import places
from overseed_qgis.setup.child import SetupCancelled
from overseed_qgis.setup.installer import Watcher, install, repair
from overseed_qgis.setup.network import Network
from overseed_qgis.setup.reasons import SetupFailed

NOTHING = Network()


def carry_out(plan, watch, how=install):
    return how(plan, NOTHING, Watcher(watch.say, watch.cancelled))


def gone(alive, word):
    """Wait at most ten seconds for the end of all processes that have a word in their command."""
    deadline = time.monotonic() + 10
    while alive(word) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(word)


def test_from_a_folder_without_the_network(tiny, watch):
    health = carry_out(tiny.plan(), watch)
    installed = places.current(tiny.root)
    assert (health.version, health.python) == ("0.1.0", str(installed.python))
    assert installed.folder.name == "engine-0.1.0"
    assert installed.record["offline"] == str(tiny.wheels)
    fractions = [fraction for _, fraction in watch.said]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert places.unfinished(tiny.root) == []
    log = (tiny.root / "setup.log").read_text(encoding="utf-8")
    assert "--require-hashes" in log
    assert "--no-index" in log


def test_the_environment_is_not_qgis_own(tiny, watch, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    carry_out(tiny.plan(), watch)
    python = places.current(tiny.root).python
    code = "import sys, smallone; print(sys.prefix); print('qgis' in sys.path)"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str(tiny.root / "engine-0.1.0"), "False"]


def test_from_an_index_cancelled_and_continued(tiny, watch, index, alive):
    index.hold = "largeone"
    failures = []

    def first():
        try:
            carry_out(tiny.plan(offline=False), watch)
        except SetupCancelled as cancelled:
            failures.append(cancelled)

    thread = threading.Thread(target=first)
    thread.start()
    assert index.held.wait(60)
    for _ in range(300):
        # Unpacked, and noted as such.
        cache = tiny.root / "cache"
        unpacked = list(cache.glob("archive*/*/smallone-1.0.dist-info/RECORD"))
        if unpacked and list(cache.glob("wheels*/**/smallone/*.http")):
            break
        time.sleep(0.1)
    watch.stop = True
    thread.join(10)
    assert not thread.is_alive()
    assert len(failures) == 1
    assert gone(alive, str(tiny.root))
    assert places.current(tiny.root) is None
    assert [folder.name for folder in places.unfinished(tiny.root)] == ["engine-0.1.0"]
    index.hold, watch.stop = "", False
    carry_out(tiny.plan(offline=False), watch)
    assert places.current(tiny.root).folder.name == "engine-0.1.0"
    # What was whole is not downloaded again.
    assert index.served.count("smallone-1.0-py3-none-any.whl") == 1
    assert index.served.count("largeone-1.0-py3-none-any.whl") == 2
    assert list((tiny.root / "cache").rglob(".tmp*")) == []


def test_an_upgrade_stands_beside_and_a_failed_one_changes_nothing(tiny, watch):
    carry_out(tiny.plan(), watch)
    first = places.current(tiny.root)
    tiny.engine("import sys; sys.exit('ImportError: DLL load failed while importing _C')")
    with pytest.raises(SetupFailed, match="Visual C") as failure:
        carry_out(tiny.plan(), watch)
    assert failure.value.name == "runtime"
    assert places.current(tiny.root) == first
    (tiny.materials.lists / "engine.txt").open("a").write("# another list\n")
    tiny.engine("import json; print(json.dumps({'outputs': {'versions': {'overseed': '0.1.0'}}}))")
    carry_out(tiny.plan(), watch)
    assert places.current(tiny.root).folder.name != first.folder.name
    assert places.others(tiny.root) == [first.folder]
    assert first.python.exists()
    places.remove(places.others(tiny.root))
    assert places.current(tiny.root).python.exists()


def test_repair_takes_nothing_from_the_damaged_one(tiny, watch, index):
    carry_out(tiny.plan(offline=False), watch)
    broken = places.current(tiny.root)
    (damaged,) = broken.folder.rglob("largeone/data.bin")
    with damaged.open("r+b") as file:
        file.write(b"damaged")
    carry_out(tiny.plan(offline=False), watch, repair)
    (sound,) = places.current(tiny.root).folder.rglob("largeone/data.bin")
    assert places.current(tiny.root).folder != broken.folder
    assert sound.read_bytes()[:7] != b"damaged"


def test_an_engine_of_another_version_is_not_taken(tiny, watch):
    tiny.engine("import json; print(json.dumps({'outputs': {'versions': {'overseed': '9.9'}}}))")
    with pytest.raises(SetupFailed, match=r"9\.9.*0\.1\.0"):
        carry_out(tiny.plan(), watch)
    assert places.current(tiny.root) is None


def test_only_one_set_up_at_a_time(tiny, watch):
    tiny.root.mkdir()
    code = (
        "import fcntl, sys; file = open(sys.argv[1], 'a'); fcntl.flock(file, fcntl.LOCK_EX); "
        "print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tiny.root / "setup.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(SetupFailed, match="Another QGIS"):
        carry_out(tiny.plan(), watch)
    holder.communicate()
    carry_out(tiny.plan(), watch)


def test_too_little_room_is_said_before_anything_is_downloaded(tiny, watch, monkeypatch):
    monkeypatch.setattr("overseed_qgis.setup.plan.free_bytes", lambda folder: 1_000_000_000)
    with pytest.raises(SetupFailed, match=r"1\.0 GB free.*more are needed"):
        carry_out(tiny.plan(), watch)
    assert not (tiny.root / "cache").exists()


def test_everything_is_removed_and_nothing_else(tiny, watch):
    carry_out(tiny.plan(), watch)
    (tiny.root / "mine.txt").write_text("a person's own")
    places.remove(places.everything(tiny.root))
    assert {path.name for path in tiny.root.iterdir()} == {"mine.txt", "setup.lock"}


def test_a_password_of_a_proxy_is_in_no_log(tiny, watch, index, monkeypatch):
    # This machine is reached directly, so the index is asked for by another name.
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://index.invalid/simple")
    network = Network(proxy="http://anna:secret-word@127.0.0.1:9")
    with pytest.raises(SetupFailed, match="proxy could not be used"):
        install(tiny.plan(offline=False), network, Watcher(watch.say, watch.cancelled))
    for path in [*tiny.root.glob("*.log"), *tiny.root.glob("*.json")]:
        assert "secret-word" not in path.read_text(encoding="utf-8"), path


def test_the_guard_ends_everything_when_qgis_is_killed(tmp_path, alive):
    mark = f"mark-{os.getpid()}"
    code = f"""
import sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from overseed_qgis.setup.child import run_child
sleeper = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', "
sleeper += "'import time; time.sleep(60)', '{mark}']); print('up', flush=True); time.sleep(60)"
with open({str(tmp_path / "log")!r}, "w") as log:
    run_child([sys.executable, "-c", sleeper, "{mark}"], None, Path("."), log, lambda: False,
              lambda line: print(line, flush=True))
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "up\n"
    assert alive(mark)
    parent.kill()
    parent.communicate()
    assert gone(alive, mark)


def test_the_log_has_an_end(tmp_path):
    from overseed_qgis.setup.child import run_child

    path = tmp_path / "log"
    with path.open("w") as log:
        command = [sys.executable, "-c", "for n in range(50000): print('x' * 50)"]
        ended = run_child(command, dict(os.environ), tmp_path, log, lambda: False)
    assert (ended.code, len(ended.lines)) == (0, 60)
    assert path.stat().st_size < 1_500_000


def test_notes_that_cannot_be_read_count_as_none(tmp_path):
    (tmp_path / "current.json").write_text("{")
    assert places.current(tmp_path) is None
    for name in ("../elsewhere", "/etc", "cache"):
        (tmp_path / "current.json").write_text(json.dumps({"folder": name}))
        assert places.current(tmp_path) is None


@pytest.mark.parametrize(
    ("windows", "local", "expected"),
    [
        (False, "", "/profile/overseed"),
        (True, "/users/me/AppData/Local", "/users/me/AppData/Local/Overseed"),
        (True, "", "/profile/overseed"),
    ],
)
def test_gigabytes_do_not_go_into_a_roaming_profile(windows, local, expected):
    assert places.default_root("/profile", {"LOCALAPPDATA": local}, windows) == Path(expected)
