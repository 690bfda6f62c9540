"""Imports go down only, and the light commands stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import overseed

ENGINE = Path(overseed.__file__).parent
#: From the top to the ground; modules of the same floor may use one another.
FLOORS = (
    {"__main__"},
    {"cli", "settings_schema"},
    {"stages"},
    {"reporting"},
    {"chips"},
    {"generators"},
    {"mapping"},
    {"segmentation"},
    {"assessment"},
    {"layouts"},
    {"training"},
    {"tiles"},
    {"scenes"},
    {"runs", "cancellation"},
    {"chip_settings", "map_settings"},
    {"events", "devices", "precision", "config", "efforts", "files"},
    {"setting_types", "diffusion_settings"},
    {"arms", "chip_arms", "csv_tables", "extras", "setting_texts", "unlabelled"},
    {"errors"},
    {"__init__"},
)
HEAVY = ("torch", "rasterio", "sklearn", "matplotlib", "scipy", "onnxruntime")


def floor_of(name: str) -> int:
    return next(level for level, rooms in enumerate(FLOORS) if name in rooms)


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("overseed"):
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.split(".")[1]
                for alias in node.names
                if alias.name.startswith("overseed.")
            }
    return {name for name in found if name != "__version__"}


@pytest.mark.parametrize(
    "path", sorted(ENGINE.rglob("*.py")), ids=lambda p: p.relative_to(ENGINE).as_posix()
)
def test_imports_only_go_down(path):
    own = path.relative_to(ENGINE).parts[0].removesuffix(".py")
    upward = {
        name
        for name in imports_of(path)
        if floor_of(name) < floor_of(own) or (floor_of(name) == floor_of(own) and own == "errors")
    }
    assert not upward, f"{own} reaches up to {upward}"


def test_methods_know_no_run_folder():
    for floor in ("generators", "mapping", "segmentation", "assessment", "layouts", "tiles"):
        for path in (ENGINE / floor).glob("*.py"):
            assert not imports_of(path) & {"runs", "events", "cli"}, path.name


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["train", "--help"]])
def test_help_and_version_load_nothing_heavy(arguments):
    code = (
        "import sys; from overseed.cli import cli\n"
        f"try: cli({arguments!r})\n"
        "except SystemExit: pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_nothing_is_unpickled():
    for path in ENGINE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                target = f"{getattr(node.func.value, 'id', '')}.{node.func.attr}"
                keywords = {k.arg: getattr(k.value, "value", None) for k in node.keywords}
                if target == "torch.load":
                    assert keywords.get("weights_only") is True, path
                assert target not in ("pickle.load", "pickle.loads", "joblib.load"), path
                if target == "np.load":
                    assert not keywords.get("allow_pickle"), path
