"""The dock's Qt widgets, driven by mouse and keyboard."""

import json

import pytest
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtGui import QColor, QImage
from qgis.PyQt.QtTest import QTest

from overseed_qgis.dock.pages.samples_page import read_cells
from overseed_qgis.dock.widgets.class_table import ClassRow, ClassTable
from overseed_qgis.dock.widgets.curves import Curves
from overseed_qgis.dock.widgets.gallery import Cell, Gallery
from overseed_qgis.dock.widgets.ink import ink_on
from overseed_qgis.dock.widgets.picture import Picture
from overseed_qgis.dock.widgets.share_editor import ClassShare, ShareEditor
from overseed_qgis.dock.widgets.stepper import DONE, Stepper

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def show(qgis_app):
    """Return a function that shows a widget at a size and closes it afterwards."""
    shown = []

    def make(widget, width=360, height=300):
        widget.resize(width, height)
        widget.show()
        qgis_app.processEvents()
        shown.append(widget)
        return widget

    yield make
    for widget in shown:
        widget.close()
        widget.deleteLater()


@pytest.fixture
def editor(show):
    classes = [
        ClassShare("forest", "#1b6e3c", 0.8),
        ClassShare("grain", "#f0d264", 0.15),
        ClassShare("wetland", "#5fc8c8", 0.05, rare=True),
    ]
    widget = show(ShareEditor())
    widget.show_classes(classes, [1, 1, 2])
    return widget


def test_wanted_shares_add_up_to_one(editor):
    assert editor.shares() == pytest.approx([0.25, 0.25, 0.5])


def test_a_dragged_bar_takes_from_the_others_in_proportion(editor, qgis_app):
    changes = []
    editor.edited.connect(lambda: changes.append(editor.shares()))
    qgis_app.processEvents()
    bar = editor._bars[2]
    # The whole bar stands for 1.1 times the greatest share, 0.8.
    QTest.mouseClick(bar, LEFT, PLAIN, QPoint(round(bar.width() * 0.2 / 0.88), 5))
    first, second, third = changes[-1]
    assert third == pytest.approx(0.2, abs=0.02)
    assert first == pytest.approx(second)
    assert first + second + third == pytest.approx(1)


def test_keys_and_numbers_change_a_share(editor):
    bar = editor._bars[0]
    QTest.keyClick(bar, Qt.Key.Key_Right)
    assert editor.shares()[0] == pytest.approx(0.26)
    QTest.keyClick(bar, Qt.Key.Key_PageDown)
    assert editor.shares()[0] == pytest.approx(0.21)
    editor._numbers[0].setValue(40)
    assert editor.shares()[0] == pytest.approx(0.4)
    assert editor._numbers[1].value() + editor._numbers[2].value() == pytest.approx(60, abs=0.11)


def test_a_class_that_takes_everything_can_give_it_back(editor):
    editor._numbers[0].setValue(100)
    assert editor.shares() == pytest.approx([1, 0, 0])
    editor._numbers[0].setValue(40)
    assert editor.shares() == pytest.approx([0.4, 0.3, 0.3])


@pytest.mark.parametrize(
    "paper", ["#000000", "#323232", "#777777", "#808080", "#f0f0f0", "#ffffff"]
)
@pytest.mark.parametrize("wanted", ["#000000", "#555555", "#ffffff", "#e69f00"])
def test_ink_can_be_read_on_its_paper(paper, wanted):
    chosen = ink_on(QColor(paper), QColor(wanted))
    assert abs(chosen.lightness() - QColor(paper).lightness()) >= 90


def test_the_class_table_tells_which_classes_are_ticked(show):
    table = show(ClassTable(["Class", "Pixels", "Polygons", "Share", "Rare"]))
    table.show_rows(
        [
            ClassRow("water", "#0072b2", 12345, 4, 0.9, False),
            ClassRow("wetland", "#5fc8c8", 12, 1, 0.1, True, "few polygons"),
        ]
    )
    changes = []
    table.rareChanged.connect(lambda: changes.append(table.rare()))
    assert table.rare() == ["wetland"]
    box = table.visualItemRect(table.item(0, 4))
    QTest.mouseClick(table.viewport(), LEFT, PLAIN, QPoint(box.left() + 9, box.center().y()))
    assert changes == [["water", "wetland"]]
    assert "few polygons" in table.item(1, 0).toolTip()


def test_curves_begin_again_when_steps_do(show):
    curves = show(Curves())
    for step, value in ((10, 0.1), (20, 0.3), (10, 0.2), (20, float("nan"))):
        curves.add("F1", step, value)
    assert curves.points("F1") == [(10, 0.2)]
    assert curves.accessibleName() == "F1 0.2"
    image = curves.grab().toImage()
    colours = {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}
    assert QColor("#0072b2").rgb() in colours


def test_the_stepper_is_walked_with_arrow_keys(show):
    stepper = show(Stepper(["Data", "Balance", "Train"]))
    chosen = []
    stepper.chosen.connect(chosen.append)
    QTest.keyClick(stepper, Qt.Key.Key_Down)
    QTest.keyClick(stepper.buttons[1], Qt.Key.Key_Down)
    QTest.keyClick(stepper.buttons[2], Qt.Key.Key_Down)
    QTest.keyClick(stepper.buttons[2], Qt.Key.Key_Up)
    assert chosen == [1, 2, 2, 1]
    stepper.buttons[0].show_state(DONE, "done", "8 classes")
    assert stepper.buttons[0].accessibleName() == "1. Data: done: 8 classes"


def sheet(path):
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("#224466"))
    assert image.save(str(path))
    return path


def test_a_click_rejects_a_sample_and_another_takes_it_back(show, tmp_path):
    path = sheet(tmp_path / "sheet-001.png")
    cells = [Cell(n, str(path), (20 * (n - 1), 0, 20, 40), "water", n != 2) for n in (1, 2, 3)]
    gallery = show(Gallery())
    gallery.show_cells(cells)
    assert gallery.rejected() == [2]
    assert not gallery.touched()
    QTest.mouseClick(gallery._buttons[0], LEFT)
    QTest.keyClick(gallery._buttons[1], Qt.Key.Key_Space)
    assert gallery.rejected() == [1]
    assert gallery.touched()
    gallery.show_cells([])
    assert gallery.numbers() == []


def test_samples_flow_into_as_many_rows_as_the_width_asks_for(show, tmp_path, qgis_app):
    path = sheet(tmp_path / "sheet-001.png")
    gallery = show(Gallery(), width=100)
    gallery.show_cells([Cell(n, str(path), (0, 0, 60, 40), "water", True) for n in range(4)])
    qgis_app.processEvents()
    tall = gallery.heightForWidth(100)
    assert tall > 3 * 40
    assert gallery.heightForWidth(500) < tall / 3


def test_cells_are_read_and_a_broken_file_has_none(tmp_path):
    path = tmp_path / "sheets.json"
    sample = {"number": 3, "sheet": "sheet-001.png", "rectangle": [1, 2, 3, 4], "accepted": False}
    path.write_text(json.dumps({"samples": [{**sample, "classes": {"water": 9, "reed": 2}}]}))
    assert read_cells(path) == [
        Cell(3, str(tmp_path / "sheet-001.png"), (1, 2, 3, 4), "water, reed", False)
    ]
    path.write_text("{")
    assert read_cells(path) == []
    assert read_cells(tmp_path / "nowhere.json") == []


def test_a_picture_is_never_wider_than_its_place(show, tmp_path, qgis_app):
    picture = show(Picture(), width=30)
    assert not picture.show_file(str(tmp_path / "nothing.png"))
    assert not picture.isVisible()
    assert picture.show_file(str(sheet(tmp_path / "sheet.png")))
    assert picture.heightForWidth(30) == 20
    assert picture.heightForWidth(600) == 40
