"""Bytes to checked images: what a person uploads is sniffed, limited, decoded, stripped and numbered.

The entry is `core.decode.read`: `from core.decode import read as decode`, then `decode.images(uploads, settings)`.

    read        the way through: uploads → Decoded
    gather      paths → uploads, names → groups of four DPC views
    unpack      ZIP archives, member by member, within limits
    sniff       which format the bytes are, whatever the name says
    raster      JPEG, PNG, BMP, WebP        tiff    TIFF pages
    dicom       single DICOM images         arrays  NPY and NPZ
    panel       cells of a BSCCM data set   slides  whole slides, recognised and sent on
    smear       any page → RGB, 8 bit       views   pages → four DPC views
    lettering   text-like regions           identity  ids, masking
    codec       the one place where a codec's errors are caught
"""
