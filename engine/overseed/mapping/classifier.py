"""What turns windows into probabilities: one model, or several and the views of a window, averaged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.mapping.described import DescribedModel
from overseed.mapping.onnx_model import OnnxModel
from overseed.scenes.bands import BandRecipe
from overseed.scenes.classes import ClassTable

if TYPE_CHECKING:
    from overseed.mapping.torch_model import TorchModel

Images = NDArray[np.float32]
OneModel: TypeAlias = "OnnxModel | TorchModel"


class Classifier(Protocol):
    """What a map is made with; see :class:`~overseed.mapping.onnx_model.OnnxModel` for what each part is."""

    @property
    def table(self) -> ClassTable: ...
    @property
    def recipe(self) -> BandRecipe: ...
    @property
    def fill(self) -> NDArray[np.float32]: ...
    @property
    def tile_size(self) -> int: ...
    @property
    def provider(self) -> str: ...
    @property
    def on_gpu(self) -> bool: ...
    @property
    def members(self) -> tuple[DescribedModel, ...]: ...

    def predict(self, images: Images) -> Images: ...


class Ensemble:
    """The mean of what several models say, each of them asked once or about all eight views.

    Parameters
    ----------
    models:
        With the same classes, and bands that are made alike.
    views:
        Also ask about the images turned and mirrored, the symmetries of the square (D4), which ground
        seen from above has too.

    Raises
    ------
    InputError
        ``model.ensemble`` when the models do not fit together.
    """

    def __init__(self, models: Sequence[OneModel], views: bool = False) -> None:
        first = models[0]
        for other in models[1:]:
            for what, own, given in (
                ("classes", first.table.classes, other.table.classes),
                ("bands", first.recipe, other.recipe),
            ):
                if own != given:
                    raise InputError(
                        "model.ensemble",
                        f"The models {first.path} and {other.path} differ in their {what}.",
                        "Average models of one data set, such as trainings with several seeds.",
                    )
        self._models = tuple(models)
        self.table, self.recipe, self.fill = first.table, first.recipe, first.fill
        self.tile_size = max(model.tile_size for model in models)
        self.provider, self.on_gpu = first.provider, first.on_gpu
        self._views = views

    @property
    def members(self) -> tuple[DescribedModel, ...]:
        """The models that have a say."""
        return self._models

    def predict(self, images: Images) -> Images:
        """The mean probabilities ``(n, classes, h, w)``; see :meth:`OnnxModel.predict`."""
        views = VIEWS if self._views else VIEWS[:1]
        total: Images | None = None
        for turns, mirrored in views:
            view = np.ascontiguousarray(turned(images, turns, mirrored))
            for model in self._models:
                found = turned_back(model.predict(view), turns, mirrored)
                total = found if total is None else total + found
        assert total is not None
        return total / np.float32(len(views) * len(self._models))


#: The symmetries of the square: quarter turns, and whether the image is mirrored then; first the one that
#: changes nothing.
VIEWS = tuple((turns, mirrored) for turns in range(4) for mirrored in (False, True))


def turned(images: Images, turns: int, mirrored: bool) -> Images:
    """``(…, h, w)`` turned by quarters to the left, then mirrored left to right."""
    done = np.rot90(images, turns, (-2, -1))
    return done[..., ::-1] if mirrored else done


def turned_back(images: Images, turns: int, mirrored: bool) -> Images:
    """Undo :func:`turned`."""
    return np.rot90(images[..., ::-1] if mirrored else images, -turns, (-2, -1))
