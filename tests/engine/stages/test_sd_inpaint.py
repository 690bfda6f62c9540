"""The commands with inpainting weights: from a folder to samples, as one file, and what is refused."""

import json

import numpy as np
import pytest

from overseed.config import SynthesizeSettings, TrainGeneratorSettings
from overseed.errors import InputError
from overseed.stages.context import open_prepared
from overseed.stages.sample_agreement import asked_for
from overseed.stages.synthesize import synthesize
from overseed.stages.train_generator import train_generator
from tests.engine.generators.tiny_clip import write_clip
from tests.engine.generators.tiny_pipelines import refuse_network, write_pipeline

pytest.importorskip("diffusers")
COMMON = {"method": "sd-inpaint", "device": "cpu", "threads": 1}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_pipeline(tmp_path_factory.mktemp("weights"), vae_blocks=3)


def test_from_weights_to_samples_and_one_file(prepared_run, model, tmp_path):
    run = prepared_run()
    learning = COMMON | {"run": run, "steps": 2, "lora_rank": 2, "weights": str(model)}
    file = tmp_path / "pipeline.safetensors"
    made = train_generator(TrainGeneratorSettings(**learning, export_model=file))
    folder = run / "split-0/generators/sd-inpaint/seed-0"
    assert made["generator"] == str(folder)
    record = json.loads((folder / "record.json").read_text())
    assert record["outputs"][:3] == ["lora.safetensors", "weights.safetensors", "base.json"]
    assert set(record["outputs"][3:]) == {"training.jsonl", "samples.png"}
    assert len(record["inputs"]["weights"]) == 64
    assert not list(folder.rglob("checkpoint*"))
    assert not (folder / "prior").exists()
    size = sum(path.stat().st_size for path in model.rglob("*.safetensors"))
    assert file.stat().st_size > 0.9 * size
    # Nothing of it is done again.
    stamp = (folder / "record.json").stat().st_mtime_ns
    train_generator(TrainGeneratorSettings(**learning))
    assert (folder / "record.json").stat().st_mtime_ns == stamp

    painting = COMMON | {"run": run, "count": 2, "sampling_steps": 2}
    result = synthesize(SynthesizeSettings(**painting, negative_prompt="cloud"))
    assert result["count"] >= 1
    samples = run / "split-0/synthetic/sd-inpaint/seed-0"
    changed = np.load(samples / "changed.npy")
    images = np.load(samples / "images.npy")
    assert changed.any()
    assert images.shape[1] == 4
    assert (images.std(axis=(0, 2, 3)) > 0).all()

    with pytest.raises(InputError) as refusal:
        train_generator(TrainGeneratorSettings(**(learning | {"weights": str(tmp_path / "x")})))
    assert refusal.value.code == "diffusion.no-weights"
    assert (folder / "record.json").stat().st_mtime_ns == stamp, "a refusal leaves what is there"
    with pytest.raises(InputError, match=r"must end in \.safetensors"):
        train_generator(TrainGeneratorSettings(**learning, export_model=tmp_path / "x.ckpt"))


def test_agreement_is_asked_in_the_words_and_seen_in_the_bands_of_the_training(
    prepared_run, model, tmp_path, monkeypatch
):
    refuse_network(monkeypatch)
    run = prepared_run()
    train_generator(
        TrainGeneratorSettings(
            **COMMON, run=run, steps=1, lora_rank=2, weights=str(model), prior_weight=0,
            shown_bands="4,630nm,490nm", prompt="a sks {class}, infrared",
        )
    )  # fmt: skip
    asking = {"run": run, "count": 2, "sampling_steps": 1} | COMMON
    asking["agreement_weights"] = write_clip(tmp_path / "clip")
    synthesize(SynthesizeSettings(**asking))
    folder = run / "split-0/synthetic/sd-inpaint/seed-0"
    found = json.loads((folder / "agreement.json").read_text())
    assert found["bands"] == ["2190nm", "630nm", "490nm"]
    assert found["words"] == {name: f"a {name}, infrared" for name in found["words"]}
    assert sum(row["made"]["n"] for row in found["classes"].values()) > 0
    other = SynthesizeSettings(**asking, prompt="one sks {class}")
    prepared = open_prepared(run)
    told, bands = asked_for(prepared, other)
    assert told == [f"one {name}" for name in prepared.table.names]
    assert bands == [3, 1, 0]


def test_its_settings_are_for_it_alone(tmp_path):
    with pytest.raises(ValueError, match="--export-model is for sd-inpaint, not for spade"):
        TrainGeneratorSettings(run=tmp_path, method="spade", export_model=tmp_path / "x")
    with pytest.raises(ValueError, match="--strength is for sd-inpaint, not for diffusion"):
        SynthesizeSettings(run=tmp_path, method="diffusion", strength=0.5)
    with pytest.raises(ValueError, match="--negative-prompt says nothing with --guidance 1"):
        SynthesizeSettings(run=tmp_path, method="sd-inpaint", negative_prompt="cloud", guidance=1)
