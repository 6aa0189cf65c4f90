"""Bias in word vectors: analogies, the he - she axis, association tests, and debiasing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibits.failures._text_bias_cards import (
    OCCUPATIONS,
    analogy,
    associations,
    axis,
    given_away,
    outcome,
    studied,
)
from lab.parameters import Number, Text
from lab.payloads import Bars, Scatter, Table
from lab.workspace import Workspace

EXAMPLES = (
    "man",
    "woman",
    "he",
    "she",
    "doctor",
    "surgeon",
    "king",
    "father",
    "computer_programmer",
)


# Seconds between the cards: the window takes in one large one at a time.
APART = 0.05


@dataclass(frozen=True)
class Parameters:
    """The words of the analogy, and one on the axis."""

    a: Annotated[str, Text("Analogy: this word", 40, EXAMPLES)] = "man"
    b: Annotated[str, Text("is to", 40, EXAMPLES)] = "doctor"
    c: Annotated[str, Text("as this one", 40, EXAMPLES, help="is to what?")] = "woman"
    word: Annotated[
        str,
        Text("Any word on the axis", 40, OCCUPATIONS,
             help="Lower case; expressions with an underscore."),
    ] = "engineer"  # fmt: skip
    ends: Annotated[
        int, Number("Occupations at each end", 3, 15, live=True)
    ] = 5  # fmt: skip


OUTPUTS = (
    Output("axis", Bars, "Occupations along the axis he – she", (0, 0, 6, 6),
           x="projection: female left, male right"),
    Output("analogy", Table, "Analogy", (0, 6, 6, 6)),
    Output("weat", Bars, "Association tests (WEAT): effect size d", (6, 0, 6, 6), x="d"),
    Output("after", Scatter, "Debiased, and still given away by the neighbours", (6, 6, 6, 6),
           x="before: projection on the gender direction",
           y="after: share of male neighbours"),
)  # fmt: skip

METRICS = (
    Metric("answer", "Analogy"),
    Metric("projection", "The word on the axis", ".2f"),
    Metric("given_away", "Sides told apart after debiasing", ".0%"),
    Metric("given_away_before", "Before", ".0%", shown=False),
    Metric("correlation", "Correlation, before and after", ".2f", shown=False),
    Metric("effect_*", "Effect size d", ".2f", shown=False),
)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The axis and the analogy at once, then the tests, then what debiasing leaves."""
    now = knobs.now
    words = studied()
    yield analogy(words, now.a, now.b, now.c)
    yield axis(words, now.word, now.ends).then(Frame(progress=0.3, after=APART))
    told = Frame(progress=0.6, status="neighbours after debiasing", after=APART)
    yield associations(words).then(told)
    yield given_away(words).then(Frame(progress=1.0, status=outcome(words, now.a, now.b, now.c)))
    while True:
        if knobs.now == now:
            yield Frame(rest=True)
        else:
            now = knobs.now
            yield axis(words, now.word, now.ends)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="“I can't operate on this boy, because he's my son”: who is the surgeon? Word vectors "
    "trained on news hold the same expectations. Type an analogy; read occupations off the he – "
    "she axis. Removing that direction (hard debiasing) makes the projection 0, and yet the "
    "neighbours of a word still tell which side it was on.",
    source="Bolukbasi et al., 2016; Caliskan et al., 2017; Gonen and Goldberg, 2019",
    metrics=METRICS,
    follows=True,
    main="axis",
)
