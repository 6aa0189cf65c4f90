"""Network files: written whole, read only if all is right, never a pickle."""

import json
import pickle

import pytest
import safetensors.torch
import torch

from lab.errors import UserError
from lab.networks import weights
from tests.lab.networks.samples import IMAGES, TRAINED


def test_the_first_layers_of_earlier_are_kept_with_it(shelf, learned, tmp_path):
    early = torch.rand_like(learned.network.conv1.weight)
    learned.history = {10: early, 0: early * 2}
    name = shelf.put(learned, "With a past")
    path = shelf.save(name, tmp_path / "past")
    shelf.remove(name)
    history = shelf.get(shelf.adopt(path)).history
    assert list(history) == [0, 10]
    assert torch.equal(history[10], early)


def test_a_kept_file_is_never_another_network(shelf, learned, tmp_path):
    name = shelf.put(learned, "Small CNN")
    first = shelf.keep(name, tmp_path / "kept")
    assert first.name.startswith("small-cnn-")
    assert shelf.keep(name, tmp_path / "kept") == first
    shelf.remove(name)
    with torch.no_grad():
        learned.network.conv1.weight.add_(1)
    assert shelf.put(learned, "Small CNN") == name
    second = shelf.keep(name, tmp_path / "kept")
    assert second != first
    assert len(list(first.parent.iterdir())) == 2
    for path in (first, second):
        assert weights.read(path).card.title == "Small CNN"


def test_a_card_beside_the_file_is_accepted(shelf, learned, tmp_path):
    path = tmp_path / "bare.safetensors"
    safetensors.torch.save_file(learned.network.state_dict(), path)
    path.with_suffix(".json").write_text(TRAINED.to_json(), encoding="utf-8")
    torch.testing.assert_close(shelf.get(str(path))(IMAGES), learned.eval()(IMAGES))


def test_half_precision_is_read_as_single(learned, tmp_path):
    state = {
        k: v.half() if v.is_floating_point() else v for k, v in learned.network.state_dict().items()
    }
    path = tmp_path / "half.safetensors"
    safetensors.torch.save_file(state, path, {weights.KEY: TRAINED.to_json()})
    assert weights.read(path).network.conv1.weight.dtype == torch.float32


def test_saving_replaces_a_file_whole_or_not_at_all(learned, saved, monkeypatch):
    before = saved.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(UserError, match="cannot be written: No space left"):
        weights.save(learned, saved)
    assert saved.read_bytes() == before
    assert [file.name for file in saved.parent.iterdir() if file.is_file()] == [saved.name]


def test_a_folder_that_is_not_there_is_said(learned, tmp_path):
    with pytest.raises(UserError, match="cannot be written: No such file or directory"):
        weights.save(learned, tmp_path / "nowhere" / "x.safetensors")


def test_a_pickle_is_never_opened(shelf, tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    path = tmp_path / "trap.safetensors"
    for write in (lambda: torch.save(Trap(), path), lambda: path.write_bytes(pickle.dumps(Trap()))):
        write()
        with pytest.raises(UserError, match="is a pickle, which can run code"):
            shelf.adopt(path)
    assert not (tmp_path / "sprung").exists()


def test_a_header_may_begin_like_a_pickle(shelf, learned, tmp_path):
    # A header of 640 bytes gives the file a pickle's first two bytes, 0x80 0x02.
    path = tmp_path / "twin.safetensors"
    content = safetensors.torch.save(learned.network.state_dict(), {weights.KEY: TRAINED.to_json()})
    length = int.from_bytes(content[:8], "little")
    wanted = -(-(length - 0x80) // 256) * 256 + 0x80
    header = content[8 : 8 + length].ljust(wanted)
    path.write_bytes(wanted.to_bytes(8, "little") + header + content[8 + length :])
    assert path.read_bytes()[0] == 0x80
    assert weights.read(path).card == TRAINED


def damaged(saved, change):
    content = saved.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    tensors = safetensors.torch.load(content)
    card = json.loads(header["__metadata__"][weights.KEY])
    if change == "empty":
        return b""
    if change == "cut short":
        return content[: len(content) // 2]
    if change == "header alone":
        return content[:100]
    if change == "header longer than the file":
        return (2**62).to_bytes(8, "little") + content[8:]
    if change == "text":
        return b"weights, in words"
    if change == "header not JSON":
        return content[:9] + b"\xff" + content[10:]
    if change == "no card":
        return safetensors.torch.save(tensors)
    if change == "card not JSON":
        return safetensors.torch.save(tensors, {weights.KEY: "{"})
    if change == "architecture":
        card["architecture"] = "cnm"
    if change == "size":
        card["size"] = 40
    if change == "far too wide":
        card["arguments"] = {"hidden": 100_000, "width": 10_000}
    if change == "missing":
        del tensors["conv2.weight"]
    if change == "surplus":
        tensors["conv3.weight"] = torch.ones(2)
    if change == "whole numbers":
        tensors["conv1.weight"] = tensors["conv1.weight"].int()
    if change == "history of another layer":
        tensors["history.3"] = tensors["conv2.weight"].clone()
    if change == "history of no step":
        tensors["history.x"] = tensors["conv1.weight"].clone()
    return safetensors.torch.save(tensors, {weights.KEY: json.dumps(card)})


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("empty", "is empty"),
        ("cut short", "is damaged or cut short"),
        ("header alone", "is damaged or cut short"),
        ("header longer than the file", "its header is longer than the file"),
        ("text", "is no .safetensors file"),
        ("header not JSON", "is damaged or cut short"),
        ("no card", "it has no card .* put digits.json beside it"),
        ("card not JSON", "the card is not JSON"),
        ("architecture", "no architecture cnm: did you mean cnn"),
        ("size", r"linear1.weight is \(8, 392\), not \(8, 800\)"),
        ("far too wide", r"conv1.weight is \(4, 1, 5, 5\), not \(10000, 1, 5, 5\)"),
        ("missing", "conv2.weight is missing"),
        ("surplus", "conv3.weight is too many"),
        ("whole numbers", "conv1.weight is torch.int32"),
        ("history of another layer", "history.3 is no first layer"),
        ("history of no step", "history.x is no first layer"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(shelf, saved, change, line):
    saved.write_bytes(damaged(saved, change))
    with pytest.raises(UserError, match=line) as caught:
        shelf.adopt(saved)
    assert str(caught.value).startswith(str(saved))
    assert "\n" not in str(caught.value)
    assert shelf.names_trained_here() == []


def test_what_is_no_file_is_said(shelf, tmp_path):
    with pytest.raises(UserError, match="cannot be read: No such file"):
        shelf.adopt(tmp_path / "gone.safetensors")
    with pytest.raises(UserError, match="cannot be read"):
        shelf.adopt(tmp_path)
    beside = tmp_path / "bare.json"
    safetensors.torch.save_file({"w": torch.ones(1)}, tmp_path / "bare.safetensors")
    beside.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"bare.json cannot be read"):
        shelf.adopt(tmp_path / "bare.safetensors")
