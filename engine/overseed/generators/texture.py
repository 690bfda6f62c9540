"""How far the texture of made ground is from that of the real ground which it stands for.

The idea is that of texture synthesis by matched statistics (Portilla & Simoncelli 2000), reduced to two per
scale: how strong the detail is in each band, and how the bands' details go together.
"""

from __future__ import annotations

import torch
from torch.nn import functional

#: Scales, in pixels, at which texture is compared.
SCALES = (1, 2, 4, 8)
#: Bands, evenly spaced, whose correlations are compared; all pairs of many bands would cost too much.
PAIRED = 16


def texture_distance(made: torch.Tensor, real: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """A scalar for ``(n, bands, h, w)`` with pixels of each class in ``classes`` ``(n, classes, h, w)``.

    Detail of a scale is what a Laplacian leaves after averaging over that many pixels. Compared are, per
    class, band and scale, the logarithm of its mean square, and the correlations between bands. L1 makes
    images too smooth, a young discriminator too rough, and rough at one scale only; this holds all scales
    to the real measure.
    """
    bands = made.shape[1]
    paired = torch.linspace(0, bands - 1, min(bands, PAIRED)).long().unique()
    kernel = made.new_tensor([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]) / 4
    kernel = kernel.expand(bands, 1, 3, 3)
    total = made.new_zeros(())
    for scale in SCALES:
        if min(made.shape[-2:]) < 2 * scale:
            break
        inside = _inner_cells(functional.avg_pool2d(classes, scale))
        counts = inside.sum(dim=(0, 2, 3))
        present = (counts > 0).float()
        energies, mixtures = [], []
        for image in (made, real):
            detail = functional.conv2d(
                functional.avg_pool2d(image, scale), kernel, padding=1, groups=bands
            )
            energy = torch.einsum("nbhw,nkhw->kb", detail**2, inside)
            energies.append((energy / counts.clamp(min=1)[:, None] + 1e-4).log())
            # A quarter of the finest detail's pixels is enough for correlations.
            thin = 2 if scale == 1 else 1
            mixtures.append(
                _correlations(detail[:, paired, ::thin, ::thin], inside[..., ::thin, ::thin])
            )
        weight = present / present.sum().clamp(min=1)
        strength = (energies[0] - energies[1]).abs().mean(dim=1)
        mixture = (mixtures[0] - mixtures[1]).abs().mean(dim=(1, 2))
        total = total + ((strength + mixture) * weight).sum()
    return total / len(SCALES)


def _inner_cells(share: torch.Tensor) -> torch.Tensor:
    """1 for cells that lie wholly in one class with all eight neighbours, else 0.

    The border of a parcel, where made ground meets real ground, is not texture.
    """
    outside = functional.pad((share <= 0.999).float(), (1, 1, 1, 1), value=1.0)
    return 1 - functional.max_pool2d(outside, 3, stride=1)


def _correlations(detail: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
    """Correlations ``(classes, bands, bands)`` over the pixels of each class; 0 where it has none."""
    bands = detail.shape[1]
    flat = detail.movedim(1, -1).reshape(-1, bands)
    masks = inside.movedim(1, -1).reshape(flat.shape[0], -1)
    products = torch.einsum("pk,pb,pd->kbd", masks, flat, flat)
    power = products.diagonal(dim1=1, dim2=2) + 1e-4
    return products / (power[:, :, None] * power[:, None, :]).sqrt()
