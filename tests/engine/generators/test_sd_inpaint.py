"""Objects taught to tiny inpainting pipelines and painted by them; no network is touched."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open

from overseed.devices import choose_device
from overseed.errors import Cancelled, InputError
from overseed.generators.compose import compose
from overseed.generators.contract import Canvas, FitPlan
from overseed.generators.diffusion_options import Learning, Sampling
from overseed.generators.methods import make_generator
from overseed.generators.prompts import prompts_of
from overseed.tiles.sampling import CropSampler
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene
from tests.engine.generators.tiny_pipelines import refuse_network, write_pipeline

pytest.importorskip("diffusers")
DEVICE = choose_device("cpu", 1)
NAMES = ("meadow", "pond", "quarry")
FEW = Sampling(steps=2, sampler="ddim")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    refuse_network(monkeypatch)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folders of tiny pipelines by family."""
    folders = {family: tmp_path_factory.mktemp(family) for family in ("sd", "sdxl")}
    return {family: write_pipeline(folder, family) for family, folder in folders.items()}


def ground(bands=5, dtype="uint16", size=64, seed=0):
    """A scene of three classes in which the third band onwards follow from the first three."""
    rng = np.random.default_rng(seed)
    labels = (np.indices((size, size)).sum(axis=0) // 16 % 3).astype(np.uint8)
    labels[:, :6] = 255
    level = np.array([300.0, 900.0, 1800.0])[labels % 3]
    image = level * rng.uniform(0.8, 1.2, (bands, 1, 1)) + rng.normal(0, 30, (bands, size, size))
    for band in range(3, bands):
        image[band] = 0.5 * image[0] + 0.25 * image[1] + rng.normal(0, 5, (size, size))
    if np.dtype(dtype).kind == "f":
        image = image / 10_000
    return StoredScene(image.astype(dtype), labels, np.zeros_like(labels))


def fitted(
    model, folder, scene=None, steps=2, tick=lambda done, total: None, device=DEVICE, **learning
):
    scene = scene or ground()
    folder.mkdir(exist_ok=True)
    names = [f"b{number}" for number in range(scene.image.shape[0])]
    stats = band_statistics(scene.image[:, scene.side == 0], names)
    options = {"names": NAMES, "rare": (1,), "lora_rank": 2, "prior_weight": 0.0} | learning
    generator = make_generator(
        "sd-inpaint", stats, 3, 32, 0, Learning(weights=str(model), **options), FEW
    )
    source = CropSampler([scene], 0, 32, "balanced")
    figures = generator.fit(
        source, FitPlan(steps, 0, "key", source), device, folder, tick, lambda *given: None
    )
    return generator, stats, figures


def canvas_of(scene, seed=0, count=2):
    """Real tiles in which a square was given to the pond, and beside it a narrow strip to the quarry."""
    batch = CropSampler([scene], 0, 32, "natural").draw(count, np.random.default_rng(seed))
    changed = np.zeros(batch.labels.shape, bool)
    changed[:, 8:24, 8:20] = True
    changed[:, 8:24, 26] = True
    labels = batch.labels.copy()
    labels[:, 8:24, 8:20] = 1
    labels[:, 8:24, 26] = 2
    return Canvas(labels, changed, batch.images, batch.visible)


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_a_pipeline_from_a_folder_learns_paints_and_comes_back(models, family, tmp_path):
    scene = ground()
    generator, _, figures = fitted(models[family], tmp_path / "g", prior_weight=1.0)
    assert figures["side"] == 32
    assert figures["prior_images"] == 3
    assert figures["loss"] > 0
    assert figures["prior"] > 0
    canvas = canvas_of(scene)
    made = generator.generate(canvas, 1, DEVICE)
    files = generator.save(tmp_path / "g", {"OVERSEED_SCENE": "scene.tif"})
    for name in files:
        if name.endswith(".safetensors"):
            with safe_open(tmp_path / "g" / name, "np") as stored:
                assert stored.metadata()["OVERSEED_SCENE"] == "scene.tif"
                assert str(tmp_path) not in json.dumps(stored.metadata())
    again = make_generator(
        "sd-inpaint", generator._stats, 3, 32, 9, Learning(names=NAMES, lora_rank=2), FEW
    )
    again.load(tmp_path / "g")
    np.testing.assert_array_equal(again.generate(canvas, 1, DEVICE), made)


@pytest.mark.parametrize(
    ("bands", "dtype"), [(1, "uint8"), (2, "int16"), (3, "uint16"), (6, "float32")]
)
def test_only_the_mask_changes_and_every_band_of_it_is_the_scenes(models, bands, dtype, tmp_path):
    scene = ground(bands, "uint16" if dtype == "uint8" else dtype)
    if dtype == "uint8":
        scene = StoredScene((scene.image // 10).astype("uint8"), scene.labels, scene.side)
    generator, stats, _ = fitted(models["sd"], tmp_path / "g", scene, steps=1)
    canvas = canvas_of(scene)
    made = generator.generate(canvas, 0, DEVICE)
    assert made.dtype == scene.image.dtype
    assert made.shape == canvas.images.shape
    for band in range(bands):
        assert made[:, band].min() >= stats.min[band]
        assert made[:, band].max() <= stats.max[band]
    for tile, image in enumerate(made):
        composed = compose(canvas.images[tile], image, canvas.changed[tile])
        assert composed.dtype == scene.image.dtype
        outside = ~canvas.changed[tile]
        np.testing.assert_array_equal(composed[:, outside], canvas.images[tile][:, outside])
        for band in range(bands):
            assert image[band][canvas.changed[tile]].std() > 0, f"band {band} is flat"


def test_ponds_have_the_colours_of_ponds_in_all_bands(models, tmp_path):
    """The weights are random: what is right in the colours comes from the training ground."""
    scene = ground()
    generator, _, _ = fitted(models["sd"], tmp_path / "g", scene, steps=1)
    canvas = canvas_of(scene, count=4)
    made = generator.generate(canvas, 0, DEVICE).astype(float)
    for owner in (1, 2):
        painted = np.moveaxis(made, 1, -1)[canvas.changed & (canvas.labels == owner)].mean(axis=0)
        real = scene.image[:, scene.labels == owner].mean(axis=1)
        assert np.abs(painted / real - 1).max() < 0.12, NAMES[owner]


def test_it_does_not_look_under_what_it_paints(models, tmp_path):
    scene = ground()
    generator, stats, _ = fitted(models["sd"], tmp_path / "g", scene, steps=1)
    for strength in (None, 0.6):
        generator._sampling = Sampling(steps=4, strength=strength)
        canvas = canvas_of(scene)
        other = np.where(canvas.changed[:, None], np.uint16(7), canvas.images)
        twin = Canvas(canvas.labels, canvas.changed, other, canvas.visible)
        made = [generator.generate(one, 3, DEVICE) for one in (canvas, twin)]
        inside = np.broadcast_to(canvas.changed[:, None], made[0].shape)
        np.testing.assert_array_equal(made[0][inside], made[1][inside])
    assert stats.dtype == "uint16"


def test_seeds_prompts_and_samplers_change_what_is_painted(models, tmp_path):
    scene = ground()
    generator, _, _ = fitted(models["sd"], tmp_path / "g", scene, steps=1)
    canvas = canvas_of(scene)

    def painted(seed, **sampling):
        generator._sampling = Sampling(**({"steps": 3} | sampling))
        return generator.generate(canvas, seed, DEVICE)

    first = painted(1)
    np.testing.assert_array_equal(first, painted(1))
    others = {
        "seed": painted(2),
        "prompt": painted(1, prompt="a green {class}"),
        "negative prompt": painted(1, negative_prompt="cloud"),
        "guidance": painted(1, guidance=1.0),
        "strength": painted(1, strength=0.5),
        "sampler": painted(1, sampler="ddim"),
        "steps": painted(1, steps=6),
    }
    for what, images in others.items():
        assert (images != first).any(), what
    twins = Canvas(*(np.repeat(a[:1], 2, axis=0) for a in vars(canvas).values()))
    one, two = generator.generate(twins, 1, DEVICE)
    assert (one != two).any(), "the same ground and mask twice are two pairs"


def test_the_loss_falls_on_one_image(models, tmp_path):
    from overseed.generators.dreambooth import Learner, Lesson, learn, loss_of
    from overseed.generators.sd_pipeline import InpaintingPipeline
    from overseed.generators.sd_weights import find_weights

    pipeline = InpaintingPipeline(find_weights(str(models["sd"]), None), DEVICE)
    learner = Learner(pipeline.adapt(4, 0))
    masks = torch.zeros(1, 1, 32, 32)
    masks[..., 8:24, 8:24] = 1
    rng = torch.Generator().manual_seed(0)
    picture = torch.rand((1, 3, 32, 32), generator=rng) * 2 - 1
    lesson = Lesson(picture, masks, masks, ["a sks pond seen from above"])
    adam = torch.optim.AdamW(learner.parameters(), 3e-3)

    def judged():
        with torch.no_grad():
            losses = [loss_of(pipeline, lesson, torch.Generator().manual_seed(n)) for n in range(8)]
        return float(torch.stack(losses).mean())

    before = judged()
    frozen = {n: v.clone() for n, v in pipeline.unet.state_dict().items() if "lora" not in n}
    for step in range(40):
        learn(pipeline, (lesson, None), 0.0, learner, adam, torch.Generator().manual_seed(step % 8))
    assert judged() < 0.97 * before
    for name, value in frozen.items():
        torch.testing.assert_close(pipeline.unet.state_dict()[name], value, rtol=0, atol=0)


def test_a_cancelled_training_ends_with_the_same_weights(models, tmp_path):
    def stopping_at(when):
        calls = []

        def tick(done, total):
            calls.append(done)
            if when(done, len(calls)):
                raise Cancelled

        return tick

    straight, _, _ = fitted(models["sd"], tmp_path / "a", steps=4, prior_weight=0.5)
    # First while it gathers and makes images against forgetting, then in the training itself.
    for when in (lambda done, calls: calls == 28, lambda done, calls: done == 2):
        with pytest.raises(Cancelled):
            fitted(models["sd"], tmp_path / "b", steps=4, prior_weight=0.5, tick=stopping_at(when))
        assert list((tmp_path / "b").rglob("checkpoint.safetensors"))
    seen = []
    resumed, _, _ = fitted(
        models["sd"], tmp_path / "b", steps=4, prior_weight=0.5,
        tick=lambda done, total: seen.append(done),
    )  # fmt: skip
    assert min(set(seen) - {0}) == 2, "it started anew"
    canvas = canvas_of(ground())
    np.testing.assert_array_equal(
        straight.generate(canvas, 0, DEVICE), resumed.generate(canvas, 0, DEVICE)
    )
    rows = [json.loads(line) for line in (tmp_path / "b/training.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [4]


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_one_file_holds_all_and_paints_the_same(models, family, tmp_path):
    exact = replace(DEVICE, bf16=False)
    generator, _, _ = fitted(models[family], tmp_path / "g", steps=1, device=exact)
    # What is learned in one step is too little to see.
    for name, value in generator._pipeline.unet.named_parameters():
        if "lora_B" in name:
            value.data.normal_(0, 0.3, generator=torch.Generator().manual_seed(1))
    canvas = canvas_of(ground())
    made = generator.generate(canvas, 0, exact).astype(float)
    file = tmp_path / "whole.safetensors"
    generator.export(file, exact, {"OVERSEED_SYNTHETIC": "yes"})
    with safe_open(file, "np") as stored:
        assert stored.metadata()["OVERSEED_SYNTHETIC"] == "yes"
    from overseed.generators.sd_pipeline import InpaintingPipeline
    from overseed.generators.sd_weights import find_weights

    unlearned, joined = (
        InpaintingPipeline(find_weights(str(weights), None), exact)
        for weights in (models[family], file)
    )
    generator._pipeline = joined
    assert np.abs(generator.generate(canvas, 0, exact) - made).max() <= 1
    generator._pipeline = unlearned
    assert np.abs(generator.generate(canvas, 0, exact) - made).max() > 20
    # And it can be learned from in its turn.
    fitted(file, tmp_path / "h", steps=1)


def test_other_programs_read_the_file_and_the_matrices(models, tmp_path):
    """diffusers' own readers of such files find the same weights."""
    from diffusers import StableDiffusionInpaintPipeline
    from diffusers.loaders.single_file_utils import (
        convert_ldm_unet_checkpoint,
        convert_ldm_vae_checkpoint,
    )
    from safetensors.torch import load_file

    from overseed.generators.sd_export import joined_state

    generator, _, _ = fitted(models["sd"], tmp_path / "g", steps=2)
    generator.export(tmp_path / "whole.safetensors", DEVICE, {})
    content = load_file(tmp_path / "whole.safetensors")
    pipeline = generator._pipeline.pipe
    for convert, network, own in (
        (convert_ldm_unet_checkpoint, pipeline.unet, joined_state(pipeline.unet)),
        (convert_ldm_vae_checkpoint, pipeline.vae, pipeline.vae.state_dict()),
    ):
        found = convert(dict(content), dict(network.config))
        assert found.keys() == own.keys()
        for name, value in own.items():
            torch.testing.assert_close(found[name].reshape(value.shape), value, rtol=0, atol=0)
    generator.save(tmp_path / "g", {})
    other = StableDiffusionInpaintPipeline.from_pretrained(models["sd"], local_files_only=True)
    other.load_lora_weights(tmp_path / "g", weight_name="lora.safetensors")
    theirs = joined_state(other.unet)
    for name, value in joined_state(pipeline.unet).items():
        torch.testing.assert_close(theirs[name], value)


def test_a_file_of_stable_diffusion_2_has_the_text_encoder_of_open_clip(tmp_path):
    from diffusers.loaders.single_file_utils import convert_open_clip_checkpoint
    from safetensors.torch import load_file, save_file

    from overseed.generators.sd_pipeline import InpaintingPipeline
    from overseed.generators.sd_weights import find_weights

    exact = replace(DEVICE, bf16=False)
    model = write_pipeline(tmp_path, "sd2")
    generator, _, figures = fitted(model, tmp_path / "g", steps=1, device=exact)
    assert figures["loss"] > 0
    generator.export(tmp_path / "whole.safetensors", exact, {})
    content = load_file(tmp_path / "whole.safetensors")
    assert not any(name.startswith("cond_stage_model.transformer.") for name in content)
    # diffusers' own reader finds the encoder that it was written from.
    pipeline = generator._pipeline
    encoder = pipeline.pipe.text_encoder
    theirs = convert_open_clip_checkpoint(encoder, dict(content))
    theirs = {name.removeprefix("text_model."): value for name, value in theirs.items()}
    own = {name.removeprefix("text_model."): v for name, v in encoder.state_dict().items()}
    assert own.keys() - {"embeddings.position_ids"} <= theirs.keys()
    for name, value in theirs.items():
        torch.testing.assert_close(own[name], value, rtol=0, atol=0)
    # As the original files are: with a layer and a projection that the pipeline has no use for.
    last = "cond_stage_model.model.transformer.resblocks.1."
    more = {
        name.replace("resblocks.1.", "resblocks.2."): value + 1
        for name, value in content.items()
        if name.startswith(last)
    }
    assert len(more) == 12
    more["cond_stage_model.model.text_projection"] = torch.ones(16, 16)
    more["cond_stage_model.model.logit_scale"] = torch.ones(())
    save_file(content | more, tmp_path / "bare.safetensors")
    shutil.copytree(model, tmp_path / "bare", ignore=shutil.ignore_patterns("*.safetensors"))
    for file in ("whole", "bare"):
        found = InpaintingPipeline(find_weights(str(tmp_path / f"{file}.safetensors"), None), exact)
        assert found.noising.config.prediction_type == "v_prediction"
        for words in ("a pond", ""):
            one, two = (p.words([words]).tokens for p in (pipeline, found))
            torch.testing.assert_close(one, two, rtol=0, atol=0)
        assert found.unet.state_dict().keys() == {
            name.replace(".base_layer", "")
            for name in pipeline.unet.state_dict()
            if "lora" not in name
        }
    fitted(tmp_path / "bare.safetensors", tmp_path / "h", steps=1)


def test_weights_in_half_precision_and_in_several_files(models, tmp_path, caplog):
    """As hubs have them: ``model.fp16.safetensors``, and large networks in pieces with an index."""
    from overseed.generators.sd_pipeline import load_pipeline
    from overseed.generators.sd_weights import find_weights

    whole = load_pipeline(find_weights(str(models["sd"]), None))
    half = shutil.copytree(models["sd"], tmp_path / "half")
    for path in list(half.rglob("*.safetensors")):
        path.rename(path.with_name(f"{path.stem}.fp16.safetensors"))
    pieces = shutil.copytree(models["sd"], tmp_path / "pieces")
    shutil.rmtree(pieces / "unet")
    whole.unet.save_pretrained(pieces / "unet", max_shard_size="40KB")
    assert len(list((pieces / "unet").glob("*.safetensors"))) > 1
    for folder in (half, pieces):
        found = load_pipeline(find_weights(str(folder), None))
        for name, value in whole.unet.state_dict().items():
            torch.testing.assert_close(found.unet.state_dict()[name], value, rtol=0, atol=0)
    assert not [record for record in caplog.records if record.name.startswith("diffusers")]
    next((pieces / "unet").glob("*-00002-of-*")).unlink()
    with pytest.raises(InputError, match="-00002-of-") as refusal:
        find_weights(str(pieces), None)
    assert refusal.value.code == "diffusion.no-weights"


def test_memory_is_saved_with_the_same_gradients(models):
    from overseed.generators.dreambooth import Lesson, loss_of
    from overseed.generators.sd_pipeline import InpaintingPipeline
    from overseed.generators.sd_weights import find_weights

    exact = replace(DEVICE, bf16=False)
    pipeline = InpaintingPipeline(find_weights(str(models["sd"]), None), exact)
    matrices = pipeline.adapt(2, 0)
    masks = torch.ones(1, 1, 32, 32)
    lesson = Lesson(torch.zeros(1, 3, 32, 32), masks, masks, ["a pond"])
    found = []
    for _ in range(2):
        loss_of(pipeline, lesson, torch.Generator().manual_seed(0)).backward()
        found.append({name: p.grad.clone() for name, p in matrices.items()})
        for parameter in matrices.values():
            parameter.grad = None
        pipeline.save_memory()
    assert any(gradient.abs().max() > 0 for gradient in found[0].values())
    for name, gradient in found[0].items():
        torch.testing.assert_close(found[1][name], gradient)


def test_prompts_for_all_and_for_single_classes():
    assert prompts_of(None, NAMES)[1] == "a sks pond seen from above"
    assert prompts_of("sks {class}, summer; quarry=a sks pit", NAMES) == (
        "sks meadow, summer", "sks pond, summer", "a sks pit",
    )  # fmt: skip
    taught = prompts_of("sks {class}, summer", NAMES)
    assert prompts_of("quarry=a sks pit", NAMES, taught) == (*taught[:2], "a sks pit")
    assert prompts_of(None, NAMES, taught) == taught
    assert prompts_of("a {class}", NAMES, taught)[1] == "a pond"
    with pytest.raises(InputError) as refusal:
        prompts_of("lake=a lake", NAMES)
    assert refusal.value.code == "classes.unknown"


def test_a_prompt_for_a_class_that_there_is_not_is_refused_before_any_work():
    stats = band_statistics(np.ones((3, 9)), ["a", "b", "c"])
    with pytest.raises(InputError) as refusal:
        make_generator(
            "sd-inpaint", stats, 3, 32, 0, Learning(names=NAMES), Sampling(prompt="lake=a lake")
        )
    assert refusal.value.code == "classes.unknown"


def test_a_killed_training_goes_on_from_its_first_step(models, tmp_path):
    """Steps of large pipelines take long, so none waits for others before it is kept."""

    def die(done, total):
        if done == 1:
            raise MemoryError

    straight, _, _ = fitted(models["sd"], tmp_path / "a", steps=3)
    with pytest.raises(MemoryError):
        fitted(models["sd"], tmp_path / "b", steps=3, tick=die)
    seen = []
    resumed, _, _ = fitted(
        models["sd"], tmp_path / "b", steps=3, tick=lambda done, total: seen.append(done)
    )
    assert min(set(seen) - {0}) == 1
    canvas = canvas_of(ground())
    np.testing.assert_array_equal(
        straight.generate(canvas, 0, DEVICE), resumed.generate(canvas, 0, DEVICE)
    )


class TestWeightsThatWillNotDo:
    def test_missing_files_are_named_with_their_place(self, models, tmp_path):
        model = shutil.copytree(models["sd"], tmp_path / "model")
        (model / "unet/diffusion_pytorch_model.safetensors").rename(model / "unet/weights.bin")
        (model / "tokenizer/tokenizer.json").unlink()
        with pytest.raises(InputError) as refusal:
            fitted(model, tmp_path / "g")
        assert refusal.value.code == "diffusion.no-weights"
        for name in (
            "unet/diffusion_pytorch_model.safetensors", "tokenizer/vocab.json",
            "tokenizer/merges.txt", ".bin",
        ):  # fmt: skip
            assert name in refusal.value.message
        assert str(model) in refusal.value.hint

    @pytest.mark.parametrize(
        ("weights", "revision", "code"),
        [
            (None, None, "diffusion.no-weights"),
            ("/nowhere/at/all", None, "diffusion.no-weights"),
            ("owner/name", None, "diffusion.no-revision"),
            ("owner/name", "main", "diffusion.no-revision"),
        ],
    )
    def test_what_is_not_there(self, weights, revision, code):
        from overseed.generators.sd_weights import find_weights

        with pytest.raises(InputError) as refusal:
            find_weights(weights, revision)
        assert refusal.value.code == code
        assert refusal.value.hint

    def test_a_hub_that_cannot_be_reached_is_said_so(self, tmp_path, monkeypatch):
        from huggingface_hub import constants

        from overseed.generators.sd_weights import find_weights

        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
        with pytest.raises(InputError) as refusal:
            find_weights("owner/name", "0" * 40)
        assert refusal.value.code == "diffusion.no-weights"
        assert "unet/diffusion_pytorch_model.safetensors" in refusal.value.hint

    def test_a_kept_commit_of_the_hub_needs_no_network(self, models, tmp_path, monkeypatch):
        from huggingface_hub import constants

        from overseed.generators.sd_weights import find_weights

        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
        commit = "a" * 40
        snapshot = tmp_path / "models--owner--name/snapshots" / commit
        snapshot.parent.mkdir(parents=True)
        shutil.copytree(models["sd"], snapshot)
        found = find_weights("owner/name", commit)
        assert found.folder == snapshot
        assert found.fingerprint == find_weights(str(models["sd"]), None).fingerprint

    def test_a_network_that_takes_no_mask(self, tmp_path):
        model = write_pipeline(tmp_path, channels=4)
        with pytest.raises(InputError) as refusal:
            fitted(model, tmp_path / "g")
        assert refusal.value.code == "diffusion.not-inpainting"

    def test_files_that_can_run_code_are_not_opened(self, tmp_path):
        (tmp_path / "model.ckpt").write_bytes(b"cos\nsystem\n")
        with pytest.raises(InputError) as refusal:
            fitted(tmp_path / "model.ckpt", tmp_path / "g")
        assert refusal.value.code == "diffusion.unsafe-weights"

    def test_a_bare_file_asks_for_the_small_files_beside_it(self, models, tmp_path):
        from safetensors.torch import load_file, save_file

        from overseed.generators.sd_weights import find_weights

        generator, _, _ = fitted(models["sd"], tmp_path / "g", steps=1)
        generator.export(tmp_path / "whole.safetensors", DEVICE, {})
        bare = tmp_path / "bare.safetensors"
        save_file(load_file(tmp_path / "whole.safetensors"), bare)
        with pytest.raises(InputError) as refusal:
            find_weights(str(bare), None)
        assert refusal.value.code == "diffusion.no-weights"
        assert str(tmp_path / "bare") in refusal.value.hint
        for name in ("unet/config.json", "tokenizer/vocab.json"):
            assert name in refusal.value.message
        shutil.copytree(
            models["sd"], tmp_path / "bare", ignore=shutil.ignore_patterns("*.safetensors")
        )
        fitted(bare, tmp_path / "h", steps=1)

    def test_moved_and_changed_weights(self, models, tmp_path):
        model = shutil.copytree(models["sd"], tmp_path / "model")
        generator, _, _ = fitted(model, tmp_path / "g", steps=1)
        generator.save(tmp_path / "g", {})
        model.rename(tmp_path / "elsewhere")
        with pytest.raises(InputError) as refusal:
            generator.load(tmp_path / "g")
        assert refusal.value.code == "diffusion.weights-moved"
        other = write_pipeline(tmp_path, seed=1)
        assert other == model
        with pytest.raises(InputError) as refusal:
            generator.load(tmp_path / "g")
        assert refusal.value.code == "diffusion.weights-changed"
        shutil.rmtree(model)
        (tmp_path / "elsewhere").rename(model)
        generator.load(tmp_path / "g")
