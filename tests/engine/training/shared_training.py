"""A training of 20 steps, for one process or a team: writes its weights to the folder that it is given."""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from overseed.devices import Device
from overseed.segmentation.calibration import Priors
from overseed.segmentation.losses import Loss
from overseed.segmentation.network import SpectralUNet
from overseed.segmentation.training_loop import TrainingPlan, fit
from overseed.tiles.grid import Window
from overseed.tiles.sampling import CropSampler
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene
from overseed.training.team import form_team

STEPS = 20


def main(folder: Path, batch: int) -> None:
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    labels = (np.indices((96, 192)).sum(axis=0) // 24 % 3).astype(np.uint8)
    # Crops with much and with little labelled ground, so that a mean of means would be another one.
    labels[rng.random(labels.shape) < 0.4] = 255
    labels[:, :40] = np.where(rng.random((96, 40)) < 0.9, 255, labels[:, :40])
    image = rng.normal(1000, 50, (2, 96, 192)) + 100 * (labels % 3)
    side = np.zeros_like(labels)
    side[:, 128:] = 1
    scene = StoredScene(image.astype(np.uint16), labels, side)
    torch.manual_seed(0)
    network = SpectralUNet("mobilenetv3_small_050", 2, 3)
    even = Priors(np.full(3, 1 / 3), np.full(3, 1 / 3))
    plan = TrainingPlan(
        STEPS, 0, "key", Loss(("ce", "dice")), even, batch=batch, frozen_norm=True,
        learning_rate=1e-4,
    )  # fmt: skip
    # Adam takes a step of full size also where a gradient is all rounding: the smaller it is, the less of
    # that remains in the weights. And in full precision: asked is whether the sums are the same ones.
    device = Device("cpu", "cpu", 1, bf16=False)
    team = form_team(device)
    stats = band_statistics(scene.image[:, side == 0], ("a", "b"))
    trained = fit(
        network, CropSampler([scene], 0, 32, "natural"), None, [scene], [(0, Window(0, 128, 96, 64))], 3,
        stats, plan, device, folder, lambda done, total: None, lambda name, value, step: None, team,
    )  # fmt: skip
    if team.rank == 0:
        tensors = {k: v.contiguous() for k, v in network.state_dict().items()}
        save_file(tensors, folder / "weights.safetensors")
        print(trained.figures)
    team.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
