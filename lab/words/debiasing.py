"""Hard debiasing of word vectors, and what is still found afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from lab.words.vectors import Floats, WordVectors


def gender_direction(vectors: WordVectors, pairs: Iterable[Sequence[str]]) -> Floats:
    """The first principal component of the pairs about their means, float32 (D,), of length 1.

    pairs: (female, male) words such as (she, he); pairs with an unknown word are passed over. Its
    sign: male words lie at positive values. Bolukbasi et al. (2016), section 5.1.
    """
    known = [pair for pair in pairs if all(word in vectors for word in pair)]
    centred = []
    for pair in known:
        both = vectors.matrix(tuple(pair))
        centred += list(both - both.mean(0))
    _, _, components = np.linalg.svd(np.array(centred), full_matrices=False)
    direction: Floats = components[0].astype(np.float32)
    male = vectors.matrix([pair[1] for pair in known]) @ direction
    female = vectors.matrix([pair[0] for pair in known]) @ direction
    return direction if male.sum() > female.sum() else -direction


def debiased(
    vectors: WordVectors,
    direction: Floats,
    specific: Iterable[str],
    equalise: Iterable[Sequence[str]],
) -> WordVectors:
    """Hard debiasing: neutralise all words but specific ones, then equalise pairs.

    specific: words that are about gender by definition ("actress", "beard"), which are left as they
    are. equalise: pairs that differ in gender alone afterwards, and are as near to any neutral word
    as each other; pairs with an unknown word are passed over. Bolukbasi, Chang, Zou, Saligrama,
    Kalai (2016), "Man is to Computer Programmer as Woman is to Homemaker? Debiasing Word
    Embeddings", equations of section 6.
    """
    pairs = [pair for pair in equalise if all(word in vectors for word in pair)]
    kept = [vectors.index[word] for word in vectors.known(specific)]
    neutral = np.ones(len(vectors.words), bool)
    neutral[kept] = False
    made = vectors.vectors.copy()
    made[neutral] -= np.outer(made[neutral] @ direction, direction)
    made[neutral] /= np.linalg.norm(made[neutral], axis=1, keepdims=True)
    for one, other in pairs:
        i, j = vectors.index[one], vectors.index[other]
        first, second = vectors.vectors[i], vectors.vectors[j]
        mean = (first + second) / 2
        apart = mean - mean @ direction * direction
        length = np.sqrt(max(1 - float(apart @ apart), 0.0))
        sign = 1.0 if first @ direction > second @ direction else -1.0
        made[i] = apart + sign * length * direction
        made[j] = apart - sign * length * direction
    made.flags.writeable = False
    return WordVectors(vectors.words, made)


def most_biased(
    vectors: WordVectors, direction: Floats, count: int, without: Iterable[str] = ()
) -> tuple[list[str], list[str]]:
    """The `count` words farthest along the direction, and the `count` farthest against it."""
    values = (vectors.vectors @ direction).astype(np.float64)
    left_out = [vectors.index[word] for word in vectors.known(without)]
    order = np.argsort(values, kind="stable")
    order = order[~np.isin(order, left_out)]
    male = [vectors.words[i] for i in order[::-1][:count]]
    return male, [vectors.words[i] for i in order[:count]]


def neighbours_agree(
    vectors: WordVectors, first: Sequence[str], second: Sequence[str], neighbours: int = 10
) -> float:
    """How often a word's nearest neighbours give away which of two sets it came from, in [0, 1].

    Each word is assigned to the set that most of its `neighbours` nearest among both sets belong
    to, itself left out; a tie counts half. 0.5 is chance where the sets are of one size. Gonen and
    Goldberg (2019), "Lipstick on a Pig: Debiasing Methods Cover up Systematic Gender Biases in
    Word Embeddings But do not Remove Them", do the same with a clustering and a classifier.
    """
    among = vectors.matrix([*first, *second])
    similar = among @ among.T
    np.fill_diagonal(similar, -np.inf)
    nearest = np.argsort(-similar, axis=1, kind="stable")[:, :neighbours]
    share = (nearest < len(first)).mean(1)
    right = np.where(np.arange(len(among)) < len(first), share > 0.5, share < 0.5)
    return float((right + 0.5 * (share == 0.5)).mean())


def neighbour_share(
    vectors: WordVectors, marked: NDArray[np.bool_], words: Sequence[str], neighbours: int = 100
) -> NDArray[np.float64]:
    """The share of marked words among the nearest neighbours of each word, (len(words),), 0 to 1.

    vectors: where the neighbours are looked for. marked: bool (N,), such as the words that lay at
    the male side before debiasing (Gonen and Goldberg, 2019, section 4).
    """
    similar = vectors.matrix(words) @ vectors.vectors.T
    similar[np.arange(len(words)), [vectors.index[word] for word in words]] = -np.inf
    nearest = np.argpartition(-similar, neighbours, axis=1)[:, :neighbours]
    shares: NDArray[np.float64] = marked[nearest].mean(1)
    return shares
