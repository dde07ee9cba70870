"""A small DICOM whole slide, one file a level and one for its label, as a scanner's converter writes it."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import JPEGBaseline8Bit, generate_uid

from tests.core.slides.samples import halved

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.77.1.6"
SIDE = 256
PERSON = {
    "PatientName": "Example^Mary",
    "PatientID": "P-12345",
    "PatientBirthDate": "19700101",
    "AccessionNumber": "ACC-99",
    "InstitutionName": "Example Hospital",
}


def dicom(folder: Path, pixels: NDArray[np.uint8]) -> Path:
    folder.mkdir()
    for number, level in enumerate(halved(pixels, 2)):
        _written(folder / f"Mary {number}.dcm", level, "VOLUME", 0.25 * 2**number)
    for kind in ("LABEL", "LOCALIZER"):  # the second is an older word for a picture of the glass with its label
        _written(folder / f"Mary {kind.lower()}.dcm", np.full((SIDE, SIDE, 3), (255, 0, 0), np.uint8), kind, 1.0)
    (folder / "notes.txt").write_text("not a part of it")
    return folder


def _written(path: Path, pixels: NDArray[np.uint8], kind: str, um: float) -> None:
    frames = _frames(pixels)
    about, meta = Dataset(), FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SOP_CLASS, generate_uid()
    meta.TransferSyntaxUID = JPEGBaseline8Bit
    about.file_meta = meta
    about.SOPClassUID, about.SOPInstanceUID = SOP_CLASS, meta.MediaStorageSOPInstanceUID
    about.StudyInstanceUID, about.SeriesInstanceUID, about.FrameOfReferenceUID = "1.2.3", "1.2.3.4", "1.2.3.5"
    about.Modality = "SM"
    for name, value in PERSON.items():
        setattr(about, name, value)
    about.ImageType = ["ORIGINAL", "PRIMARY", kind, "NONE" if um == 0.25 else "RESAMPLED"]
    about.SamplesPerPixel, about.PhotometricInterpretation, about.PlanarConfiguration = 3, "YBR_FULL_422", 0
    about.Rows = about.Columns = SIDE
    about.BitsAllocated, about.BitsStored, about.HighBit, about.PixelRepresentation = 8, 8, 7, 0
    about.NumberOfFrames = len(frames)
    about.TotalPixelMatrixRows, about.TotalPixelMatrixColumns = pixels.shape[:2]
    about.DimensionOrganizationType, about.TotalPixelMatrixFocalPlanes = "TILED_FULL", 1
    about.NumberOfOpticalPaths = 1
    measures, shared, path_of_light = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [um / 1000, um / 1000]
    shared.PixelMeasuresSequence = Sequence([measures])
    about.SharedFunctionalGroupsSequence = Sequence([shared])
    path_of_light.OpticalPathIdentifier = "1"
    about.OpticalPathSequence = Sequence([path_of_light])
    about.PixelData = encapsulate(frames)
    about["PixelData"].is_undefined_length = True
    pydicom.dcmwrite(path, about, enforce_file_format=True)


def _frames(pixels: NDArray[np.uint8]) -> list[bytes]:
    frames = []
    for y in range(0, pixels.shape[0], SIDE):
        for x in range(0, pixels.shape[1], SIDE):
            tile = np.full((SIDE, SIDE, 3), 255, np.uint8)
            part = pixels[y : y + SIDE, x : x + SIDE]
            tile[: part.shape[0], : part.shape[1]] = part
            frames.append(imagecodecs.jpeg8_encode(tile, level=90))
    return frames
