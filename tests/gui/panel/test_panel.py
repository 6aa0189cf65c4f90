"""A panel in the window: what it runs, refuses, offers and says."""

import shlex
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.documents.session import Session
from lab.exhibit import Frame
from lab.networks.shelf import Shelf
from lab.runs import Run
from tests.gui.conftest import TIMEOUT
from tests.gui.inputs import copied


def test_a_restart_forgets_what_the_run_before_had_yet_to_draw(open_window, qtbot):
    window = open_window()
    panel = window.current
    qtbot.waitUntil(lambda: "top1_label" in panel.snapshot.metrics, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: panel.run is None, timeout=TIMEOUT)
    panel.start()
    panel.board.mark(panel.snapshot.outputs)
    panel.exhibit = replace(panel.exhibit, generate=lambda knobs, workspace: iter([Frame()]))
    panel.start()
    # A card drawn from a snapshot that is gone would raise in the timer, which fails the test.
    qtbot.waitUntil(lambda: panel.run is None, timeout=TIMEOUT)
    assert not panel.board.stale


@pytest.mark.parametrize(
    ("exhibit", "values", "message"),
    [
        ("occlusion", {"patch": 41}, "a patch of 41 px does not fit an image of 40 × 40 px"),
        ("occlusion", {"stride": 0}, "stride=0: choose from 1 to 256 px"),
        ("occlusion", {"target": "unicorn"}, "target=unicorn: "),
        ("saliency", {"layer": "conv9"}, "layer=conv9: did you mean conv"),
        ("feature_maps", {"layer": "conv9"}, "layer=conv9: did you mean conv"),
    ],
)
def test_what_cannot_be_looked_into_is_told_above_the_cards(
    exhibit, values, message, open_window, qtbot
):
    path = f"interpreting/{exhibit}"
    window = open_window(
        Session("", path, {path: Run(path, {"model": "alexnet-stem", "patch": 8})})
    )
    panel = window.current
    panel.set_values(values)
    qtbot.waitUntil(panel.banner.isVisible, timeout=TIMEOUT)
    assert message in panel.banner.reason.text()
    assert "\n" not in panel.banner.reason.text()


def test_what_is_missing_offers_its_download(open_window, qtbot, monkeypatch):
    monkeypatch.setenv("GLASSBOX_MIRROR", "http://127.0.0.1:9")
    window = open_window()
    panel = window.current
    panel.set_value("model", "resnet18")
    qtbot.waitUntil(panel.banner.download.isVisible, timeout=TIMEOUT)
    assert "resnet18" in panel.banner.reason.text()
    QTest.mouseClick(panel.banner.download, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "could not download" in panel.banner.reason.text(), timeout=TIMEOUT)
    assert not window.tray.downloads.isVisible()


def test_a_wrong_value_is_told_and_the_old_one_stays(open_window):
    window = open_window(Session("", "better_training/trainer"))
    panel = window.current
    text = panel.side.controls["epochs"].text
    text.setText("0")
    text.editingFinished.emit()
    assert "from 1 to 200" in panel.banner.reason.text()
    assert panel.values.epochs == 6
    assert text.text() == "6"


def test_the_command_that_is_copied_is_this_run(open_window, qtbot):
    window = open_window(Session("", "better_training/trainer", {}, ["coffee"]))
    panel = window.current
    panel.set_value("epochs", 3)
    panel.seed = 7
    command = "python main.py run better_training/trainer --set epochs=3 --seed 7 --out out"
    assert copied(panel, "Copy command", qtbot) == command


def test_the_lines_that_are_copied_run(open_window, qtbot):
    path = "better_training/augmentation"
    window = open_window(Session("", path, {path: Run(path, {"images": 60})}))
    lines = copied(window.current, "Copy Python", qtbot)
    place = {}
    exec(lines.partition("for frame")[0], place)
    assert place["run"] == Run(path, {"images": 60}, pictures=("chelsea", "astronaut"))


def test_what_does_not_count_is_remembered_and_not_copied(open_window, qtbot):
    path = "adversarial/attack"
    run = Run(path, {"method": "fgsm", "iterations": 7})
    window = open_window(Session("", path, {path: run}))
    assert window.session().runs[path] == run
    assert "iterations" not in copied(window.current, "Copy Python", qtbot)


def test_a_network_trained_here_is_copied_as_a_file(open_window, qtbot):
    window = open_window(Session("", "interpreting/filters"))
    shelf = window.workspace().shelf
    name = shelf.put(shelf.get("digits-cnn"), "Mine")
    window.current.set_value("model", name)
    qtbot.waitUntil(lambda: window.current.values.model == name, timeout=TIMEOUT)
    words = shlex.split(copied(window.current, "Copy command", qtbot))
    (setting,) = (word for word in words if word.startswith("model="))
    assert Shelf().get(setting.removeprefix("model=")).card.title == "Mine"


def test_what_is_exported_is_the_run_that_is_shown(open_window, qtbot, tmp_path):
    """Not what has been set since."""
    path = "interpreting/filters"
    window = open_window(Session("", path, {path: Run(path, {"model": "digits-cnn"}, 3)}))
    panel = window.current
    panel.exhibit = replace(panel.exhibit, follows=False)
    qtbot.waitUntil(lambda: "smoothness" in panel.snapshot.metrics, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: not panel.active, timeout=TIMEOUT)
    panel.stop()
    panel.set_value("model", "alexnet-stem")
    panel.set_seed(4)
    window.light_table.choose(3)
    report = panel.report()
    assert report.values.model == "digits-cnn"
    assert report.workspace.seed == 3
    assert report.workspace.picture.reference == "chelsea"


def test_what_runs_by_itself_leaves_what_takes_its_time_to_the_run_button(open_window, qtbot):
    began = []

    def generate(knobs, workspace):
        began.append(knobs.by_itself)
        yield Frame(rest=True)

    window = open_window()
    panel = window.current
    panel.exhibit = replace(panel.exhibit, generate=generate)

    def then(action, *expected):
        action()
        qtbot.waitUntil(lambda: tuple(began) == expected, timeout=TIMEOUT)
        began.clear()

    then(panel.follow, True)
    then(lambda: panel.set_seed(1), True)
    then(panel.start, False)
    # What it was pressed for, it goes on to do: a parameter that is not live begins it again.
    then(lambda: panel.set_seed(2), False)
    then(lambda: panel.set_values({"model": "alexnet-stem"}), False)
    then(panel.follow, True)
