"""Black-box attack: query an oracle, train a substitute on its labels, attack, transfer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from lab.attacks import titles
from lab.attacks.black_box import BlackBoxAttack, TransferResult
from lab.datasets import Dataset
from lab.errors import UserError
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output, breathing
from lab.networks import architecture
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels, to_float
from lab.networks.shipped import DIGITS
from lab.parameters import RUNNING, Choice, Number, Unless
from lab.payloads import Curve, Graph, Note, Pictures, Tone
from lab.workspace import Workspace

# Pairs of images, and queries, that are shown.
FOOLED, ASKED = 5, 10
PUBLISHED = (
    "Papernot et al. (2017): 84.24 % transfer to MetaMind, trained on MNIST, after 6,400 queries, "
    "by FGSM at ε = 0.3."
)
# The originals, classified correctly, and the adversarial examples.
BOTH: tuple[Tone, Tone] = ("good", "bad")
STEPS = {
    "ask": "1  Query the oracle",
    "learn": "2  Train the substitute",
    "fool": "3  Attack the substitute",
    "try": "4  Transfer to the oracle",
}


@dataclass(frozen=True)
class Parameters:
    """The oracle, the substitute, and the attack."""

    oracle: Annotated[
        str, Choice("Oracle", "models", help="Its weights and gradients stay hidden.")
    ] = DIGITS
    data: Annotated[
        str, Choice("Dataset", "datasets", help="The one that the oracle was trained on.")
    ] = "digits"
    substitute: Annotated[
        str, Choice("Substitute", {name: row.title for name, row in architecture.NETWORKS.items()})
    ] = "lenet5"
    first: Annotated[int, Number("Initial images", 20, 500, log=True)] = 150
    rounds: Annotated[
        int, Number("Augmentation rounds", 0, 6, help="Each doubles the number of queries.")
    ] = 4
    epochs: Annotated[int, Number("Epochs per round", 1, 100, log=True)] = 20
    jump: Annotated[
        float,
        Number("Jacobian step λ", 0.01, 0.5, log=True, per=255, form=".2g", live=RUNNING,
               help="In pixel units. 0.1 in the paper; 0.2 gives more agreement on our digits.",
               when=Unless("rounds", 0)),
    ] = 0.2  # fmt: skip
    attack: Annotated[
        str, Choice("Attack on the substitute", titles("fgsm", "pgd", short=True))
    ] = "pgd"
    epsilon: Annotated[
        float,
        Number("Perturbation size ε", 0, 0.5, step=0.01, per=255, live=True,
               help="Largest change of a value (L∞), in pixel units, 0 to 1."),
    ] = 0.3  # fmt: skip


OUTPUTS = (
    Output("steps", Graph, "Query the oracle: images in, labels out", (0, 0, 2, 12)),
    Output("progress", Curve, "Agreement and transfer rate against queries", (2, 0, 4, 5),
           x="queries", y="share of test images", y_range=(0, 1)),
    Output("fooled", Pictures, "Transfer to the oracle (top row: original)", (2, 5, 4, 7)),
    Output("asked", Pictures, "Synthetic queries (Jacobian-based augmentation), and the oracle's "
           "labels", (6, 0, 2, 8)),
    Output("reading", Note, "Compared with the paper", (6, 8, 2, 4)),
)  # fmt: skip

METRICS = (
    Metric("queries", "Queries", ",d"),
    Metric("agreement", "Agreement", ".1%"),
    Metric("transfer_rate", "Transfer rate", ".1%"),
    Metric("white_box_rate", "White-box success rate", ".1%"),
)


def oracle_for(now: Parameters, data: Dataset, workspace: Workspace) -> Classifier:
    """The network to be attacked. UserError where it was not trained on `data`."""
    if len(data.test_labels) <= now.first:
        raise UserError(
            f"first={now.first}: {data.title} has {len(data.test_labels)} test images: choose fewer"
        )
    return workspace.trained_on(data, now.oracle)


class BlackBoxCards:
    """Frames from the attacker's queries and from the measured rates."""

    def __init__(self, attack: BlackBoxAttack, oracle: Classifier) -> None:
        self._attack, self._classes = attack, oracle.classes
        self._result: TransferResult | None = None

    def stands(self, step: str) -> Frame:
        """The steps with their figures. step: the current one, a key of STEPS."""
        attack, result = self._attack, self._result
        under = {
            "ask": f"{attack.oracle.queries:,} queries",
            "learn": f"agreement {result.agreement:.1%}" if result else "not trained yet",
            "fool": f"success rate {result.substitute_rate:.1%}" if result else "",
            "try": f"transfer rate {result.transfer_rate:.1%}" if result else "",
        }
        nodes = {key: f"{title}\n{under[key]}" for key, title in STEPS.items()}
        return Frame(
            {"steps": Graph(nodes, [*pairwise(STEPS)], selected=step)},
            {"queries": attack.oracle.queries},
            STEPS[step][3:],
        )

    def asked(self) -> Frame:
        """The latest queries, with the oracle's labels."""
        attack = self._attack
        images, labels = attack.images[-ASKED:], attack.labels[-ASKED:].tolist()
        pictures = to_float(images)
        return Frame(
            {
                "asked": Pictures(
                    [as_pixels(pictures[i : i + 1]) for i in range(len(labels))],
                    [f"label {self._classes[label]}" for label in labels],
                )
            }
        ).then(self.stands("ask"))

    def tried(self, result: TransferResult) -> Frame:
        """Rates and examples of an attack."""
        self._result = result
        shown = result.fooled[:FOOLED]
        rows = (result.originals[shown], result.adversarial[shown])
        images = [row[i : i + 1] for row in rows for i in range(len(shown))]
        labels = [*result.answers[shown].tolist(), *result.adversarial_answers[shown].tolist()]
        outputs: dict[str, Pictures | Note] = {
            "fooled": Pictures(
                [as_pixels(image) for image in images],
                [f"oracle: {self._classes[label]}" for label in labels],
                [tone for tone in BOTH for _ in shown],
                columns=max(len(shown), 1),
            ),
            "reading": self.reading(result),
        }
        return Frame(
            outputs,
            {
                "agreement": result.agreement,
                "transfer_rate": result.transfer_rate,
                "white_box_rate": result.white_box_rate,
            },
        ).then(self.stands("try"))

    @staticmethod
    def points(result: TransferResult) -> Frame:
        """One more point of each curve, at the end of a round."""
        x = result.queries
        return Frame(
            {
                "progress": Curve(
                    {
                        "agreement": (x, result.agreement),
                        "transfer rate": (x, result.transfer_rate),
                        "white-box success rate": (x, result.white_box_rate),
                    }
                )
            }
        )

    @staticmethod
    def reading(result: TransferResult) -> Note:
        """Our transfer rate, and the paper's."""
        return Note(
            f"Here: {result.transfer_rate:.1%} transfer to the oracle; with its gradients (white "
            f"box) {result.white_box_rate:.1%} would succeed. {PUBLISHED}",
            "bad" if result.transfer_rate >= 0.5 else "",
        )


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Query, train, attack, transfer, in rounds; at last attack again whenever epsilon changes."""
    now = knobs.now
    yield Frame(status=f"loading {now.oracle}", progress=0.0)
    data = workspace.data(now.data)
    oracle = oracle_for(now, data, workspace)
    attack = BlackBoxAttack(oracle, data, now.substitute, now.first, now.epochs, workspace.seed)
    cards = BlackBoxCards(attack, oracle)
    yield cards.asked()
    for turn in range(now.rounds + 1):
        if turn:
            for _ in attack.grow(knobs.now.jump * (1 if turn % 2 else -1)):
                yield Frame(fixed=turn == now.rounds)
            yield cards.asked()
        yield cards.stands("learn")
        for done in attack.learn():
            yield Frame(progress=(turn + done) / (now.rounds + 1))
        yield cards.stands("fool")
        shown = knobs.now.epsilon
        result = yield from breathing(attack.attack(now.attack, shown))
        yield cards.tried(result).then(cards.points(result))
    while True:
        epsilon = knobs.now.epsilon
        if epsilon != shown:
            result = yield from breathing(attack.attack(now.attack, epsilon))
            yield cards.tried(result)
            shown = epsilon
        yield Frame(
            status="done: the oracle gave labels only. Move ε to attack again",
            progress=1.0,
            rest=True,
        )


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="The attacker sees neither weights nor gradients of the oracle, only the labels that "
    "it predicts. They train a substitute of another architecture, and adversarial examples of "
    "the substitute transfer to the oracle. Secrecy is no defence.",
    source="Papernot et al., 2017",
    metrics=METRICS,
    seeded=True,
    quick={"rounds": 1, "epochs": 2, "attack": "fgsm"},
    main="fooled",
)
