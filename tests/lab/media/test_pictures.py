"""Every kind of picture file is read as it looks."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from lab.errors import UserError
from lab.media import pictures, stored
from lab.media.pictures import Picture
from lab.media.recent import Recent
from tests.lab.media.samples import refused, saved


def test_pixels_are_read_only_and_identity_tells_pictures_apart(colours):
    one, other = Picture("a", colours), Picture("a", colours)
    assert one != other
    assert len({one, other}) == 2
    colours[0, 0] = 77
    assert one.pixels[0, 0, 2] == 255
    with pytest.raises(ValueError, match="read-only"):
        one.pixels[0, 0] = 0
    with pytest.raises(ValueError, match="read-only"):
        pictures.decode(saved(colours, "png"), "x").pixels[0, 0] = 0


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4, 3)), np.zeros((4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8)]
)
def test_wrong_pixels_are_our_own_mistake(wrong):
    with pytest.raises(ValueError, match="pixels must be") as caught:
        Picture("a", wrong)
    assert not isinstance(caught.value, UserError)


def test_a_picture_knows_where_it_comes_from_and_what_it_is_read_again_by(
    tmp_path, monkeypatch, colours
):
    for name in pictures.EMBEDDED:
        picture = pictures.named(name)
        assert (picture.source, picture.reference) == ("embedded", name)
    # Named like an embedded one, with and without its suffix.
    for name in ("camera.png", "coffee"):
        (tmp_path / name).write_bytes(saved(colours, "png"))
        monkeypatch.chdir(tmp_path)
        picture = pictures.read(name)
        assert picture.source == "file"
        monkeypatch.chdir("/")
        np.testing.assert_array_equal(pictures.named(picture.reference).pixels, colours)
    pasted = pictures.decode(saved(colours, "png"), "coffee", source="pasted")
    for picture in (Picture("camera", colours, source="camera"), pasted):
        assert picture.reference == ""


def test_a_picture_without_a_file_is_kept_in_one_of_its_own(tmp_path, colours):
    frame = Picture("../Camera: now", colours, source="camera")
    path = pictures.kept(frame, tmp_path / "new")
    np.testing.assert_array_equal(pictures.read(path).pixels, colours)
    assert path.parent == tmp_path / "new"
    assert path.name.startswith("camera-now-")
    assert pictures.kept(frame, tmp_path / "new") == path
    others = [Picture(frame.name, colours + 1), Picture(frame.name, colours.reshape(32, 24, 3))]
    assert len({path, *(pictures.kept(other, tmp_path / "new") for other in others)}) == 3
    assert len(list(path.parent.iterdir())) == 3, "nothing half written is left"
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match=r"cannot be written: .*choose another folder"):
        pictures.kept(frame, tmp_path / "file")


@pytest.mark.parametrize("name", ["x" * 236, "ü" * 300, "a/b" * 90, ""])
def test_a_name_of_any_length_can_be_written(name, tmp_path, colours):
    path = pictures.written(colours, tmp_path, name)
    assert len(path.name) <= 84
    assert path.parent == tmp_path
    np.testing.assert_array_equal(pictures.read(path).pixels, colours)


def test_another_image_of_that_name_is_never_replaced(tmp_path, colours):
    paths = [pictures.written(colours + i, tmp_path, "a after b") for i in range(3)]
    assert [path.name for path in paths] == ["a after b.png", "a after b 2.png", "a after b 3.png"]
    assert pictures.written(colours + 1, tmp_path, "a after b") == paths[1]
    for i, path in enumerate(paths):
        np.testing.assert_array_equal(pictures.read(path).pixels, colours + i)


def test_thumbnail_keeps_the_shape_and_never_enlarges(colours):
    picture = Picture("a", colours)
    assert picture.thumbnail(16).shape == (12, 16, 3)
    np.testing.assert_array_equal(picture.thumbnail(500), colours)


def test_every_embedded_photograph_is_there():
    assert set(pictures.LIGHT_TABLE) <= set(pictures.EMBEDDED)
    for name in pictures.LIGHT_TABLE:
        picture = pictures.embedded(name)
        assert picture.name == pictures.EMBEDDED[name]
        assert min(picture.size) >= 300
        assert picture.pixels.std() > 20
        with Image.open(picture.path) as stored:
            if "icc_profile" not in stored.info:
                np.testing.assert_array_equal(picture.pixels, np.asarray(stored))
    for name in pictures.EMBEDDED:
        assert pictures.embedded(name).path.is_file()


def test_every_style_picture_is_there_and_small_enough_to_ship():
    assert len(pictures.STYLES) >= 6
    for name, title in pictures.STYLES.items():
        picture = pictures.named(name)
        assert picture.name == title
        assert min(picture.size) >= 512
        assert picture.path.stat().st_size < 250_000


def test_unknown_embedded_photograph():
    with pytest.raises(UserError, match="did you mean coffee"):
        pictures.embedded("cofee")


def test_neither_torch_nor_skimage_is_imported():
    code = (
        "import sys; from lab.media import pictures; pictures.embedded('coffee');"
        "sys.exit(any(name in sys.modules for name in ('torch', 'skimage', 'PySide6')))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_what_is_used_is_held_and_the_rest_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "RECENT", recent := Recent(3 * 64 * 48 * 3))
    shown = []
    for value in range(12):
        path = tmp_path / f"{value}.png"
        path.write_bytes(saved(np.full((48, 64, 3), value, np.uint8), "png"))
        shown.append(pictures.read(path))
        assert recent.bytes <= 3 * 64 * 48 * 3
    assert [int(picture.pixels[0, 0, 0]) for picture in shown] == list(range(12))
    assert recent.bytes == 3 * 64 * 48 * 3
    (tmp_path / "11.png").unlink()
    assert shown[11].pixels is shown[11].pixels, "the last one is still held"
    assert not shown[0].pixels.flags.writeable
    assert shown[0].size == (48, 64)


def test_a_thumbnail_and_the_size_need_no_file_any_more(tmp_path, colours):
    path = tmp_path / "sky.png"
    path.write_bytes(saved(colours, "png"))
    picture = pictures.read(path)
    path.unlink()
    assert picture.size == (24, 32)
    np.testing.assert_array_equal(picture.thumbnail(stored.SMALL), colours)
    assert picture.thumbnail(8).shape == (6, 8, 3)


def test_a_file_that_went_away_is_told_where_it_is_needed(tmp_path, monkeypatch, colours):
    monkeypatch.setattr(stored, "RECENT", Recent(0))
    path = tmp_path / "sky.png"
    path.write_bytes(saved(colours, "png"))
    picture = pictures.read(path)
    path.unlink()
    with pytest.raises(UserError, match=r"no file .*sky\.png: check"):
        _ = picture.pixels


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("longest", [4096, 500])
def test_a_camera_jpeg_is_read_small_and_whole_when_it_is_used(tmp_path, orientation, longest):
    y, x = np.mgrid[0:600, 0:1000]
    large = np.stack([x // 4, y // 3, 0 * x], axis=2).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "DSC_0001.JPG"
    path.write_bytes(saved(large, "jpeg", quality=90, exif=exif))
    picture = pictures.read(path, longest)
    assert max(picture.thumbnail(stored.SMALL).shape) == stored.SMALL
    small = picture.thumbnail(stored.SMALL)
    assert picture.size == picture.pixels.shape[:2]
    assert max(picture.size) == min(longest, 1000)
    assert (small.shape[0] > small.shape[1]) == (orientation in (6, 8))
    whole = Image.fromarray(picture.pixels).resize(small.shape[1::-1])
    assert np.abs(np.asarray(whole).astype(int) - small).mean() < 4


def test_a_camera_jpeg_that_is_cut_short_is_refused_at_once(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (900, 1200, 3), dtype=np.uint8)
    path = tmp_path / "DSC_0001.JPG"
    data = saved(noise, "jpeg", quality=90)
    path.write_bytes(data[: len(data) * 9 // 10])
    assert "cut short" in refused(path)


def test_what_is_kept_in_a_file_is_read_from_there_under_its_own_name(tmp_path, colours):
    pasted = Picture("赤い　鳥 Ünï/code", colours, source="pasted")
    path = pictures.kept(pasted, tmp_path)
    assert pictures.title_in(path) == pasted.name
    there = pasted.at(path)
    assert (there.name, there.source, there.reference) == (pasted.name, "pasted", str(path))
    np.testing.assert_array_equal(there.pixels, colours)
    other = Picture("犬", colours, source="pasted")
    assert pictures.title_in(pictures.kept(other, tmp_path)) == "犬"


def test_a_file_without_a_title_has_none(tmp_path, colours):
    (tmp_path / "plain.png").write_bytes(saved(colours, "png"))
    (tmp_path / "words.png").write_text("no picture")
    for name in ("plain.png", "words.png", "none.png"):
        assert pictures.title_in(tmp_path / name) == ""
