"""Every exhibit gives one line for a network whose numbers are none, however it comes in."""

import pytest
import torch

from lab import catalog, datasets, parameters
from lab.errors import UserError
from lab.networks import models, weights
from lab.networks.models import card_for
from lab.style import feed_forward

TAKING = [
    (entry.path, field.name, source)
    for entry in catalog.entries()
    for source in ("models", "painters")
    for field in parameters.taking(catalog.load(entry.path).parameters, source)
]


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """Source -> kind of damage -> the path of a network."""
    folder = tmp_path_factory.mktemp("broken")
    made = {"models": {}, "painters": {}}
    for damage in ("weights", "output"):
        networks = {
            "models": models.build(card_for("lenet5", datasets.load("digits"), 0)),
            "painters": feed_forward.untrained("Paints", 0),
        }
        for source, network in networks.items():
            with torch.no_grad():
                for parameter in network.parameters():
                    parameter.fill_(float("nan") if damage == "weights" else 3e38)
            path = weights.save(network, folder / f"{source}-{damage}")
            made[source][damage] = str(path)
    return made


@pytest.mark.parametrize("damage", ["weights", "output"])
@pytest.mark.parametrize(("path", "name", "source"), TAKING)
def test_it_gives_one_line(path, name, source, damage, lab_of_few, broken):
    exhibit, file = catalog.load(path), broken[source][damage]
    fields = {field.name: field for field in parameters.describe(exhibit.parameters)}
    several = isinstance(fields[name].default, tuple)
    values = {**exhibit.quick, name: (file,) if several else file}
    if "data" in fields:
        values["data"] = "digits"
    with pytest.raises(UserError, match="NaN or infinite") as told:
        for _ in exhibit.run(lab_of_few, **values):
            pass
    assert "\n" not in str(told.value)


# Whatever trains a network of its own -> beside the quick setting, what it needs to train more than
# one step.
TRAINING = {
    "architectures/residual": {"epochs": 4},
    "architectures/loss_landscape": {"epochs": 4},
    "building_blocks/batch_norm": {"epochs": 4},
    "building_blocks/normalisations": {"epochs": 4},
    "better_training/overfitting": {"epochs": 3},
    "better_training/memorise": {},
    "better_training/regularisation": {"epochs": 4},
    "better_training/dropout": {"epochs": 2},
    "better_training/trainer": {"epochs": 4},
    "better_training/augmentation": {"network": "cnn", "epochs": 2},
    "better_training/transfer": {"images": 10, "epochs": 3},
    "better_training/hyperparameters": {"epochs": 4},
    "better_training/notebook": {"epochs": 4},
    "adversarial/robustness": {"models": (), "data": "digits"},
    "adversarial/defences": {},
    "adversarial/black_box": {},
}


@pytest.mark.parametrize("path", TRAINING)
def test_whatever_trains_a_network_of_its_own_says_that_it_diverged(path, lab_of_few, monkeypatch):
    for schedule in ("one_cycle", "constant"):
        monkeypatch.setattr(f"lab.training.trainer.{schedule}", lambda *done: 1e22)
    exhibit, told = catalog.load(path), []
    try:
        for frame in exhibit.run(lab_of_few, **(dict(exhibit.quick) | TRAINING[path])):
            told += [frame.status] if frame.status else []
    except UserError as error:
        told.append(str(error))
    assert "diverged" in told[-1], (
        "it trains a network: call lab.networks.finite.check_weights before it is evaluated"
    )
    assert "\n" not in told[-1]
