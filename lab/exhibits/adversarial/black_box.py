"""Black box: fool a network of which only the answers are known, by way of a substitute."""

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
from lab.networks.shelf import DIGITS
from lab.parameters import RUNNING, Choice, Number, Unless
from lab.payloads import Curve, Graph, Note, Pictures, Tone
from lab.workspace import Workspace

# Pictures of each of the two galleries.
FOOLED, ASKED = 5, 10
PUBLISHED = (
    "Papernot et al. (2017) fooled MetaMind, a service that had learned all of MNIST, with 84.24 % "
    "after 6,400 queries, by one step of FGSM at ε 0.3."
)
# An original that the oracle knows, and what it no longer knows.
BOTH: tuple[Tone, Tone] = ("good", "bad")
STEPS = {
    "ask": "1  Ask the oracle",
    "learn": "2  Teach a substitute",
    "fool": "3  Fool the substitute",
    "try": "4  Try it on the oracle",
}


@dataclass(frozen=True)
class Parameters:
    """Whom to attack, with what substitute, and how."""

    oracle: Annotated[
        str, Choice("Oracle", "models", help="Its weights and gradients stay hidden.")
    ] = DIGITS
    data: Annotated[str, Choice("Pictures", "datasets", help="What the oracle learned.")] = "digits"
    substitute: Annotated[
        str, Choice("Substitute", {name: row.title for name, row in architecture.NETWORKS.items()})
    ] = "lenet5"
    first: Annotated[int, Number("Pictures to begin with", 20, 500, log=True)] = 150
    rounds: Annotated[
        int, Number("Rounds", 0, 6, help="Each asks as much again as all before it.")
    ] = 4
    epochs: Annotated[int, Number("Epochs a round", 1, 100, log=True)] = 20
    jump: Annotated[
        float,
        Number("Jacobian step λ", 0.01, 0.5, log=True, per=255, form=".2g", live=RUNNING,
               help="In pixel units. 0.1 in the paper; at 0.2 the substitute learns more of our "
               "digits.", when=Unless("rounds", 0)),
    ] = 0.2  # fmt: skip
    attack: Annotated[str, Choice("Attack", titles("fgsm", "pgd", short=True))] = "pgd"
    epsilon: Annotated[
        float,
        Number("Attack: ε", 0, 0.5, step=0.01, per=255, live=True,
               help="How far each value may move, in pixel units, 0 to 1."),
    ] = 0.3  # fmt: skip


OUTPUTS = (
    Output("steps", Graph, "Nothing but pictures in, and labels out", (0, 0, 2, 12)),
    Output("progress", Curve, "The more it asks, the more alike they are", (2, 0, 4, 5),
           x="queries", y="share", y_range=(0, 1)),
    Output("fooled", Pictures, "Made on the substitute, they fool the oracle too", (2, 5, 4, 7)),
    Output("asked", Pictures, "What it asks: pictures moved to where the substitute would change "
           "its mind", (6, 0, 2, 8)),
    Output("reading", Note, "How to read it", (6, 8, 2, 4)),
)  # fmt: skip

METRICS = (
    Metric("queries", "Queries", ",d"),
    Metric("agreement", "Agreement", ".1%"),
    Metric("transfer_rate", "Transfer", ".1%"),
    Metric("white_box_rate", "White box", ".1%"),
)


def oracle_for(now: Parameters, data: Dataset, workspace: Workspace) -> Classifier:
    """The network to be attacked. UserError where it learned something else."""
    if len(data.test_labels) <= now.first:
        raise UserError(
            f"first={now.first}: {data.title} has {len(data.test_labels)} test pictures"
        )
    return workspace.trained_on(data, now.oracle)


class Story:
    """Turns what the thief knows, and what the owner would, into frames."""

    def __init__(self, attack: BlackBoxAttack, oracle: Classifier) -> None:
        self._attack, self._classes = attack, oracle.classes
        self._result: TransferResult | None = None

    def stands(self, step: str) -> Frame:
        """Where the attacker is: a key of STEPS."""
        attack, result = self._attack, self._result
        under = {
            "ask": f"{attack.oracle.queries:,} queries",
            "learn": f"agrees on {result.agreement:.1%}" if result else "knows nothing yet",
            "fool": f"fooled by {result.substitute_rate:.1%}" if result else "",
            "try": f"{result.transfer_rate:.1%} transfer" if result else "",
        }
        nodes = {key: f"{title}\n{under[key]}" for key, title in STEPS.items()}
        return Frame(
            {"steps": Graph(nodes, [*pairwise(STEPS)], selected=step)},
            {"queries": attack.oracle.queries},
            STEPS[step][3:],
        )

    def asked(self) -> Frame:
        """The latest pictures that were sent, with the oracle's answers."""
        attack = self._attack
        images, labels = attack.images[-ASKED:], attack.labels[-ASKED:].tolist()
        pictures = to_float(images)
        return Frame(
            {
                "asked": Pictures(
                    [as_pixels(pictures[i : i + 1]) for i in range(len(labels))],
                    [f"“{self._classes[label]}”" for label in labels],
                    columns=len(labels),
                )
            }
        ).then(self.stands("ask"))

    def tried(self, result: TransferResult) -> Frame:
        """What came of the attack."""
        self._result = result
        shown = result.fooled[:FOOLED]
        rows = (result.originals[shown], result.adversarial[shown])
        images = [row[i : i + 1] for row in rows for i in range(len(shown))]
        labels = [*result.answers[shown].tolist(), *result.adversarial_answers[shown].tolist()]
        outputs: dict[str, Pictures | Note] = {
            "fooled": Pictures(
                [as_pixels(image) for image in images],
                [f"“{self._classes[label]}”" for label in labels],
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
        """One more point of each curve: a round is over."""
        x = result.queries
        return Frame(
            {
                "progress": Curve(
                    {
                        "agreement": (x, result.agreement),
                        "transfer rate": (x, result.transfer_rate),
                        "white box": (x, result.white_box_rate),
                    }
                )
            }
        )

    @staticmethod
    def reading(result: TransferResult) -> Note:
        """Ours beside the paper's."""
        return Note(
            f"{result.transfer_rate:.1%} fool the oracle too; with its own gradients "
            f"{result.white_box_rate:.1%} would. {PUBLISHED}",
            "bad" if result.transfer_rate >= 0.5 else "",
        )


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Ask, learn, fool, try, in rounds; at last try again whenever epsilon turns."""
    now = knobs.now
    yield Frame(status=f"loading {now.oracle}", progress=0.0)
    data = workspace.data(now.data)
    oracle = oracle_for(now, data, workspace)
    attack = BlackBoxAttack(oracle, data, now.substitute, now.first, now.epochs, workspace.seed)
    story = Story(attack, oracle)
    yield story.asked()
    for turn in range(now.rounds + 1):
        if turn:
            for _ in attack.grow(knobs.now.jump * (1 if turn % 2 else -1)):
                yield Frame(fixed=turn == now.rounds)
            yield story.asked()
        yield story.stands("learn")
        for done in attack.learn():
            yield Frame(progress=(turn + done) / (now.rounds + 1))
        yield story.stands("fool")
        shown = knobs.now.epsilon
        result = yield from breathing(attack.attack(now.attack, shown))
        yield story.tried(result).then(story.points(result))
    while True:
        epsilon = knobs.now.epsilon
        if epsilon != shown:
            result = yield from breathing(attack.attack(now.attack, epsilon))
            yield story.tried(result)
            shown = epsilon
        yield Frame(
            status="the oracle never gave more than labels: turn ε", progress=1.0, rest=True
        )


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="The oracle’s weights are hidden, and it answers with nothing but a label. Its answers "
    "teach a substitute of another architecture; what fools the substitute fools the oracle too. "
    "Secrecy is no defence.",
    source="Papernot et al., 2017",
    metrics=METRICS,
    seeded=True,
    quick={"rounds": 1, "epochs": 2, "attack": "fgsm"},
    main="fooled",
)
