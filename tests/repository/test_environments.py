"""Environments: stamps, half-made folders, the missing pip, and the pinned lists."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from build_tools import environments
from build_tools.processes import ROOT

SCRIPTS = [ROOT / "build.py", *sorted((ROOT / "build_tools").glob("*.py"))]
LISTS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.fixture
def qgis_environment(tmp_path, monkeypatch):
    """Makes the smallest of the environments for real, in a scratch folder and without packages."""
    monkeypatch.setattr(environments, "QGIS", tmp_path / "environment")
    monkeypatch.setattr(environments, "REQUIREMENTS", tmp_path)
    (tmp_path / "test-qgis.txt").write_text("# nothing\n")
    shutil.copy(ROOT / "requirements" / "uv.txt", tmp_path)
    return lambda: environments.qgis_environment(sys.executable)


def test_a_finished_environment_is_kept(qgis_environment):
    python = qgis_environment()
    mark = environments.QGIS / "mark"
    mark.touch()
    assert qgis_environment() == python
    assert mark.exists()


def test_changed_requirements_make_it_anew(qgis_environment, tmp_path):
    qgis_environment()
    mark = environments.QGIS / "mark"
    mark.touch()
    (tmp_path / "test-qgis.txt").write_text("# something else\n")
    qgis_environment()
    assert not mark.exists()


@pytest.mark.parametrize("missing", ["overseed-stamp", "pyvenv.cfg", "bin/python", "everything"])
def test_a_half_made_environment_is_made_anew(qgis_environment, missing):
    qgis_environment()
    if missing == "everything":
        shutil.rmtree(environments.QGIS)
        environments.QGIS.mkdir()
    else:
        (environments.QGIS / missing).unlink()
    if missing == "pyvenv.cfg":
        # Such a Python still starts, so that only the stamp could tell; it goes with the rest.
        (environments.QGIS / environments.STAMP).unlink()
    (environments.QGIS / "mark").touch()
    python = qgis_environment()
    assert not (environments.QGIS / "mark").exists()
    done = subprocess.run([python, "-c", "import sys; print(sys.prefix)"], capture_output=True)
    assert Path(done.stdout.decode().strip()) == environments.QGIS


def test_a_moved_environment_is_not_current(qgis_environment, monkeypatch, tmp_path):
    qgis_environment()
    inputs = [tmp_path / "test-qgis.txt"]
    assert environments.is_current(environments.QGIS, inputs)
    monkeypatch.setattr(environments, "ROOT", tmp_path / "elsewhere")
    assert not environments.is_current(environments.QGIS, inputs)


@pytest.mark.skipif(os.name == "nt", reason="PATH is set the Unix way")
def test_without_pip_one_sentence_names_the_package(tmp_path):
    for name in ("build.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("build_tools", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name)
    no_pip = tmp_path / "no-pip"
    (no_pip / "pip").mkdir(parents=True)
    (no_pip / "pip" / "__init__.py").write_text("raise ImportError('no pip here')\n")
    done = subprocess.run(
        [sys.executable, "build.py", "demo"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path), "PYTHONPATH": str(no_pip)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.fullmatch(r"build\.py: [^\n]*package python3-pip [^\n]*\.\n", done.stderr)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_build_scripts_run_on_python_3_9_with_its_library_alone(script):
    tree = ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 9))
    for node in ast.walk(tree):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module]
        for module in modules:
            top = module.split(".")[0]
            assert top == "build_tools" or top in sys.stdlib_module_names, module
            # Newer than 3.9, though the running library has it.
            assert top != "tomllib"


@pytest.mark.parametrize("listed", LISTS, ids=lambda path: path.name)
def test_lists_pin_by_hash_and_name_no_index(listed):
    text = listed.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in re.sub("^#.*$", "", text, flags=re.MULTILINE)
    requirements = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    lines = [line for line in requirements.splitlines() if line.strip()]
    assert lines
    for line in lines:
        assert re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line


def test_the_engines_list_holds_all_that_pyproject_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = (ROOT / "requirements" / "engine.txt").read_text(encoding="utf-8")
    asked = project["project"]["dependencies"] + project["build-system"]["requires"]
    for requirement in asked:
        name = re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower()
        assert re.search(rf"^{re.escape(name)}==", pinned, re.MULTILINE), requirement
