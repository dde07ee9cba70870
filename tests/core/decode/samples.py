"""Small files of every format, made from seeds; nothing here is a real smear."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import pydicom
import pydicom.dataset
import tifffile
from numpy.typing import NDArray
from PIL import Image as Pillow

from core.decode import read as decode
from core.records import Decoded, Modality, Upload
from core.settings import Settings


def rgb(seed: int = 0, height: int = 40, width: int = 56) -> NDArray[np.uint8]:
    """A pale field with one dark cell."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    cell = np.exp(-((y - height / 2) ** 2 + (x - width / 3) ** 2) / (2 * (height / 6) ** 2))[..., None]
    field = 225 - cell * np.array([120, 150, 60]) + rng.normal(0, 3, (height, width, 3))
    return np.clip(field, 0, 255).astype(np.uint8)


def views(seed: int = 0, side: int = 32, dtype: Any = np.uint16) -> NDArray[Any]:
    """Four views of empty glass: nothing in them says left or right."""
    return np.rint(np.random.default_rng(seed).normal(1500, 12, (4, side, side))).astype(dtype)


def saved(pixels: NDArray[Any], kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture = pixels if isinstance(pixels, Pillow.Image) else Pillow.fromarray(pixels)
    picture.save(stream, format=kind, **options)
    return stream.getvalue()


def tiff(*pages: NDArray[Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for page in pages:
            writer.write(page, contiguous=False, **options)
    return stream.getvalue()


def npy(array: NDArray[Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def npz(**arrays: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def packed(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def dicom(pixels: NDArray[Any], **tags: Any) -> bytes:
    """An uncompressed DICOM file with a patient's name in it."""
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = tags.get("SOPClassUID", pydicom.uid.SecondaryCaptureImageStorage)
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    made = pydicom.dataset.Dataset()
    made.file_meta = meta
    made.PatientName, made.PatientID = "Doe^Jane", "4711"
    made.Rows, made.Columns = pixels.shape[:2]
    made.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    made.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    if pixels.ndim == 3:
        made.PlanarConfiguration = 0
    made.BitsAllocated = made.BitsStored = 8 * pixels.dtype.itemsize
    made.HighBit, made.PixelRepresentation = made.BitsStored - 1, 0
    made.PixelData = pixels.tobytes()
    for name, value in tags.items():
        setattr(made, name, value)
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, made, enforce_file_format=True)
    return stream.getvalue()


def taken(files: Mapping[str, bytes], modality: Modality | None = None, **limits: Any) -> Decoded:
    uploads = [Upload(name, data) for name, data in files.items()]
    return decode.images(uploads, Settings(**limits), modality)


def message(data: bytes, name: str = "file.bin", modality: Modality | None = None, **limits: Any) -> tuple[str, str]:
    """Kind and message of the one problem a file ends in."""
    found = taken({name: data}, modality, **limits)
    assert not found.images, "the file was taken"
    assert len(found.problems) == 1, found.problems
    assert found.problems[0].file.startswith(name)
    return found.problems[0].kind, found.problems[0].message
