"""The penalty pulls scores to the other side's average, which it remembers."""

import torch

from overseed.training.lecam import LeCam


def scores(value):
    return torch.full((1, 1, 2, 2), float(value))


def test_the_averages_follow_where_the_weight_is():
    lecam = LeCam()
    weight = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])
    on_real = torch.tensor([[[[2.0, 900.0], [900.0, 900.0]]]])
    for _ in range(1000):
        lecam(on_real, scores(-1), weight)
    assert abs(float(lecam.real) - 2) < 0.01
    assert abs(float(lecam.made) + 1) < 0.01
    assert set(lecam.state_dict()) == {"real", "made"}


def test_far_apart_scores_cost_more():
    lecam, weight = LeCam(), torch.ones(1, 1, 2, 2)
    lecam.real.fill_(1.0)
    lecam.made.fill_(-1.0)
    near = lecam(scores(-0.5), scores(0.5), weight)
    far = lecam(scores(3), scores(-3), weight)
    assert 0 < near < far
