"""The classes of a model by name, by index, and when two have one label."""

import pytest

from lab.errors import UserError
from lab.networks.classes import ClassNames, class_index

CLASSES = ("cat", "crane", "cup", "crane")


def test_classes_are_offered_by_label_the_most_probable_first():
    assert list(ClassNames(CLASSES)) == ["top", "cat", "crane (1)", "cup", "crane (3)"]


@pytest.mark.parametrize(
    ("name", "index"), [("top", None), ("cat", 0), ("crane (3)", 3), ("2", 2), ("0", 0)]
)
def test_a_class_is_found_by_its_name_or_its_index(name, index):
    assert name in ClassNames(CLASSES)
    assert class_index(CLASSES, name) == index


def test_a_digit_is_its_own_name():
    digits = tuple("0123456789")
    assert [class_index(digits, name) for name in digits] == list(range(10))
    turned = digits[::-1]
    assert class_index(turned, "9") == 0


def test_a_class_may_be_called_like_the_choice_of_the_predicted_one():
    clothes = ClassNames(("shoe", "top"))
    assert dict(clothes) == {"top": "Predicted class", "shoe": "shoe", "top (1)": "top (1)"}
    assert class_index(("shoe", "top"), "top (1)") == 1
    assert clothes["1"] == "top (1)"


def test_an_unknown_class_is_told_with_the_nearest():
    assert "4" not in ClassNames(CLASSES)
    with pytest.raises(UserError, match="no class cups: did you mean cup"):
        class_index(CLASSES, "cups")


def test_a_class_named_by_its_index_has_a_title(workspace):
    names = workspace.options("classes", "efficientnet_lite0")
    assert names["967"] == "espresso"
    assert len(names) == 1001
