"""Simulated comparisons: block confusion matrices with block and seed effects, and a known true difference."""

import numpy as np

CLASSES = 6
RARE = [3, 4, 5]
PIXELS = 2000
#: How often a class is in a block, its share there and its recall as log odds.
PRESENT = np.array([1, 1, 1, 0.5, 0.5, 0.5])
SHARES = np.array([0.4, 0.3, 0.2, 0.03, 0.03, 0.02])
RECALL = np.array([1.5, 1.0, 0.5, 0.2, -0.2, 0.0])
#: Deviations of log odds between blocks, between arms in a block, between trainings, and of both together.
BLOCK, ARM_IN_BLOCK, SEED, SEED_IN_BLOCK = 0.7, 0.4, 0.2, 0.3


def simulate(blocks, seeds, rng, gain=0.0, same_arm=False, arms=2):
    """Confusion matrices ``(arms, seeds, blocks, classes, classes)``; the first arm knows rare classes better.

    ``same_arm`` makes an A/A comparison: one arm, other seeds.
    """
    here = rng.random((blocks, CLASSES)) < PRESENT
    share = np.where(here, rng.lognormal(np.log(SHARES), 0.8, (blocks, CLASSES)), 0)
    reference = rng.multinomial(PIXELS, share / share.sum(axis=1, keepdims=True))
    ground = RECALL + rng.normal(0, BLOCK, (blocks, CLASSES))
    of_arm = rng.normal(0, ARM_IN_BLOCK, (arms, 1, blocks, CLASSES))
    if same_arm:
        of_arm[:] = of_arm[0]
    odds = ground + of_arm
    odds = odds + rng.normal(0, SEED, (arms, seeds, 1, CLASSES))
    odds = odds + rng.normal(0, SEED_IN_BLOCK, (arms, seeds, blocks, CLASSES))
    odds[0] += gain * np.isin(np.arange(CLASSES), RARE)
    hits = rng.binomial(reference, 1 / (1 + np.exp(-odds)))
    mistaken = rng.dirichlet([3, 3, 3, 0.5, 0.5, 0.5], (blocks, CLASSES))
    each = np.arange(CLASSES)
    mistaken[:, each, each] = 0
    mistaken /= mistaken.sum(axis=-1, keepdims=True)
    matrices = np.round((reference - hits)[..., None] * mistaken).astype(int)
    matrices[..., each, each] = hits
    return matrices
