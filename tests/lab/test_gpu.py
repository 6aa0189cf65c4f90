"""The three exhibits on CUDA, where there is one: the same story as on the CPU."""

import pytest

from lab import catalog
from lab.workspace import Workspace

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def cuda():
    return Workspace.open("cuda")


def metrics(path, workspace, **values):
    result = {}
    for frame in catalog.load(path).run(workspace, **values):
        result |= frame.metrics
    return result


def test_the_trainer_learns_digits(cuda):
    assert metrics("better_training/trainer", cuda)["test_accuracy"] >= 0.965


def test_predict_names_the_cup(cuda):
    assert metrics("interpreting/predict", cuda)["top1_label"] == "espresso"


def test_filters_of_a_network_trained_there(cuda):
    metrics("better_training/trainer", cuda, network="alexnet_stem", epochs=1)
    name = cuda.shelf.names_trained_here()[-1]
    assert metrics("interpreting/filters", cuda, model=name)["filters"] == 48
