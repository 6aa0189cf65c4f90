"""The window's thread never runs PyTorch: it would do so beside what runs in the torch thread."""

import threading
from dataclasses import replace

import pytest
from torch.utils._python_dispatch import TorchDispatchMode

from gui.documents.session import Session
from lab import catalog, parameters
from lab.exhibit import Frame
from lab.networks import weights
from lab.networks.shelf import Shelf
from lab.parameters import Choice, Number, Several, Switch, Text, describe
from lab.runs import Run
from tests.gui.conftest import TIMEOUT

PATHS = [entry.path for entry in catalog.entries()]
MODELS = ("alexnet-stem", "resnet18", "digits-cnn:untrained", "efficientnet_lite0")
MAPS = "interpreting/feature_maps"


class Recorded(TorchDispatchMode):
    """Every operation of PyTorch that this thread asks for; a mode is a thread's own."""

    def __init__(self):
        super().__init__()
        self.operations = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.operations.append(str(func))
        return func(*args, **(kwargs or {}))


@pytest.fixture
def recorded():
    with Recorded() as recorded:
        yield recorded
    assert recorded.operations == []


@pytest.fixture
def idle(monkeypatch):
    """Exhibits that do nothing but rest."""
    load = catalog.load

    def resting(knobs, workspace):
        while True:
            yield Frame(rest=True)

    monkeypatch.setattr(catalog, "load", lambda path: replace(load(path), generate=resting))


@pytest.fixture
def shown(idle, recorded, open_window, qtbot):
    """A function that opens the window on an exhibit; then one that sets a value and waits."""

    def make(path, values=None):
        window = open_window(Session("", path, {path: Run(path, values or {})}))

        def set_value(name, value):
            window.current.set_value(name, value)
            qtbot.waitUntil(lambda: getattr(window.current.values, name) == value, timeout=TIMEOUT)

        return window, set_value

    return make


def others(field, options):
    """A few values of a parameter, the last one its default."""
    spec = field.spec
    if isinstance(spec, Number):
        return [spec.low, spec.high, field.default]
    if isinstance(spec, Switch):
        return [not field.default, field.default]
    if isinstance(spec, Text):
        return [*spec.examples[:2], field.default]
    if spec.options == "models":
        names = MODELS
    else:
        offered = spec.available(options) or {}
        names = [name for name in offered if name != field.default][:3]
    if isinstance(spec, Several):
        return [(name,) for name in names if spec.least <= 1] + [field.default]
    return [*names, field.default]


@pytest.mark.parametrize("path", PATHS)
def test_whatever_is_set_in_an_exhibit(path, shown, qtbot):
    window, set_value = shown(path)
    panel = window.current
    fields = describe(panel.exhibit.parameters)
    for field in sorted(fields, key=lambda f: isinstance(f.spec, Choice) and bool(f.spec.of)):
        options = window.choices
        if isinstance(field.spec, Choice) and field.spec.of:
            options = parameters.asked_of(options, getattr(panel.values, field.spec.of))
        for value in others(field, options):
            set_value(field.name, value)
    panel.set_seed(3)
    assert not panel.banner.isVisible(), panel.banner.reason.text()


@pytest.fixture
def saved(tmp_path):
    """The path of a network in a file, saved before anything is recorded."""
    return str(weights.save(Shelf().get("digits-robust"), tmp_path / "mine"))


def test_what_an_earlier_time_left_with_layers_of_another_network(saved, shown):
    window, _ = shown(MAPS, {"model": saved, "layer": "conv2"})
    assert (window.current.values.model, window.current.values.layer) == (saved, "conv2")


def test_a_network_that_comes_to_the_shelf(shown, qtbot):
    window, set_value = shown(MAPS)
    shelf, kept = window.host.workspace().shelf, []
    window.worker.call(lambda: shelf.put(shelf.get("digits-cnn"), "Mine"), kept.append)
    qtbot.waitUntil(lambda: bool(kept), timeout=TIMEOUT)
    set_value("model", kept[0])
    set_value("layer", "conv2")


@pytest.fixture
def held(shown, qtbot):
    """The window on feature maps, with a torch thread that does nothing before it is let go."""
    window, _ = shown(MAPS)
    gate = threading.Event()
    window.worker.call(gate.wait)
    yield window, gate
    gate.set()


def layer_box(window):
    return window.current.side.controls["layer"]


def test_a_value_that_needs_a_network_waits_until_it_is_looked_into(held, qtbot):
    window, gate = held
    panel = window.current
    panel.set_value("model", "resnet18")
    panel.set_value("channel", 3)
    assert panel.values.model == "efficientnet_lite0"
    gate.set()
    qtbot.waitUntil(lambda: panel.values.model == "resnet18", timeout=TIMEOUT)
    assert panel.values.channel == 3
    offered = layer_box(window).items()
    assert "layer1.0.conv1" in offered
    assert layer_box(window).isEnabled()


def test_of_two_models_the_later_one_stays(held, qtbot):
    window, gate = held
    panel = window.current
    panel.set_value("model", "resnet18")
    panel.set_value("model", "alexnet-stem")
    gate.set()
    qtbot.waitUntil(lambda: panel.values.model == "alexnet-stem", timeout=TIMEOUT)
    told = []
    window.worker.call(lambda: None, told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=TIMEOUT)
    assert panel.values.model == "alexnet-stem"


def test_a_layer_that_the_new_network_lacks_is_told_when_that_is_known(held, qtbot):
    window, gate = held
    panel = window.current
    panel.set_values({"model": "resnet18", "layer": "conv9"})
    gate.set()
    qtbot.waitUntil(panel.banner.isVisible, timeout=TIMEOUT)
    assert "layer=conv9" in panel.banner.reason.text()
    assert panel.values.model == "efficientnet_lite0"
    panel.set_value("channel", 2)
    assert panel.values.channel == 2, "what was refused must not come back with what follows"


def test_a_control_waits_while_its_network_is_looked_into(held, qtbot):
    window, gate = held
    box = layer_box(window)
    box.set_dependency("resnet18")
    box.refresh()
    assert not box.isEnabled()
    gate.set()
    qtbot.waitUntil(box.isEnabled, timeout=TIMEOUT)
    assert "layer1.0.conv1" in box.items()
