"""Python environments: finding uv, choosing interpreters, making environments from pinned lists."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import ssl
import sys
from pathlib import Path

from build_tools.processes import ROOT, Stop, Word, clean_environment, must, output_of, say

ENGINE = ROOT / ".venv"
TEST = ROOT / ".venv-test"
BENCH = ROOT / ".venv-bench"
QGIS = ROOT / ".venv-qgis"
REQUIREMENTS = ROOT / "requirements"
TOOLS = ROOT / ".tools"
ENGINE_INPUTS = [REQUIREMENTS / "engine.txt", ROOT / "pyproject.toml"]

#: The engine runs on these; the upper end is the newest with wheels of all its libraries.
OLDEST, NEWEST = (3, 11), (3, 14)
#: The first uv that knows every option used here.
OLDEST_UV = (0, 5)
#: Written last into a finished environment; without it the environment is made anew.
STAMP = "overseed-stamp"


def engine_is_here() -> bool:
    """Whether `.venv` holds the engine already."""
    return is_current(ENGINE, ENGINE_INPUTS)


def engine_environment() -> Path:
    """The interpreter of `.venv`, which holds the engine; makes the environment when needed."""
    inputs = ENGINE_INPUTS
    if engine_is_here():
        return python_in(ENGINE)
    uv = find_uv()
    chosen = choose_python()
    say("Setting up the engine's environment in .venv; the first time this downloads about 4 GB.")
    _make(uv, ENGINE, chosen, inputs[0])
    must(
        [
            *(uv, "pip", "install", "--quiet", "--python", python_in(ENGINE)),
            *("--no-deps", "--no-build-isolation", "--editable", ROOT),
        ],
        "The engine could not be installed into .venv; the lines above say why.",
        uv_variables(),
    )
    _finish(ENGINE, inputs)
    return python_in(ENGINE)


def test_environment() -> Path:
    """The interpreter of `.venv-test`: the test tools, and behind them everything in `.venv`.

    A layer of its own keeps `.venv` exactly what users get; the extra `diffusion` is in the layer.
    """
    listed, extra = REQUIREMENTS / "test.txt", REQUIREMENTS / "engine-diffusion.txt"
    return _layer_over_engine(TEST, listed, "the test tools", extra)


def bench_environment() -> Path:
    """The interpreter of `.venv-bench`: the benchmarks' peers, and behind them the engine.

    Its list holds PyTorch once more, in the engine's version; uv links it instead of copying where it can.
    """
    return _layer_over_engine(BENCH, REQUIREMENTS / "bench.txt", "the benchmarks' peers")


def qgis_environment(qgis_python: str) -> Path:
    """The interpreter of `.venv-qgis`: pytest on top of the Python that QGIS uses."""
    inputs = [REQUIREMENTS / "test-qgis.txt"]
    if not is_current(QGIS, inputs):
        say("Setting up the QGIS test tools in .venv-qgis.")
        _make(find_uv(), QGIS, qgis_python, inputs[0], "--system-site-packages")
        _finish(QGIS, inputs)
    return python_in(QGIS)


def python_in(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_current(folder: Path, inputs: list[Path]) -> bool:
    """Whether an environment is whole and was made from these inputs, here, for its Python."""
    try:
        return (folder / STAMP).read_text(encoding="utf-8") == stamp_of(folder, inputs)
    except OSError:
        return False


def stamp_of(folder: Path, inputs: list[Path]) -> str | None:
    """What the stamp must hold: a digest of the inputs, the place and the Python version.

    The place counts because environments hold absolute paths. None when its Python does not run.
    """
    version = output_of([python_in(folder), "-c", "import sys; print(sys.version)"])
    if version is None:
        return None
    digest = hashlib.sha256(f"{ROOT}\n{version}\n".encode())
    for path in inputs:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def find_uv() -> str:
    """The path of uv: from PATH, else from a private folder, else put there by pip."""
    found = shutil.which("uv")
    if found and _is_new_enough(output_of([found, "--version"])):
        return found
    listed = REQUIREMENTS / "uv.txt"
    folder = TOOLS / f"uv-{hashlib.sha256(listed.read_bytes()).hexdigest()[:12]}"
    if not folder.is_dir():
        _install_uv(listed, folder)
    for place in ("bin", "Scripts"):
        private = shutil.which("uv", path=str(folder / place))
        if private:
            return private
    raise Stop(f"uv is not in {folder}; delete that folder and start again.", exit_code=1)


def choose_python() -> str:
    """What to tell uv about the engine's interpreter: this one where it will do."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    wanted = f">={_dotted(OLDEST)},<{NEWEST[0]}.{NEWEST[1] + 1}"
    say(
        f"The engine needs Python {_dotted(OLDEST)} to {_dotted(NEWEST)} and this is "
        f"{_dotted(sys.version_info[:2])}, so uv looks for another one or downloads it."
    )
    return wanted


def has_pip() -> bool:
    """Whether the interpreter that runs build.py has pip."""
    return output_of([sys.executable, "-m", "pip", "--version"]) is not None


def uv_variables() -> dict[str, str]:
    """The process environment for uv, with the package index and certificates that pip uses.

    uv does not read pip's configuration, so behind a company's mirror it would find nothing.
    """
    variables = clean_environment()
    if not any(name in variables for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        index = variables.get("PIP_INDEX_URL") or output_of(
            [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
        )
        if index:
            variables["UV_DEFAULT_INDEX"] = index
    if "PIP_CERT" in variables:
        variables.setdefault("SSL_CERT_FILE", variables["PIP_CERT"])
    if _has_system_certificates():
        # uv brings certificates of its own, which lack those that a company or a school adds.
        variables.setdefault("UV_SYSTEM_CERTS", "true")
    return variables


def _layer_over_engine(folder: Path, listed: Path, content: str, *extras: Path) -> Path:
    """The interpreter of a layer; of ``extras`` it gets what the engine's environment has not."""
    engine_python = engine_environment()
    inputs = [listed, *extras, REQUIREMENTS / "engine.txt", ROOT / "pyproject.toml"]
    if is_current(folder, inputs):
        return python_in(folder)
    say(f"Setting up {content} in {folder.name}.")
    _make(find_uv(), folder, str(engine_python), listed)
    for extra in extras:
        _install_beside(REQUIREMENTS / "engine.txt", extra, folder)
    # addsitedir, unlike a plain path, also honours the link to the engine's sources.
    layer = f"import site; site.addsitedir({_packages_of(engine_python)!r})\n"
    link = Path(_packages_of(python_in(folder)), "overseed-engine.pth")
    link.write_text(layer, encoding="utf-8")
    _finish(folder, inputs)
    return python_in(folder)


def _make(uv: str, folder: Path, python: str, listed: Path, *more: Word) -> None:
    failure = f"{folder.name} could not be made; the lines above say why."
    variables = uv_variables()
    # What lies there may be half an environment, which `uv venv --clear` does not take for one.
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
    must([uv, "venv", "--quiet", *more, "--python", python, folder], failure, variables)
    install = [uv, "pip", "install", "--python", python_in(folder), "--require-hashes"]
    must([*install, "--requirement", listed], failure, variables)


def _install_beside(present: Path, listed: Path, folder: Path) -> None:
    """Install what one list of packages has and another has not."""
    there = set(_packages_in(present))
    missing = folder / listed.name
    blocks = [block for name, block in _packages_in(listed).items() if name not in there]
    missing.write_text("".join(blocks), encoding="utf-8")
    must(
        [
            *(find_uv(), "pip", "install", "--python", python_in(folder)),
            *("--require-hashes", "--no-deps", "--requirement", missing),
        ],
        f"{folder.name} could not be made; the lines above say why.",
        uv_variables(),
    )


def _packages_in(listed: Path) -> dict[str, str]:
    """Each package of a list by its name: its line with the hashes that follow it."""
    text = listed.read_text(encoding="utf-8")
    blocks = re.findall(r"^[A-Za-z0-9].*\n(?:[ #].*\n)*", text, re.MULTILINE)
    return {block.split("==")[0]: block for block in blocks}


def _finish(folder: Path, inputs: list[Path]) -> None:
    stamp = stamp_of(folder, inputs)
    if stamp is None:
        raise Stop(f"The Python in {folder.name} does not run.", exit_code=1)
    (folder / STAMP).write_text(stamp, encoding="utf-8")


def _install_uv(listed: Path, folder: Path) -> None:
    if not has_pip():
        raise Stop(
            f"{sys.executable} has no pip, which is needed to set up the environments: install "
            "the package python3-pip (Debian, Ubuntu: apt install python3-pip)."
        )
    say("Installing uv into .tools.")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    must(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--require-hashes", "--requirement", listed, "--target", unfinished),
        ],
        "pip could not install uv; the lines above say why.",
        # Installing into a private folder is fine for root too; older pips ignore the variable.
        dict(os.environ, PIP_ROOT_USER_ACTION="ignore"),
    )
    unfinished.rename(folder)


def _has_system_certificates() -> bool:
    places = ssl.get_default_verify_paths()
    folder = Path(places.capath or "missing")
    return places.cafile is not None or (folder.is_dir() and any(folder.iterdir()))


def _is_new_enough(version: str | None) -> bool:
    numbers = re.match(r"uv (\d+)\.(\d+)", version or "")
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= OLDEST_UV


def _packages_of(python: Path) -> str:
    found = output_of([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    if not found:
        raise Stop(f"{python} does not run.", exit_code=1)
    return found


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)
