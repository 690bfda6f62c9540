"""Steps that make synthetic samples, measure them and let people look through them."""

from ...texts import tr
from ..fields import Field
from ..table import Result, Table
from .common import device, effort, method, pipeline, prompt, run, run_again, seed


def train_generator() -> Table:
    return Table(
        name="traingenerator",
        label=tr("Train generator"),
        command="train-generator",
        help=tr("Learns from the training ground to make labelled samples of rare classes."),
        tags="gan,spade,pix2pix,diffusion,stable diffusion,augmentation",
        fields=(
            run(),
            method(),
            effort(),
            Field("STEPS", tr("Steps"), "integer", "steps", optional=True, advanced=True),
            Field(
                "PREDICTION", tr("What diffusion predicts"), "choice", "prediction", advanced=True
            ),
            *pipeline(),
            Field(
                "LORA_RANK",
                tr("Rank of what sd-inpaint learns"),
                "integer",
                "lora_rank",
                advanced=True,
            ),
            Field(
                "PRIOR_WEIGHT",
                tr("Weight of what sd-inpaint shall not forget"),
                "number",
                "prior_weight",
                advanced=True,
            ),
            prompt(),
            seed(),
            device(),
            Field(
                "MODEL_FILE",
                tr("Model of sd-inpaint with what it has learned"),
                "file out",
                "export_model",
                tr(
                    "For sd-inpaint: the model as one file, which other programs read too. The "
                    "licence of the weights holds for it."
                ),
                optional=True,
                more={"filter": "safetensors (*.safetensors)"},
            ),
        ),
        results=(
            run_again(),
            Result("GENERATOR", tr("Generator"), "folder", lambda outputs, _: outputs["generator"]),
        ),
    )


def synthesize_samples() -> Table:
    return Table(
        name="synthesizesamples",
        label=tr("Synthesize samples"),
        command="synthesize",
        help=tr(
            "Makes labelled samples of the rare classes with a trained generator. A gate keeps only those "
            "that look like real ground; a gallery shows both."
        ),
        tags="gan,samples,augmentation,gallery",
        fields=(
            run(),
            method(),
            Field("TARGET", tr("Class shares to aim at"), "text", "target"),
            Field("COUNT", tr("Number of samples"), "integer", "count", optional=True),
            Field("LAYOUTS", tr("Layouts"), "choice", "layouts", advanced=True),
            Field("BACKGROUNDS", tr("Places"), "choice", "backgrounds", advanced=True),
            Field(
                "LABEL_PRECISION",
                tr("Precision of pseudo-labels"),
                "number",
                "label_precision",
                advanced=True,
            ),
            Field(
                "SAMPLING_STEPS",
                tr("Steps from noise to image"),
                "integer",
                "sampling_steps",
                advanced=True,
            ),
            Field("SAMPLER", tr("Sampler"), "choice", "sampler", advanced=True),
            Field("GUIDANCE", tr("Guidance"), "number", "guidance", optional=True, advanced=True),
            prompt(),
            Field(
                "NEGATIVE_PROMPT",
                tr("Negative prompt"),
                "text",
                "negative_prompt",
                optional=True,
                advanced=True,
            ),
            Field("STRENGTH", tr("Strength"), "number", "strength", optional=True, advanced=True),
            Field(
                "MASK_LABELS",
                tr("Keep whole masks as labels"),
                "flag",
                "mask_labels",
                advanced=True,
            ),
            Field(
                "AGREEMENT_WEIGHTS",
                tr("CLIP model for agreement with words"),
                "folder",
                "agreement_weights",
                optional=True,
                advanced=True,
            ),
            effort(),
            seed(),
            device(),
            Field(
                "TILES", tr("Samples as GeoTIFF files"), "folder out", "export_tiles", optional=True
            ),
        ),
        results=(
            run_again(),
            Result("SAMPLES", tr("Samples"), "folder", lambda outputs, _: outputs["samples"]),
            Result(
                "MADE", tr("Number of samples made"), "number", lambda outputs, _: outputs["count"]
            ),
        ),
    )


def measure_samples() -> Table:
    return Table(
        name="measuresamples",
        label=tr("Measure fidelity of samples"),
        command="fidelity",
        help=tr(
            "Holds synthetic samples against real ground that the generator has not seen: values, texture, "
            "features, what classifiers make of them, and whether they are copies."
        ),
        tags="fidelity,kid,fid,gan,quality",
        fields=(run(), method(), seed(), device()),
        results=(
            run_again(),
            Result("FIGURES", tr("Figures"), "file", lambda outputs, _: outputs["fidelity"]),
            Result("PAGE", tr("Page of pictures"), "file", lambda outputs, _: outputs["page"]),
        ),
    )


def review_samples() -> Table:
    return Table(
        name="reviewsamples",
        label=tr("Review samples"),
        command="review",
        help=tr(
            "Draws sheets on which each synthetic sample stands beside the real ground that is most like it. "
            "Samples that will not do are rejected by their numbers; training, comparison, measures and report "
            "then leave them out."
        ),
        tags="samples,gallery,reject,accept,quality",
        fields=(
            run(),
            method(),
            Field("REJECT", tr("Samples to reject"), "text", "reject", optional=True),
            Field("ACCEPT", tr("Samples to accept again"), "text", "accept", optional=True),
            seed(),
        ),
        results=(
            run_again(),
            Result("SHEETS", tr("Sheets"), "folder", lambda outputs, _: outputs["folder"]),
            Result("INDEX", tr("What is where"), "file", lambda outputs, _: outputs["index"]),
            Result(
                "ACCEPTED",
                tr("Number of accepted samples"),
                "number",
                lambda outputs, _: outputs["accepted"],
            ),
            Result(
                "REJECTED",
                tr("Number of samples rejected by hand"),
                "number",
                lambda outputs, _: len(outputs["rejected"]),
            ),
        ),
    )
