"""Step 4: samples beside real ground; what looks wrong is rejected with a click."""

import json
from pathlib import Path

from qgis.PyQt.QtWidgets import QHBoxLayout, QPushButton

from ...texts import tr
from ..jobs import Job
from ..run_state import methods_of
from ..session import SAMPLES, Session
from ..widgets.gallery import Cell, Gallery
from .page import Page, Step, sentence


class SamplesPage(Page):
    """The gallery of the chosen arm's samples."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            session,
            tr(
                "Each picture shows a sample, real ground of the same class that is most like it, and the "
                "sample's labels. Click what looks wrong; rejected samples are left out when the network is "
                "trained again."
            ),
        )
        self.look = self.add_bar(
            Step(
                tr("Show the samples"),
                tr("Draws the samples beside the nearest real ground."),
                SAMPLES,
                self._jobs,
            ),
            primary=False,
        )
        self.count = sentence("")
        self.layout_.addWidget(self.count)
        self.gallery = Gallery()
        self.gallery.setAccessibleName(tr("Samples"))
        self.gallery.changed.connect(self._counted)
        self.layout_.addWidget(self.gallery)
        self.keep = self.add_bar(
            Step(
                tr("Keep these decisions"),
                tr("Stores which samples are rejected; the run's record names them."),
                SAMPLES,
                self._decision_jobs,
            )
        )
        row = QHBoxLayout()
        self.reset = QPushButton(tr("Accept all"))
        self.reset.clicked.connect(self.gallery.accept_all)
        row.addWidget(self.reset)
        row.addStretch(1)
        self.layout_.addLayout(row)
        self.layout_.addStretch(1)
        self._shown = 0.0

    def refresh(self) -> None:
        """Show the gallery when there is one that is newer than what is shown."""
        method = self._method()
        there = bool(method) and self.session.run.has_samples(method)
        self.look.refresh(there)
        path = self._sheets()
        changed_at = path.stat().st_mtime if path is not None and path.is_file() else 0.0
        if changed_at != self._shown:
            self._shown = changed_at
            self.gallery.show_cells(read_cells(path) if changed_at else [])
        self._counted()

    def _method(self) -> str:
        return next(iter(methods_of(self.session.choices.arm)[::-1]), "")

    def _sheets(self):
        method = self._method()
        return self.session.run.samples(method) / "review" / "sheets.json" if method else None

    def _jobs(self) -> list[Job]:
        return [Job(tr("Show the samples"), "reviewsamples", self._common)]

    def _decision_jobs(self) -> list[Job]:
        return [Job(tr("Keep decisions on samples"), "reviewsamples", self._decisions)]

    def _common(self) -> dict:
        return {"RUN": self.session.choices.run, "METHOD": self._method()}

    def _decisions(self) -> dict:
        rejected, accepted = self.gallery.decided()
        return {
            **self._common(),
            "REJECT": ",".join(map(str, rejected)),
            "ACCEPT": ",".join(map(str, accepted)),
        }

    def _counted(self) -> None:
        count, rejected = len(self.gallery.numbers()), len(self.gallery.rejected())
        self.count.setText(
            tr("{count} samples, {rejected} of them rejected").format(
                count=count, rejected=rejected
            )
            if count
            else tr("No samples are shown yet.")
        )
        self.keep.refresh(count > rejected and self.gallery.touched())
        self.keep.setVisible(bool(count))
        self.reset.setVisible(bool(rejected))


def read_cells(path: Path) -> list[Cell]:
    """Return the cells that a sheets.json describes; none when it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["samples"]
        return [
            Cell(
                int(sample["number"]),
                str(path.parent / sample["sheet"]),
                tuple(int(value) for value in sample["rectangle"]),
                ", ".join(sample["classes"]),
                bool(sample["accepted"]),
            )
            for sample in found
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []
