"""Pixels that were used last are held, within a limit."""

import threading

import numpy as np

from lab.media.recent import Recent


def image(value):
    return np.full((10, 10, 3), value, np.uint8)


def never():
    raise AssertionError("read again")


def test_the_least_recently_used_goes_first():
    recent = Recent(600)
    for key in "ab":
        recent.get(key, lambda: image(1))
    recent.get("a", never)
    recent.get("c", lambda: image(2))
    assert recent.bytes == 600
    recent.get("a", never)
    assert (recent.get("b", lambda: image(7)) == 7).all()


def test_more_than_the_whole_is_returned_and_not_held():
    recent = Recent(299)
    assert (recent.get("a", lambda: image(1)) == 1).all()
    assert recent.bytes == 0


def test_nobody_waits_for_what_another_one_reads():
    recent, began, go_on = Recent(), threading.Event(), threading.Event()

    def slow():
        began.set()
        assert go_on.wait(10)
        return image(1)

    thread = threading.Thread(target=recent.get, args=("slow", slow))
    thread.start()
    assert began.wait(10)
    assert (recent.get("quick", lambda: image(2)) == 2).all()
    go_on.set()
    thread.join()
    assert (recent.get("slow", never) == 1).all()
