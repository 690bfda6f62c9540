"""Installation into a QGIS profile: the settings file and the plugin's folder."""

import subprocess

import pytest

from build_tools import profiles
from build_tools.processes import Stop, clean_environment
from build_tools.qgis import _find_python

EXISTING = (
    "[General]\n"
    "locale=de\n"
    "[PythonPlugins]\n"
    "processing=true\n"
    "\n"
    "[gps]\n"
    r"path=C:\\data\\a=b; \x416" + "\n"
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home in which no QGIS was ever started."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("QGIS_CUSTOM_CONFIG_PATH", raising=False)
    monkeypatch.setattr(profiles.sys, "platform", "linux")
    return tmp_path / "QGIS"


def test_a_value_goes_to_the_end_of_its_group():
    text = profiles.with_value(EXISTING, "PythonPlugins", "overseed_qgis", "true")
    assert text == EXISTING.replace("processing=true\n", "processing=true\noverseed_qgis=true\n")


def test_a_new_group_goes_to_the_end_and_keeps_the_rest():
    text = profiles.with_value(EXISTING, "overseed", "engine_python", '"/a b"')
    assert text == EXISTING + '\n[overseed]\nengine_python="/a b"\n'


def test_an_older_value_is_replaced_in_every_group_of_that_name():
    text = "[overseed]\nengine_python=/old\n[x]\nengine_python=/mine\n[overseed]\nengine_python=/o"
    assert profiles.with_value(text, "overseed", "engine_python", "/new") == (
        "[overseed]\nengine_python=/new\n[x]\nengine_python=/mine\n[overseed]\nengine_python=/new\n"
    )


def test_setting_twice_changes_nothing_more():
    once = profiles.with_value(EXISTING, "overseed", "engine_python", "/new")
    assert profiles.with_value(once, "overseed", "engine_python", "/new") == once


def test_groups_and_keys_differ_by_case():
    text = profiles.with_value("[Overseed]\nEngine_Python=1\n", "overseed", "engine_python", "2")
    assert text == "[Overseed]\nEngine_Python=1\n\n[overseed]\nengine_python=2\n"


def test_windows_line_ends_and_foreign_bytes_survive(tmp_path):
    path = tmp_path / "QGIS3.ini"
    before = b"[UI]\r\nstate=@ByteArray(\xff\xe9)\r\n[PythonPlugins]\r\nprocessing=true\r\n"
    path.write_bytes(before)
    profiles.set_values(path, {("PythonPlugins", "overseed_qgis"): "true"})
    assert path.read_bytes() == before + b"overseed_qgis=true\r\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["QGIS3.ini"]


@pytest.mark.parametrize(
    "value",
    ["/opt/overseed/.venv/bin/python", 'C:\\Users\\Zoë "x"', "/a,b;c=d e/%41", "/данные/é1/🌱f"],
)
def test_qsettings_reads_what_was_written(tmp_path, value):
    python = _find_python()
    if python is None:
        pytest.skip("needs the Qt of QGIS")
    path = tmp_path / "QGIS3.ini"
    profiles.set_values(path, {("overseed", "engine_python"): profiles.quoted(value)})
    code = (
        "import sys; from qgis.PyQt.QtCore import QSettings; "
        "settings = QSettings(sys.argv[1], QSettings.Format.IniFormat); "
        "sys.stdout.buffer.write(settings.value('overseed/engine_python').encode())"
    )
    done = subprocess.run(
        [python, "-c", code, path], env=clean_environment(), capture_output=True, check=True
    )
    assert done.stdout.decode() == value


def test_the_default_profile_need_not_exist(home):
    assert profiles.profile_folders("default") == [(3, home / "QGIS3" / "profiles" / "default")]


def test_both_versions_are_served_where_both_have_the_profile(home):
    for major in (3, 4):
        (home / f"QGIS{major}" / "profiles" / "default").mkdir(parents=True)
    assert [major for major, _ in profiles.profile_folders("default")] == [3, 4]


def test_only_qgis_4_is_served_where_it_is_alone(home):
    (home / "QGIS4").mkdir(parents=True)
    assert [major for major, _ in profiles.profile_folders("default")] == [4]


def test_an_unknown_profile_is_refused_with_the_known_ones(home):
    (home / "QGIS3" / "profiles" / "work").mkdir(parents=True)
    with pytest.raises(Stop, match="no QGIS profile 'wrok'; there are: work"):
        profiles.profile_folders("wrok")


def test_installing_replaces_an_older_copy(tmp_path):
    target = profiles.install_files(tmp_path)
    (target / "left-over.py").write_text("")
    assert profiles.install_files(tmp_path) == target
    assert not (target / "left-over.py").exists()
    assert (target / "metadata.txt").is_file()
    assert (target / "__init__.py").is_file()
    assert [entry.name for entry in target.parent.iterdir()] == ["overseed_qgis"]


def test_installing_replaces_a_link_and_spares_what_it_points_to(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    plugins = tmp_path / "profile" / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "overseed_qgis").symlink_to(precious)
    target = profiles.install_files(tmp_path / "profile")
    assert not target.is_symlink()
    assert (precious / "file").exists()
