"""Settings of methods that paint by diffusion, which of them each method knows, and of agreement with words.

The commands' settings in :mod:`overseed.config` inherit from these groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

#: The own model for all bands, and pipelines of the Stable Diffusion type for three of them.
OWN, PIPELINE = "diffusion", "sd-inpaint"
DIFFUSION = (OWN, PIPELINE)
#: Which methods know a setting; all others are known to every method.
OWNERS: dict[str, tuple[str, ...]] = {
    "prediction": (OWN,),
    "weights": (PIPELINE,),
    "revision": (PIPELINE,),
    "lora_rank": (PIPELINE,),
    "prior_weight": (PIPELINE,),
    "shown_bands": (PIPELINE,),
    "prompt": (PIPELINE,),
    "export_model": (PIPELINE,),
    "sampling_steps": DIFFUSION,
    "sampler": DIFFUSION,
    "guidance": DIFFUSION,
    "negative_prompt": (PIPELINE,),
    "strength": (PIPELINE,),
    "mask_labels": DIFFUSION,
}


def _checked_bands(text: str) -> str:
    names = [name.strip() for name in text.split(",")]
    if len(names) != 3 or len(set(names)) < 3 or not all(names):
        raise ValueError(f"'{text}' does not name three different bands, parted by commas")
    return ",".join(names)


#: Three bands by name or number, as red, green and blue.
ThreeBands = Annotated[str, BeforeValidator(str), AfterValidator(_checked_bands)]


class PromptSettings(BaseModel):
    """What is asked for in words, in training as in sampling."""

    prompt: str | None = Field(
        None,
        description="For sd-inpaint: what to paint, in words, where {class} stands for the class's name, or "
        "NAME=WORDS for single classes, parted by semicolons; 'a sks {class} seen from above' if left out, or "
        "what training was told.",
    )


class DiffusionTraining(PromptSettings):
    """How the networks of diffusion and sd-inpaint learn."""

    prediction: Literal["v", "epsilon"] = Field(
        "v",
        description="For diffusion: what the network is asked for, a mixture of noise and image (v) or the "
        "noise (epsilon).",
    )
    weights: str | None = Field(
        None,
        description="For sd-inpaint: the inpainting pipeline to start from, a folder in the format of "
        "diffusers, a .safetensors file, or OWNER/NAME on the Hugging Face hub.",
    )
    revision: str | None = Field(
        None,
        description="For sd-inpaint: commit of the weights, 40 characters, where they are on the hub.",
    )
    lora_rank: Annotated[int, Field(ge=1, le=256)] = Field(
        8, description="For sd-inpaint: rank of the matrices that are learned beside the weights."
    )
    prior_weight: Annotated[float, Field(ge=0, le=10)] = Field(
        1.0,
        description="For sd-inpaint: how much the loss counts images that the weights made before they "
        "learned, so that they do not forget them; 0 for none.",
    )
    shown_bands: ThreeBands | None = Field(
        None,
        description="For sd-inpaint: the three bands to paint as red, green and blue, by name or number, "
        "parted by commas; chosen by their names if left out.",
    )


class DiffusionSampling(PromptSettings):
    """How diffusion and sd-inpaint paint."""

    sampling_steps: Annotated[int, Field(ge=1, le=1000)] = Field(
        25, description="For diffusion and sd-inpaint: steps from noise to an image."
    )
    sampler: Literal["dpm-solver++", "ddim"] = Field(
        "dpm-solver++", description="For diffusion and sd-inpaint: how the steps are taken."
    )
    guidance: Annotated[float, Field(ge=0, le=30)] | None = Field(
        None,
        description="For diffusion and sd-inpaint: how far samples are pushed to what the layout or prompt "
        "asks for; 1 for not at all, the method's own value if left out.",
    )
    negative_prompt: str | None = Field(
        None, description="For sd-inpaint: what not to paint, in words."
    )
    strength: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None,
        description="For sd-inpaint: share of the noise that painting begins with; below 1 the class's usual "
        "colour shines through.",
    )
    mask_labels: bool = Field(
        False,
        description="For diffusion and sd-inpaint: label the whole mask as the layout says, instead of what a "
        "classifier of real ground recognises in it.",
    )

    @model_validator(mode="after")
    def _what_is_not_wanted_is_pushed_away(self) -> Self:
        if self.negative_prompt is not None and self.guidance is not None and self.guidance <= 1:
            raise ValueError(
                f"--negative-prompt says nothing with --guidance {self.guidance:g}, which pushes nothing away; "
                "it takes more than 1"
            )
        return self


class AgreementSettings(BaseModel):
    """How samples of any method are held against words."""

    agreement_weights: Path | None = Field(
        None,
        description="Also measure how well samples agree with their classes' prompts, beside real ground, by "
        "the CLIP model in this folder (in the format of transformers); samples stay the same.",
    )


def foreign_settings(methods: Iterable[str]) -> set[str]:
    """Names of the settings that none of these methods knows."""
    known = set(methods)
    return {name for name, owners in OWNERS.items() if not known.intersection(owners)}


def without_foreign(values: dict[str, Any], methods: Iterable[str]) -> dict[str, Any]:
    """The same settings without those that none of the methods knows."""
    foreign = foreign_settings(methods)
    return {name: value for name, value in values.items() if name not in foreign}


def refuse_foreign(settings: BaseModel, methods: Sequence[str]) -> None:
    """Refuse a value for a setting that none of the methods knows: ``ValueError`` in words."""
    for name in sorted(foreign_settings(methods)):
        field = type(settings).model_fields.get(name)
        if field is not None and getattr(settings, name) != field.default:
            owners = " and ".join(OWNERS[name])
            given = " and ".join(methods) or "none"
            raise ValueError(f"--{name.replace('_', '-')} is for {owners}, not for {given}")
