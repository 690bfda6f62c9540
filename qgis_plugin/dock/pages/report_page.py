"""Step 7: one page about everything that was done."""

from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QLineEdit, QPushButton

from ...texts import tr
from ..jobs import Job
from ..session import REPORT, Session
from .page import Page, Step, sentence


class ReportPage(Page):
    """Write the report and open it."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            session,
            tr(
                "One web page with classes, ground, samples, scores, map and accuracy, and a paragraph for "
                "your methods section. It needs no network, so you can send it."
            ),
        )
        self.title = QLineEdit()
        self.title.setPlaceholderText(tr("from the folder's name"))
        form = self.form()
        form.addRow(tr("Title"), self.title)
        self.write = self.add_bar(
            Step(
                tr("Write the report"),
                tr("Everything that this run folder holds, in one file."),
                REPORT,
                lambda: [Job(tr("Write the report"), "makereport", self._parameters)],
            )
        )
        self.open = QPushButton(tr("Open the report"))
        self.open.clicked.connect(self.open_report)
        self.layout_.addWidget(self.open)
        self.layout_.addWidget(
            sentence(tr("Nothing leaves this computer: all steps are computed here."))
        )
        self.layout_.addStretch(1)

    def refresh(self) -> None:
        """Show what is possible."""
        self.write.refresh(self.session.run.prepared)
        self.open.setEnabled(self.session.run.report.is_file())

    def take_results(self, job: Job, results: dict) -> None:
        """Open what was written."""
        self.open_report()

    def open_report(self) -> None:
        """Open the report in the browser."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.session.run.report)))

    def _parameters(self) -> dict:
        run = self.session.run
        return {"RUN": str(run.root), "TITLE": self.title.text().strip(), "OUTPUT": str(run.report)}
