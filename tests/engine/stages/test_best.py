"""Which model a run folder names as its best."""

import json

from overseed.runs import RunFolder
from overseed.stages.train import update_best


def finished(root, arm, all_classes, rare):
    folder = root / "split-0" / "models" / arm / "seed-0"
    folder.mkdir(parents=True)
    scores = {"arm": arm, "validation": {"macro_f1": all_classes, "rare_macro_f1": rare}}
    (folder / "scores.json").write_text(json.dumps(scores))
    for name in ("record.json", "model.onnx"):
        (folder / name).write_text("{}")
    return folder


def test_rare_classes_decide(tmp_path):
    finished(tmp_path, "none", 0.9, 0.2)
    finished(tmp_path, "weighted", 0.7, 0.3)
    best = update_best(RunFolder(tmp_path))
    assert best["arm"] == "weighted"
    assert best["model"] == "split-0/models/weighted/seed-0"
    assert json.loads((tmp_path / "best.json").read_text()) == best


def test_without_rare_classes_all_decide(tmp_path):
    finished(tmp_path, "none", 0.9, None)
    finished(tmp_path, "weighted", 0.7, None)
    assert update_best(RunFolder(tmp_path))["arm"] == "none"


def test_a_control_and_what_is_not_finished_are_never_the_best(tmp_path):
    finished(tmp_path, "none", 0.5, 0.1)
    finished(tmp_path, "oversample+layout-only", 0.9, 0.9)
    (finished(tmp_path, "weighted", 0.9, 0.9) / "record.json").unlink()
    assert update_best(RunFolder(tmp_path))["arm"] == "none"


def test_without_any_model_there_is_none(tmp_path):
    finished(tmp_path, "noise", 0.5, 0.1)
    (tmp_path / "best.json").write_text('{"arm": "noise"}')
    assert update_best(RunFolder(tmp_path)) is None
    assert not (tmp_path / "best.json").exists()
