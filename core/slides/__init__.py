"""Whole slides: read by the piece, never whole.

    reading        opened(path) → Slide: its size, levels, regions and tiles; READ FIRST
    fields         a slide laid out in fields, each cell belonging to exactly one of them
    tissue         where cells lie side by side: a map of the slide, and regions to propose
    plans          what is kept of it: which fields are looked at, in which order, until when
    files          copies without labels and names; what is blanked in which format: blanks_tiff, _xml, _mirax, _czi
    given          slides among files that somebody gave as pictures
    by_openslide   what OpenSlide reads: SVS, NDPI, MRXS, SCN, BIF, CZI, DICOM, tiled TIFF
    by_tifffile    what it does not: OME-TIFF and other pyramids in sub-resolutions

Labels, macro pictures and what scanners write of a patient are never read out of a file, so nobody can show them.
"""
