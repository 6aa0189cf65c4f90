"""The defended networks under attack: accuracies, and adversarial examples of one image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lab.attacks import AttackSettings
from lab.attacks.defences import DEFENCES
from lab.attacks.robust_accuracy import (
    CONDITIONS,
    TemperatureScaled,
    accuracies,
    begin,
    correct,
)
from lab.datasets import Dataset
from lab.exhibit import Frame, breathing
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels, to_float
from lab.payloads import Bars, Matrix, Pictures, Table, Tone

# The logits are divided by these: a saturated softmax has no gradient.
DIVISORS = (1, 10, 30, 100)
DRAWN = ("fgsm", "adaptive")
# Names under small images; elsewhere the defences' titles.
SHORT = {"l2": "L2", "augmentation": "Augmentation"}


@dataclass(frozen=True)
class EvaluationSettings:
    """The settings of the attacks, and the index of the test image that is shown."""

    attack: AttackSettings
    example: int


@dataclass(frozen=True)
class Drawn:
    """An adversarial example, uint8 (H, W, 3), its caption, and "good" if still correct."""

    pixels: NDArray[np.uint8]
    caption: str
    tone: Tone


@dataclass
class DefenceEvaluation:
    """The networks trained so far, and their accuracies under attack.

    data: on the device. count: how many of its test images are attacked.
    """

    data: Dataset
    count: int
    models: dict[str, Classifier] = field(default_factory=dict)
    _figures: dict[str, tuple[AttackSettings, dict[str, float]]] = field(default_factory=dict)
    _drawn: dict[str, tuple[EvaluationSettings, list[Drawn]]] = field(default_factory=dict)
    _hidden: tuple[AttackSettings, dict[str, list[float]]] | None = None

    def __post_init__(self) -> None:
        self._images = to_float(self.data.test_images[: self.count])
        self._labels = self.data.test_labels[: self.count]

    def put(self, name: str, model: Classifier) -> None:
        """Add a trained network; the figures of one that it replaces are dropped."""
        self.models[name] = model
        self._figures.pop(name, None)
        self._drawn.pop(name, None)
        self._hidden = None

    def catch_up(self, settings: Callable[[], EvaluationSettings]) -> Iterator[Frame]:
        """Attack all that was not attacked with the current settings; yields after every pass.

        The images come first, since they are quick. New settings apply at once.
        """
        while work := self._next(now := settings()):
            for frame in work:
                yield frame
                if settings() != now:
                    break

    def _next(self, now: EvaluationSettings) -> Iterator[Frame] | None:
        for name in self.models:
            if name not in self._drawn or self._drawn[name][0] != now:
                return self._draw(name, now)
        for name in self.models:
            if name not in self._figures or self._figures[name][0] != now.attack:
                return self._count(name, now.attack)
        if "distillation" in self.models and (not self._hidden or self._hidden[0] != now.attack):
            return self._uncover(now.attack)
        return None

    def _draw(self, name: str, now: EvaluationSettings) -> Iterator[Frame]:
        model, example = self.models[name], now.example % len(self._labels)
        images, labels = self._images[example : example + 1], self._labels[example : example + 1]
        drawn = []
        for attack in DRAWN:
            finding = begin(attack, model, images, labels, now.attack)
            for _ in finding.steps():
                yield Frame()
            assert finding.logits is not None
            said = int(finding.logits.argmax())
            drawn.append(
                Drawn(
                    as_pixels(finding.adversarial),
                    f"{SHORT.get(name, DEFENCES[name].title)}\npredicts {model.classes[said]}",
                    "good" if said == int(labels) else "bad",
                )
            )
        self._drawn[name] = now, drawn
        yield Frame({"pictures": self._pictures()})

    def _count(self, name: str, how: AttackSettings) -> Iterator[Frame]:
        title = DEFENCES[name].title
        for known in accuracies(self.models[name], self._images, self._labels, how):
            if known is None:
                yield Frame()
                continue
            self._figures[name] = how, known
            yield Frame(
                {"accuracy": self.table(how), "published": self._published(how)},
                {f"{name}_{attack}": value for attack, value in known.items()},
                f"attacked with ε = {how.epsilon:g}: {title}",
            )

    def _uncover(self, how: AttackSettings) -> Iterator[Frame]:
        found: dict[str, list[float]] = {}
        for name in ("undefended", "distillation"):
            for divisor in DIVISORS:
                divided = TemperatureScaled(self.models[name], divisor).eval()
                attacked = correct("fgsm", divided, self._images, self._labels, how)
                right = yield from breathing(attacked)
                found.setdefault(DEFENCES[name].title, []).append(right.float().mean().item())
        self._hidden = how, found
        yield Frame({"hidden": Bars([f"logits ÷ {d}" for d in DIVISORS], found, form=".0%")})

    def table(self, how: AttackSettings) -> Matrix:
        """Accuracies by defence and attack with these settings, NaN where not measured yet."""
        values = np.full((len(DEFENCES), len(CONDITIONS)), np.nan)
        for i, name in enumerate(DEFENCES):
            for j, attack in enumerate(CONDITIONS):
                values[i, j] = self._figure(name, attack, how)
        titles = [defence.title for defence in DEFENCES.values()]
        return Matrix(values, titles, list(CONDITIONS.values()), 0.0, 1.0, annotate=".0%")

    def _figure(self, name: str, attack: str, how: AttackSettings) -> float:
        at, known = self._figures.get(name, (how, {}))
        return known.get(attack, np.nan) if at == how else np.nan

    def _pictures(self) -> Pictures:
        columns = [drawn for _, drawn in self._drawn.values()]
        rows = [drawn for row in zip(*columns, strict=True) for drawn in row]
        return Pictures(
            [drawn.pixels for drawn in rows],
            [drawn.caption for drawn in rows],
            [drawn.tone for drawn in rows],
            columns=len(columns),
        )

    def _published(self, how: AttackSettings) -> Table:
        return published(
            {
                f"{name}_{attack}": 1 - self._figure(name, attack, how)
                for name in DEFENCES
                for attack in CONDITIONS
            }
        )


def published(errors: dict[str, float]) -> Table:
    """Errors under attack in the papers, and ours: `errors`, in [0, 1]."""

    def here(*names: str) -> str:
        known = [errors[name] for name in names]
        return " → ".join("–" if np.isnan(error) else f"{error:.1%}" for error in known)

    return Table(
        ("", "Paper", "Here", "In the paper"),
        (
            ("Goodfellow 2014, FGSM", "99.9 %, 89.4 %", here("undefended_fgsm"),
             "softmax, maxout"),
            ("… adversarial training", "17.9 %", here("fgsm_training_fgsm"), "maxout"),
            ("Madry 2018, PGD training", "6.8 %", here("pgd_training_pgd"), "ε 0.3, wider"),
            ("Papernot 2016, distillation", "95.89 → 0.45 %",
             here("undefended_fgsm", "distillation_fgsm"), "JSMA: few pixels"),
            ("Carlini 2017, distillation", "100 %", here("distillation_adaptive"),
             "L2, any distance"),
        ),
    )  # fmt: skip
