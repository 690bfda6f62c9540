"""Icons: one drawing in two sets of colours, chosen by how light QGIS's windows are."""

import re

import pytest
from qgis.PyQt.QtGui import QColor, QIcon, QPalette
from qgis.PyQt.QtWidgets import QAction, QApplication, QMainWindow

from overseed_qgis.icons import ALGORITHM_ICONS, FOLDER, algorithm_icon, icon_path, is_dark
from overseed_qgis.menu import ThemedIcons

NAMES = sorted(path.stem for path in (FOLDER / "light").glob("*.svg"))
each_icon = pytest.mark.parametrize("name", NAMES)
COLOUR = re.compile(r"#[0-9a-f]{6}")


@pytest.fixture
def windows(qgis_app):
    """Return a function that makes the application's windows a colour."""
    before = QPalette(QApplication.palette())

    def paint(colour):
        palette = QPalette(before)
        palette.setColor(QPalette.ColorRole.Window, QColor(colour))
        QApplication.setPalette(palette)

    yield paint
    QApplication.setPalette(before)


def luminance(colour):
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@each_icon
def test_light_and_dark_are_one_drawing_in_different_colours(name):
    light, dark = ((FOLDER / mode / f"{name}.svg").read_text() for mode in ("light", "dark"))
    assert COLOUR.sub("", light) == COLOUR.sub("", dark)
    assert not set(COLOUR.findall(light)) & set(COLOUR.findall(dark))


@each_icon
@pytest.mark.parametrize(("mode", "window"), [("light", "#efefef"), ("dark", "#323232")])
def test_lines_stand_out_from_the_window(name, mode, window):
    colours = COLOUR.findall((FOLDER / mode / f"{name}.svg").read_text())
    assert max(contrast(colour, window) for colour in colours) > 7


@each_icon
def test_drawings_are_small_square_and_fetch_nothing(name):
    text = (FOLDER / "light" / f"{name}.svg").read_text()
    assert 'viewBox="0 0 24 24"' in text
    assert len(text) < 3000
    assert text.count("http") == 1  # the name of the format
    picture = QIcon(str(FOLDER / "light" / f"{name}.svg")).pixmap(16, 16).toImage()
    drawn = sum(picture.pixelColor(x, y).alpha() > 128 for x in range(16) for y in range(16))
    assert drawn > 40


def test_every_algorithm_has_a_picture(provider):
    assert {a.name() for a in provider.algorithms()} <= set(ALGORITHM_ICONS)
    assert set(ALGORITHM_ICONS.values()) <= set(NAMES)
    assert {"overseed", "settings"} <= set(NAMES)


def test_the_windows_colour_decides(windows):
    windows("#eeeeee")
    assert not is_dark()
    light = icon_path("map"), algorithm_icon("classifyraster").cacheKey()
    windows("#303030")
    assert is_dark()
    dark = icon_path("map"), algorithm_icon("classifyraster").cacheKey()
    assert light[0] != dark[0]
    assert light[1] != dark[1]


def test_actions_follow_a_change_of_the_theme(windows, qgis_app):
    windows("#eeeeee")
    window = QMainWindow()
    action = QAction("x", window)
    icons = ThemedIcons(window)
    icons.add(action, "map")
    before = action.icon().cacheKey()
    windows("#303030")
    qgis_app.processEvents()
    assert action.icon().cacheKey() != before
    assert not icons.isVisibleTo(window)
