"""The plugin's file of settings is the engine's."""

from build_tools.processes import ROOT
from overseed.settings_schema import as_text

FILE = ROOT / "qgis_plugin" / "algorithms" / "settings.json"


def test_the_plugin_carries_the_engines_settings():
    assert FILE.read_text(encoding="utf-8") == as_text(), (
        f"run: .venv/bin/python -m overseed.settings_schema {FILE.relative_to(ROOT)}"
    )
