"""Small chips and scenes on disk, made by code: pictures of noise with structure, no two alike."""

import csv

import numpy as np
import rasterio
from rasterio.transform import from_origin

CRS = "EPSG:32633"


def picture(seed, size=24, bands=3, dtype="uint8"):
    """``(bands, size, size)`` with coarse and fine structure; ``size`` may be (height, width)."""
    height, width = (size, size) if isinstance(size, int) else size
    rng = np.random.default_rng(seed)
    coarse = rng.normal(size=(-(-height // 6), -(-width // 6)))
    large = np.kron(coarse, np.ones((6, 6)))[:height, :width]
    fine = 14 * rng.normal(size=(height, width)) + 3 * rng.normal(size=(bands, height, width))
    image = 120 + 25 * large + fine
    return np.clip(np.rint(image), 1, 250).astype(dtype)


def write_chip(path, image, **profile):
    """Write a chip in the format that its suffix names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    driver = {".png": "PNG", ".jpg": "JPEG", ".tif": "GTiff"}[path.suffix]
    names = profile.pop("descriptions", ())
    options = {
        "driver": driver,
        "count": len(image),
        "height": image.shape[1],
        "width": image.shape[2],
        "dtype": image.dtype,
    } | profile
    with rasterio.open(path, "w", **options) as dataset:
        dataset.write(image)
        for number, name in enumerate(names, start=1):
            dataset.set_band_description(number, name)
    return path


def class_folders(folder, counts, suffix=".png", size=24, **profile):
    """One folder per class with that many pictures each; returns the folder."""
    for index, (name, count) in enumerate(counts.items()):
        for number in range(count):
            write_chip(
                folder / name / f"{number:03}{suffix}",
                picture([index, number], size),
                **profile,
            )
    return folder


def grid_of_chips(folder, rows, cols, size=16, pixel=10.0, overlap=0, classes=("field", "wood")):
    """GeoTIFF chips side by side, ``overlap`` pixels of each common with the next; classes alternate."""
    for number in range(rows * cols):
        row, col = divmod(number, cols)
        step = (size - overlap) * pixel
        write_chip(
            folder / classes[number % len(classes)] / f"{row:03}-{col:03}.tif",
            picture([9, number], size),
            crs=CRS,
            transform=from_origin(500000 + col * step, 5800000 - row * step, pixel, pixel),
        )
    return folder


def write_table(path, rows, delimiter=","):
    """A CSV file of rows that are dicts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path
