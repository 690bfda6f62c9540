"""Step 3: generator, samples and network, with curves that grow meanwhile."""

from functools import partial
from typing import Optional

from qgis.PyQt.QtWidgets import QLabel

from ...texts import tr
from ..estimates import Cost, generator_cost, rates_of, samples_cost, training_cost
from ..jobs import Job
from ..run_state import methods_of
from ..session import TRAIN, Session
from ..widgets.curves import Curves
from ..widgets.picture import Picture
from .data_page import ground_of
from .page import Page, Step, sentence


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
                lambda: training_cost(self.session.choices.effort, self._rates()),
            ),
            primary=False,
        )
        self.what = QLabel()
        self.what.setWordWrap(True)
        self.curves = Curves()
        self.sheet_words = sentence(
            tr("Sample sheet: layout, real ground, and what the generator makes of it.")
        )
        self.sheet = Picture()
        self.scores = sentence("")
        for widget in (self.scores, self.what, self.curves, self.sheet_words, self.sheet):
            self.layout_.addWidget(widget)
        self.layout_.addStretch(1)
        self.sheet_words.hide()
        self.curves.hide()
        self._rates_of: tuple = ((), {})

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
        device = self.session.choices.device
        self.train.refresh(prepared, "" if device == "auto" else device)
        methods = methods_of(self.session.choices.arm)
        again = prepared and bool(methods) and all(map(self.session.run.has_samples, methods))
        self.network_only.setVisible(again)
        self.network_only.refresh(again, "")
        self.scores.setText(self._scores())
        self.scores.setVisible(bool(self.scores.text()))
        if self.session.running is None and methods:
            self._show_sheet(str(self.session.run.generator(methods[-1]) / "samples.png"))

    def take_event(self, job: Job, event: dict) -> None:
        """Let the curves grow and show each new sheet."""
        kind = event["event"]
        if kind == "hello":
            self.curves.clear()
            self.curves.hide()
            self.what.setText(
                tr("{step} on {device}").format(step=job.title, device=event.get("device", "cpu"))
            )
        elif kind == "metric" and "step" in event:
            self.curves.show()
            self.curves.add(curve_name(event["name"]), float(event["step"]), float(event["value"]))
        elif kind == "preview":
            self._show_sheet(event["path"])

    def take_results(self, job: Job, results: dict) -> None:
        """Keep the run in the project's history."""
        self.session.remember_run()

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

    def _rates(self) -> dict:
        folders = tuple(
            sorted({self.session.choices.run, *(r["folder"] for r in self.session.runs)})
        )
        key = (folders, self.session.run.trained_at(self.session.choices.arm))
        if self._rates_of[0] != key:
            self._rates_of = (key, rates_of(f for f in folders if f))
        return self._rates_of[1]

    def _cost(self) -> Optional[Cost]:
        effort, rates, ground = self.session.choices.effort, self._rates(), ground_of(self.session)
        cost = training_cost(effort, rates)
        for method in methods_of(self.session.choices.arm):
            cost = (
                cost
                + generator_cost(method, effort, ground, rates)
                + samples_cost(method, effort, ground, rates)
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
            else tr("{name}: not on test ground, not evaluated").format(name=row["name"])
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
        return tr("{what} on validation ground").format(what=metric[len("validation_") :])
    return names.get(metric, metric.replace("_", " "))
