"""What the trainer says of a network, against worked examples."""

import numpy as np
import pytest
import torch

from lab import catalog
from lab.exhibit import Knobs
from lab.exhibits.better_training._trainer_report import Smooth, confusion, worst
from lab.networks.pixels import pictures_of


def test_the_smoothed_curve_is_the_weighted_mean_so_far():
    values = [3.0, 1.0, 2.0]
    weights = [0.9 ** (2 - i) for i in range(3)]
    smooth = Smooth(0.9)
    assert smooth(values[:1]) == [3.0]
    assert smooth(values[1:])[-1] == pytest.approx(np.average(values, weights=weights))


def test_a_row_of_the_confusion_is_the_true_class():
    counts = confusion(torch.tensor([0, 2, 2, 1]), torch.tensor([0, 1, 1, 1]), 3)
    assert counts.tolist() == [[1, 0, 0], [0, 1, 2], [0, 0, 0]]


def test_the_worst_mistakes_come_first_and_hits_never():
    probabilities = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.99, 0.01]])
    labels = torch.tensor([0, 0, 1, 1])
    assert worst(probabilities, labels).tolist() == [3, 1, 2]
    assert worst(probabilities, labels, 1).tolist() == [3]
    assert worst(probabilities[:1], labels[:1]).tolist() == []


def test_grey_pictures_become_rgb():
    grey = torch.arange(2 * 4, dtype=torch.uint8).view(2, 1, 2, 2)
    shown = pictures_of(grey)
    assert shown.shape == (2, 2, 2, 3)
    assert (shown == grey[:, 0, :, :, None].numpy()).all()


def test_a_network_is_shelved_on_request_and_at_the_end(workspace):
    exhibit = catalog.load("better_training/trainer")
    values = exhibit.parameters(network="mlp", epochs=1, batch_size=100)
    knobs = Knobs(values)
    before = set(workspace.shelf.names_trained_here())
    kept = None
    for frame in exhibit.run(workspace, knobs):
        # Asked for before the first step, so that no machine is too quick for it.
        if kept is None and "loss" in frame.outputs:
            knobs.ask("shelve")
            kept = set(workspace.shelf.names_trained_here())
    new = [n for n in workspace.shelf.names_trained_here() if n not in before]
    assert kept == before
    assert len(new) == 2
    card = workspace.shelf.card(new[-1])
    assert card.trained
    assert card.metrics["test_accuracy"] > 0.5
    assert list(workspace.shelf.get(new[-1]).history) == [0, 10, 40]
    assert 0 in workspace.shelf.get(new[0]).history
    for name in new:
        workspace.shelf.remove(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [("lr", 0.0011), ("weight_decay", 0.05), ("augmentation", ("rotation", "rand_augment"))],
)
def test_what_is_live_changes_the_run_under_way(workspace, name, value):
    exhibit = catalog.load("better_training/trainer")

    def final(turned):
        knobs = Knobs(exhibit.parameters(network="mlp", epochs=1, batch_size=200, lr=0.1))
        last = {}
        for frame in exhibit.run(workspace, knobs):
            last |= frame.metrics
            if turned and "parameters" in frame.metrics:
                knobs.now = exhibit.parameters(
                    **{"network": "mlp", "epochs": 1, "batch_size": 200, "lr": 0.1, name: value}
                )
        return last["test_loss"]

    assert final(True) != final(False)
