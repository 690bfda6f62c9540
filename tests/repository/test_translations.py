"""The .ts files: up to date with the sources, complete, and with the same placeholders."""

import pytest

from build_tools import translations
from build_tools.processes import Stop
from build_tools.translations import Entry, collect, merged, problems, read_ts, ts_files, ts_text

COMMAND = "run `python3 build.py translations`"
each_file = pytest.mark.parametrize("path", ts_files(), ids=lambda path: path.name)


def test_german_is_there():
    assert "overseed_de.ts" in [path.name for path in ts_files()]


@each_file
def test_the_file_holds_the_sentences_of_the_sources(path):
    wanted = set(collect())
    held = {entry.source for entry in read_ts(path) if entry.state != "vanished"}
    assert held == wanted, f"{COMMAND}: {sorted(held ^ wanted)}"


@each_file
def test_the_file_is_as_the_command_writes_it(path):
    text = ts_text(translations.language_of(path), merged(collect(), read_ts(path)))
    assert path.read_text(encoding="utf-8") == text, COMMAND


def test_german_is_complete():
    path = next(path for path in ts_files() if path.name == "overseed_de.ts")
    missing = [entry.source for entry in read_ts(path) if entry.state == "unfinished"]
    assert missing == [], f"{COMMAND}, then translate what it lists in {path.name}"


@each_file
def test_translations_have_the_placeholders_of_their_sources(path):
    wrong = {entry.source: problems(entry) for entry in read_ts(path) if problems(entry)}
    assert wrong == {}


def test_differences_are_found():
    assert problems(Entry("{a} of {b:.0f}", "{a} von {b}", "")) == ["placeholders differ"]
    assert problems(Entry("<p>a</p>", "a", "")) == ["HTML tags differ"]
    assert problems(Entry("&Clear…", "Leeren…", "")) == ["mnemonics (&) differ"]
    assert problems(Entry("Open…", "Öffnen", "")) == ["ellipses differ"]
    assert problems(Entry("&Clear {a}…", "{a} &leeren…", "")) == []


def test_translations_are_kept_and_vanished_ones_marked_and_revived():
    before = [Entry("a", "A", ""), Entry("gone", "weg", ""), Entry("new soon", "")]
    after = merged(["a", "b"], before)
    assert [(e.source, e.state) for e in after] == [
        ("a", ""),
        ("b", "unfinished"),
        ("gone", "vanished"),
    ]
    assert merged(["gone"], after)[0] == Entry("gone", "weg", "")


def test_ts_files_survive_a_round_trip(tmp_path):
    entries = [Entry("a < b & “c”", "ä > ö", ""), Entry("x"), Entry("y", "z", "vanished")]
    path = tmp_path / "overseed_de.ts"
    path.write_text(ts_text("de", entries), encoding="utf-8")
    assert read_ts(path) == entries


def test_sentences_that_are_put_together_are_refused(tmp_path, monkeypatch):
    (tmp_path / "algorithms").mkdir()
    (tmp_path / "algorithms" / "settings.json").write_text("{}")
    (tmp_path / "a.py").write_text('tr("one" " sentence")\ntr("a" if x else "b")\n')
    monkeypatch.setattr(translations, "PLUGIN", tmp_path)
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    monkeypatch.setattr(translations, "ENGINE_SENTENCES", tmp_path / "algorithms/settings.json")
    assert collect() == ["a", "b", "one sentence"]
    (tmp_path / "b.py").write_text('\ntr(f"{a} of b")\n')
    with pytest.raises(Stop, match=r"b\.py, line 2: tr\(\) needs one plain text"):
        collect()


def test_only_language_codes_are_languages():
    with pytest.raises(Stop, match=r"'\.\./x' is no language"):
        translations.run("../x")
