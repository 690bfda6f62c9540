"""Step 2: which classes get more samples, and how."""

from qgis.PyQt.QtWidgets import QComboBox, QLabel

from ...algorithms.fields import join_names, split_names
from ...texts import tr
from ..run_state import methods_of
from ..session import Session
from ..widgets.share_editor import ClassShare, ShareEditor
from .page import Page, make_small, sentence

EQUAL, SQUARE_ROOT, OWN = "equal", "sqrt", "own"


def arms() -> list[tuple[str, str, str]]:
    """Return (arm, its name for people, what it does) of the ways to treat imbalance."""
    return [
        (
            "oversample+copy-paste",
            tr("Rare ground more often, and copied into other places"),
            tr("Fast, and as good as any learned generator on the scenes that we measured."),
        ),
        (
            "oversample",
            tr("Rare ground more often"),
            tr("Makes nothing new; crops with rare classes are seen more often in training."),
        ),
        (
            "weighted",
            tr("Rare classes weigh more"),
            tr("Makes nothing new; errors at rare classes cost more in training."),
        ),
        (
            "oversample+spade",
            tr("Rare ground more often, and painted by a network (SPADE)"),
            tr("A generative adversarial network learns to paint rare classes into the image."),
        ),
        (
            "spade",
            tr("Painted by a network (SPADE)"),
            tr("A generative adversarial network learns to paint rare classes into the image."),
        ),
        (
            "pix2pix",
            tr("Painted by a network (pix2pix)"),
            tr("The older of the two networks; simpler to explain, seldom better."),
        ),
        (
            "copy-paste",
            tr("Copied into other places"),
            tr("Real parcels of rare classes are pasted where they do not lie."),
        ),
        (
            "statistical",
            tr("Painted from class statistics"),
            tr("Each class gets random texture with its own mean, spread and grain."),
        ),
        (
            "replace",
            tr("Painted with real texture"),
            tr("Parcels are filled with texture quilted from real ground of the class."),
        ),
        (
            "none",
            tr("Nothing"),
            tr("Only the ground as it is, to see what the rest is worth."),
        ),
    ]


class BalancePage(Page):
    """The distribution now and the wanted one, the method and the effort."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            session,
            tr(
                "Rare classes are learned badly because there is little of them. Choose what is done "
                "about it, and how often each class shall occur in the samples."
            ),
        )
        self.arm = QComboBox()
        for name, words, about in arms():
            self.arm.addItem(words, name)
            self.arm.setItemData(self.arm.count() - 1, about, 3)
        self.arm.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.arm.setMinimumContentsLength(18)
        self.arm.currentIndexChanged.connect(self._arm_chosen)
        self.about = sentence("")
        make_small(self.about)
        self.effort = QComboBox()
        for name, words in (
            ("quick", tr("Quick: for a look")),
            ("normal", tr("Normal")),
            ("thorough", tr("Thorough: for a result; takes hours without a GPU")),
        ):
            self.effort.addItem(words, name)
        self.effort.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.effort.currentIndexChanged.connect(
            lambda _: self._choose(effort=self.effort.currentData())
        )
        self.device = QComboBox()
        for name, words in (
            ("auto", tr("The best there is")),
            ("cpu", tr("Processor")),
            ("cuda", tr("NVIDIA GPU (CUDA)")),
            ("mps", tr("Apple GPU (MPS)")),
        ):
            self.device.addItem(words, name)
        self.device.currentIndexChanged.connect(
            lambda _: self._choose(device=self.device.currentData())
        )
        form = self.form()
        form.addRow(tr("What is done"), self.arm)
        form.addRow(self.about)
        form.addRow(tr("Effort"), self.effort)
        form.addRow(tr("Device"), self.device)
        self.target = QComboBox()
        for name, words in (
            (EQUAL, tr("All classes alike")),
            (SQUARE_ROOT, tr("Between now and alike (square root)")),
            (OWN, tr("As set below")),
        ):
            self.target.addItem(words, name)
        self.target.currentIndexChanged.connect(self._target_chosen)
        form.addRow(tr("In the samples"), self.target)
        self.heading = QLabel(tr("Bar: wanted share. Mark: share now. Drag or type."))
        self.heading.setWordWrap(True)
        self.editor = ShareEditor()
        self.editor.setAccessibleName(tr("Wanted share of each class"))
        self.editor.edited.connect(self._edited)
        self.layout_.addWidget(self.heading)
        self.layout_.addWidget(self.editor)
        self.layout_.addStretch(1)
        self._shown: list[str] = []
        self._quiet = False

    def refresh(self) -> None:
        """Show what is chosen."""
        choices, rows = self.session.choices, self.session.inspection.classes
        self._quiet = True
        for box, value in (
            (self.arm, choices.arm),
            (self.effort, choices.effort),
            (self.device, choices.device),
            (self.target, choices.target if choices.target in (EQUAL, SQUARE_ROOT) else OWN),
        ):
            box.setCurrentIndex(max(0, box.findData(value)))
        self.about.setText(self.arm.itemData(self.arm.currentIndex(), 3) or "")
        rare = set(choices.rare) if choices.rare_by_hand else None
        classes = [
            ClassShare(
                row["name"],
                row["colour"],
                row["share"],
                row["name"] in rare if rare is not None else bool(row["rare"]),
            )
            for row in rows
        ]
        wanted = wanted_shares(choices.target, [(c.name, c.share) for c in classes])
        if [c.name for c in classes] != self._shown:
            self.editor.show_classes(classes, wanted)
            self._shown = [c.name for c in classes]
        else:
            self.editor.set_shares(wanted)
        makes_samples = bool(methods_of(choices.arm))
        for widget in (self.editor, self.heading):
            widget.setVisible(makes_samples and bool(classes))
        self.target.setEnabled(makes_samples)
        self.target.model().item(self.target.findData(OWN)).setEnabled(bool(classes))
        self._quiet = False

    def _choose(self, **values) -> None:
        if not self._quiet:
            self.session.set(**values)

    def _arm_chosen(self, _: int) -> None:
        self._choose(arm=self.arm.currentData())

    def _target_chosen(self, _: int) -> None:
        if self._quiet:
            return
        kind = self.target.currentData()
        self._choose(target=self._as_text() if kind == OWN else kind)

    def _edited(self) -> None:
        self._choose(target=self._as_text())

    def _as_text(self) -> str:
        return target_text(self._shown, self.editor.shares())


def target_text(names: list[str], shares: list[float]) -> str:
    """Return shares as the engine reads them: NAME=SHARE,NAME=SHARE; classes without a share are left out.

    Shares are rounded down, since together they must not be more than one, and none may be one by itself.
    """
    rounded = [min(9999, int(share * 10_000 + 1e-6)) / 10_000 for share in shares]
    return join_names(f"{name}={share:.4f}" for name, share in zip(names, rounded) if share)


def wanted_shares(target: str, now: list[tuple[str, float]]) -> list[float]:
    """Return the share of each class (name, share now) that a target stands for."""
    if target == EQUAL:
        return [1.0 if share > 0 else 0.0 for _, share in now]
    if target == SQUARE_ROOT:
        return [share**0.5 for _, share in now]
    named = {}
    for part in split_names(target):
        name, _, share = part.rpartition("=")
        try:
            named[name] = float(share)
        except ValueError:
            continue
    return [named.get(name, 0.0) for name, _ in now]
