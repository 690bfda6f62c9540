"""Translations in QGIS: the files that are made load, and the plugin speaks the language of QGIS."""

import pytest
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, QTranslator

from build_tools.translations import Entry, _elf_hash, qm_bytes, read_ts, ts_files
from overseed_qgis import classFactory
from overseed_qgis.texts import tr
from overseed_qgis.translation import FOLDER, qgis_locale

NAME = "overseed:classifyrareclasses"


@pytest.fixture
def german(preferences):
    preferences.setValue("locale/overrideFlag", True)
    preferences.setValue("locale/userLocale", "de")


def display_name():
    return QgsApplication.processingRegistry().algorithmById(NAME).displayName()


def test_the_plugin_speaks_german_where_qgis_does_and_stops_on_unload(german, interface):
    plugin = classFactory(interface)
    plugin.initGui()
    assert display_name() == "Seltene Klassen klassifizieren"
    assert interface.menu[0][1].text() == "Seltene Klassen klassifizieren…"
    plugin.unload()
    assert tr("Classify rare classes") == "Classify rare classes"


def test_qgis_process_is_translated_too(german, qgis_app):
    plugin = classFactory(None)
    plugin.initProcessing()
    algorithm = QgsApplication.processingRegistry().algorithmById("overseed:traingenerator")
    # Also what the engine says of its settings.
    assert "ground" not in algorithm.shortHelpString().lower().split()
    seed = algorithm.parameterDefinition("SEED").help()
    plugin.unload()
    assert seed == tr_in_german("Seed of every random draw: split, crops, weights, layouts.")


def tr_in_german(sentence):
    entries = {
        e.source: e.translation for e in read_ts(next(p for p in ts_files() if "_de" in p.name))
    }
    return entries[sentence]


@pytest.mark.parametrize("locale", ["en_US", "xx", "de_AT"])
def test_other_locales(preferences, locale, qgis_app):
    preferences.setValue("locale/overrideFlag", True)
    preferences.setValue("locale/userLocale", locale)
    assert qgis_locale() == locale
    plugin = classFactory(None)
    plugin.initProcessing()
    name = display_name()
    plugin.unload()
    assert (name != "Classify rare classes") == locale.startswith("de")


def test_the_locale_is_the_systems_unless_qgis_overrides_it(preferences):
    preferences.setValue("locale/overrideFlag", False)
    preferences.setValue("locale/userLocale", "xx")
    assert qgis_locale() != "xx"


@pytest.mark.parametrize("path", ts_files(), ids=lambda path: path.name)
def test_qt_finds_every_sentence_in_the_file_that_is_made(path, qgis_app):
    translator = QTranslator()
    assert translator.load(str(FOLDER / f"{path.stem}.qm"))
    finished = [entry for entry in read_ts(path) if not entry.state]
    assert len(finished) > 100
    QCoreApplication.installTranslator(translator)
    try:
        assert [tr(entry.source) for entry in finished] == [entry.translation for entry in finished]
        for entry in finished[:20]:
            assert QCoreApplication.translate("Other", entry.source) == entry.source
    finally:
        QCoreApplication.removeTranslator(translator)


def test_any_character_and_sources_with_the_same_hash_survive(qgis_app, tmp_path):
    # Texts with the same hash are told apart by the text itself.
    assert _elf_hash(b"ar") == _elf_hash(b"bb")
    pairs = [("ar", "first"), ("bb", "second"), ("“ü” 🌱", "🌱 „ü“"), ("a&b<c>", "ä&ö<ß>")]
    path = tmp_path / "overseed_xx.qm"
    path.write_bytes(qm_bytes([Entry(source, text, "") for source, text in pairs]))
    translator = QTranslator()
    assert translator.load(str(path))
    QCoreApplication.installTranslator(translator)
    try:
        assert [tr(source) for source, _ in pairs] == [text for _, text in pairs]
        assert tr("unknown") == "unknown"
    finally:
        QCoreApplication.removeTranslator(translator)
