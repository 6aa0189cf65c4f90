"""A black-box attack from its first query to its last: the attacker's side, and what came of it.

Papernot et al., "Practical Black-Box Attacks against Machine Learning" (2017).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lab.attacks import Attack, Fgsm, Pgd
from lab.attacks.substitute import Oracle, jacobian_augmentation
from lab.datasets import Dataset
from lab.networks import models
from lab.networks.models import Card, Classifier, card_for
from lab.networks.pixels import to_float
from lab.training.trainer import OptimiserSettings, Trainer

ATTACKS = {"fgsm": "FGSM", "pgd": "PGD"}
PGD_ITERATIONS = 20
BATCH, RATE = 64, 1e-3
# Pictures that go through a network at a time: 15 ms on two cores.
TOGETHER = 200


@dataclass(frozen=True)
class TransferResult:
    """What came of an attack, on pictures that neither network learned from.

    originals, adversarial: float32 (N, C, H, W) in [0, 1]. answers, said: int64 (N,), the oracle's
    labels of them. fooled: the indices of the pictures that it knows, and no longer knows when they
    are changed. agreement: the share that both networks name alike; substitute_rate, transfer_rate
    and white_box_rate: the shares of pictures that fool the substitute, made on the substitute fool
    the oracle, and made on the oracle fool it, of those that each knew.
    """

    queries: int
    originals: Tensor
    adversarial: Tensor
    answers: Tensor
    said: Tensor
    fooled: list[int]
    agreement: float
    substitute_rate: float
    transfer_rate: float
    white_box_rate: float


class BlackBoxAttack:
    """The attacker: pictures bought with queries, and the substitute that learns from them.

    classifier: the oracle's, of which it sees only labels. data: its first `first` test pictures,
    without their labels, are what the attacker begins with; on the others both are compared.
    architecture: of the substitute, of lab.networks.architecture. seed: of its weights and
    its training.
    images, labels: uint8 and int64, what was asked so far, and what the oracle said.
    """

    def __init__(
        self,
        classifier: Classifier,
        data: Dataset,
        architecture: str,
        first: int,
        epochs: int,
        seed: int,
    ) -> None:
        self.oracle = Oracle(classifier)
        self.images = data.test_images[:first]
        self.labels = self.oracle.ask(self.images)
        self._classifier, self._epochs, self._seed = classifier, epochs, seed
        self._held_out = to_float(data.test_images[first:])
        self._truth = data.test_labels[first:]
        self.substitute = models.build(self._card(architecture)).to(classifier.device).eval()
        self._white_box: dict[tuple[str, float], float] = {}

    def _card(self, architecture: str) -> Card:
        """The substitute's: no more is known of the oracle than what it is asked and answers."""
        title = f"Substitute for {self._classifier.card.title}"
        card = card_for(architecture, self._bought(), self._seed + 1)
        return replace(card, name="substitute", title=title)

    def _bought(self) -> Dataset:
        known = self.images, self.labels
        classes = self._classifier.classes
        return Dataset("bought", "What was asked", classes, *known, *known, "the oracle")

    def learn(self) -> Iterator[float]:
        """Teach the substitute all that was bought; yields the share done after every step."""
        trainer = Trainer(
            self.substitute,
            self._bought(),
            optimiser_name="adam",
            settings=lambda: OptimiserSettings(RATE, 0.0),
            batch_size=BATCH,
            epochs=self._epochs,
            seed=self._seed,
        )
        for step in trainer.steps():
            yield step / trainer.total_steps
        self.substitute.eval()

    def grow(self, step: float) -> Iterator[None]:
        """Move every picture by the substitute's Jacobian and ask for its label; twice as many."""
        images, labels = [self.images], [self.labels]
        for some, known in zip(
            torch.split(self.images, TOGETHER), torch.split(self.labels, TOGETHER), strict=True
        ):
            moved = jacobian_augmentation(self.substitute, some, known, step)
            images.append(moved)
            labels.append(self.oracle.ask(moved))
            yield
        self.images, self.labels = torch.cat(images), torch.cat(labels)

    def attack(self, name: str, epsilon: float) -> Generator[None, None, TransferResult]:
        """Fool the substitute on the pictures held out, try them on the oracle, and see.

        name: of ATTACKS. epsilon: L-infinity, in pixel units. Yields after every pass. The attacker
        knows what is on its own pictures, so it leads away from their true class. What is measured
        here is the exhibit's knowledge, not the attacker's, and is not counted as queries.
        """
        originals, truth, oracle = self._held_out, self._truth, self._classifier
        answers, own = labels_of(oracle, originals), labels_of(self.substitute, originals)
        adversarial = yield from _made(name, self.substitute, originals, truth, epsilon)
        said = labels_of(oracle, adversarial)
        known = answers == truth
        fooled = known & (said != truth)
        if (name, epsilon) not in self._white_box:
            white = yield from _made(name, oracle, originals, truth, epsilon)
            lost = known & (labels_of(oracle, white) != truth)
            self._white_box[name, epsilon] = float(lost.sum() / known.sum())
        return TransferResult(
            self.oracle.queries,
            originals,
            adversarial,
            answers,
            said,
            fooled.nonzero()[:, 0].tolist(),
            float((own == answers).float().mean()),
            float((labels_of(self.substitute, adversarial) != truth)[own == truth].float().mean()),
            float(fooled.sum() / known.sum()),
            self._white_box[name, epsilon],
        )


@torch.inference_mode()
def labels_of(model: Classifier, images: Tensor) -> Tensor:
    """What the model says of pictures, float32 (N, C, H, W) in [0, 1]: int64 (N,)."""
    return torch.cat([model(some).argmax(1) for some in torch.split(images, TOGETHER)])


def _made(
    name: str, model: Classifier, images: Tensor, labels: Tensor, epsilon: float
) -> Generator[None, None, Tensor]:
    made = []
    for some, known in zip(
        torch.split(images, TOGETHER), torch.split(labels, TOGETHER), strict=True
    ):
        attack: Attack = Fgsm(model, some, known, epsilon)
        if name == "pgd":
            # All the way, beyond the border that it has crossed: so it crosses another's too.
            step = 2.5 * epsilon / PGD_ITERATIONS
            attack = Pgd(model, some, known, epsilon, step, PGD_ITERATIONS, early_stop=False)
        for _ in attack.steps(look=False):
            yield
        made.append(attack.adversarial)
    return torch.cat(made)
