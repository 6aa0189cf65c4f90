"""What a decoded image looks like: formats, depth, transparency, orientation, colour."""

import io
import struct
import threading

import numpy as np
import pytest
from PIL import Image, ImageCms

from lab.media import pictures
from tests.lab.media.samples import saved


def close(a, b, tolerance):
    return a.shape == b.shape and np.abs(a.astype(int) - b.astype(int)).mean() <= tolerance


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
