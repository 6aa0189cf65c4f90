"""26,423 word vectors of word2vec, and what lies near what."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.errors import UserError

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class WordVectors:
    """words: N of them, the most frequent first. vectors: float32 (N, D), each of length 1."""

    words: tuple[str, ...]
    vectors: Floats

    @cached_property
    def index(self) -> Mapping[str, int]:
        """The place of each word."""
        return {word: i for i, word in enumerate(self.words)}

    def __contains__(self, word: str) -> bool:
        return word in self.index

    def known(self, words: Iterable[str]) -> list[str]:
        """Those of `words` that have a vector, in their order."""
        return [word for word in words if word in self.index]

    def of(self, word: str) -> Floats:
        """The vector of a word, float32 (D,). Raises UserError, with the nearest, if unknown."""
        if word not in self.index:
            raise UserError(f"no word vector of {word!r}: {self._nearest_spelling(word)}")
        vector: Floats = self.vectors[self.index[word]]
        return vector

    def matrix(self, words: Sequence[str]) -> Floats:
        """The vectors of several words, float32 (len(words), D). UserError for an unknown one."""
        return np.stack([self.of(word) for word in words])

    def _nearest_spelling(self, word: str) -> str:
        # Expressions are written with underscores, and all words in lower case.
        spelled = "_".join(word.lower().split())
        if spelled in self.index:
            return f"did you mean {spelled}?"
        close = difflib.get_close_matches(spelled, self.words, n=3, cutoff=0.75)
        return f"did you mean {' or '.join(close)}?" if close else "choose a common English word"

    def nearest(
        self, vector: Floats, count: int, without: Iterable[str] = ()
    ) -> list[tuple[str, float]]:
        """The words of the most similar vectors, with their cosine similarity, highest first.

        vector: float32 (D,), of any length above 0. without: words that are passed over.
        """
        similar = self.vectors @ (vector / np.linalg.norm(vector))
        passed = [self.index[word] for word in without if word in self.index]
        similar[passed] = -np.inf
        best = np.argsort(-similar, kind="stable")[:count]
        return [(self.words[i], float(similar[i])) for i in best]

    def analogy(self, a: str, b: str, c: str, count: int = 5) -> list[tuple[str, float]]:
        """a is to b as c is to ...: the words nearest to b - a + c, the three left out.

        Mikolov, Yih, Zweig (2013), "Linguistic Regularities in Continuous Space Word
        Representations" (3CosAdd). Raises UserError for an unknown word.
        """
        return self.nearest(self.of(b) - self.of(a) + self.of(c), count, (a, b, c))

    def along(self, one: str, other: str, words: Sequence[str]) -> Floats:
        """How far words lie along the axis one - other, float32 (len(words),), -1 to 1."""
        axis = self.of(one) - self.of(other)
        projections: Floats = self.matrix(words) @ (axis / np.linalg.norm(axis))
        return projections


@cache
def load() -> WordVectors:
    """The embedded vectors (word2vec on Google News; Mikolov et al., 2013), 300 numbers each."""
    with (files("resources") / "word_vectors/word2vec.npz").open("rb") as file:
        stored = np.load(file)
        words, steps = stored["words"].tobytes().decode(), stored["steps"]
    vectors = steps.astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors.flags.writeable = False
    return WordVectors(tuple(words.split("\n")), vectors)


@cache
def lists() -> Mapping[str, Any]:
    """The published word lists, as they are in resources/word_vectors/lists.json.

    definitional_pairs, equalize_pairs: pairs; gender_specific, professions: words (Bolukbasi et
    al., 2016). weat: tests with first_target, second_target, first_attribute, second_attribute,
    each with name and words (Caliskan et al., 2017), and the effect size published for people.
    """
    text = (files("resources") / "word_vectors/lists.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found
