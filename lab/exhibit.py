"""The contract: what an exhibit is.

An exhibit is a module with a frozen dataclass of parameters, a generator that tells its story, and
one `EXHIBIT` that declares what the two need and show. Its title and its summary stand in
lab/catalog.py, so that the window can list it before PyTorch is imported.

`yield` is the one point where a run can be paused, stepped, stopped and listened to, so a
generator yields a few tens of milliseconds apart; clean-up sits in `finally`. It never sleeps: it
shares its thread with all others, so it yields `Frame(after=seconds)` and is continued then.

A generator whose story is told, and which still answers to its live parameters (the occluder that
follows the pointer), yields `Frame(rest=True)` and is not asked again before one of them turns.
A live parameter never turns in vain: it changes what is shown, or the run begins again.
"""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from lab import parameters
from lab.errors import UserError
from lab.media.pictures import EMBEDDED, Picture, embedded
from lab.parameters import RUNNING
from lab.payloads import Curve, Payload
from lab.system import clock

if TYPE_CHECKING:
    from lab.workspace import Workspace

P = TypeVar("P")
T = TypeVar("T")
Value = float | int | str | list[float]
# Of the grid on which the outputs stand.
COLUMNS = 12
# What Exhibit.run() takes besides the parameters.
_RESERVED = frozenset({"workspace", "knobs", "pictures", "seed"})


@dataclass(frozen=True)
class Output:
    """One card of the panel: what it is called and where it stands.

    kind: a class of lab/payloads.py. title: a sentence for the card. area: (row, column, rows,
    columns) on a grid of 12 columns. x, y: names of the axes with their units, where there are
    axes. picks: the parameter that a click on an item of this output sets to the item's index, or,
    where it is a choice, to the name that is offered at that place. points: the two parameters that
    the pointer sets to its x and y, in pixels of the image.
    log_x, log_y: logarithmic axes, until the reader asks for others. y_range: fixed ends of the y
    axis, where they mean something.
    """

    name: str
    kind: type[Payload]
    title: str
    area: tuple[int, int, int, int]
    x: str = ""
    y: str = ""
    picks: str = ""
    points: tuple[str, str] | None = None
    log_x: bool = False
    log_y: bool = False
    y_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Metric:
    """A number that a run ends with. form: how the screen writes it, as in format().

    A name with a star ("accuracy_*") stands for as many numbers as the run turns out to have, one
    for each model that was chosen for instance; those are not shown. timed: it was measured with a
    clock, so no two runs give the same.
    """

    name: str
    label: str
    form: str = ".3f"
    unit: str = ""
    shown: bool = True
    timed: bool = False

    def means(self, name: str) -> bool:
        """Whether this declares the number called `name`."""
        return fnmatch.fnmatchcase(name, self.name)


@dataclass(frozen=True)
class PictureSlot:
    """A place of its own for a picture, in the column of controls.

    default: the embedded picture that lies in it until another is dropped on it; "" for the chosen
    picture of the light table, which only the first slot can hold. offers: names of embedded
    pictures that its menu has beside those of the light table.
    """

    label: str
    default: str = ""
    offers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Action:
    """Something that can be asked of a running exhibit, as a button in its panel."""

    name: str
    label: str
    help: str = ""


@dataclass(frozen=True)
class Frame:
    """What changed since the last one. Every field may be empty: a bare `Frame()` is a breath.

    outputs: declared output -> payload. metrics: declared metric -> value; a list is copied, so the
    run may go on filling its own. status: a short line under the title ("epoch 3 of 6"). progress:
    the share of the whole run that is done, in [0, 1]; how much is left is judged by it, so it
    never falls before the run rests (`part` joins the parts of a run). speed: what the status bar
    says of the pace ("2,310 pictures/s"). rest: nothing more will come before a live parameter
    turns or an action is asked for. after: seconds before which the run need not be continued (the
    next frame of a film); others go on meanwhile, and where nobody looks on nobody waits. fixed:
    from here on the run no longer asks for the parameters that are live RUNNING (lab/parameters);
    where it does not say so, it asks until it rests.
    """

    outputs: Mapping[str, Payload] = field(default_factory=dict)
    metrics: Mapping[str, Value] = field(default_factory=dict)
    status: str | None = None
    progress: float | None = None
    speed: str | None = None
    rest: bool = False
    after: float = 0.0
    fixed: bool = False

    def __post_init__(self) -> None:
        values = {k: list(v) if isinstance(v, list) else v for k, v in self.metrics.items()}
        object.__setattr__(self, "metrics", values)

    def then(self, later: Frame) -> Frame:
        """Both frames as one: the later wins, and curves append unless the later one replaces."""
        outputs = dict(self.outputs)
        for name, payload in later.outputs.items():
            old = outputs.get(name)
            if isinstance(old, Curve) and isinstance(payload, Curve):
                payload = old.extended(payload)
            outputs[name] = payload
        return Frame(
            outputs,
            {**self.metrics, **later.metrics},
            self.status if later.status is None else later.status,
            self.progress if later.progress is None else later.progress,
            self.speed if later.speed is None else later.speed,
            later.rest,
            later.after,
            self.fixed or later.fixed,
        )


class Knobs(Generic[P]):
    """The one way in which intent reaches a running exhibit.

    `now` is replaced whole, so a generator that reads it once per turn sees a consistent set; it
    needs no lock. Actions that were asked for wait until the generator takes them.

    attended: whether somebody is there to turn them. Where nobody is, on the command line and in a
    notebook, a run ends where it would rest. by_itself: the run began because its exhibit follows,
    not because Run was pressed: what takes its time then waits, and the run rests before it.
    """

    def __init__(self, now: P, attended: bool = False, by_itself: bool = False) -> None:
        self.now = now
        self.attended = attended
        self.by_itself = by_itself
        self._asked: set[str] = set()

    def every(self, seconds: float) -> clock.Pace:
        """Asked `due()` turn after turn, it says once in so many seconds that it is time again.

        That is how an exhibit shows its state at the pace of an eye, and not at every step.
        """
        return clock.Pace(seconds)

    def clock(self) -> float:
        """Seconds, for how long something takes; only the difference of two means anything."""
        return clock.now()

    def ask(self, action: str) -> None:
        """Ask for one of the exhibit's actions."""
        self._asked.add(action)

    def take(self, action: str) -> bool:
        """Whether `action` was asked for since the last time; the asking is then answered."""
        if action in self._asked:
            self._asked.discard(action)
            return True
        return False


@dataclass(frozen=True)
class Exhibit:
    """An exhibit, declared.

    generate(knobs, workspace) yields frames. caption: what to look at, in two or three sentences.
    source: the paper, with its year. pictures: how many pictures of the light table it takes.
    slots: a place for each of them, where they play different parts. follows: it is quick, so it
    runs by itself when it is shown and again whenever a parameter or the chosen picture changes;
    what is not quick in it waits until Run is pressed (Knobs.by_itself). seeded: the seed matters.
    lively: what it shows is worth a share of its speed, so it is drawn as often as the screen
    allows. quick: the parameters, by name, with which it still shows all that it declares in a
    second or two, for tests. picture: the name of the embedded picture that says most, on which it
    is seen first where nobody has chosen another. main: the output that matters most. path, title,
    summary: from the catalog.
    """

    parameters: type
    generate: Callable[[Knobs[Any], Workspace], Iterator[Frame]]
    outputs: tuple[Output, ...]
    caption: str
    source: str
    metrics: tuple[Metric, ...] = ()
    actions: tuple[Action, ...] = ()
    pictures: int = 0
    slots: tuple[PictureSlot, ...] = ()
    follows: bool = False
    seeded: bool = False
    lively: bool = False
    quick: Mapping[str, Any] = field(default_factory=dict)
    picture: str = ""
    main: str = ""
    path: str = ""
    title: str = ""
    summary: str = ""

    def __post_init__(self) -> None:
        """ValueError for a declaration that cannot be true."""
        if self.slots and len(self.slots) != self.pictures:
            raise ValueError(f"{len(self.slots)} slots for {self.pictures} pictures")
        if not all(slot.default for slot in self.slots[1:]):
            raise ValueError("every slot but the first needs a picture to begin with")
        names = [field.name for field in parameters.describe(self.parameters)]
        if taken := _RESERVED.intersection(names):
            raise ValueError(f"a parameter cannot be called {min(taken)}: run() takes that itself")
        try:
            parameters.update(self.parameters(), self.quick)
        except UserError as error:
            raise ValueError(f"quick: {error}") from None
        if self.picture and not self.pictures:
            raise ValueError(f"picture {self.picture}: it takes no picture")
        offered = [name for slot in self.slots for name in (slot.default, *slot.offers)]
        _check_known("embedded picture", (self.picture, *offered), EMBEDDED)
        for output in self.outputs:
            _check_known("parameter", (output.picks, *(output.points or ())), names)
        _check_known("output", (self.main,), [output.name for output in self.outputs])
        _check_places(self.outputs)

    @property
    def live(self) -> frozenset[str]:
        """The parameters that may change while a run goes on."""
        return self.live_in(fixed=False)

    def live_in(self, fixed: bool) -> frozenset[str]:
        """The parameters that a run answers to; a change of any other begins it again.

        fixed: whether it rests, or has said that it is `fixed`.
        """
        described = parameters.describe(self.parameters)
        states = (True,) if fixed else (True, RUNNING)
        return frozenset(field.name for field in described if field.spec.live in states)

    def repeatable(self, metrics: Mapping[str, Value]) -> dict[str, Value]:
        """Those of `metrics` that the same run gives again: all but measured times."""
        timed = [metric for metric in self.metrics if metric.timed]
        return {k: v for k, v in metrics.items() if not any(m.means(k) for m in timed)}

    def filled(self, pictures: tuple[Picture, ...]) -> tuple[Picture, ...]:
        """`pictures`, or its own where there are none; each slot without one holds its default."""
        if self.picture and not pictures:
            pictures = (embedded(self.picture),)
        if not self.slots:
            return pictures
        given = pictures[: len(self.slots)]
        rest = (embedded(slot.default) for slot in self.slots[len(given) :] if slot.default)
        return (*given, *rest)

    def run(
        self,
        workspace: Workspace | None = None,
        knobs: Knobs[Any] | None = None,
        *,
        pictures: Iterable[Picture] = (),
        seed: int | None = None,
        **values: Any,
    ) -> Generator[Frame, None, None]:
        """Run it, in this thread, frame by frame.

        Without a `workspace` it gets the embedded models and data on the best device here. What
        is missing of the pictures is filled in (`filled`). `values` set parameters by name. Raises
        UserError for bad ones.

        The run has random numbers of its own: two runs that take turns in one thread give the
        same figures as each gives alone.
        """
        from lab.workspace import Workspace  # imports torch

        workspace = workspace or Workspace.open()
        if chosen := tuple(pictures):
            workspace = replace(workspace, pictures=chosen)
        workspace = replace(workspace, pictures=self.filled(workspace.pictures))
        if seed is not None:
            workspace = replace(workspace, seed=seed)
        if knobs is None:
            knobs = Knobs(parameters.update(self.parameters(), values, workspace.options))
        return _with_own_random_numbers(self, knobs, workspace)


def _check_known(kind: str, given: Iterable[str], known: Iterable[str]) -> None:
    """ValueError for the first of `given` that is not known; "" stands for none."""
    for name in given:
        if name and name not in known:
            raise ValueError(f"no {kind} {name}: {parameters.advice(name, known)}")


def _check_places(outputs: Iterable[Output]) -> None:
    """ValueError for two outputs of one name, and for one beyond the grid or over another."""
    taken: dict[tuple[int, int], str] = {}
    for output in outputs:
        name, (row, column, rows, columns) = output.name, output.area
        if name in taken.values():
            raise ValueError(f"two outputs are called {name}")
        if min(row, column) < 0 or min(rows, columns) < 1 or column + columns > COLUMNS:
            raise ValueError(
                f"output {name}: area {output.area} is (row, column, rows, columns) on a grid of "
                f"{COLUMNS} columns"
            )
        for cell in itertools.product(range(row, row + rows), range(column, column + columns)):
            if cell in taken:
                raise ValueError(f"output {name} lies over {taken[cell]}: give it another area")
            taken[cell] = name


def part(frames: Generator[Frame, None, T], begin: float, end: float) -> Generator[Frame, None, T]:
    """The frames of one part of a run, whose progress is from `begin` to `end` of the whole."""
    while True:
        try:
            frame = next(frames)
        except StopIteration as stop:
            result: T = stop.value
            return result
        if frame.progress is not None:
            frame = replace(frame, progress=min(end, begin + (end - begin) * frame.progress))
        yield frame


def breathing(passes: Generator[object, None, T]) -> Generator[Frame, None, T]:
    """A breath after every pass of what takes its time, and what the passes lead to.

    Of passes that are frames it shows the progress alone.
    """
    while True:
        try:
            made = next(passes)
        except StopIteration as end:
            result: T = end.value
            return result
        yield Frame(progress=made.progress) if isinstance(made, Frame) else Frame()


def _with_own_random_numbers(
    exhibit: Exhibit, knobs: Knobs[Any], workspace: Workspace
) -> Generator[Frame, None, None]:
    from lab.system.devices import RandomState

    frames = exhibit.generate(knobs, workspace)
    random = RandomState(workspace.device, workspace.seed)
    try:
        while True:
            with random:
                frame = next(frames, None)
            if frame is None:
                return
            yield frame
            if frame.rest and not knobs.attended:
                return
    finally:
        close = getattr(frames, "close", None)
        if close:
            close()
