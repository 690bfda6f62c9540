"""Tiny CLIP models from folders: pictures and words as they see them, and what will not do. No network."""

import json
import shutil

import numpy as np
import pytest
import torch

from overseed.assessment.agreement import Agreement
from overseed.devices import choose_device
from overseed.errors import InputError
from overseed.generators.clip_weights import find_clip
from overseed.generators.prompts import prompts_of, without_rare_word
from tests.engine.generators.tiny_clip import SIDE, write_clip
from tests.engine.generators.tiny_pipelines import refuse_network

pytest.importorskip("transformers")
DEVICE = choose_device("cpu", 1)
COLOURS = {
    "a pond seen from above": (-0.8, -0.5, 0.6),
    "a meadow seen from above": (-0.5, 0.5, -0.6),
    "a quarry seen from above": (0.8, 0.7, 0.6),
}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    refuse_network(monkeypatch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model that knows the words for three colours."""
    return write_clip(tmp_path_factory.mktemp("clip") / "model", known())


def known():
    """Pictures of each colour, brighter and darker."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, (64, 3, 1, 1)) + rng.normal(0, 0.2, (64, 3, SIDE, SIDE))
    return {words: np.array(c)[:, None, None] + noise for words, c in COLOURS.items()}


def opened(folder):
    from overseed.generators.clip_model import ClipModel

    return ClipModel(find_clip(folder), DEVICE)


def pictures_of(colour, count=12, seed=0):
    """Pictures of several sizes, of about one colour."""
    rng = np.random.default_rng(seed)
    flat = np.array(colour)[:, None, None]
    sizes = rng.integers(SIDE // 2, 4 * SIDE, count)
    return [(flat + rng.normal(0, 0.2, (3, s, s))).astype(np.float32) for s in sizes]


def test_a_picture_agrees_with_its_own_words_and_not_with_others(folder):
    model = opened(folder)
    words = model.words(list(COLOURS))
    for number, colour in enumerate(COLOURS.values()):
        seen = model.pictures(pictures_of(colour))
        figures = [
            Agreement.of(seen, words, np.ones(12), own, model.scale).figures() for own in range(3)
        ]
        for own, found in enumerate(figures):
            if own == number:
                assert found["score"] > 2.2
                assert found["share"] > 0.9
                assert found["nearest"] > 0.9
            else:
                assert found["score"] < 0.5
                assert found["share"] < 0.1
                assert found["nearest"] < 0.1


def test_vectors_are_those_of_the_library(folder):
    """From 8-bit images of the model's size, where both have the same to begin with."""
    from transformers import CLIPImageProcessor, CLIPModel, CLIPTokenizer

    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (20, SIDE, SIDE, 3), dtype=np.uint8)
    library = CLIPModel.from_pretrained(folder).eval()
    given = CLIPImageProcessor.from_pretrained(folder)(list(images), return_tensors="pt")
    told = CLIPTokenizer.from_pretrained(folder)(list(COLOURS), padding=True, return_tensors="pt")
    with torch.no_grad():
        wanted = library(**told, **given)
    model = opened(folder)
    signals = np.moveaxis(images, -1, 1).astype(np.float32) / 127.5 - 1
    done = []
    seen, words = model.pictures(list(signals), done.append), model.words(list(COLOURS))
    np.testing.assert_allclose(seen, wanted.image_embeds, atol=2e-5)
    np.testing.assert_allclose(words, wanted.text_embeds, atol=2e-5)
    likeness = torch.from_numpy(model.scale * seen @ words.T)
    torch.testing.assert_close(likeness, wanted.logits_per_image, atol=1e-3, rtol=1e-3)
    assert done == [0, 16, 20]


def test_neither_company_nor_threads_change_a_vector(folder):
    model = opened(folder)
    pictures = [one for colour in COLOURS.values() for one in pictures_of(colour, 9)]
    together = model.pictures(pictures)
    alone = np.concatenate([model.pictures([one]) for one in pictures])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    try:
        torch.set_num_threads(2)
        np.testing.assert_allclose(model.pictures(pictures), together, atol=1e-5)
    finally:
        torch.set_num_threads(1)
    words = model.words(list(COLOURS))
    np.testing.assert_allclose(words[1:2], model.words([list(COLOURS)[1]]), atol=1e-5)
    assert model.pictures([]).shape == (0, words.shape[1])


def test_long_words_are_cut_to_what_the_model_reads(folder):
    assert np.isfinite(opened(folder).words(["a very long story " * 20, ""])).all()


def test_values_beyond_a_picture_are_clipped(folder):
    model = opened(folder)
    white, brighter = (np.full((3, SIDE, SIDE), value, np.float32) for value in (1, 1.8))
    np.testing.assert_array_equal(model.pictures([white]), model.pictures([brighter]))


def test_the_rare_word_is_for_those_who_have_learned_it():
    names = ("pond", "skskin")
    assert without_rare_word(prompts_of(None, names)) == (
        "a pond seen from above", "a skskin seen from above",
    )  # fmt: skip
    assert without_rare_word(prompts_of("{class} sks; pond=sks pool", names)) == ("pool", "skskin")


class TestWeightsThatWillNotDo:
    @pytest.fixture
    def copy(self, folder, tmp_path):
        return shutil.copytree(folder, tmp_path / "model")

    def refusal(self, folder):
        with pytest.raises(InputError) as refusal:
            opened(folder)
        assert refusal.value.hint
        return refusal.value

    def test_missing_files_are_named_with_their_place(self, copy):
        (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
        for name in ("tokenizer.json", "merges.txt", "preprocessor_config.json"):
            (copy / name).unlink()
        refusal = self.refusal(copy)
        assert refusal.code == "agreement.no-weights"
        for name in ("model.safetensors", "merges.txt", "preprocessor_config.json", ".bin"):
            assert name in refusal.message
        for name in ("vocab.json", " config.json"):
            assert name not in refusal.message, "it is there"
        assert str(copy) in refusal.hint

    def test_nothing_and_a_single_file(self, copy, tmp_path):
        for given in (tmp_path / "nowhere", copy / "model.safetensors"):
            refusal = self.refusal(given)
            assert refusal.code == "agreement.no-weights"
            assert str(given) in refusal.message
            for name in ("config.json", "model.safetensors", "preprocessor_config.json"):
                assert name in refusal.hint

    def test_another_kind_of_model(self, copy):
        config = json.loads((copy / "config.json").read_text())
        (copy / "config.json").write_text(json.dumps(config | {"model_type": "siglip"}))
        refusal = self.refusal(copy)
        assert refusal.code == "agreement.not-clip"
        assert "siglip" in refusal.message

    @pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json"])
    def test_a_damaged_configuration(self, copy, name):
        (copy / name).write_text('{"image_mean": ')
        assert name in self.refusal(copy).message
        (copy / name).write_text('{"model_type": "clip", "image_mean": [0.5]}')
        assert str(copy) in self.refusal(copy).message

    def test_tensors_that_are_not_there_are_never_made_up(self, copy):
        from safetensors.torch import load_file, save_file

        state = load_file(copy / "model.safetensors")
        del state["visual_projection.weight"]
        save_file(state, copy / "model.safetensors", metadata={"format": "pt"})
        assert "visual_projection.weight" in self.refusal(copy).message

    def test_half_a_file(self, copy):
        content = (copy / "model.safetensors").read_bytes()
        (copy / "model.safetensors").write_bytes(content[: len(content) // 2])
        assert self.refusal(copy).code == "agreement.no-weights"

    def test_several_files_and_half_precision(self, folder, copy):
        from transformers import CLIPModel

        whole = opened(folder)
        (copy / "model.safetensors").unlink()
        CLIPModel.from_pretrained(folder).half().save_pretrained(copy, max_shard_size="20KB")
        assert len(list(copy.glob("*.safetensors"))) > 1
        model = opened(copy)
        assert find_clip(copy).fingerprint != find_clip(folder).fingerprint
        picture = pictures_of(COLOURS["a pond seen from above"], 1)
        np.testing.assert_allclose(model.pictures(picture), whole.pictures(picture), atol=0.02)
        next(copy.glob("*-00002-of-*")).unlink()
        assert "-00002-of-" in self.refusal(copy).message

    def test_a_copy_elsewhere_is_the_same_and_other_weights_are_not(self, folder, copy, tmp_path):
        assert find_clip(copy).fingerprint == find_clip(folder).fingerprint
        other = write_clip(tmp_path / "other", known(), seed=1)
        assert find_clip(other).fingerprint != find_clip(folder).fingerprint
