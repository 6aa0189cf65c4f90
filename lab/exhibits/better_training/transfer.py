"""Transfer learning: a pretrained network on a small data set, frozen up to a depth."""

from __future__ import annotations

from collections.abc import Iterator

from lab.exhibit import Action, Exhibit, Frame, Knobs, Metric, Output, part
from lab.exhibit.comparing import comparison_metrics
from lab.exhibits.better_training._transfer_own_classes import ACTIONS, CLASSES, OwnClasses
from lab.exhibits.better_training._transfer_parameters import Parameters
from lab.exhibits.better_training._transfer_session import Session
from lab.exhibits.better_training._transfer_table import lecture_table
from lab.payloads import Bars, Curve, Graph, Pictures, Table
from lab.workspace import Workspace

OUTPUTS = (
    Output("network", Graph, "Network: frozen, fine-tuned, new head", (0, 0, 3, 12),
           picks="frozen"),
    Output("accuracy", Curve, "Test accuracy, mean over seeds", (3, 0, 6, 4),
           x="epoch", y="test accuracy", y_range=(0, 1)),
    Output("results", Table, "Final accuracy", (3, 4, 6, 5)),
    Output("examples", Pictures, "Training images", (3, 9, 6, 3)),
    Output("lecture", Table, "Lecture's table", (9, 0, 6, 6)),
    Output("seen", Pictures, "Image to classify", (9, 6, 6, 3)),
    Output("classes", Bars, "Class probabilities", (9, 9, 6, 3), x="probability"),
)  # fmt: skip

METRICS = (
    *comparison_metrics("test_accuracy", "Test accuracy"),
    Metric("best", "Pretrained", ".1%"),
    Metric("gain", "Gain over scratch", "+.1%"),
    Metric("trained_weights", "Trained weights", ",d", shown=False),
    Metric("frozen_units", "Frozen units", "d", shown=False),
    Metric("features_seconds", "Features computed in", ".1f", "s", timed=True),
    Metric("table", "Lecture's table, row by row", shown=False),
)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The comparison, the table on request; then own classes, and images classified live."""
    yield Frame(status=f"loading {knobs.now.model}")
    session = Session(knobs, workspace)
    yield session.first_look()
    recorded = [action.name for action in ACTIONS]
    abandoned = False
    end = 0.5 if knobs.now.table else 1.0
    for frame in part(session.race(), 0.0, end):
        yield frame
        if abandoned := any(map(knobs.asked, recorded)):
            break
    status = "the comparison was left for your own classes" if abandoned else session.outcome()
    yield Frame(status=status, progress=end)
    own = OwnClasses(session.backbone, workspace)
    measured_table = False
    if not abandoned:
        yield from session.live(session.networks)
        yield Frame(status=status)
    while True:
        asked = [k for k in range(1, CLASSES + 1) if knobs.take(f"record_{k}")]
        if asked:
            if (yield from own.record(asked[0])) and own.classifier is not None:
                session.networks = {"own classes": own.classifier}
                yield from session.live(session.networks)
                yield Frame(status="done: record a class again, or classify another image")
        elif knobs.take("classify"):
            yield from session.live(session.networks)
        elif knobs.now.table and not measured_table:
            begin = 0.5 if end < 1 else 0.0
            end = 1.0
            yield from part(session.table(), begin, 1.0)
            measured_table = knobs.now.table
            yield Frame(progress=1.0)
        elif measured_table and not knobs.now.table:
            measured_table = False
            yield Frame({"lecture": lecture_table([])})
        else:
            yield Frame(rest=True)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="A network trained on a large dataset has features that serve another one: frozen "
    "(blue) they need be computed only once, and a new head (green) learns from a few images. "
    "Fine-tuning (orange) trains the upper layers too, at a smaller learning rate. From scratch "
    "the same network has but the few images. With the camera on, record two classes of your own.",
    source="Yosinski et al., 2014; Tan and Le, 2019 (EfficientNet)",
    metrics=METRICS,
    actions=(
        *ACTIONS,
        Action("classify", "Classify now", "The camera, live, or the chosen image", at_once=True),
    ),
    pictures=1,
    seeded=True,
    quick={"model": "digits-cnn", "data": "digits", "images": 2, "epochs": 1, "seeds": 1},
    picture="coffee",
    main="accuracy",
)
