"""Makes the networks of digits in this folder: two that the defences leave behind, and a third.

    python main.py run adversarial/defences --out out
    python -m resources.networks.make out

Weights are kept as float16, half the size; the accuracies change by a thousandth at most.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from lab import datasets
from lab.attacks.defences import TRAINED_ON_L2, TrainingBudget, trainer_of
from lab.networks import weights
from lab.networks.models import Classifier
from lab.networks.shipped import DIGITS, ROBUST, ROBUST_L2
from lab.system.devices import RandomState

HERE = Path(__file__).parent
LEFT_BEHIND = {DIGITS: "no-defence", ROBUST: "trained-on-pgd"}
EPOCHS = 14


def trained_on_l2() -> Classifier:
    """The network of TRAINED_ON_L2: a minute on one core."""
    course = TrainingBudget(EPOCHS, EPOCHS, 0.0, lambda: 1.0)
    with RandomState(torch.device("cpu"), 0):
        model, trainer = trainer_of(TRAINED_ON_L2, datasets.load("digits"), course, 0)
        for _ in trainer.steps():
            pass
    return model.frozen()


def made(folder: Path) -> Iterator[tuple[str, Classifier]]:
    """Name and network of each; folder: where the defences left theirs."""
    for name, ending in LEFT_BEHIND.items():
        (path,) = folder.glob(f"digits-*-{ending}{weights.SUFFIX}")
        classifier = weights.read(path)
        assert isinstance(classifier, Classifier)
        yield name, classifier
    yield ROBUST_L2, trained_on_l2()


if __name__ == "__main__":
    for name, classifier in made(Path(sys.argv[1])):
        classifier.network.to(torch.float16)
        classifier.card = replace(classifier.card, name=name, title=name)
        print(weights.save(classifier, HERE / name))
