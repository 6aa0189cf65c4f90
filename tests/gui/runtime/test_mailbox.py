"""A mailbox holds one frame, into which later ones are merged."""

from gui.runtime.mailbox import Mailbox
from lab.exhibit import Frame
from lab.payloads import Curve, Note


def test_a_mailbox_holds_one_frame_and_curves_append():
    box = Mailbox()
    for step in range(1000):
        curve = Curve({"loss": ([step], [step / 2])})
        box.post(Frame(outputs={"loss": curve, "note": Note(str(step))}))
    frame = box.take()
    x, y = frame.outputs["loss"].series["loss"]
    assert x.tolist() == list(range(1000))
    assert y[-1] == 999 / 2
    assert frame.outputs["note"].text == "999"
    box.close()
    box.post(frame)
    assert box.take() is None
