"""Every kind of picture file is read as it looks."""

import io
import struct
import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image, ImageCms

from lab.errors import UserError
from lab.media import pictures
from lab.media.pictures import Picture


@pytest.fixture
def colours():
    """uint8 (24, 32, 3): smooth, without symmetry, so that a wrong turn or channel shows."""
    y, x = np.mgrid[0:24, 0:32]
    return np.stack([x * 8, y * 10, 255 - x * 4], axis=2).astype(np.uint8)


def saved(array, suffix, mode=None, **options):
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    data = io.BytesIO()
    (image.convert(mode) if mode else image).save(data, suffix, **options)
    return data.getvalue()


def close(a, b, tolerance):
    return a.shape == b.shape and np.abs(a.astype(int) - b.astype(int)).mean() <= tolerance


# --- what it looks like


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm"])
def test_lossless_formats_are_exact(tmp_path, colours, suffix):
    path = tmp_path / f"sky.{suffix}"
    path.write_bytes(saved(colours, suffix))
    picture = pictures.read(path)
    np.testing.assert_array_equal(picture.pixels, colours)
    assert (picture.name, picture.path, picture.size) == ("sky", path, (24, 32))


@pytest.mark.parametrize("suffix", ["jpeg", "webp", "jpeg2000", "avif", "mpo"])
def test_lossy_formats_are_close(colours, suffix):
    assert close(pictures.decode(saved(colours, suffix, quality=95), "x").pixels, colours, 4)


def test_grey_and_bilevel_become_rgb(colours):
    grey = colours[..., 1]
    expected = np.repeat(grey[..., None], 3, axis=2)
    np.testing.assert_array_equal(pictures.decode(saved(grey, "png"), "x").pixels, expected)
    bilevel = pictures.decode(saved(grey > 100, "png"), "x").pixels
    np.testing.assert_array_equal(bilevel, np.where(expected > 100, 255, 0))


def test_cmyk_jpeg_is_neither_inverted_nor_swapped(colours):
    picture = pictures.decode(saved(colours, "jpeg", "CMYK", quality=95), "x")
    assert close(picture.pixels, colours, 4)


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bits_are_scaled_not_clipped(suffix):
    deep = np.array([[0, 257, 32768, 65535]], dtype=np.uint16)
    pixels = pictures.decode(saved(deep, suffix), "x").pixels
    np.testing.assert_array_equal(pixels[0, :, 0], [0, 1, 128, 255])
    assert pixels.shape == (1, 4, 3)


def test_big_endian_sixteen_bit_grey():
    data = b"P5 2 1 65535\n" + struct.pack(">HH", 65535, 257 * 7)
    np.testing.assert_array_equal(pictures.decode(data, "x").pixels[0, :, 1], [255, 7])


def test_real_numbers_of_unit_range_and_of_any():
    unit = np.array([[0, 0.5, 0.8]], dtype=np.float32)
    np.testing.assert_array_equal(
        pictures.decode(saved(unit, "tiff"), "x").pixels[0, :, 0], [0, 128, 204]
    )
    wide = np.array([[-10, 0, 30, np.nan, np.inf]], dtype=np.float32)
    np.testing.assert_array_equal(
        pictures.decode(saved(wide, "tiff"), "x").pixels[0, :, 0], [0, 64, 255, 64, 64]
    )


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparent_pixels_show_white(mode):
    image = Image.new("RGBA", (2, 1), (200, 200, 200, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    pixels = pictures.decode(saved(image, "png", mode), "x").pixels
    np.testing.assert_array_equal(pixels, [[[200] * 3, [255] * 3]])


def test_half_transparency_is_blended_with_white():
    data = saved(Image.new("RGBA", (1, 1), (255, 0, 0, 51)), "png")
    np.testing.assert_array_equal(pictures.decode(data, "x").pixels[0, 0], [255, 204, 204])


@pytest.mark.parametrize("transparency", [1, b"\xff\x00"])
def test_palette_with_a_transparent_colour(transparency):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 90, 90, 90])
    image.putpixel((1, 0), 1)
    pixels = pictures.decode(saved(image, "png", transparency=transparency), "x").pixels
    np.testing.assert_array_equal(pixels, [[[10, 20, 30], [255] * 3]])


def test_rgb_with_a_transparent_colour():
    image = Image.new("RGB", (2, 1), (1, 2, 3))
    image.putpixel((1, 0), (9, 9, 9))
    pixels = pictures.decode(saved(image, "png", transparency=(9, 9, 9)), "x").pixels
    np.testing.assert_array_equal(pixels, [[[1, 2, 3], [255] * 3]])


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_first_frame_of_an_animation(suffix):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if suffix == "webp" else {}
    data = saved(frames[0], suffix, save_all=True, append_images=frames[1:], **options)
    assert Image.open(io.BytesIO(data)).n_frames == 3
    np.testing.assert_array_equal(pictures.decode(data, "x").pixels[0, 0], [255, 0, 0])


# What each EXIF orientation did to an upright picture, by the standard's table.
EXIF = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("orientation", EXIF)
@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_exif_orientation_is_undone_once(colours, orientation, suffix):
    stored = np.ascontiguousarray(EXIF[orientation](colours))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(stored, suffix, exif=exif)
    np.testing.assert_array_equal(pictures.decode(data, "x").pixels, colours)


def test_damaged_exif_does_not_cost_the_picture(colours):
    data = saved(colours, "jpeg", quality=95, exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01")
    assert close(pictures.decode(data, "x").pixels, colours, 4)


def test_colour_profile_is_applied(colours):
    lab_profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    lab = ImageCms.profileToProfile(Image.fromarray(colours), srgb, lab_profile, outputMode="LAB")
    assert close(pictures.decode(saved(lab, "tiff"), "x").pixels, colours, 3)


@pytest.mark.parametrize("profile", [b"nonsense", "LAB"])
def test_unfitting_colour_profile_is_ignored(colours, profile):
    if profile == "LAB":
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    data = saved(colours, "png", icc_profile=profile)
    np.testing.assert_array_equal(pictures.decode(data, "x").pixels, colours)


def test_own_srgb_profile_changes_nothing(colours):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = saved(colours, "png", icc_profile=profile)
    assert close(pictures.decode(data, "x").pixels, colours, 1)


@pytest.mark.parametrize("suffix", ["jpeg", "png"])
@pytest.mark.parametrize("longest", [16, 7, 1])
def test_large_pictures_are_made_smaller_in_proportion(colours, suffix, longest):
    large = np.repeat(np.repeat(colours, 8, axis=0), 8, axis=1)
    picture = pictures.decode(saved(large, suffix), "x", longest=longest)
    height, width = picture.size
    assert width == longest
    assert height == max(1, round(longest * 24 / 32))
    assert abs(picture.pixels.mean() - large.mean()) < 6


def test_misnamed_jpeg_simply_works(tmp_path, colours):
    path = tmp_path / "really_a_jpeg.png"
    path.write_bytes(saved(colours, "jpeg", quality=95))
    assert close(pictures.read(path).pixels, colours, 4)


def test_many_threads_read_at_once_and_warnings_stay_as_they_were(colours):
    import warnings

    before = list(warnings.filters)
    image = Image.fromarray(colours).quantize(16)
    data = saved(image, "png", transparency=bytes([255, 0] * 8))
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(pictures.decode(data, "x")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert warnings.filters == before


# --- pictures in hand


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


def test_names_of_pictures():
    assert all(map(pictures.is_picture_name, ["a.JPG", "b/c.png", "d.tif", "e.webp"]))
    assert not any(map(pictures.is_picture_name, ["a.txt", "png", ".hidden.png", "Thumbs.db"]))
