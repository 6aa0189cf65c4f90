"""The declaration of an exhibit: outputs, metrics, picture slots, actions; and how it is run."""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lab import parameters
from lab.errors import UserError
from lab.exhibit.frames import Frame, Value
from lab.exhibit.knobs import Knobs
from lab.media.pictures import EMBEDDED, Picture, embedded
from lab.parameters import RUNNING
from lab.payloads import Payload

if TYPE_CHECKING:
    from lab.workspace import Workspace

# Of the grid on which the outputs stand.
COLUMNS = 12
# What Exhibit.run() takes besides the parameters.
_RESERVED = frozenset({"workspace", "knobs", "pictures", "seed"})


@dataclass(frozen=True)
class Output:
    """One card of the panel: what it is called and where it stands.

    kind: a class of lab/payloads. title: a sentence for the card. area: (row, column, rows,
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
    """Something that can be asked of a running exhibit, as a button in its panel.

    at_once: it is taken in the next turn, wherever the run is; a run that is paused or stopped
    stays so. Any other action lets it go on.
    """

    name: str
    label: str
    help: str = ""
    at_once: bool = False


@dataclass(frozen=True)
class Handover:
    """A result for another exhibit, as a button in the panel: it is shown, set to that result.

    path: the other exhibit, chapter/name. values(parameters, metrics): what its parameters are set
    to, by name, from the parameters and the metrics of the run on the screen; empty where that has
    no result. Called in the window's thread: no PyTorch.
    """

    path: str
    label: str
    values: Callable[[Any, Mapping[str, Value]], Mapping[str, Any]]
    help: str = ""


@dataclass(frozen=True)
class Exhibit:
    """An exhibit, declared.

    generate(knobs, workspace) yields frames. caption: what to look at, in two or three sentences.
    source: the paper, with its year. pictures: how many pictures of the light table it takes.
    slots: a place for each of them, where they play different parts. handovers: to which other
    exhibits it offers a result. follows: it is quick, so it
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
    handovers: tuple[Handover, ...] = ()
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
