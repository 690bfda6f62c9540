"""What screen readers say of widgets."""

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtWidgets import QWidget


def name_for_screen_readers(widget: QWidget, name: str) -> None:
    """Give ``widget`` a name that is read aloud; a field for files passes it on to where one types."""
    widget.setAccessibleName(name)
    if isinstance(widget, QgsFileWidget):
        widget.lineEdit().setAccessibleName(name)
