"""The U-Net takes any band count, starts from ImageNet weights offline, and explains itself in ONNX."""

import json
import threading

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import save_file

from overseed.errors import InputError
from overseed.scenes.bands import BandRecipe
from overseed.scenes.classes import build_table
from overseed.segmentation.calibration import (
    Calibration,
    Priors,
    area_factor,
    calibrate,
    choose_correction,
    match_areas,
)
from overseed.segmentation.export import export_model
from overseed.segmentation.network import ARCHITECTURES, OFFLINE_ENCODER, adopt, build_network
from overseed.tiles.statistics import BandStats


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def stats(bands):
    ones = (1.0,) * bands
    return BandStats(
        tuple(f"b{i}" for i in range(bands)), tuple(100.0 + i for i in range(bands)),
        (25.0,) * bands, ones, ones, ones, ones, "uint16",
    )  # fmt: skip


@pytest.mark.parametrize("bands", [1, 3, 4, 13])
def test_any_band_count(bands):
    network = build_network(OFFLINE_ENCODER, bands, 5, seeded()).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, bands, 64, 96)).shape == (1, 5, 64, 96)


def test_imagenet_weights_are_loaded_without_a_network():
    one, two = (build_network(OFFLINE_ENCODER, 3, 2, seeded(s)) for s in (0, 1))
    deep = "unet.encoder.model.blocks.3.0.conv_pw.weight"
    torch.testing.assert_close(one.state_dict()[deep], two.state_dict()[deep])
    assert (one.head.weight != two.head.weight).any()


def test_colour_kernels_are_spread_so_that_equal_bands_answer_alike():
    three = build_network(OFFLINE_ENCODER, 3, 2, seeded()).unet.encoder.model.conv_stem.weight
    six = build_network(OFFLINE_ENCODER, 6, 2, seeded()).unet.encoder.model.conv_stem.weight
    torch.testing.assert_close(three.sum(dim=1), six.sum(dim=1), rtol=1e-4, atol=1e-5)


def test_the_same_seed_builds_the_same_network():
    one, two = (
        build_network("resnet18", 2, 3, seeded(4), weights="none").state_dict() for _ in range(2)
    )
    for name in one:
        torch.testing.assert_close(one[name], two[name], rtol=0, atol=0)


def test_an_unknown_encoder_is_refused_with_a_hint():
    with pytest.raises(InputError, match="no encoder 'nonsense'") as caught:
        build_network("nonsense", 3, 2, seeded(), weights="none")
    assert OFFLINE_ENCODER in caught.value.hint


@pytest.mark.parametrize("name", ["hf-hub:stranger/model", "../model", "timm/x", ""])
def test_an_encoders_name_leads_nowhere_else(name):
    with pytest.raises(InputError, match="There is no encoder"):
        build_network(name, 3, 2, seeded(), weights="none")


def test_exported_model_agrees_and_describes_itself(tmp_path):
    import onnxruntime

    table = build_table(["water", "wood"])
    network = build_network(OFFLINE_ENCODER, 3, 2, seeded()).eval()
    calibration = Calibration((0.5, -0.5), 1.5, "full")
    about = {"arm": "none", "seed": 0, "synthetic": False}
    recipe = BandRecipe(("b0", "b1", "b2"), (1.0,) * 3, (0.0,) * 3)
    export_model(network, network, table, recipe, stats(3), calibration, 64, about, tmp_path)
    properties = onnx.load(tmp_path / "model.onnx").metadata_props
    described = json.loads(next(p.value for p in properties if p.key == "overseed"))
    assert [c["name"] for c in described["classes"]] == ["water", "wood"]
    assert described["fill"] == [100.0, 101.0, 102.0]
    assert described["statistics"]["std"] == [25.0] * 3
    image = np.random.default_rng(0).uniform(50, 150, (2, 3, 96, 64)).astype(np.float32)
    session = onnxruntime.InferenceSession(
        tmp_path / "model.onnx", providers=["CPUExecutionProvider"]
    )
    found = session.run(None, {"image": image})[0]
    mean = np.array([100, 101, 102], np.float32)[:, None, None]
    with torch.no_grad():
        logits = network(torch.from_numpy((image - mean) / 25)).numpy()
    expected = torch.from_numpy((logits + np.array([0.5, -0.5])[:, None, None]) / 1.5).softmax(
        dim=1
    )
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-3)


def test_calibration_undoes_a_shifted_prior():
    rng = np.random.default_rng(0)
    real, trained = np.array([0.9, 0.1]), np.array([0.5, 0.5])
    labels = (rng.random(20000) < real[1]).astype(np.uint8)
    evidence = rng.normal(np.where(labels, 1.0, -1.0), 1.0)
    # Log-odds of a classifier that saw both classes equally often.
    logits = np.stack([-evidence, evidence], axis=1).astype(np.float32)
    found = calibrate(logits, labels, Priors(trained, real), [1])
    assert found.correction != "none"
    assert found.bias[1] < found.bias[0]
    mapped = found.apply(logits).argmax(axis=1)
    assert abs(mapped.mean() - 0.1) < abs(logits.argmax(axis=1).mean() - 0.1)


def test_equal_priors_are_left_alone():
    logits = np.random.default_rng(0).standard_normal((500, 3)).astype(np.float32)
    labels = logits.argmax(axis=1).astype(np.uint8)
    share = np.array([0.3, 0.3, 0.4])
    assert calibrate(logits, labels, Priors(share, share)).bias == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_takes_any_bands_and_sides(architecture):
    network = build_network(OFFLINE_ENCODER, 5, 3, seeded(), architecture).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 5, 64, 100)).shape == (1, 3, 64, 100)


def test_an_encoder_that_an_architecture_cannot_take_is_refused():
    with pytest.raises(InputError, match=r"no encoder 'mit_b0' for unet\+\+"):
        build_network("mit_b0", 3, 2, seeded(), "unet++", "none")


def test_missing_imagenet_weights_are_refused_and_never_replaced_by_chance(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="ImageNet weights of resnet18 cannot be had") as caught:
        build_network("resnet18", 3, 2, seeded())
    assert "--encoder-weights none" in caught.value.hint


@pytest.mark.parametrize("prefix", ["", "encoder.", "module.backbone."])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_weights_of_a_file_fill_the_encoder_whatever_their_prefix(tmp_path, prefix, suffix):
    given = build_network("resnet18", 3, 2, seeded(1), weights="none").unet.encoder.state_dict()
    path = tmp_path / f"weights{suffix}"
    tensors = {f"{prefix}{name}": value for name, value in given.items()}
    if suffix == ".pth":
        torch.save({"state_dict": tensors}, path)
    else:
        save_file(tensors, path)
    network = build_network("resnet18", 6, 2, seeded(2), weights=str(path))
    own = network.unet.encoder.state_dict()
    torch.testing.assert_close(
        own["model.layer1.0.conv1.weight"], given["model.layer1.0.conv1.weight"]
    )
    first = "model.conv1.weight"
    assert own[first].shape[1] == 6
    torch.testing.assert_close(own[first].sum(dim=1), given[first].sum(dim=1), rtol=1e-4, atol=1e-5)


def test_weights_of_another_encoder_and_files_of_no_weights_are_refused(tmp_path):
    other = build_network("resnet18", 3, 2, seeded(), weights="none").unet.encoder.state_dict()
    save_file(dict(other), tmp_path / "other.safetensors")
    with pytest.raises(InputError, match="belong to another one"):
        build_network("resnet34", 3, 2, seeded(), weights=str(tmp_path / "other.safetensors"))
    (tmp_path / "text.pth").write_text("no weights")
    for name in ("text.pth", "absent.pth"):
        with pytest.raises(InputError, match="cannot be read as weights"):
            build_network("resnet18", 3, 2, seeded(), weights=str(tmp_path / name))


def export(network, names, bands, folder, encoder="resnet18"):
    recipe = BandRecipe(bands, (1.0,) * len(bands), (0.0,) * len(bands))
    ones = (1.0,) * len(bands)
    about = {
        "arm": "none",
        "seed": 0,
        "synthetic": False,
        "architecture": "unet",
        "encoder": encoder,
    }
    export_model(
        network, network, build_table(names), recipe,
        BandStats(bands, ones, ones, ones, ones, ones, ones, "uint16"),
        Calibration((0.0,) * len(names), 1.0, "none"), 32, about, folder,
    )  # fmt: skip


def test_a_model_is_taken_over_where_bands_and_classes_have_the_same_names(tmp_path):
    old = build_network("resnet18", 2, 3, seeded(1), weights="none").eval()
    export(old, ["water", "wood", "field"], ("red", "nir"), tmp_path)
    new = build_network("resnet18", 3, 2, seeded(2), weights="none")
    fresh = {name: value.clone() for name, value in new.state_dict().items()}
    adopt(
        new, tmp_path / "model.safetensors", ("unet", "resnet18"), ("nir", "swir", "red"), ["road", "field"]
    )  # fmt: skip
    own, given = new.state_dict(), old.state_dict()
    torch.testing.assert_close(own["head.weight"][1], given["head.weight"][2])
    torch.testing.assert_close(own["head.weight"][0], fresh["head.weight"][0])
    for name in ("unet.encoder.model.conv1.weight", "spectral.0.weight"):
        torch.testing.assert_close(own[name][:, 0], given[name][:, 1])
        torch.testing.assert_close(own[name][:, 2], given[name][:, 0])
        torch.testing.assert_close(own[name][:, 1], fresh[name][:, 1])
    deep = "unet.encoder.model.layer3.0.conv1.weight"
    torch.testing.assert_close(own[deep], given[deep])
    with pytest.raises(InputError, match="is a unet with the encoder resnet18"):
        adopt(new, tmp_path / "model.safetensors", ("fpn", "resnet18"), ("nir",), ["road"])
    with pytest.raises(InputError, match="no model that this engine has trained"):
        adopt(new, tmp_path / "absent.safetensors", ("unet", "resnet18"), ("nir",), ["road"])


def test_validation_keeps_areas_near_the_references():
    """Of two corrections that score alike the one whose areas fit is taken."""
    wide = np.array([[700, 300], [5, 95]])
    fitting = np.array([[960, 40], [35, 65]])
    chosen, score = choose_correction(np.stack([wide, fitting]), [1])
    assert chosen == 1
    assert score == pytest.approx(2 * 65 / (100 + 105))
    assert area_factor(wide, [1]) == pytest.approx(396 / 101)


def test_matched_areas_are_those_of_the_reference_also_of_a_class_that_was_never_mapped():
    rng = np.random.default_rng(0)
    labels = rng.choice(4, 30_000, p=[0.7, 0.25, 0.049, 0.001]).astype(np.uint8)
    logits = rng.normal(0, 1, (30_000, 5)) + 1.5 * np.eye(5)[labels] + np.array([5, 2, 0, -4, 0.0])
    logits = logits.astype(np.float32)
    assert not (logits.argmax(axis=1) == 3).any()
    start = np.array([0, 0, 0, 0, -2.0])
    bias = match_areas(logits, labels, start)
    mapped = np.bincount((logits + bias).argmax(axis=1), minlength=5)
    reference = np.bincount(labels, minlength=5)
    np.testing.assert_allclose(mapped[:4], reference[:4], rtol=0.2)
    # A class that validation ground does not hold stays where it was.
    assert bias[4] == -2.0
    assert np.average(bias[:4], weights=reference[:4]) == pytest.approx(0, abs=1e-9)


def test_a_class_without_validation_ground_gains_none_from_the_lift_of_rare_ones():
    rng = np.random.default_rng(0)
    labels = rng.choice(6, 60_000, p=[0.55, 0.447, 0.001, 0.001, 0.001, 0]).astype(np.uint8)
    logits = rng.normal(0, 1, (60_000, 6)) + 3 * np.eye(6)[labels]
    logits += np.array([6, 6, -2, -2, -2, 1.0])
    logits = logits.astype(np.float32)
    bias = match_areas(logits, labels, np.zeros(6))
    mapped = np.bincount((logits + bias).argmax(axis=1), minlength=6)
    assert mapped[5] < 20
    np.testing.assert_allclose(mapped[2:5], np.bincount(labels)[2:5], rtol=0.5)


@pytest.mark.parametrize("seed", range(3))
def test_a_class_of_few_pixels_among_many_gets_its_area(seed):
    rng = np.random.default_rng(seed)
    pixels, few = 1_000_000, 100
    labels = np.zeros(pixels, np.uint8)
    labels[rng.choice(pixels, few, replace=False)] = 1
    evidence = rng.normal(2.5 * labels, 1).astype(np.float32)
    logits = np.stack([np.zeros_like(evidence), evidence - 8], axis=1)
    bias = match_areas(logits, labels, np.zeros(2))
    mapped = int(((logits + bias).argmax(axis=1) == 1).sum())
    assert few / 1.5 < mapped < few * 1.5


def test_matched_areas_of_pixels_that_two_processes_share():
    rng = np.random.default_rng(1)
    labels = rng.choice(3, 4000, p=[0.6, 0.3, 0.1]).astype(np.uint8)
    logits = (rng.normal(0, 1, (4000, 3)) + np.eye(3)[labels]).astype(np.float32)
    alone = match_areas(logits, labels, np.zeros(3))
    found, barrier, sums = [None, None], threading.Barrier(2), [None, None]

    def part(rank):
        def total(own):
            sums[rank] = own
            barrier.wait()
            result = sums[0] + sums[1]
            barrier.wait()
            return result

        found[rank] = match_areas(logits[rank::2], labels[rank::2], np.zeros(3), total)

    threads = [threading.Thread(target=part, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(found[0], alone, atol=1e-6)
    np.testing.assert_array_equal(found[0], found[1])


def test_without_validation_pixels_nothing_is_shifted():
    priors = Priors(np.array([0.5, 0.5]), np.array([0.9, 0.1]))
    found = calibrate(np.empty((0, 2), np.float32), np.empty(0, np.uint8), priors, [1])
    assert found == Calibration((0.0, 0.0), 1.0, "none")
