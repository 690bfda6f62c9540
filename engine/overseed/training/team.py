"""The processes that share one training: this one alone, or those that ``torchrun`` started.

lightning-fabric connects them, on one machine or several; each runs the same program and takes its part of
every batch. What a batch holds, and so the weights, do not depend on how many there are, but for rounding.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import nn

from overseed.devices import Device, team_place

if TYPE_CHECKING:
    from lightning_fabric import Fabric


class Team(Protocol):
    """What a training loop asks of its company."""

    rank: int
    size: int

    def shared(
        self, network: nn.Module, optimizer: torch.optim.Optimizer
    ) -> tuple[nn.Module, torch.optim.Optimizer]:
        """The network and its optimizer, such that gradients are averaged over all processes."""
        ...

    def total(self, value: torch.Tensor) -> torch.Tensor:
        """The sum over all processes, through which gradients flow to each."""
        ...

    def any(self, flag: bool) -> bool:
        """Whether any process says so."""
        ...

    def backward(self, loss: torch.Tensor) -> None:
        """Gradients of a loss that every process has worked out alike."""
        ...

    def wait(self) -> None:
        """Until all are here."""
        ...


class Alone:
    """One process."""

    rank, size = 0, 1

    def shared(
        self, network: nn.Module, optimizer: torch.optim.Optimizer
    ) -> tuple[nn.Module, torch.optim.Optimizer]:
        return network, optimizer

    def total(self, value: torch.Tensor) -> torch.Tensor:
        return value

    def any(self, flag: bool) -> bool:
        return flag

    def backward(self, loss: torch.Tensor) -> None:
        loss.backward()

    def wait(self) -> None:
        pass


class Together:
    """The processes of ``torchrun``, by Fabric."""

    def __init__(self, fabric: Fabric) -> None:
        self._fabric = fabric
        self.rank, self.size = fabric.global_rank, fabric.world_size

    def shared(
        self, network: nn.Module, optimizer: torch.optim.Optimizer
    ) -> tuple[nn.Module, torch.optim.Optimizer]:
        found: Any = self._fabric.setup(network, optimizer, move_to_device=False)
        return found[0], found[1]

    def total(self, value: torch.Tensor) -> torch.Tensor:
        gathered: Any = self._fabric.all_gather(value, sync_grads=value.requires_grad)
        return gathered.sum(dim=0)

    def any(self, flag: bool) -> bool:
        found: Any = self._fabric.all_reduce(torch.tensor(float(flag)), reduce_op="max")
        return bool(found > 0)

    def backward(self, loss: torch.Tensor) -> None:
        self._fabric.backward(loss)

    def wait(self) -> None:
        self._fabric.barrier()


def form_team(device: Device) -> Team:
    """The team that the environment names, see :func:`overseed.devices.team_place`."""
    if team_place()[1] < 2:
        return Alone()
    from lightning_fabric import Fabric

    nodes = int(os.environ.get("GROUP_WORLD_SIZE", "1"))
    fabric = Fabric(
        accelerator=device.kind,
        strategy="ddp",
        devices=int(os.environ.get("LOCAL_WORLD_SIZE", "1")),
        num_nodes=nodes,
    )
    fabric.launch()
    return Together(fabric)
