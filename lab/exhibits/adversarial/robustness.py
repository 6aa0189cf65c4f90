"""Robustness: accuracy under attack against the size epsilon of the perturbation."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from torch import Tensor

from lab.attacks import ATTACKS, EPSILON, titles, using
from lab.attacks.robustness_sweep import RobustnessSweep
from lab.datasets import Dataset
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output, part
from lab.networks import models
from lab.networks.finite import check_weights
from lab.networks.models import Classifier, card_for
from lab.networks.pixels import as_pixels
from lab.parameters import Choice, Number, Several, When
from lab.payloads import Curve, Pictures, Table, Tone
from lab.training.race import race
from lab.training.trainer import OptimiserSettings, Trainer
from lab.workspace import Workspace

SWEPT = ("noise", "fgsm", "pgd", "pgd_l2")
EXTREMES = 6
# Of the CNN that is trained where no model is chosen: about 0.97 on the digits after 4 s.
EPOCHS, RATE = 3, 0.05
# The share of the progress that its training takes.
TRAINING = 0.15
PUBLISHED_AT = 0.25
WHOLE = ("60,000 digits", "10,000 digits")
PUBLISHED = (
    ("Goodfellow et al., 2014: shallow softmax", *WHOLE, "99.9 %"),
    ("Goodfellow et al., 2014: maxout network", *WHOLE, "89.4 %"),
    ("Goodfellow et al., 2014: maxout network, adversarially trained", *WHOLE, "17.9 %"),
)
"""Errors under FGSM at 0.25: other networks, and 15 times our embedded training images."""
MNIST = ("digits", "mnist")


@dataclass(frozen=True)
class Parameters:
    """Models, dataset, attacks, and the largest epsilon."""

    models: Annotated[
        tuple[str, ...],
        Several("Models", "models", most=6, auto="None: train a small CNN first",
                help="Trained on this dataset; or drop a .safetensors."),
    ] = ()  # fmt: skip
    data: Annotated[str, Choice("Dataset", "datasets")] = "digits"
    attacks: Annotated[
        tuple[str, ...],
        Several("Attacks", titles(*SWEPT, short=True), least=1,
                help="Noise is the control: as large, but without the gradient."),
    ] = ("noise", "fgsm", "pgd")  # fmt: skip
    epsilon: Annotated[
        float,
        Number("Largest ε", 0.005, 1, log=True, per=255, form=".3g",
               help="In pixel units, 0 to 1; in L2 the root of the mean square."),
    ] = 0.3  # fmt: skip
    points: Annotated[int, Number("Steps of ε", 2, 60)] = 12
    images: Annotated[int, Number("Test images", 10, 10_000, log=True)] = 200
    iterations: Annotated[
        int,
        Number("PGD iterations", 1, 200, log=True,
               when=When("attacks", *using("iterations", *SWEPT))),
    ] = 20  # fmt: skip


OUTPUTS = (
    Output("accuracy", Curve, "Accuracy against ε", (0, 0, 5, 6),
           x=EPSILON, y="accuracy", y_range=(0, 1)),
    Output("published", Table, "FGSM error at ε = 0.25, compared with Goodfellow et al.",
           (5, 0, 3, 12)),
    Output("most", Pictures, "Smallest ε needed", (0, 6, 5, 3)),
    Output("least", Pictures, "Largest ε needed", (0, 9, 5, 3)),
)  # fmt: skip

METRICS = (
    Metric("epsilons", "Values of ε", shown=False),
    Metric("accuracy_*", "Accuracy by model and attack", shown=False),
    Metric("clean_accuracy", "Clean accuracy", ".1%"),
    Metric("least_accuracy", "Robust accuracy", ".1%"),
    Metric("seconds", "Time", ".1f", "s", timed=True),
)


def taught(data: Dataset, workspace: Workspace) -> Generator[Frame, None, Classifier]:
    """A small CNN trained on `data`, kept on the shelf for the next run."""
    title = f"Small CNN on {data.title}"
    card = replace(card_for("cnn", data, workspace.seed), title=title, trained=True)
    for name in workspace.shelf.names_trained_here():
        known = workspace.shelf.card(name)
        if (known.title, known.seed, known.data) == (card.title, card.seed, card.data):
            return workspace.shelf.get(name, workspace.device)
    model = models.build(card).to(workspace.device)
    trainer = Trainer(
        model,
        data,
        optimiser_name="sgd",
        settings=lambda: OptimiserSettings(RATE, 2e-3),
        batch_size=64,
        epochs=EPOCHS,
        seed=workspace.seed,
    )
    # Of random numbers of its own: the attacks draw the same when it is on the shelf already.
    for _ in race({title: trainer}):
        yield Frame(
            status=f"no model was chosen: training a small CNN on {data.title} first",
            progress=trainer.step / trainer.total_steps,
        )
    check_weights(model, title, "choose another seed, or a model for this dataset")
    return workspace.shelf.get(workspace.shelf.put(model, title), workspace.device)


class RobustnessCards:
    """Frames from the measured accuracies."""

    def __init__(self, now: Parameters, data: Dataset, networks: Sequence[Classifier]) -> None:
        self._now, self._data, self._networks = now, data, networks
        self._epsilons = epsilons_of(now)
        self._errors: list[tuple[str, float]] = []
        self._metrics: dict[str, list[float]] = {}

    def label(self, network: Classifier, attack: str) -> str:
        """The name of a curve in the legend."""
        title = ATTACKS[attack].short
        return title if len(self._networks) == 1 else f"{network.card.title}: {title}"

    def point(self, network: Classifier, attack: str, sweep: RobustnessSweep) -> Frame:
        """The accuracy at one more epsilon."""
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
        """Our errors at the paper's epsilon and the paper's; why, where there is neither."""
        learned = f"{len(self._data.train_labels):,} images"
        tested = f"{min(self._now.images, len(self._data.test_labels)):,} images"
        ours = [
            (f"Here: {title}", learned, tested, f"{100 * error:.1f} %")
            for title, error in self._errors
        ]
        theirs = PUBLISHED if self._data.name in MNIST else ()
        columns = ("Model", "Training set", "Test set", f"Error under FGSM, ε = {PUBLISHED_AT}")
        why = f"No figure: digits only, at ε = {PUBLISHED_AT}"
        return Table(columns, [*ours, *theirs] or [(why, "", "", "")])

    def extremes(self, sweep: RobustnessSweep) -> Frame:
        """The adversarial examples of the last attack with the smallest and the largest epsilon."""
        most, least = sweep.extremes(EXTREMES)
        smallest = self._shown(sweep, most, "Smallest")
        return Frame({"most": smallest, "least": self._shown(sweep, least, "Largest")})

    def _shown(self, sweep: RobustnessSweep, rows: Tensor, which: str) -> Pictures:
        names = self._data.classes
        captions: list[str] = []
        tones: list[Tone] = []
        for row in rows.tolist():
            own, said = names[int(sweep.labels[row])], names[int(sweep.predicted[row])]
            at = float(sweep.fooled_at[row])
            held = at == float("inf")
            captions.append(f"{own}, not fooled" if held else f"{own} → {said}, ε = {at:.2g}")
            tones.append("good" if held else "bad")
        return Pictures(
            [as_pixels(sweep.adversarial[row : row + 1]) for row in rows.tolist()],
            captions,
            tones=tones,
            columns=2,
            title=f"{which} ε needed, {sweep.method.short}",
        )


def epsilons_of(now: Parameters) -> list[float]:
    """All values of epsilon, from 0, in pixel units."""
    return [float(e) for e in np.linspace(0, now.epsilon, now.points + 1).round(6)]


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Attack each network in each way, epsilon by epsilon."""
    now = knobs.now
    yield Frame(status=f"loading {now.data}", progress=0.0)
    data = workspace.data(now.data)
    chosen = [workspace.trained_on(data, name) for name in now.models]
    start = 0.0 if chosen else TRAINING
    networks = chosen or [(yield from part(taught(data, workspace), 0.0, start))]
    images, labels = data.test_images[: now.images], data.test_labels[: now.images]
    epsilons, cards = epsilons_of(now), RobustnessCards(now, data, networks)
    yield Frame({"published": cards.table()}, {"epsilons": epsilons})
    pairs = [(network, attack) for network in networks for attack in now.attacks]
    begun, lowest = knobs.clock(), 1.0
    for index, (network, attack) in enumerate(pairs):
        sweep = RobustnessSweep(network, images, labels, ATTACKS[attack], epsilons, now.iterations)
        status = f"{network.card.title}, {ATTACKS[attack].short}"
        for measured in sweep.steps():
            done = (index + sweep.done) / len(pairs)
            frame = Frame(status=status, progress=start + (1 - start) * done)
            yield cards.point(network, attack, sweep).then(frame) if measured else frame
        lowest = min(lowest, sweep.accuracies[-1])
        yield cards.extremes(sweep).then(
            Frame(
                metrics={
                    "clean_accuracy": sweep.accuracies[0],
                    "least_accuracy": lowest,
                    "seconds": knobs.clock() - begun,
                }
            )
        )
    first, most = sweep.accuracies[0], epsilons[-1]
    result = f"clean accuracy {first:.1%}, robust accuracy {lowest:.1%} at ε = {most:.3g}"
    yield Frame(status=f"done: {result}", progress=1.0)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Random noise of the same size hardly lowers the accuracy; a step along the gradient "
    "(FGSM) does, many small steps (PGD) do more. Choose several models to compare them: an "
    "adversarially trained one stays accurate for longer.",
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
