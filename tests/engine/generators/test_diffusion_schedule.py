"""The schedule's steps, and samplers that end where an exact network says, also when it errs a little."""

import warnings

import pytest
import torch

from overseed.generators.diffusion_schedule import STEPS, Schedule

pytest.importorskip("diffusers")
CPU = torch.device("cpu")
#: What is to be sampled: numbers with this mean and deviation.
MEAN, SPREAD = 0.8, 0.5


def sampled(prediction, sampler, count, error=0.0, limits=(-6.0, 10.0)):
    """Numbers that an exact network for them gives, whose word is off by ``error`` and as much noise."""
    rng = torch.Generator().manual_seed(0)
    schedule = Schedule(prediction)
    solver = schedule.sampler(sampler, count, CPU)
    noisy = torch.randn(2048, 1, 1, 1, generator=rng)
    for step in solver.timesteps:
        steps = torch.full((len(noisy),), int(step))
        signal = schedule.signal[int(step)]
        variance = signal * SPREAD**2 + 1 - signal
        clean = MEAN + signal.sqrt() * SPREAD**2 / variance * (noisy - signal.sqrt() * MEAN)
        noise = (noisy - signal.sqrt() * clean) / (1 - signal).sqrt()
        said = noise if prediction == "epsilon" else schedule.target(clean, noise, steps)
        said = said + error * (1 + torch.randn(said.shape, generator=rng))
        clean = schedule.clean(noisy, said, steps).clamp(*limits)
        noisy = solver.step(clean, step, noisy).prev_sample
    return float(noisy.mean()), float(noisy.std())


@pytest.mark.parametrize("prediction", ["v", "epsilon"])
def test_every_number_of_steps_asks_at_steps_that_there_are(prediction):
    schedule = Schedule(prediction)
    for count in range(1, STEPS + 1):
        steps = schedule.sampling_steps(count)
        assert 0 <= steps[-1]
        assert steps == sorted(set(steps), reverse=True)
        assert len(steps) == count or steps == list(range(len(steps)))[::-1]
    assert schedule.signal[schedule.sampling_steps(25)[0]] < 0.002


@pytest.mark.parametrize("sampler", ["dpm-solver++", "ddim"])
@pytest.mark.parametrize("prediction", ["v", "epsilon"])
@pytest.mark.parametrize("count", [25, 61, 600])
def test_an_exact_network_gives_what_was_asked_for(prediction, sampler, count):
    mean, spread = sampled(prediction, sampler, count)
    assert mean == pytest.approx(MEAN, abs=0.03)
    assert spread == pytest.approx(SPREAD, abs=0.04)


@pytest.mark.parametrize("count", [10, 25])
@pytest.mark.parametrize("prediction", ["v", "epsilon"])
def test_small_errors_stay_small(prediction, count):
    """At the noisiest steps a network that predicts noise says nothing of what is under it."""
    mean, spread = sampled(prediction, "dpm-solver++", count, error=0.03)
    assert mean == pytest.approx(MEAN, abs=0.12)
    assert spread == pytest.approx(SPREAD, abs=0.04)


@pytest.mark.parametrize("prediction", ["v", "epsilon"])
def test_weights_are_those_of_min_snr(prediction):
    schedule = Schedule(prediction)
    weight = schedule.weight(torch.arange(STEPS)).flatten().double()
    assert float(weight.mean()) == pytest.approx(1)
    signal = schedule.signal.double()
    ratio = signal / (1 - signal)
    # In terms of what is clean every step counts min(ratio, 5), but for those that have the least weight.
    of_clean = weight * (ratio + 1 if prediction == "v" else ratio)
    chosen = (ratio > 0.5) & (ratio < 40)
    assert chosen.sum() > STEPS / 2
    expected = ratio[chosen].clamp(max=5)
    torch.testing.assert_close(
        of_clean[chosen] / of_clean[chosen][-1], expected / expected[-1], rtol=1e-4, atol=0
    )
    assert float(weight.min()) > 0


def test_noise_is_taken_off_what_it_was_put_on():
    rng = torch.Generator().manual_seed(1)
    clean, noise = torch.randn((2, 6, 3, 8, 8), generator=rng)
    steps = torch.tensor([0, 100, 300, 500, 800, 960])
    for prediction in ("v", "epsilon"):
        schedule = Schedule(prediction)
        noisy = schedule.noised(clean, noise, steps)
        found = schedule.clean(noisy, schedule.target(clean, noise, steps), steps)
        torch.testing.assert_close(found, clean, rtol=0, atol=1e-3)
    assert float(Schedule("v").signal[-1]) == 0


def test_no_library_is_used_in_a_way_that_it_warns_of():
    from overseed.generators.sd_pipeline import _sampler

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Schedule("v").sampler("dpm-solver++", 25, CPU)
        theirs = _sampler("dpm-solver++", {"num_train_timesteps": 1000})
        theirs.set_timesteps(25, device=CPU)
    assert len(theirs.timesteps) == 25
    assert torch.is_tensor(theirs.alphas_cumprod)
