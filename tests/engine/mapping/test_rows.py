"""Windows give what the network gives on the whole raster, where its field lets them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from overseed.mapping.onnx_model import load_model
from overseed.mapping.rows import Request, map_rows, plan_task
from tests.engine.mapping.model_maker import BANDS, CLASSES, write_model, write_raster


class Neighbourhood(torch.nn.Module):
    """Two convolutions that see 13 pixels: fewer than half of an overlap of 32."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.first = torch.nn.Conv2d(3, 6, 7, padding=3)
        self.second = torch.nn.Conv2d(6, len(CLASSES), 7, padding=3)
        for layer in (self.first, self.second):
            layer.weight.data = torch.randn(layer.weight.shape, generator=generator) / 8

    def forward(self, image):
        return torch.softmax(self.second(torch.relu(self.first(image / 2000))), dim=1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (63, 65), (127, 129), (200, 333)])
@pytest.mark.parametrize("wanted", [range(0, 99), range(2, 3)])
def test_windows_equal_one_pass(tmp_path, shape, wanted):
    network = Neighbourhood()
    model = load_model(write_model(tmp_path / "m.onnx", network, 3), 1, "cpu")
    image = np.random.default_rng(1).integers(1, 5000, (3, *shape), dtype=np.uint16)
    raster = write_raster(tmp_path / "r.tif", image, BANDS)
    task = plan_task(Request(raster, tmp_path / "map.tif", window=64, overlap=0.5), model)
    found = []

    def derive(rows):
        found.append(rows.copy())
        return np.zeros((1, *rows.shape[1:]), np.uint8)

    task = replace(task, products=(replace(task.products[0], derive=derive),))
    count = len(task.plan.rows.starts)
    rows = range(min(wanted.start, count), min(wanted.stop, count))
    made = list(map_rows(task, model, rows, lambda *call: None, 1)) if rows else []

    # What lies beyond the raster's edge is the bands' fill value in windows, so in the one pass too.
    padded = [-(-side // 32) * 32 if side < 64 else side for side in shape]
    whole = np.zeros((1, 3, *padded), np.float32)
    whole[0, :, : shape[0], : shape[1]] = image
    with torch.no_grad():
        expected = network(torch.from_numpy(whole))[0, :, : shape[0], : shape[1]].numpy()
    assert len(made) == len(found) == len(rows)
    if rows:
        top = task.plan.rows.starts[rows.start]
        blended = np.concatenate(found, axis=1)
        np.testing.assert_allclose(blended, expected[:, top : top + blended.shape[1]], atol=1e-5)
