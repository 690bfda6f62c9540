"""Step 3: generator, samples and network, with curves that grow meanwhile."""

from functools import partial
from typing import Optional

from qgis.PyQt.QtWidgets import QLabel

from ...texts import tr
from ..estimates import Cost, generator_cost, samples_cost, training_cost
from ..jobs import Job
from ..run_state import methods_of
from ..session import TRAIN, Session
from ..widgets.curves import Curves
from ..widgets.picture import Picture
from .data_page import ground_of, rates
from .page import Page, Step, device_in_words, sentence


class TrainPage(Page):
    """One button for all that training takes."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            session,
            tr(
                "Trains on the training ground only. Validation ground says when it is best; test ground "
                "is looked at once, at the end."
            ),
        )
        self.train = self.add_bar(
            Step(
                tr("Train"),
                tr("Fits the generator, makes samples and trains the network."),
                TRAIN,
                self.jobs,
                self._cost,
            )
        )
        self.network_only = self.add_bar(
            Step(
                tr("Train the network again"),
                tr("With the samples as they are now, for example after rejecting some."),
                TRAIN,
                lambda: [self.network_job()],
                lambda: training_cost(self.session.choices.effort, rates(self.session)),
            ),
            primary=False,
        )
        self.what = QLabel()
        self.what.setWordWrap(True)
        self.curves = Curves()
        self.scores_curves = Curves()
        self._curves_of = ""
        self.sheet_words = sentence(
            tr("Sample sheet: what the generator makes, the real ground there, and the labels.")
        )
        self.sheet = Picture()
        self.scores = sentence("")
        for widget in (
            self.scores,
            self.what,
            self.scores_curves,
            self.curves,
            self.sheet_words,
            self.sheet,
        ):
            self.layout_.addWidget(widget)
        self.layout_.addStretch(1)
        self.sheet_words.hide()
        self._clear_curves()

    def jobs(self) -> list[Job]:
        """Return everything that training takes with the present choices."""
        jobs = []
        for method in methods_of(self.session.choices.arm):
            jobs += [
                Job(
                    tr("Learn to make samples ({method})").format(method=method),
                    "traingenerator",
                    partial(self._with_method, method),
                ),
                Job(
                    tr("Make samples ({method})").format(method=method),
                    "synthesizesamples",
                    partial(self._samples_parameters, method),
                ),
            ]
        return [*jobs, self.network_job()]

    def network_job(self) -> Job:
        """Return the training of the network alone."""
        return Job(tr("Train the network"), "trainsegmentation", self._network_parameters)

    def refresh(self) -> None:
        """Show what is possible, what it costs and the scores of what is there."""
        prepared = self.session.run.prepared
        self.train.refresh(prepared)
        methods = methods_of(self.session.choices.arm)
        again = prepared and bool(methods) and all(map(self.session.run.has_samples, methods))
        self.network_only.setVisible(again)
        self.network_only.refresh(again)
        self.scores.setText(self._scores())
        self.scores.setVisible(bool(self.scores.text()))
        if self.session.running is None:
            sheet = self.session.run.generator(methods[-1]) / "samples.png" if methods else ""
            self._show_sheet(str(sheet))
            if self.session.choices.run != self._curves_of:
                self._clear_curves()

    def take_event(self, job: Job, event: dict) -> None:
        """Let the curves grow and show each new sheet."""
        kind = event["event"]
        if kind == "hello":
            self._clear_curves()
            self._curves_of = self.session.choices.run
            self.what.setText(
                tr("{step}, on {device}").format(
                    step=job.title, device=device_in_words(str(event.get("device", "cpu")))
                )
            )
        elif kind == "metric" and "step" in event:
            # Losses and scores have nothing to do with each other's axis.
            name = event["name"]
            curves = self.scores_curves if name.startswith("val_") else self.curves
            curves.show()
            curves.add(curve_name(name), float(event["step"]), float(event["value"]))
        elif kind == "preview" and job.algorithm == "traingenerator":
            self._show_sheet(event["path"])

    def _clear_curves(self) -> None:
        for curves in (self.curves, self.scores_curves):
            curves.clear()
            curves.hide()

    def _show_sheet(self, path: str) -> None:
        self.sheet_words.setVisible(self.sheet.show_file(path))

    def _common(self) -> dict:
        choices = self.session.choices
        return {"RUN": choices.run, "EFFORT": choices.effort, "DEVICE": choices.device}

    def _with_method(self, method: str) -> dict:
        return {**self._common(), "METHOD": method}

    def _samples_parameters(self, method: str) -> dict:
        return {**self._with_method(method), "TARGET": self.session.choices.target}

    def _network_parameters(self) -> dict:
        return {**self._common(), "AUGMENT": self.session.choices.arm}

    def _cost(self) -> Optional[Cost]:
        effort, known = self.session.choices.effort, rates(self.session)
        ground = ground_of(self.session)
        cost = training_cost(effort, known)
        for method in methods_of(self.session.choices.arm):
            cost = (
                cost
                + generator_cost(method, effort, ground, known)
                + samples_cost(method, effort, ground, known)
            )
        return cost

    def _scores(self) -> str:
        scores = self.session.run.scores(self.session.choices.arm)
        if not scores:
            return ""
        rare = [row for row in scores.get("classes", ()) if row.get("rare")]
        lines = [
            tr("On test blocks: mean F1 {all:.2f}, of rare classes {rare:.2f}.").format(
                all=scores.get("macro_f1") or 0.0, rare=scores.get("rare_macro_f1") or 0.0
            )
        ]
        lines += [
            tr("{name}: F1 {f1:.2f}").format(name=row["name"], f1=row["f1"])
            if row.get("f1") is not None
            else tr("{name}: no test ground, so not evaluated").format(name=row["name"])
            for row in rare
        ]
        return "\n".join(lines)


def curve_name(metric: str) -> str:
    """Return what a figure of a training is called in the plot."""
    names = {
        "val_rare_macro_f1": tr("F1 of rare classes on validation ground"),
        "val_macro_f1": tr("F1 of all classes on validation ground"),
        "discriminator": tr("loss of the discriminator"),
        "discriminator_real": tr("loss of the discriminator, real"),
        "discriminator_made": tr("loss of the discriminator, made"),
        "adversarial": tr("adversarial loss"),
        "texture": tr("texture loss"),
        "l1": tr("mean absolute error"),
    }
    if metric.startswith("validation_"):
        parts = {
            "sum": tr("distance to real ground"),
            "levels": tr("difference in band values"),
            "mixture": tr("difference in how bands go together"),
            "texture": tr("difference in texture"),
        }
        what = metric[len("validation_") :]
        return tr("{what} on validation ground").format(what=parts.get(what, what))
    return names.get(metric, metric.replace("_", " "))
