"""Whole slides: read by the piece, never whole.

    reading        opened(path) → Slide: its size, levels, regions and tiles; READ FIRST
    by_openslide   what OpenSlide reads: SVS, NDPI, MRXS, SCN, BIF, CZI, DICOM, tiled TIFF
    by_tifffile    what it does not: OME-TIFF and other pyramids in sub-resolutions

Labels, macro pictures and what scanners write of a patient are never read out of a file, so nobody can show them.
"""
