"""Downloads arrive whole or not at all, whatever the server does."""

import gzip
import hashlib
import io
import socket
import tarfile

import numpy as np
import pytest
import torch
from torchvision import datasets as torchvision_datasets
from torchvision import models

from lab import datasets
from lab.datasets import Library
from lab.errors import Missing, UserError
from lab.system import downloads
from lab.system.downloads import Progress
from tests.lab.publisher import Server, idx, old_pickle


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSBOX_HOME", str(tmp_path / "home"))
    # A proxy of the machine that runs the tests must not come between.
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "home"


@pytest.fixture
def server(home, monkeypatch):
    with Server() as server:
        monkeypatch.setenv("GLASSBOX_MIRROR", server.address + "/mirror/")
        yield server


@pytest.fixture
def made_mnist(server, monkeypatch):
    """A small MNIST on the server, in torchvision's eyes the real one; its four arrays."""
    generator = np.random.default_rng(0)
    arrays, resources = {}, []
    for stem, count in (("train", 40), ("t10k", 20)):
        arrays[f"{stem}-images-idx3-ubyte"] = generator.integers(0, 256, (count, 28, 28))
        arrays[f"{stem}-labels-idx1-ubyte"] = np.arange(count) % 10
    for name, array in arrays.items():
        data = gzip.compress(idx(array))
        server.files[f"/mirror/{name}.gz"] = data
        resources.append((f"{name}.gz", hashlib.md5(data).hexdigest()))
    monkeypatch.setattr(torchvision_datasets.MNIST, "resources", resources)
    return arrays


@pytest.fixture
def made_cifar(server, monkeypatch):
    """A small CIFAR-10 on the server; its pictures as (N, 3, 32, 32), training then test."""
    generator = np.random.default_rng(0)
    cifar = torchvision_datasets.CIFAR10
    pixels = generator.integers(0, 256, (60, 3072)).astype(np.uint8)
    files = {}
    for i, (name, _) in enumerate((*cifar.train_list, *cifar.test_list)):
        rows = slice(10 * i, 10 * i + 10)
        files[name] = old_pickle({"data": pixels[rows], "labels": list(range(10))})
    names = [f"thing {i}" for i in range(10)]
    files[cifar.meta["filename"]] = old_pickle({"label_names": names})
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name, data in {**files, "../evil": b"out of the way"}.items():
            entry = tarfile.TarInfo(f"{cifar.base_folder}/{name}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    server.files[f"/mirror/{cifar.filename}"] = archive.getvalue()

    def md5(data):
        return hashlib.md5(data).hexdigest()

    monkeypatch.setattr(cifar, "tgz_md5", md5(archive.getvalue()))
    for part in ("train_list", "test_list"):
        sums = [[name, md5(files[name])] for name, _ in getattr(cifar, part)]
        monkeypatch.setattr(cifar, part, sums)
    meta = {**cifar.meta, "md5": md5(files[cifar.meta["filename"]])}
    monkeypatch.setattr(cifar, "meta", meta)
    return pixels.reshape(-1, 3, 32, 32)


@pytest.fixture
def made_weights(server, monkeypatch):
    """A file of 2 MB that torchvision takes for the weights of ResNet-18."""
    data = np.random.default_rng(0).bytes(2_000_000)
    name = f"resnet18-{hashlib.sha256(data).hexdigest()[:8]}.pth"
    weights = models.ResNet18_Weights.DEFAULT
    monkeypatch.setattr(
        weights, "_value_", type(weights.value)(f"https://far/{name}", None, weights.meta)
    )
    server.files[f"/mirror/{name}"] = data
    return name, data


def left_over(home):
    return [path for path in home.rglob("*") if path.is_file() or path.name.startswith(".")]


def failure(name, home, timeout=5.0):
    with pytest.raises(UserError) as caught:
        list(downloads.fetch(name, timeout=timeout))
    assert "\n" not in str(caught.value)
    assert left_over(home) == []
    assert not downloads.present(name)
    return str(caught.value)


# --- what there is


def test_items_are_data_and_every_classifier_of_torchvision():
    items = downloads.items()
    assert [name for name, item in items.items() if item.kind == "data"] == [
        *("mnist", "fashion_mnist", "cifar10")
    ]
    weights = {name for name, item in items.items() if item.kind == "weights"}
    assert weights == set(models.list_models(module=models))
    assert items["resnet18"].title == "ResNet18"
    # The true size of resnet18-f37072fd.pth, to the three digits that torchvision tells.
    assert items["resnet18"].size == pytest.approx(46_830_571, abs=2000)


def test_every_file_of_weights_tells_its_checksum():
    for name, item in downloads.items().items():
        if item.kind == "weights":
            (source,) = downloads.sources(name)
            assert source.algorithm == "sha256"
            assert source.urls[0].endswith(f"-{source.digest}.pth")


def test_unknown_item_is_advised(home):
    with pytest.raises(UserError, match="did you mean resnet18"):
        downloads.path("resnet81")


def test_home_is_the_systems_folder_unless_told(monkeypatch, tmp_path):
    monkeypatch.setenv("GLASSBOX_HOME", str(tmp_path))
    assert downloads.home() == tmp_path
    monkeypatch.delenv("GLASSBOX_HOME")
    assert downloads.home().name == "glassbox"


# --- what arrives


def test_mnist_end_to_end(home, server, made_mnist):
    library = Library()
    assert "(download, 12 MB)" in library.options()["mnist"]
    with pytest.raises(Missing):
        library.get("mnist")
    reports = list(downloads.fetch("mnist"))
    assert reports[0] == Progress(0, 11_594_722)
    total = sum(map(len, server.files.values()))
    assert reports[-1] == Progress(total, total)
    assert [r.done_bytes for r in reports] == sorted(r.done_bytes for r in reports)
    assert library.options()["mnist"] == "MNIST"
    data = library.get("mnist")
    assert data.classes == tuple("0123456789")
    for images, labels, stem in (
        (data.train_images, data.train_labels, "train"),
        (data.test_images, data.test_labels, "t10k"),
    ):
        np.testing.assert_array_equal(images[:, 0], made_mnist[f"{stem}-images-idx3-ubyte"])
        np.testing.assert_array_equal(labels, made_mnist[f"{stem}-labels-idx1-ubyte"])
    assert sorted(path.name for path in (home / "data").iterdir()) == ["MNIST"]
    assert not list(home.rglob("*.gz"))


def test_fashion_mnist_has_the_same_file_names_and_its_own_folder(server, made_mnist, monkeypatch):
    resources = torchvision_datasets.MNIST.resources
    monkeypatch.setattr(torchvision_datasets.FashionMNIST, "resources", resources)
    for path in list(server.files):
        name = path.rsplit("/", 1)[1]
        server.files[f"/mirror/fashion_mnist/{name}"] = server.files.pop(path)
    list(downloads.fetch("fashion_mnist"))
    assert datasets.load("fashion_mnist").classes[0] == "T-shirt/top"
    assert not downloads.present("mnist")


def test_cifar_end_to_end(home, made_cifar):
    list(downloads.fetch("cifar10"))
    data = datasets.load("cifar10")
    both = torch.cat([data.train_images, data.test_images])
    np.testing.assert_array_equal(both, made_cifar)
    assert data.train_images.is_contiguous()
    assert data.test_labels.tolist() == list(range(10))
    assert data.classes[3] == "thing 3"
    assert not list(home.rglob("evil"))


def test_weights_end_to_end(home, server, made_weights):
    name, content = made_weights
    reports = list(downloads.fetch("resnet18"))
    assert downloads.path("resnet18") == home / "weights" / name
    assert downloads.path("resnet18").read_bytes() == content
    assert downloads.present("resnet18")
    assert reports[-1] == Progress(2_000_000, 2_000_000)
    assert len(reports) >= 5
    assert left_over(home) == [home / "weights" / name]


def test_server_that_does_not_tell_the_length(server, made_weights):
    server.fault = "no length"
    list(downloads.fetch("resnet18"))
    assert downloads.path("resnet18").read_bytes() == made_weights[1]


def test_fetching_again_replaces(home, made_mnist):
    list(downloads.fetch("mnist"))
    damaged = home / "data/MNIST/raw/train-images-idx3-ubyte"
    damaged.write_bytes(damaged.read_bytes()[:1000])
    with pytest.raises(Missing, match=r"is damaged: python main\.py download mnist") as caught:
        datasets.load("mnist")
    assert caught.value.item == "mnist"
    list(downloads.fetch("mnist"))
    assert len(datasets.load("mnist").train_labels) == 40


@pytest.mark.parametrize("content", [b"", b"\0\0\x08\x03", b"garbage" * 99])
def test_damaged_data_is_missing_data(home, made_mnist, content):
    list(downloads.fetch("mnist"))
    for name in made_mnist:
        (home / "data/MNIST/raw" / name).write_bytes(content)
        with pytest.raises(Missing, match="is damaged"):
            datasets.load("mnist")


def test_second_publisher_is_asked_where_the_first_fails(server, made_mnist, monkeypatch):
    monkeypatch.delenv("GLASSBOX_MIRROR")
    mirrors = [server.address + "/gone/", server.address + "/mirror/"]
    monkeypatch.setattr(torchvision_datasets.MNIST, "mirrors", mirrors)
    list(downloads.fetch("mnist"))
    assert downloads.present("mnist")
    assert server.asked[0].startswith("/gone/")


# --- what does not


def test_closing_cancels_and_leaves_nothing(home, server, made_weights):
    server.fault = "stall"
    fetching = downloads.fetch("resnet18", timeout=5)
    while next(fetching).done_bytes < 500_000:
        pass
    assert left_over(home)
    fetching.close()
    assert left_over(home) == []
    assert not downloads.present("resnet18")


def test_closing_between_the_files_leaves_nothing(home, made_mnist):
    fetching = downloads.fetch("mnist")
    for _ in range(3):
        next(fetching)
    fetching.close()
    assert left_over(home) == []
    assert not downloads.present("mnist")


def test_wrong_checksum(home, server, made_mnist):
    server.files["/mirror/t10k-labels-idx1-ubyte.gz"] = b"<html>please log in</html>"
    assert "checksum differs" in failure("mnist", home)


def test_wrong_checksum_keeps_what_was_there(home, server, made_weights):
    list(downloads.fetch("resnet18"))
    server.files[f"/mirror/{made_weights[0]}"] = b"x"
    with pytest.raises(UserError, match="checksum differs"):
        list(downloads.fetch("resnet18"))
    assert downloads.path("resnet18").read_bytes() == made_weights[1]


def test_no_such_file(home, server):
    message = failure("mnist", home)
    assert "404" in message
    assert "train-images-idx3-ubyte.gz" in message
    assert f"{server.address}/mirror/" in message


def test_nobody_listens(home, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setenv("GLASSBOX_MIRROR", f"http://127.0.0.1:{port}")
    assert "refused: check the network" in failure("mnist", home)


def test_no_network(home, monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "no network, or no such server" in failure("resnet18", home)


def test_cut_off_midway(home, server, made_weights):
    server.fault = "cut"
    assert "cut off after 1,000,000 of 2,000,000 bytes" in failure("resnet18", home)


def test_server_that_falls_silent(home, server, made_weights):
    server.fault = "stall"
    assert "nothing came for 0.2 s" in failure("resnet18", home, timeout=0.2)


def test_full_disk(home, made_weights, monkeypatch):
    real = type(home).open

    def full(path, *args, **kwargs):
        if path.suffix == ".pth" and args == ("wb",):
            raise OSError(28, "No space left on device")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(type(home), "open", full)
    message = failure("resnet18", home)
    assert "No space left on device; make room there" in message
    assert str(home / "weights") in message


def test_home_that_is_a_file(home):
    home.write_text("in the way")
    with pytest.raises(UserError, match="ResNet18 cannot be saved in"):
        list(downloads.fetch("resnet18"))
    assert home.read_text() == "in the way"


@pytest.mark.parametrize("mirror", ["nonsense", "magic://x", "http://[1", "http://a b:c"])
def test_mirror_that_is_no_address(home, monkeypatch, mirror):
    monkeypatch.setenv("GLASSBOX_MIRROR", mirror)
    assert failure("mnist", home).startswith(f"could not download {mirror}/")
