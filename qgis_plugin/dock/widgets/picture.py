"""A picture file that fits its place and is read again when it has changed."""

from pathlib import Path
from typing import Optional

from qgis.PyQt.QtCore import QSize, Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QImageReader, QPixmap
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy, QWidget


class Picture(QLabel):
    """Shows a picture as wide as the widget; a click, or Return, opens the file itself."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._path = ""
        self._read_at = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._pixmap = QPixmap()
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def show_file(self, path: str) -> bool:
        """Show a file; return whether it could be read. What cannot be read hides the widget."""
        try:
            changed_at = Path(path).stat().st_mtime
        except OSError:
            self.hide()
            return False
        if (path, changed_at) == (self._path, self._read_at):
            self.show()
            return True
        reader = QImageReader(path)
        reader.setAutoTransform(True)
        image = reader.read()
        if image.isNull():
            self.hide()
            return False
        self._read_at = changed_at
        self._path = path
        self._pixmap = QPixmap.fromImage(image)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(path)
        self.show()
        self._fit()
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height at which the picture keeps its shape."""
        if self._pixmap.isNull():
            return 0
        return round(self._pixmap.height() * min(1.0, width / self._pixmap.width()))

    def sizeHint(self) -> QSize:
        """Return the size at the present width."""
        return QSize(self.width(), self.heightForWidth(max(1, self.width())))

    def resizeEvent(self, event) -> None:
        """Scale anew."""
        super().resizeEvent(event)
        self._fit()

    def mouseReleaseEvent(self, event) -> None:
        """Open the file in the system's viewer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._open()

    def keyPressEvent(self, event) -> None:
        """Open it by Return or the space bar."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open()
            return
        super().keyPressEvent(event)

    def _open(self) -> None:
        if self._path:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._path))

    def _fit(self) -> None:
        if self._pixmap.isNull():
            return
        ratio = self.devicePixelRatioF()
        width = min(round(self.width() * ratio), self._pixmap.width())
        scaled = self._pixmap.scaledToWidth(
            max(1, width), Qt.TransformationMode.SmoothTransformation
        )
        scaled.setDevicePixelRatio(ratio)
        self.setPixmap(scaled)
        self.updateGeometry()
