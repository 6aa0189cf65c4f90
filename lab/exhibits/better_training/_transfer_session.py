"""A run of transfer learning: what it trains, and what it shows of it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from functools import partial

from lab.errors import UserError
from lab.exhibit import Frame, Knobs, part
from lab.exhibit.comparing import final_metrics, mean_curve, raced
from lab.exhibits.better_training._transfer_cards import (
    WAYS,
    network_graph,
    predictions,
    results,
    training_images,
)
from lab.exhibits.better_training._transfer_own_classes import ACTIONS
from lab.exhibits.better_training._transfer_parameters import AUTOMATIC, Parameters
from lab.exhibits.better_training._transfer_table import (
    Corner,
    data_names,
    lecture_table,
    measured,
)
from lab.networks.models import Classifier
from lab.training.comparison import Checkpoint, Comparison
from lab.training.trainer import OptimiserSettings
from lab.training.transfer_learning import BODY, Strategy, Transfer, usual_depth
from lab.workspace import Workspace

# Test images at most, and how often they are evaluated: for the network from scratch that takes as
# long as a third of its training.
TESTS, CHECKS = 240, 6
WEIGHT_DECAY = 1e-2
# Seconds between two images of the camera.
LIVE = 0.06

Frames = Generator[Frame, None, None]


def plan(now: Parameters, depth: int) -> dict[str, Strategy]:
    """What each way trains, of a network of so many units below its head."""
    frozen = usual_depth(depth) if now.frozen == AUTOMATIC else now.frozen
    found = {
        "head": Strategy(depth),
        "fine": Strategy(frozen),
        "scratch": Strategy(0, pretrained=False),
    }
    return {way: found[way] for way in now.ways}


class Session:
    """One run: the networks that it trains, and what it shows between and after the races."""

    def __init__(self, knobs: Knobs[Parameters], workspace: Workspace) -> None:
        self.knobs, self.workspace, now = knobs, workspace, knobs.now
        self.backbone = workspace.shelf.get(now.model, workspace.device)
        self.data = workspace.data(now.data)
        self.seeds = range(workspace.seed, workspace.seed + now.seeds)
        self.transfer = Transfer(self.backbone, self.data, now.images, self.seeds, TESTS)
        self.depth = self.transfer.split.depth
        self.strategies = plan(now, self.depth)
        self.frozen = self.strategies.get("fine", Strategy(self.depth)).frozen
        self.transfer.split.check_depth(self.frozen, "frozen")
        self.corners: list[Corner] = []
        self.networks: dict[str, Classifier] = {}

    def first_look(self) -> Frame:
        """The network and the training images, before anything is trained."""
        split, card = self.transfer.split, self.backbone.card
        graph = network_graph(split, self.frozen, self.transfer.edge, card.channels, card.title)
        chosen = self.strategies.get("fine", next(iter(self.strategies.values())))
        return Frame(
            {
                "network": graph,
                "examples": training_images(self.transfer.part(self.seeds[0])),
                "lecture": lecture_table([]),
            },
            {
                "frozen_units": self.frozen,
                "trained_weights": self.transfer.trained(chosen),
                "table": [],
            },
        )

    def race(self) -> Frames:
        """Features, then all ways from each seed."""
        begun = self.knobs.clock()
        for done in self.transfer.prepare(self.strategies.values()):
            yield Frame(status="computing the features of the frozen layers", progress=0.1 * done)
        yield Frame(metrics={"features_seconds": self.knobs.clock() - begun})
        transfer, epochs = self.transfer, self.knobs.now.epochs
        self.comparison = comparison = Comparison(
            {
                way: partial(transfer.trainer, strategy, settings=self.settings, epochs=epochs)
                for way, strategy in self.strategies.items()
            },
            self.seeds,
            checks=CHECKS,
            with_start=True,
            measure=lambda way, trainer: transfer.measure(self.strategies[way], trainer),
        )
        shown = [self._kept_way, *(["scratch"] if "scratch" in self.strategies else [])]
        self.networks = {
            WAYS[way]: transfer.networks[self.strategies[way], self.seeds[0]] for way in shown
        }
        frames = raced(comparison, self.knobs, Frame, self._checked)
        yield from part((frame for frame in frames), 0.1, 1.0)

    @property
    def _kept_way(self) -> str:
        """The way whose network is put on the shelf."""
        return next(way for way in ("fine", "head", "scratch") if way in self.strategies)

    def settings(self) -> OptimiserSettings:
        """As the sliders stand."""
        now = self.knobs.now
        return OptimiserSettings(now.head_lr, WEIGHT_DECAY, {BODY: now.body_lr})

    def _checked(self, checkpoint: Checkpoint) -> Frame:
        scores = self.comparison.scores
        outputs = {
            "accuracy": mean_curve(scores, "test_accuracy", {w: WAYS[w] for w in scores.ways}),
            "results": results(scores, self.transfer, self.strategies),
        }
        if checkpoint.seed == self.seeds[0]:
            outputs |= predictions(self.networks, self.workspace.picture)
        metrics = final_metrics(scores, "test_accuracy")
        pretrained = [scores.mean("test_accuracy", way) for way in scores.ways if way != "scratch"]
        if pretrained:
            metrics["best"] = max(pretrained)
            if "scratch" in scores.ways:
                gain = max(pretrained) - scores.mean("test_accuracy", "scratch")
                metrics["gain"] = gain
        return Frame(outputs, metrics)

    def outcome(self) -> str:
        """Put the first seed's network on the shelf; what came of all."""
        scores, diverged = self.comparison.scores, self.comparison.diverged
        if diverged:
            (way, _), step = next(iter(diverged.items()))
            return (
                f"{WAYS[way]} diverged: the loss is NaN or infinite since step {step}; try a "
                "smaller learning rate"
            )
        means = (f"{WAYS[w]} {scores.mean('test_accuracy', w):.1%}" for w in scores.ways)
        said = f"done: {', '.join(means)}"
        way = self._kept_way
        network = self.transfer.networks[self.strategies[way], self.seeds[0]]
        accuracy = float(scores.latest("test_accuracy", way)[0])
        network.card = replace(network.card, trained=True, metrics={"test_accuracy": accuracy})
        title = f"{self.backbone.card.title}, {WAYS[way]} on {self.data.title}, {accuracy:.1%}"
        try:
            self.workspace.shelf.put(network, title)
        except UserError as error:
            return f"{said}; not saved: {error}"
        left = f"; {self.data.left_out}" if self.data.left_out else ""
        return f"{said}; network saved to models{left}"

    def table(self) -> Frames:
        """Measure the lecture's table, until the switch is off."""
        similar, different = data_names(self.backbone)
        data = self.workspace.data(similar), self.workspace.data(different)
        self.corners = []
        now = self.knobs.now
        frames = measured(
            self.backbone, data, self.knobs, self.seeds, now.head_lr, now.body_lr, self.corners
        )
        for frame in frames:
            if not self.knobs.now.table:
                return
            yield frame
        same = self.backbone.card.data == similar
        seen = "; the network was trained on these very similar images" if same else ""
        cells = [value for c in self.corners for value in map(c.mean, c.accuracies)]
        yield Frame(metrics={"table": cells}, status=f"done: the lecture's table is measured{seen}")

    def live(self, networks: dict[str, Classifier]) -> Frames:
        """Classify the camera's image while it is on, or else the chosen image."""
        try:
            while (picture := self.workspace.camera()) is not None:
                yield Frame(predictions(networks, picture), status="live", after=LIVE)
                if any(self.knobs.asked(a.name) for a in ACTIONS) or self.knobs.asked("classify"):
                    return
        except UserError as error:
            yield Frame(status=f"no live classification: {error}")
            return
        chosen = self.workspace.chosen() or self.workspace.picture
        yield Frame(predictions(networks, chosen))
