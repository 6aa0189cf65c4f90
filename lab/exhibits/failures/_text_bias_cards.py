"""The cards of the exhibit on bias in word vectors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lab.exhibit import Frame
from lab.payloads import Bars, Scatter, Table
from lab.words.association import Association, weat
from lab.words.debiasing import (
    debiased,
    gender_direction,
    most_biased,
    neighbour_share,
    neighbours_agree,
)
from lab.words.vectors import Floats, WordVectors, lists, load

# Offered where any word can be typed.
OCCUPATIONS = (
    *("engineer", "nurse", "captain", "homemaker", "philosopher", "receptionist", "maestro"),
    *("surgeon", "librarian", "architect", "hairdresser", "programmer", "teacher"),
)
# Words of an association test that must have a vector; words a side of which the neighbours are
# asked; neighbours of an occupation.
LEAST, SIDE, NEIGHBOURS = 5, 500, 100
ANSWERS = 6


@dataclass(frozen=True)
class Studied:
    """The vectors before and after debiasing, the direction removed, and the occupations."""

    before: WordVectors
    after: WordVectors
    direction: Floats
    occupations: tuple[str, ...]


@cache
def studied() -> Studied:
    """The embedded vectors, and the same hard-debiased; half a second the first time."""
    before, found = load(), lists()
    direction = gender_direction(before, found["definitional_pairs"])
    after = debiased(before, direction, found["gender_specific"], found["equalize_pairs"])
    # What names a gender by definition ("actress") says nothing of a bias.
    specific = set(found["gender_specific"])
    occupations = [
        word
        for word in before.known(found["professions"])
        if word not in specific and not word.endswith(("man", "woman"))
    ]
    return Studied(before, after, direction, tuple(occupations))


def shown(word: str) -> str:
    """A word as it is read: expressions are stored with underscores."""
    return word.replace("_", " ")


def analogy(words: Studied, a: str, b: str, c: str) -> Frame:
    """a is to b as c is to ...: the nearest words, before and after debiasing."""
    before, after = (v.analogy(a, b, c, ANSWERS) for v in (words.before, words.after))
    rows = [
        [shown(one), f"{p:.2f}", shown(other), f"{q:.2f}"]
        for (one, p), (other, q) in zip(before, after, strict=True)
    ]
    answer = shown(before[0][0])
    title = f"{shown(a)} : {shown(b)} = {shown(c)} : {answer}"
    columns = ("word2vec", "cosine", "debiased", "cosine")
    return Frame({"analogy": Table(columns, rows, 0, title=title)}, {"answer": answer})


def axis(words: Studied, word: str, ends: int) -> Frame:
    """The occupations farthest along he - she and against it, and a word of one's own."""
    values = words.before.along("he", "she", words.occupations)
    order = np.argsort(values, kind="stable")
    chosen = [words.occupations[i] for i in (*order[::-1][:ends], *order[:ends][::-1])]
    if word not in chosen:
        words.before.of(word)  # one line for a word that there is not
        chosen.insert(ends, word)
    series = {
        name: vectors.along("he", "she", chosen)
        for name, vectors in (("word2vec", words.before), ("debiased", words.after))
    }
    largest = max(float(np.abs(each).max()) for each in series.values())
    bars = Bars(
        [shown(each) for each in chosen],
        series,
        -largest,
        largest,
        ".2f",
        chosen.index(word),
        title=f"Occupations along the axis he – she, and “{shown(word)}”",
    )
    projection = float(words.before.along("he", "she", [word])[0])
    return Frame({"axis": bars}, {"projection": projection})


@cache
def tested() -> dict[str, tuple[Association, float]]:
    """The association tests with enough known words: what the vectors give, and what people do."""
    vectors = load()
    result = {}
    for test in lists()["weat"]:
        parts = ("first_target", "second_target", "first_attribute", "second_attribute")
        x, y, a, b = (vectors.known(test[part]["words"]) for part in parts)
        # The test needs two sets of one size.
        size = min(len(x), len(y))
        if size >= LEAST:
            targets = vectors.matrix(x[:size]), vectors.matrix(y[:size])
            attributes = vectors.matrix(a), vectors.matrix(b)
            names = [test[part]["name"].lower() for part in parts]
            label = f"{names[0]} – {names[1]}, {names[2]} – {names[3]}"
            result[label] = weat(*targets, *attributes), float(test["published"])
    return result


def associations(words: Studied) -> Frame:
    """Effect sizes of the vectors beside those measured in people."""
    found = tested()
    series = {
        "word2vec": np.array([each.effect for each, _ in found.values()]),
        "people": np.array([published for _, published in found.values()]),
    }
    labels = [label.split(",")[0] for label in found]
    metrics = {
        f"effect_{label.split(' – ')[0].replace(' ', '_')}": each.effect
        for label, (each, _) in found.items()
    }
    return Frame({"weat": Bars(labels, series, 0, 2, ".2f")}, metrics)


@cache
def neighbours() -> tuple[Floats, NDArray[np.float64], float, float]:
    """Projections before, shares of male neighbours after, and how often sides are told apart."""
    words = studied()
    everywhere = words.before.vectors @ words.direction
    before = words.before.matrix(words.occupations) @ words.direction
    after = neighbour_share(words.after, everywhere > 0, words.occupations, NEIGHBOURS)
    sides = most_biased(words.before, words.direction, SIDE, lists()["gender_specific"])
    told = [neighbours_agree(vectors, *sides) for vectors in (words.before, words.after)]
    return before, after, told[0], told[1]


def given_away(words: Studied) -> Frame:
    """What the neighbours of debiased occupations still tell (Gonen and Goldberg, 2019)."""
    before, after, told_before, told_after = neighbours()
    correlation = float(np.corrcoef(before, after)[0, 1])
    captions = [
        f"{shown(word)}: {x:+.2f} before, {y:.0%} male neighbours after"
        for word, x, y in zip(words.occupations, before, after, strict=True)
    ]
    scatter = Scatter(
        np.stack([before, after], 1),
        values=before,
        label="projection before",
        captions=captions,
        title=f"Debiased, and still given away by the neighbours (r = {correlation:.2f})",
    )
    metrics = {
        "given_away": told_after,
        "given_away_before": told_before,
        "correlation": correlation,
    }
    return Frame({"after": scatter}, metrics)


def outcome(words: Studied, a: str, b: str, c: str) -> str:
    """A line from the figures."""
    answers = [shown(v.analogy(a, b, c, 1)[0][0]) for v in (words.before, words.after)]
    return f"{shown(a)} : {shown(b)} = {shown(c)} : {answers[0]}; debiased: {answers[1]}"
