"""Robustness: how much of a network's accuracy survives attacks of a growing size."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from torch import Tensor

from lab.attacks import ATTACKS, EPSILON, titles, using
from lab.attacks.robustness_sweep import RobustnessSweep
from lab.datasets import Dataset
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.networks import models
from lab.networks.models import Classifier, card_for
from lab.networks.pixels import as_pixels
from lab.parameters import Choice, Number, Several, When
from lab.payloads import Curve, Pictures, Table, Tone
from lab.training.trainer import OptimiserSettings, Trainer
from lab.workspace import Workspace

SWEPT = ("noise", "fgsm", "pgd", "pgd_l2")
EXTREMES = 6
# Of the network that learns where none was chosen: about 0.97 on the digits after 4 s.
EPOCHS, RATE = 3, 0.05
PUBLISHED_AT = 0.25
WHOLE = ("60,000 digits", "10,000 digits")
PUBLISHED = (
    ("Goodfellow et al., 2014: shallow softmax", *WHOLE, "99.9 %"),
    ("Goodfellow et al., 2014: maxout network", *WHOLE, "89.4 %"),
    ("Goodfellow et al., 2014: maxout network, trained on such pictures", *WHOLE, "17.9 %"),
)
"""FGSM at 0.25: other networks, and fifteen times the digits of the embedded set to learn from."""
MNIST = ("digits", "mnist")


@dataclass(frozen=True)
class Parameters:
    """Whom to attack, on what, how, and up to which size."""

    models: Annotated[
        tuple[str, ...],
        Several("Networks", "models", most=6, auto="None: a small CNN learns it first",
                help="Those that learned this data; or drop a .safetensors."),
    ] = ()  # fmt: skip
    data: Annotated[str, Choice("Data", "datasets")] = "digits"
    attacks: Annotated[
        tuple[str, ...],
        Several("Attacks", titles(*SWEPT, short=True), least=1,
                help="Noise is the control: as large, and it asks the network nothing."),
    ] = ("noise", "fgsm", "pgd")  # fmt: skip
    epsilon: Annotated[
        float,
        Number("Largest epsilon", 0.005, 1, log=True, per=255, form=".3g",
               help="In pixel units, 0 to 1; in L2 the root of the mean square."),
    ] = 0.3  # fmt: skip
    points: Annotated[int, Number("Steps of epsilon", 2, 60)] = 12
    images: Annotated[int, Number("Test pictures", 10, 10_000, log=True)] = 200
    iterations: Annotated[
        int,
        Number("Iterations of PGD", 1, 200, log=True,
               when=When("attacks", *using("iterations", *SWEPT))),
    ] = 20  # fmt: skip


OUTPUTS = (
    Output("accuracy", Curve, "How much accuracy is left", (0, 0, 5, 6),
           x=EPSILON, y="accuracy", y_range=(0, 1)),
    Output("published", Table, "Beside the paper: the share that one step at 0.25 fools",
           (5, 0, 3, 12)),
    Output("most", Pictures, "Fooled most easily", (0, 6, 5, 3)),
    Output("least", Pictures, "Hardest to fool", (0, 9, 5, 3)),
)  # fmt: skip

METRICS = (
    Metric("epsilons", "Epsilons", shown=False),
    Metric("accuracy_*", "Accuracy by model and attack", shown=False),
    Metric("clean_accuracy", "Nothing added", ".1%"),
    Metric("least_accuracy", "Left", ".1%"),
    Metric("seconds", "Time", ".1f", "s", timed=True),
)


def taught(data: Dataset, workspace: Workspace) -> Generator[Frame, None, Classifier]:
    """A small CNN that learns `data` before our eyes, and goes on the shelf for the next time."""
    title = f"Small CNN on {data.title}"
    for name in workspace.shelf.names_trained_here():
        known = workspace.shelf.card(name)
        if (known.title, known.seed, known.data) == (title, workspace.seed, data.name):
            return workspace.shelf.get(name, workspace.device)
    card = replace(card_for("cnn", data, workspace.seed), title=title, trained=True)
    model = models.build(card).to(workspace.device)
    trainer = Trainer(
        model,
        data,
        optimiser_name="sgd",
        settings=lambda: OptimiserSettings(RATE, 2e-3),
        batch_size=64,
        epochs=EPOCHS,
    )
    for step in trainer.steps():
        yield Frame(
            status=f"no network was chosen: a small CNN learns {data.title} first",
            progress=step / trainer.total_steps,
        )
    return workspace.shelf.get(workspace.shelf.put(model, title), workspace.device)


class Story:
    """Turns what was measured into frames."""

    def __init__(self, now: Parameters, data: Dataset, networks: Sequence[Classifier]) -> None:
        self._now, self._data, self._networks = now, data, networks
        self._epsilons = epsilons_of(now)
        self._errors: list[tuple[str, float]] = []
        self._metrics: dict[str, list[float]] = {}

    def label(self, network: Classifier, attack: str) -> str:
        """What a curve is called."""
        title = ATTACKS[attack].short
        return title if len(self._networks) == 1 else f"{network.card.title}: {title}"

    def point(self, network: Classifier, attack: str, sweep: RobustnessSweep) -> Frame:
        """One more epsilon is done."""
        done = len(sweep.accuracies)
        accuracy, label = sweep.accuracies[-1], self.label(network, attack)
        outputs: dict[str, Curve | Table | Pictures] = {
            "accuracy": Curve({label: (self._epsilons[done - 1], accuracy)})
        }
        if attack == "fgsm" and np.isclose(self._epsilons[done - 1], PUBLISHED_AT):
            self._errors.append((network.card.title, 1 - accuracy))
        self._metrics[f"accuracy_{network.card.name}_{attack}"] = sweep.accuracies
        return Frame({**outputs, "published": self.table()}, dict(self._metrics))

    def table(self) -> Table:
        """Our errors at the paper's epsilon, and the paper's."""
        learned = f"{len(self._data.train_labels):,} pictures"
        tested = f"{min(self._now.images, len(self._data.test_labels)):,} pictures"
        ours = [
            (f"Here: {title}", learned, tested, f"{100 * error:.1f} %")
            for title, error in self._errors
        ]
        theirs = PUBLISHED if self._data.name in MNIST else ()
        columns = ("network", "learned from", "tested on", f"error, FGSM at {PUBLISHED_AT}")
        return Table(columns, [*ours, *theirs])

    def extremes(self, sweep: RobustnessSweep) -> Frame:
        """The pictures that the last attack found easiest and hardest, as it left them."""
        most, least = sweep.extremes(EXTREMES)
        return Frame({"most": self._shown(sweep, most), "least": self._shown(sweep, least)})

    def _shown(self, sweep: RobustnessSweep, rows: Tensor) -> Pictures:
        names = self._data.classes
        captions: list[str] = []
        tones: list[Tone] = []
        for row in rows.tolist():
            own, said = names[int(sweep.labels[row])], names[int(sweep.predicted[row])]
            at = float(sweep.fooled_at[row])
            held = at == float("inf")
            captions.append(f"{own}, held" if held else f"{own} → {said} at {at:.2g}")
            tones.append("good" if held else "bad")
        return Pictures(
            [as_pixels(sweep.adversarial[row : row + 1]) for row in rows.tolist()],
            captions,
            tones=tones,
            columns=2,
        )


def epsilons_of(now: Parameters) -> list[float]:
    """From 0 to the largest one, in pixel units."""
    return [float(e) for e in np.linspace(0, now.epsilon, now.points + 1).round(6)]


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Each network under each attack, epsilon by epsilon."""
    now = knobs.now
    yield Frame(status=f"loading {now.data}", progress=0.0)
    data = workspace.data(now.data)
    chosen = [workspace.trained_on(data, name) for name in now.models]
    networks = chosen or [(yield from taught(data, workspace))]
    images, labels = data.test_images[: now.images], data.test_labels[: now.images]
    epsilons, story = epsilons_of(now), Story(now, data, networks)
    yield Frame({"published": story.table()}, {"epsilons": epsilons})
    pairs = [(network, attack) for network in networks for attack in now.attacks]
    begun, lowest = knobs.clock(), 1.0
    for index, (network, attack) in enumerate(pairs):
        sweep = RobustnessSweep(network, images, labels, ATTACKS[attack], epsilons, now.iterations)
        status = f"{network.card.title}, {ATTACKS[attack].short}"
        for measured in sweep.steps():
            frame = Frame(status=status, progress=(index + sweep.done) / len(pairs))
            yield story.point(network, attack, sweep).then(frame) if measured else frame
        lowest = min(lowest, sweep.accuracies[-1])
        yield story.extremes(sweep).then(
            Frame(
                metrics={
                    "clean_accuracy": sweep.accuracies[0],
                    "least_accuracy": lowest,
                    "seconds": knobs.clock() - begun,
                }
            )
        )
    first, most = sweep.accuracies[0], epsilons[-1]
    yield Frame(
        status=f"of {first:.1%} at first, {lowest:.1%} is left at ε {most:.3g}", progress=1.0
    )


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Noise of the same size hardly hurts: the gradient knows where it does. One step of it "
    "(FGSM) is bad, many small ones (PGD) are worse. Choose several networks to compare them: one "
    "that learned from attacks holds out.",
    source="Goodfellow et al., 2014; Madry et al., 2018",
    metrics=METRICS,
    seeded=True,
    quick={
        "models": ("alexnet-stem",),
        "data": "photo_patches",
        "images": 10,
        "points": 3,
        "iterations": 2,
    },
    main="accuracy",
)
