"""A live parameter never turns in vain: of every exhibit, each is turned and its effect seen."""

import itertools
from contextlib import closing
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Annotated, Any

import numpy as np
import pytest

from lab import catalog, parameters
from lab.exhibit import Exhibit, Frame, Knobs, Output
from lab.parameters import RUNNING, Choice, Number, Several, Switch, Text, Unless, When
from lab.payloads import Curve, Note

PATHS = [entry.path for entry in catalog.entries()]
# Beside the quick setting: where another parameter has to be in reach of the one that is turned.
GROUND = {
    "architectures/receptive_field": {"across": 9, "down": 9},
    "architectures/residual": {"epochs": 4},
    "interpreting/occlusion": {"across": 9, "down": 9},
    "adversarial/attack": {"epsilon": 0.05, "step": 0.01, "iterations": 12},
    "adversarial/defences": {"attacked": 10},
    "adversarial/without_adversaries": {"steps": 40},
    "better_training/trainer": {"batch_size": 20},
    "better_training/dropout": {"epochs": 4},
}
# Choices of an architecture: whatever trains it, trains each.
NETWORKS = ("network", "substitute", "compared")


@pytest.fixture
def workspace(lab_of_few, held_clock):
    """With a clock that counts how often it is asked: every look is due, in every run alike."""
    held_clock.tick = 1.0
    return lab_of_few


def same(one: Any, other: Any) -> bool:
    """Whether two payloads, metrics or mappings of them are equal to the last bit."""
    if isinstance(one, Curve) and isinstance(other, Curve):
        # A point that is drawn once more is nothing new.
        return same(one.marker, other.marker) and same(*map(points, (one, other)))
    if is_dataclass(one):
        return type(one) is type(other) and all(
            same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)
        )
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and np.array_equal(
            one, other, equal_nan=one.dtype.kind == "f"
        )
    return one == other or (one != one and other != other)


def points(curve: Curve) -> dict[str, np.ndarray]:
    return {name: np.unique(np.stack(xy), axis=1) for name, xy in curve.series.items()}


def shown(frame: Frame) -> tuple[dict, dict]:
    """What a frame shows, but for how long it took."""
    metrics = {k: v for k, v in frame.metrics.items() if "second" not in k}
    return dict(frame.outputs), metrics


def told(exhibit, workspace, values, turned=None, at=-1):
    """The frames until the run rests or ends; from frame `at` on with the values `turned`."""
    knobs = Knobs(values, attended=True)
    with closing(exhibit.run(workspace, knobs)) as frames:
        for number, frame in enumerate(frames):
            if number == at:
                knobs.now = turned
            yield frame
            if frame.rest:
                return


def differ(one, other) -> bool:
    """Whether two lists of frames show anything that is not the same; breaths do not count."""
    pairs = itertools.zip_longest(*(filter(any, map(shown, frames)) for frames in (one, other)))
    return any(not same(before, after) for before, after in pairs)


def others(exhibit, values, name, options):
    """`values` with the parameter `name` turned, as far as it goes."""
    spec = described(exhibit)[name].spec
    if isinstance(spec, Number):
        ends = [20] if spec.pointed else [spec.low, spec.high]
    elif isinstance(spec, Switch):
        ends = [False, True]
    elif isinstance(spec, Text):
        ends = spec.examples
    else:
        asked = parameters.asked_of(options, getattr(values, spec.of)) if spec.of else options
        known = list(spec.available(asked))
        ends = [(), known[:1], known[-1:]] if isinstance(spec, Several) else known
    for end in ends:
        turned = parameters.update(values, {name: end}, options)
        if turned != values:
            yield turned


def described(exhibit):
    return {field.name: field for field in parameters.describe(exhibit.parameters)}


def with_counting(exhibit, values, name, options):
    """`values`, in which others are changed so that the parameter `name` counts."""
    known = described(exhibit)
    for condition in known[name].spec.conditions[:1]:
        values = with_counting(exhibit, values, condition.name, options)
        if condition.holds(now := getattr(values, condition.name)):
            continue
        if isinstance(condition, Unless):
            turned = others(exhibit, values, condition.name, options)
            values = next(v for v in turned if condition.holds(getattr(v, condition.name)))
        else:
            wanted = condition.values[0]
            wanted = (*now, wanted) if isinstance(now, tuple) else wanted
            values = parameters.update(values, {condition.name: wanted}, options)
    assert parameters.applies(values, name)
    return values


def dead(exhibit, workspace, values, names) -> set[tuple[str, str]]:
    """Those live parameters of `names`, and when they were turned, that changed nothing.

    They are turned in the middle of the time in which they are live, and where the run rests if
    they still are then.
    """
    options, plain = workspace.options, list(told(exhibit, workspace, values))
    over = next((n for n, frame in enumerate(plain) if frame.fixed), len(plain))
    found = set()
    for name in names:
        fixed = name not in exhibit.live_in(fixed=True)
        end = over if fixed else len(plain)
        at = max(0, min(end // 2, end - 2))
        runs = (
            itertools.islice(told(exhibit, workspace, values, turned, at), at + 1, None)
            for turned in others(exhibit, values, name, options)
        )
        if not any(differ(plain[at + 1 :], run) for run in runs):
            found.add((name, "while it runs"))
    if plain[-1].rest:
        found |= dead_at_rest(exhibit, workspace, values, names & exhibit.live_in(fixed=True))
    return found


def dead_at_rest(exhibit, workspace, values, names) -> set[tuple[str, str]]:
    """The same for those that are turned where one run rests, one after another and back."""
    found, knobs = set(), Knobs(values, attended=True)
    with closing(exhibit.run(workspace, knobs)) as frames:

        def until_rest(state):
            for frame in frames:
                state = state.then(frame)
                if frame.rest:
                    return state

        state = until_rest(Frame())
        for name in sorted(names):
            changed = False
            for turned in others(exhibit, values, name, workspace.options):
                knobs.now = turned
                before, state = state, until_rest(state)
                if changed := not same(shown(before), shown(state)):
                    break
            if not changed:
                found.add((name, "at rest"))
            knobs.now = values
            state = until_rest(state)
    return found


def ground(exhibit, options):
    """The quick setting, with each choice as it is by default and then as it may be otherwise."""
    quick = {**exhibit.quick, **GROUND.get(exhibit.path, {})}
    values = parameters.update(exhibit.parameters(), quick, options)
    yield values
    for name, field in described(exhibit).items():
        spec = field.spec
        if spec.live or isinstance(spec, Several) or name in NETWORKS:
            continue
        if isinstance(spec, Choice) and not isinstance(spec.options, str):
            yield from others(exhibit, values, name, options)


def with_all_counting(exhibit, options):
    """As few settings as it takes for every live parameter to count in one of them."""
    plain = next(ground(exhibit, options))
    left = sorted(name for name in exhibit.live if not parameters.applies(plain, name))
    while left:
        values = plain
        for name in left:
            trial = with_counting(exhibit, values, name, options)
            if all(parameters.applies(trial, n) for n in left if parameters.applies(values, n)):
                values = trial
        yield values, {name for name in left if parameters.applies(values, name)}
        left = [name for name in left if not parameters.applies(values, name)]


@pytest.mark.parametrize("path", PATHS)
def test_every_live_parameter_has_an_effect_whenever_it_is_turned(path, workspace):
    exhibit, options = catalog.load(path), workspace.options
    for values in ground(exhibit, options):
        counts = {name for name in exhibit.live if parameters.applies(values, name)}
        found = dead(exhibit, workspace, values, counts)
        assert not found, advice(found, values)
    for values, counts in with_all_counting(exhibit, options):
        found = dead(exhibit, workspace, values, counts)
        assert not found, advice(found, values)


def advice(found, values) -> str:
    """What to do about live parameters that changed nothing."""
    names = ", ".join(f"{name} ({when})" for name, when in sorted(found))
    return (
        f"{names}: turned, and nothing else is shown, with {values}. Read knobs.now in every turn "
        "and after every Frame(rest=True). Or declare what is true: live=RUNNING, or when. "
        "Or, where that is too short for it to show, give more in GROUND of test_live.py"
    )


@pytest.mark.parametrize("path", PATHS)
def test_one_that_does_not_count_changes_nothing(path, workspace):
    exhibit, options = catalog.load(path), workspace.options
    for values in ground(exhibit, options):
        idle = [name for name in described(exhibit) if not parameters.applies(values, name)]
        plain = list(told(exhibit, workspace, values)) if idle else []
        for name in idle:
            # A choice of what the lab has not got yet (networks trained here) has no other value.
            for turned in list(others(exhibit, values, name, options))[-1:]:
                assert not differ(plain, told(exhibit, workspace, turned)), (name, values)


@pytest.mark.parametrize("path", PATHS)
def test_a_run_that_nobody_turns_does_as_its_exhibit_says(path, workspace):
    """It repeats itself, or the tests above would see effects where there are none."""
    exhibit = catalog.load(path)
    values = next(ground(exhibit, workspace.options))
    first = list(told(exhibit, workspace, values))
    assert not differ(first, told(exhibit, workspace, values))
    another = replace(workspace, seed=workspace.seed + 1)
    matters = not exhibit.seeded and differ(first, told(exhibit, another, values))
    assert not matters, "another seed, and something else is shown: declare seeded=True"
    # Nobody would answer to it any more.
    late = ", ".join(sorted(exhibit.live_in(fixed=True)))
    assert first[-1].rest or not late, f"{late}: live=RUNNING, or end with Frame(rest=True)"


# ---- an exhibit with sliders that move nothing -----------------------------------------------


@dataclass(frozen=True)
class Sliders:
    way: Annotated[str, Choice("Way", {"slow": "Slow", "fast": "Fast"})] = "slow"
    good: Annotated[float, Number("Good", 0, 1, live=True)] = 0.5
    unread: Annotated[float, Number("Unread", 0, 1, live=True)] = 0.5
    early: Annotated[float, Number("Read once", 0, 1, live=RUNNING)] = 0.5
    running: Annotated[float, Number("While running", 0, 1, live=RUNNING)] = 0.5
    tired: Annotated[float, Number("Not at rest", 0, 1, live=True)] = 0.5
    hidden: Annotated[float, Number("Slow only", 0, 1, live=True, when=When("way", "slow"))] = 0.5
    shown: Annotated[float, Number("Slow, unsaid", 0, 1, live=True)] = 0.5


def moved(knobs, workspace):
    """Says what each of the sliders moves."""
    first = knobs.now

    def note(now, rest):
        parts = [now.good, first.early]
        parts += [] if rest else [now.running, now.tired]
        parts += [now.hidden, now.shown] if now.way == "slow" else []
        return Frame({"note": Note(str(parts))}, rest=rest)

    for _ in range(4):
        yield note(knobs.now, rest=False)
    while True:
        yield note(knobs.now, rest=True)


SLIDERS = Exhibit(Sliders, moved, (Output("note", Note, "A note", (0, 0, 1, 12)),), "", "")


def test_a_slider_that_moves_nothing_is_found(workspace):
    names = set(SLIDERS.live)
    never = {("unread", "while it runs"), ("early", "while it runs"), ("unread", "at rest")}
    assert dead(SLIDERS, workspace, Sliders(), names) == never | {("tired", "at rest")}
    fast = Sliders(way="fast")
    counts = {name for name in names if parameters.applies(fast, name)}
    assert counts == names - {"hidden"}
    unsaid = {("shown", "while it runs"), ("shown", "at rest")}
    assert dead(SLIDERS, workspace, fast, counts) == never | {("tired", "at rest")} | unsaid


def test_each_is_turned_in_a_setting_in_which_it_counts(workspace):
    values, counts = next(with_all_counting(replace(SLIDERS, parameters=Chain), workspace.options))
    assert counts == {"end"}
    assert values == Chain(way="fast", steps=("turn",))


@dataclass(frozen=True)
class Chain:
    way: Annotated[str, Choice("Way", {"slow": "Slow", "fast": "Fast"})] = "slow"
    steps: Annotated[
        tuple[str, ...], Several("Steps", {"turn": "Turn"}, when=Unless("way", "slow"))
    ] = ()
    end: Annotated[float, Number("End", 0, 1, live=True, when=When("steps", "turn"))] = 0.5
