"""A model or a data set that comes in or is double-clicked is used wherever its kind is taken."""

from dataclasses import replace

import pytest

from gui.documents.session import Session
from lab import catalog, parameters
from lab.networks import models
from lab.networks.card import Card
from tests.gui.conftest import TIMEOUT
from tests.gui.inputs import drop, photograph

PATHS = [entry.path for entry in catalog.entries()]
WAVES = Card("waves", "Paints waves", "feed_forward", kind="painter", arguments={"width": 4})
LEARNED = Card("m", "My net", "mlp", ("a", "b"), 1, 28, (0.5,), (0.5,), trained=True)
TAKEN = {
    "models": "My net",
    "painters": "Paints waves",
    "datasets": "fruit",
}


@pytest.fixture
def window(open_window, monkeypatch):
    """A function that opens the window on an exhibit; none of them does anything."""
    load = catalog.load

    def idle(path):
        return replace(load(path), generate=lambda knobs, workspace: iter(()), follows=False)

    monkeypatch.setattr(catalog, "load", idle)
    return lambda path: open_window(Session("", path))


def holds(panel, name):
    """The parameters that name it."""
    chosen = (
        (f.name, getattr(panel.values, f.name)) for f in parameters.describe(type(panel.values))
    )
    return [
        key for key, value in chosen if value == name or (type(value) is tuple and name in value)
    ]


@pytest.mark.parametrize("path", PATHS)
def test_what_is_double_clicked_or_dropped_is_used_or_one_line_says_that_it_is_not(
    path, window, qtbot, tmp_path
):
    window, fruit = window(path), tmp_path / "fruit"
    for name in ("apple", "lime"):
        (fruit / name).mkdir(parents=True)
        for i in range(5):
            photograph(fruit / name / f"{i}.png")
    panel, shelf, told = window.current, window.workspace().shelf, []
    window.host.say = told.append
    network = shelf.put(models.build(LEARNED), "My net")
    painter = shelf.put(models.build_style_network(WAVES), "Paints waves")
    for source, name, bring in (
        ("models", network, lambda: window.host.use(network)),
        ("painters", painter, lambda: window.host.use(painter)),
        ("datasets", str(fruit), lambda: drop(window, fruit)),
    ):
        before, told[:] = panel.values, []
        bring()
        qtbot.waitUntil(lambda: bool(told), timeout=TIMEOUT)
        (line,) = told
        assert "\n" not in line
        taken = [field.name for field in parameters.taking(type(panel.values), source)]
        if taken:
            # One whose layers are to be chosen from is used once these are known.
            qtbot.waitUntil(lambda n=name: bool(holds(panel, n)), timeout=TIMEOUT)
            assert holds(panel, name) == taken[:1]
            assert TAKEN[source] in line
        else:
            assert panel.values == before
            assert f"{panel.entry.title} takes no " in line
        assert not panel.banner.isVisible()


def test_the_second_of_two_is_used_by_using_it_again(window):
    window = window("adversarial/without_adversaries")
    for _ in range(3):
        window.host.use("digits-robust")
    assert (window.current.values.ordinary, window.current.values.robust) == ("digits-robust",) * 2


def test_one_more_than_can_be_chosen_is_told(window):
    window = window("adversarial/robustness")
    shelf = window.workspace().shelf
    for _ in range(7):
        window.host.use(shelf.put(models.build(LEARNED), "My net"))
    assert len(window.current.values.models) == 6
    assert "choose 6 at most" in window.current.banner.reason.text()
