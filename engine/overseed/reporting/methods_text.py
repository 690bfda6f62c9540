"""A methods paragraph for a paper, made from the records of a run, and the works it cites.

Nothing is said that the run has not done: each sentence comes from a record, and without one there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from overseed.arms import FOREST, NONE, parse_arm
from overseed.reporting import wording
from overseed.reporting.assessed import CENSUS, CHOSEN, AssessedMap
from overseed.reporting.content import RunContent
from overseed.reporting.ground_sections import side_counts

REFERENCES = {
    "Breiman 2001": "Breiman, L. (2001). Random forests. Machine Learning 45, 5–32.",
    "Efros & Freeman 2001": "Efros, A. A. & Freeman, W. T. (2001). Image quilting for texture synthesis and "
    "transfer. SIGGRAPH 2001, 341–346.",
    "Ghiasi et al. 2021": "Ghiasi, G. et al. (2021). Simple copy-paste is a strong data augmentation method "
    "for instance segmentation. CVPR 2021, 2918–2928.",
    "Goulard & Voltz 1992": "Goulard, M. & Voltz, M. (1992). Linear coregionalization model: tools for "
    "estimation and choice of cross-variogram matrix. Mathematical Geology 24, 269–286.",
    "Guo et al. 2017": "Guo, C. et al. (2017). On calibration of modern neural networks. ICML 2017, 1321–1330.",
    "Ho et al. 2020": "Ho, J., Jain, A. & Abbeel, P. (2020). Denoising diffusion probabilistic models. NeurIPS "
    "2020, 6840–6851.",
    "Holm 1979": "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian "
    "Journal of Statistics 6, 65–70.",
    "Hu et al. 2022": "Hu, E. J. et al. (2022). LoRA: low-rank adaptation of large language models. ICLR 2022.",
    "Isola et al. 2017": "Isola, P. et al. (2017). Image-to-image translation with conditional adversarial "
    "networks. CVPR 2017, 1125–1134.",
    "Loshchilov & Hutter 2019": "Loshchilov, I. & Hutter, F. (2019). Decoupled weight decay regularization. "
    "ICLR 2019.",
    "Olofsson et al. 2014": "Olofsson, P. et al. (2014). Good practices for estimating area and assessing "
    "accuracy of land change. Remote Sensing of Environment 148, 42–57.",
    "Owen 2007": "Owen, A. B. (2007). The pigeonhole bootstrap. Annals of Applied Statistics 1, 386–411.",
    "Park et al. 2019": "Park, T. et al. (2019). Semantic image synthesis with spatially-adaptive "
    "normalization. CVPR 2019, 2337–2346.",
    "Pontius & Millones 2011": "Pontius, R. G. & Millones, M. (2011). Death to Kappa: birth of quantity "
    "disagreement and allocation disagreement for accuracy assessment. International Journal of Remote "
    "Sensing 32, 4407–4429.",
    "Radford et al. 2016": "Radford, A., Metz, L. & Chintala, S. (2016). Unsupervised representation learning "
    "with deep convolutional generative adversarial networks. ICLR 2016.",
    "Rombach et al. 2022": "Rombach, R. et al. (2022). High-resolution image synthesis with latent diffusion "
    "models. CVPR 2022, 10684–10695.",
    "Ronneberger et al. 2015": "Ronneberger, O., Fischer, P. & Brox, T. (2015). U-Net: convolutional "
    "networks for biomedical image segmentation. MICCAI 2015, 234–241.",
    "Ruiz et al. 2023": "Ruiz, N. et al. (2023). DreamBooth: fine tuning text-to-image diffusion models for "
    "subject-driven generation. CVPR 2023, 22500–22510.",
    "Saharia et al. 2022": "Saharia, C. et al. (2022). Palette: image-to-image diffusion models. SIGGRAPH "
    "2022.",
    "Stehman 2014": "Stehman, S. V. (2014). Estimating area and map accuracy for stratified random sampling "
    "when the strata are different from the map classes. International Journal of Remote Sensing 35, "
    "4923–4939.",
    "Wilson 1927": "Wilson, E. B. (1927). Probable inference, the law of succession, and statistical "
    "inference. Journal of the American Statistical Association 22, 209–212.",
}
_GENERATORS = {
    "copy-paste": "those of whole parcels elsewhere on training ground (Ghiasi et al. 2021)",
    "statistical": "drawn from a normal model of each class with autocorrelation (Goulard & Voltz 1992)",
    "replace": "the quilted texture of real parcels of the class (Efros & Freeman 2001)",
    "pix2pix": "those of a conditional adversarial network after pix2pix (Isola et al. 2017)",
    "pseudo-labels": "whole tiles were drawn from an unconditional adversarial network (DCGAN, Radford et "
    "al. 2016) and labelled by an image-to-layout network after pix2pix (Isola et al. 2017)",
    "diffusion": "those of a diffusion model in pixel space that was told layout, mask and the ground around "
    "(Ho et al. 2020; Saharia et al. 2022)",
    "sd-inpaint": "those of a latent diffusion model for inpainting (Rombach et al. 2022), adapted by low-rank "
    "matrices (Hu et al. 2022) to the rare classes (Ruiz et al. 2023)",
    "spade": "those of an adversarial network with spatially adaptive normalization (Park et al. 2019)",
}
_LOSSES = {
    "ce": "cross-entropy",
    "weighted": "class-weighted cross-entropy",
    "focal": "focal loss",
    "dice": "Dice loss",
    "tversky": "Tversky loss",
    "lovasz": "Lovász softmax loss",
}
_DESIGNS = {
    "stratified": "drawn at random in strata",
    "simple": "drawn by simple random sampling",
}
#: Versions that a reader needs to repeat the work, and what people call them.
_SOFTWARE = {
    "python": "Python",
    "torch": "PyTorch",
    "segmentation-models-pytorch": "segmentation-models-pytorch",
    "scikit-learn": "scikit-learn",
    "rasterio": "rasterio",
    "numpy": "NumPy",
}


@dataclass(frozen=True)
class Methods:
    """The paragraph, and the works it cites in alphabetical order; both empty for a run without records."""

    paragraph: str
    references: tuple[str, ...]


def methods(content: RunContent) -> Methods:
    """Describe what the run has done so far."""
    parts: Sequence[Callable[[RunContent], str]] = (
        _data, _split, _network, _samples, _arms, _comparison, _map, _accuracy, _software,
    )  # fmt: skip
    text = " ".join(sentence for part in parts if (sentence := part(content)))
    plain = text.replace("(", "").replace(")", "")
    return Methods(text, tuple(work for cited, work in REFERENCES.items() if cited in plain))


def _records(content: RunContent, stage: str) -> list[dict[str, Any]]:
    return [r for r in content.provenance.records.values() if r.get("stage") == stage]


def _settings(records: Sequence[dict[str, Any]], name: str) -> list[Any]:
    """What was set in any of the records, each once, in order."""
    found = [(record.get("settings") or {}).get(name) for record in records]
    return [v for i, v in enumerate(found) if v is not None and v not in found[:i]]


def _data(content: RunContent) -> str:
    if not _records(content, "prepare") or not content.inspection:
        return ""
    rasters = content.inspection.get("rasters") or []
    bands = sorted({len(r.get("bands") or []) for r in rasters} - {0})
    sizes = sorted({round(r["pixel_metres"][0], 2) for r in rasters if r.get("pixel_metres")})
    labelled = content.inspection.get("labelled_pixels")
    used = _settings(_records(content, "prepare"), "bands")
    index = _settings(_records(content, "prepare"), "index")
    text = "The data were " + ("one image" if len(rasters) == 1 else f"{len(rasters)} images")
    if len(bands) == 1:
        text += f" with {bands[0]} band{'s' if bands[0] > 1 else ''}"
    if sizes:
        text += f" and pixels of {' or '.join(f'{size:g}' for size in sizes)} m"
    if labelled:
        text += f"; {wording.count(labelled)} pixels were labelled"
    text += f" in {len(content.table)} classes: {wording.enumeration(content.table.names)}."
    if used and used[0]:
        text += f" The bands {wording.enumeration([str(b) for b in used[0]])} were used."
    if index and index[0]:
        text += f" Spectral indices were added as bands: {wording.enumeration([str(i) for i in index[0]])}."
    return text + _rare(content)


def _rare(content: RunContent) -> str:
    names = [content.table.names[i] for i in content.table.rare_indices]
    if not names:
        return ""
    prepare = _records(content, "prepare")
    below = _settings(prepare, "rare_below")
    share = f" (below {100 * below[0]:.6g} % of the labelled pixels)" if below else ""
    named = [n for n in _settings(prepare, "rare") if n]
    return f" Treated as rare: {wording.enumeration(names)}{'' if named else share}."


def _split(content: RunContent) -> str:
    if content.split is None or not _records(content, "prepare"):
        return ""
    found, _ = side_counts(content)
    size, metres = content.split.get("block_size"), content.split.get("block_metres")
    width = f"{size} pixels" + (f" ({metres:g} m)" if metres else "")
    figures = _records(content, "prepare")[-1].get("figures") or {}
    buffer = figures.get("buffer_pixels")
    text = (
        f"The ground was divided into square blocks of {width}, and whole blocks were assigned to training "
        f"({found[0]}), validation ({found[1]}) and test ({found[2]}), so that no test pixel lies among "
        "training pixels."
    )
    if buffer:
        text += f" Labels within {buffer} pixels of another side were left out."
    return text


def _trainings(content: RunContent) -> list[dict[str, Any]]:
    """Records of networks; the forest is none."""
    found = _records(content, "train")
    return [r for r in found if (r.get("settings") or {}).get("augment") != FOREST]


def _network(content: RunContent) -> str:
    records = _trainings(content)
    architectures = _settings(records, "architecture")
    if not architectures:
        return ""
    encoders = wording.enumeration([str(e) for e in _settings(records, "encoder")])
    starts = _settings(records, "encoder_weights")
    kind = "A U-Net (Ronneberger et al. 2015)" if architectures == ["unet"] else (
        f"A network ({wording.enumeration([str(a) for a in architectures])})"
    )  # fmt: skip
    text = f"{kind} with the encoder {encoders}"
    if starts == ["imagenet"] and not _settings(records, "initial"):
        text += ", pretrained on ImageNet,"
    text += " was trained"
    losses = _settings(records, "loss")
    if len(losses) == 1:
        terms = [_LOSSES.get(term, term) for term in str(losses[0]).split("+")]
        text += f" with {' plus '.join(terms)}"
    steps = [f"{n:,}".replace(",", "\u202f") for n in _settings(records, "steps")]
    batches = _settings(records, "batch")
    if steps:
        text += f" for {' or '.join(steps)} steps"
        text += f" of {batches[0]} real crops" if len(batches) == 1 else ""
    tile = (_records(content, "prepare") or [{}])[-1].get("figures") or {}
    if tile.get("tile_size"):
        text += f" of {tile['tile_size']} × {tile['tile_size']} pixels"
    rates = _settings(records, "learning_rate")
    text += " by AdamW (Loshchilov & Hutter 2019)"
    if len(rates) == 1:
        text += f" with a learning rate of at most {rates[0]:g}"
    figures = [record.get("figures") or {} for record in records]
    if not any("temperature" in found for found in figures):
        return f"{text}."
    shifted = any(found.get("correction", "none") != "none" for found in figures)
    return (
        f"{text}; the state with the highest macro-F1 of the "
        f"{'rare classes' if content.table.rare_indices else 'classes'} on the validation blocks was kept, "
        "and its probabilities were calibrated there (Guo et al. 2017)"
        f"{', class shares included' if shifted else ''}."
    )


def _samples(content: RunContent) -> str:
    sentences = []
    for record in _records(content, "synthesize"):
        settings = record.get("settings") or {}
        method = str(settings.get("method", ""))
        found = [s for s in content.syntheses if s.method == method and s.index]
        if method not in _GENERATORS or not found:
            continue
        count = wording.count((found[0].index or {}).get("count"))
        sentence = f"{count} synthetic samples were made from training blocks alone: "
        labels = (found[0].index or {}).get("labels")
        if labels:
            sentence += (
                f"{_GENERATORS[method]}, and only pixels were labelled that were at least as sure as "
                f"{wording.percent(labels.get('precision_wanted'))} precision took on validation blocks"
            )
        else:
            sentence += (
                "parcels of rare classes were sown into real tiles, their pixels being "
                f"{_GENERATORS[method]}"
            )
        rejected = (found[0].rejected or {}).get("count")
        if rejected:
            sentence += f"; {wording.count(rejected)} more were tried and rejected"
        if found[0].by_hand:
            sentence += f"; {wording.count(len(found[0].by_hand))} of the samples were then rejected by hand"
        if sentence not in sentences:
            sentences.append(sentence)
    if not sentences:
        return ""
    shares = [
        share
        for record in _trainings(content)
        if (share := (record.get("figures") or {}).get("share"))
    ]
    text = ". ".join(sentences) + "."
    if shares and max(shares) == min(shares):
        text += f" They made up {100 * shares[0]:.3g} % of a batch, on top of the real crops."
    return text


def _arms(content: RunContent) -> str:
    records = _records(content, "train")
    arms = [str(arm) for arm in _settings(records, "augment")]
    if not arms:
        return ""
    text = ""
    if len(arms) > 1:
        text = f"Compared were {wording.enumeration([_arm(arm) for arm in arms])}. "
    seeds = sorted({r["seed"] for r in records if isinstance(r.get("seed"), int)})
    if seeds:
        text += f"Random seed{'s' if len(seeds) > 1 else ''}: {', '.join(map(str, seeds))}."
    return text.strip()


def _arm(name: str) -> str:
    if name == NONE:
        return "real samples as they are"
    if name == FOREST:
        return "a random forest (Breiman 2001) on pixels with their neighbours"
    arm = parse_arm(name)
    parts = [arm.loss] if arm.loss else []
    parts += ["crops balanced over the classes"] if arm.oversample else []
    parts += [f"{method} samples" for method in arm.samples]
    return " with ".join(parts)


def _comparison(content: RunContent) -> str:
    if content.arms_compared is not None:
        result = content.arms_compared.result
        return (
            "Differences between arms were tested with a paired bootstrap over "
            f"{wording.count(result.get('blocks'))} test blocks and {result.get('seeds')} trainings of each "
            "arm (Owen 2007), with p-values after Holm (1979)."
        )
    pairs = (content.comparison or {}).get("pairs") or []
    if not pairs:
        return ""
    return (
        "Differences between arms have 95 % intervals from a paired bootstrap over "
        f"{wording.count(pairs[0].get('blocks'))} test blocks."
    )


def _map(content: RunContent) -> str:
    if not content.maps or not content.best or not _records(content, "classify"):
        return ""
    arm = _arm(str(content.best.get("arm", NONE)))
    return f"The map was made by the network that did best on the validation blocks ({arm})."


def _accuracy(content: RunContent) -> str:
    found = [a.found.maps[0] for a in content.assessments if a.found is not None and a.of_run]
    return _assessed(found[0]) if found else ""


def _assessed(found: AssessedMap) -> str:
    number = wording.count(found.points)
    if found.design == CHOSEN:
        return (
            f"The map was held against {number} points or pixels of purposively chosen reference data, which "
            "describe that ground alone and give no estimate of the map's accuracy."
        )
    if found.design == CENSUS:
        return f"The map was held against reference data for all of its ground ({number} pixels)."
    ground = f" for {wording.hectares(found.ground)} ha" if found.ground else ""
    return (
        f"Accuracy and areas{ground} were estimated from {number} reference points {_DESIGNS[found.design]}, "
        "with the ratio estimators for stratified sampling of Olofsson et al. (2014) and Stehman (2014) and "
        "95 % intervals, which are score intervals (Wilson 1927) where points of a class were few. Errors "
        "are split into quantity and allocation disagreement (Pontius & Millones 2011)."
    )


def _software(content: RunContent) -> str:
    records = content.provenance.records
    if not records:
        return ""
    versions: dict[str, str] = {}
    kinds = []
    for record in records.values():
        versions.update(record.get("versions") or {})
        device = record.get("device") or {}
        if device.get("kind") and device["kind"] not in kinds:
            kinds.append(device["kind"])
    used = [f"{name} {versions[key]}" for key, name in _SOFTWARE.items() if key in versions]
    engine = versions.get("overseed") or content.provenance.engine
    text = f"All was done with Overseed {engine}"
    text += f" ({', '.join(used)})" if used else ""
    devices = {"cpu": "a CPU", "cuda": "a CUDA GPU", "mps": "an Apple GPU"}
    text += f" on {wording.enumeration([devices.get(k, k) for k in kinds])}" if kinds else ""
    return text + "."
