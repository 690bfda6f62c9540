"""The weights that sd-inpaint starts from, looked for before any work, and its model as one file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from overseed.devices import Device
from overseed.diffusion_settings import PIPELINE, DiffusionTraining
from overseed.errors import InputError
from overseed.files import check_target
from overseed.stages.context import Prepared
from overseed.stages.provenance import about_synthetic

if TYPE_CHECKING:
    from overseed.generators.contract import LabellingGenerator, SampleGenerator


def weights_input(settings: DiffusionTraining, methods: Iterable[str]) -> dict[str, str]:
    """The fingerprint of the weights as an input of a stage; nothing for methods that have none.

    Raises
    ------
    InputError
        What :func:`~overseed.generators.sd_weights.find_weights` refuses.
    """
    if PIPELINE not in methods:
        return {}
    from overseed.generators.sd_weights import find_weights

    return {"weights": find_weights(settings.weights, settings.revision).fingerprint}


def check_export(file: Path | None) -> None:
    """Refuse a place for a model that cannot be written, before any work.

    Raises
    ------
    InputError
        ``output.not-safetensors``, or what :func:`~overseed.files.check_target` refuses.
    """
    if file is None:
        return
    if file.suffix.lower() != ".safetensors":
        raise InputError(
            "output.not-safetensors",
            f"The model cannot be written to {file}: its name must end in .safetensors.",
            f"Write {file.with_suffix('.safetensors').name}.",
        )
    check_target(file)


def export_model(
    prepared: Prepared,
    generator: SampleGenerator | LabellingGenerator,
    file: Path,
    seed: int,
    device: Device,
) -> None:
    """Write what sd-inpaint has become, base and learned matrices together, as one file."""
    from overseed.generators.sd_inpaint import SdInpaint

    assert isinstance(generator, SdInpaint)
    generator.export(file, device, about_synthetic(prepared, PIPELINE, seed))
