"""Features of chips: what the last layer of a network decides by."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from overseed.chips.chip_set import ChipSet
from overseed.devices import Device
from overseed.errors import InputError

if TYPE_CHECKING:
    from overseed.chips.networks import ChipNetwork

#: Chips that go through the network at once.
AT_ONCE = 64


def features_of_chips(
    network: ChipNetwork, chips: ChipSet, device: Device, tick: Callable[[int, int], None]
) -> NDArray[np.float32]:
    """Features ``(n, d)`` of all chips, of all sides.

    Parameters
    ----------
    network:
        It is moved to the device and put in eval mode.
    tick:
        Called with chips done and chips in all; raises ``Cancelled`` to stop.

    Raises
    ------
    InputError
        ``chips.features-broken`` when some are no finite numbers, as after a training that ran away.
    """
    place = device.torch_device()
    network = network.to(place, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    parts = []
    for first in range(0, len(chips), AT_ONCE):
        tick(first, len(chips))
        numbers = np.arange(first, min(first + AT_ONCE, len(chips)))
        images = torch.from_numpy(chips.standardised(numbers))
        with torch.inference_mode(), device.autocast():
            found = network.features(images.to(place, memory_format=torch.channels_last))
        parts.append(found.float().cpu().numpy())
    features = np.concatenate(parts)
    tick(len(chips), len(chips))
    if not np.isfinite(features).all():
        raise InputError(
            "chips.features-broken",
            "The network's features are no finite numbers: its training ran away, or its weights are broken.",
            "Use a smaller --learning-rate, such as 0.0001, or other --weights.",
        )
    return features
