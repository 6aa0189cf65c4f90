"""The Word Embedding Association Test (WEAT)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from lab.errors import UserError
from lab.words.vectors import Floats

# Up to so many ways to divide the words in two, all of them are counted; beyond, so many are drawn.
EXACT = 20_000


@dataclass(frozen=True)
class Association:
    """effect: the effect size d, from -2 to 2. p: the share of divisions at least as extreme."""

    effect: float
    p: float


def weat(x: Floats, y: Floats, a: Floats, b: Floats, seed: int = 0) -> Association:
    """Whether words X lie nearer to A, and words Y nearer to B, than by chance.

    x, y: unit vectors of two sets of target words, float32 (N, D) each of one length. a, b: those
    of two sets of attribute words, (M, D) and (K, D). For each target s = mean cosine with A minus
    mean cosine with B; d = (mean of s over X - mean over Y) / standard deviation of s over both
    (Caliskan, Bryson, Narayanan, 2017, "Semantics Derived Automatically from Language Corpora
    Contain Human-Like Biases"; with N - 1). p: one-sided, over divisions of X and Y into two sets
    of the same sizes. Raises UserError for sets of different size or of fewer than two words.
    """
    if len(x) != len(y) or len(x) < 2 or not len(a) or not len(b):
        raise UserError(
            f"WEAT compares two sets of the same size, 2 or more: there are {len(x)} and {len(y)}"
        )
    targets = np.concatenate([x, y]).astype(np.float64)
    s = (targets @ a.T).mean(1) - (targets @ b.T).mean(1)
    effect = float((s[: len(x)].mean() - s[len(x) :].mean()) / s.std(ddof=1))
    return Association(effect, _p_value(s, len(x), seed))


def _p_value(s: NDArray[np.float64], size: int, seed: int) -> float:
    total, found = s.sum(), s[:size].sum()
    if comb(len(s), size) <= EXACT:
        sums = np.array([s[list(chosen)].sum() for chosen in combinations(range(len(s)), size)])
        least = 0.0
    else:
        random = np.random.default_rng(seed)
        order = random.random((EXACT, len(s))).argsort(1)[:, :size]
        sums, least = s[order].sum(1), 1 / (EXACT + 1)
    # Rounding must not make a division less extreme than itself.
    extreme = 2 * sums - total >= 2 * found - total - 1e-12
    return max(float(extreme.mean()), least)
