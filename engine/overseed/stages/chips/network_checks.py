"""What chips must be for a network to look at them and to learn from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from overseed.chips.chip_set import ChipSet
from overseed.errors import InputError
from overseed.tiles.split import TRAIN

if TYPE_CHECKING:
    from overseed.chips.networks import ChipNetwork


def refuse_one_class(chips: ChipSet, hint: str) -> None:
    """Refuse training chips that leave nothing to learn; ``hint`` says what to do.

    Raises
    ------
    InputError
        ``chips.one-class``.
    """
    present = np.unique(chips.labels[chips.of_side(TRAIN)])
    if len(present) < 2:
        which = f"of '{chips.table.names[present[0]]}'" if len(present) else "missing"
        raise InputError(
            "chips.one-class",
            f"All training chips are {which}, so there are no classes to learn apart.",
            hint,
        )


def refuse_size(network: ChipNetwork, chips: ChipSet, name: str) -> None:
    """Refuse a network, on the CPU, that chips are too small for, or have the wrong size for.

    Raises
    ------
    InputError
        ``chips.network-size``.
    """
    import torch

    try:
        with torch.no_grad():
            network.eval()(torch.zeros(1, chips.bands, chips.size, chips.size))
    except (RuntimeError, AssertionError, ValueError) as error:
        raise InputError(
            "chips.network-size",
            f"The network {name} cannot look at chips of {chips.size} pixels.",
            "Take another --network, such as tf_efficientnet_lite0, or prepare the chips with another --size.",
        ) from error
