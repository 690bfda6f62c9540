"""How well pictures agree with words, as a network for both sees it, for made pictures beside real ones.

CLIPScore (Hessel et al., "CLIPScore: a reference-free evaluation metric for image captioning", EMNLP 2021) is
2.5 · max(cos, 0) of the picture's and the words' vectors. What it comes to depends on the network and on the
words, so it means something beside that of real pictures alone. The other figure is the share that a picture's
own words get in a softmax over the words of all classes, as in zero-shot classification (Radford et al., ICML
2021): it says whether the class is told from the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The weight of the paper.
WEIGHT = 2.5
#: Made pictures are clearly lower where a made one beats a real one in at most this share of the pairs, ...
BEATEN = 0.3
#: ... which chance alone would bring about in one of a hundred series (so many standard deviations), ...
CHANCE = 2.326
#: ... and there are at least so many of both.
LEAST = 8
#: Parts, by how much of a picture the class takes, within which made and real ones are held together.
PARTS = 3


@dataclass(frozen=True)
class Agreement:
    """Figures of pictures of one class, ``(n,)`` each.

    ``score`` is CLIPScore, ``share`` that of the ``own`` words, ``nearest`` whose words are nearest, ``cover``
    the share of a picture's pixels that the class takes.
    """

    score: NDArray[np.float64]
    share: NDArray[np.float64]
    nearest: NDArray[np.int64]
    cover: NDArray[np.float64]
    own: int

    @classmethod
    def of(
        cls,
        pictures: NDArray[np.floating],
        words: NDArray[np.floating],
        cover: NDArray[np.floating],
        own: int,
        scale: float,
    ) -> Agreement:
        """From vectors of length 1.

        Parameters
        ----------
        pictures, words:
            ``(n, features)`` and ``(prompts, features)``.
        cover:
            ``(n,)``, see the class.
        own:
            Which of the words are asked for.
        scale:
            What cosines are multiplied by before the softmax.
        """
        likeness = pictures.astype(np.float64) @ words.astype(np.float64).T
        shares = np.exp(scale * (likeness - likeness.max(axis=1, keepdims=True)))
        shares /= shares.sum(axis=1, keepdims=True)
        score = WEIGHT * np.maximum(likeness[:, own], 0)
        return cls(
            score, shares[:, own], likeness.argmax(axis=1), np.asarray(cover, np.float64), own
        )

    def __len__(self) -> int:
        return len(self.score)

    def part(self, chosen: NDArray[np.bool_] | slice) -> Agreement:
        """Some of the pictures."""
        return Agreement(
            self.score[chosen],
            self.share[chosen],
            self.nearest[chosen],
            self.cover[chosen],
            self.own,
        )

    def figures(self) -> dict[str, Any]:
        """``n``, medians of the others, and how often (``nearest``) the own words are nearest."""
        if not len(self):
            return {"n": 0, "score": None, "share": None, "nearest": None, "cover": None}
        return {
            "n": len(self),
            **{
                name: round(float(np.median(getattr(self, name))), 4)
                for name in ("score", "share", "cover")
            },
            "nearest": round(float((self.nearest == self.own).mean()), 4),
        }


def clearly_lower(made: Agreement, real: Agreement) -> list[str]:
    """Which of ``score`` and ``share`` are clearly lower in made pictures than in real ones.

    By the rank test of Mann & Whitney (1947), one-sided, summed over parts of pictures in which the class takes
    about as much (van Elteren 1960): small objects agree less with words, made or real. Made ones that are
    smaller or larger than all real ones have no like and do not count. With few pictures nothing is clear.
    """
    if not len(made) or not len(real):
        return []
    made = made.part((made.cover >= real.cover.min()) & (made.cover <= real.cover.max()))
    edges = np.quantile(real.cover, np.arange(1, PARTS) / PARTS)
    parts = [np.searchsorted(edges, one.cover, side="right") for one in (made, real)]
    pairs = [(made.part(parts[0] == n), real.part(parts[1] == n)) for n in range(PARTS)]
    pairs = [(one, other) for one, other in pairs if len(one) and len(other)]
    if any(sum(len(pair[side]) for pair in pairs) < LEAST for side in (0, 1)):
        return []
    return [
        name
        for name in ("score", "share")
        if _is_lower([(getattr(one, name), getattr(other, name)) for one, other in pairs])
    ]


def is_told(real: Agreement, prompts: int) -> bool:
    """Whether real pictures of a class are told from those of others: half of them better than by chance."""
    return len(real) > 0 and float(np.median(real.share)) > 1 / prompts


def _is_lower(pairs: list[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> bool:
    from scipy.stats import rankdata

    wins = all_pairs = variance = 0.0
    for made, real in pairs:
        count = len(made) * len(real)
        ranks = rankdata(np.concatenate([made, real]))[: len(made)]
        wins += ranks.sum() - len(made) * (len(made) + 1) / 2
        all_pairs += count
        variance += count * (len(made) + len(real) + 1) / 12
    behind = (wins - all_pairs / 2) / np.sqrt(variance)
    return bool(wins <= BEATEN * all_pairs and behind < -CHANCE)
