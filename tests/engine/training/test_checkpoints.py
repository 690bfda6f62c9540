"""A log that goes on holds each step once, also after a process was killed while it wrote."""

import json

from overseed.training import checkpoints
from overseed.training.checkpoints import CheckpointWriter, append_jsonl, continue_jsonl


def test_rows_after_the_checkpoint_go_and_half_a_line_too(tmp_path):
    log = tmp_path / "training.jsonl"
    for step in (20, 40, 60):
        append_jsonl(log, {"step": step, "losses": {}})
    with log.open("a") as stream:
        stream.write('{"step": 80, "los')
    continue_jsonl(log, 40)
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == [20, 40]
    append_jsonl(log, {"step": 60, "losses": {}})
    assert len(log.read_text().splitlines()) == 3


def test_a_new_training_begins_a_new_log(tmp_path):
    log = tmp_path / "training.jsonl"
    append_jsonl(log, {"step": 20})
    continue_jsonl(log, 0)
    assert not log.exists()
    continue_jsonl(log, 0)


class Clock:
    """Writing takes two seconds, and nothing else passes by itself."""

    now = 0.0

    def __call__(self):
        return self.now


def test_checkpoints_take_a_small_share_of_the_time(tmp_path, monkeypatch):
    clock, written = Clock(), []

    def slow(folder, step, modules, optimizers, state):
        clock.now += 2
        written.append(step)

    monkeypatch.setattr(checkpoints, "save_checkpoint", slow)
    writer = CheckpointWriter(tmp_path, {}, {}, clock)
    for step in range(100):
        clock.now += 1
        writer.write_if_due(step, {})
    assert written[0] == 0
    assert 2 * len(written) <= checkpoints.WRITING_SHARE * clock.now + 2
    assert len(written) == 3
    writer.write(100, {})
    assert written[-1] == 100


def test_discarded_checkpoints_leave_no_empty_folders(tmp_path):
    for part in ("prior", "labels"):
        (tmp_path / part).mkdir()
        (tmp_path / part / checkpoints.WEIGHTS).write_bytes(b"x")
    (tmp_path / checkpoints.WEIGHTS).write_bytes(b"x")
    (tmp_path / "labels/training.jsonl").write_text("{}")
    checkpoints.discard_checkpoint(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["labels"]
    assert [path.name for path in (tmp_path / "labels").iterdir()] == ["training.jsonl"]
