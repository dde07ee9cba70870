"""Small slides laid out as scanners lay them out, each with a label and a macro picture of a red that nowhere else is,
and with a name wherever the format has room for one."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from tests.core.slides.samples import JPEG, halved

TILE = 256
WHO = "Mary Example"
LABEL = np.full((96, 128, 3), (255, 0, 0), np.uint8)
Pixels = NDArray[np.uint8]


def jpeg(pixels: Pixels, *more: int) -> bytes:
    found, content = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92, *more])
    assert found
    return bytes(content)


LABEL_JPEG = jpeg(LABEL)
# Two pixels across share a colour and none down: what is cut out of the middle can be read by itself.
RESTARTED = (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422, cv2.IMWRITE_JPEG_RST_INTERVAL)


def ndpi(path: Path, pixels: Pixels) -> Path:
    """A page a level, each one strip of JPEG with restart marks; then macro and map. Offsets of pages have 64 bits."""
    levels = halved(pixels, 2)
    pages = [(level, 40.0 / 2**n) for n, level in enumerate(levels)] + [(LABEL, -1.0), (LABEL, -2.0)]
    out = bytearray(b"II*\0" + bytes(8))
    link = 4
    for number, (level, lens) in enumerate(pages):
        content = jpeg(level, *RESTARTED, -(-level.shape[1] // 16))
        start = len(out)
        out += content
        density = (40_000 >> number, 1)
        entries = [
            (256, 4, level.shape[1]), (257, 4, level.shape[0]), (258, 3, (8, 8, 8)), (259, 3, 7), (262, 3, 6),
            (271, 2, "Hamamatsu"), (272, 2, "NanoZoomer"), (273, 4, start), (277, 3, 3), (278, 4, level.shape[0]),
            (279, 4, len(content)), (282, 5, density), (283, 5, density), (296, 3, 3), (305, 2, "NDP.scan"),
            (306, 2, "2020:01:02 03:04:05"), (65420, 4, 1), (65421, 11, lens), (65422, 9, 0), (65423, 9, 0),
            (65424, 9, 0), (65427, 2, f"Reference {WHO}"), (65442, 2, "serial-7"), (65449, 2, f"Name={WHO}\r\nA=1\r\n"),
        ]  # fmt: skip
        link = _page(out, link, entries)
    path.write_bytes(out)
    return path


def _page(out: bytearray, link: int, entries: Sequence[tuple[int, int, Any]]) -> int:
    """A page of a TIFF behind what is there, linked from `link`; where the next one's place is to be written."""
    kinds = {2: "s", 3: "H", 4: "I", 5: "II", 9: "i", 11: "f"}
    rows = []
    for code, kind, value in entries:
        values = value if isinstance(value, tuple) else (value,)
        content = (
            value.encode() + b"\0" if kind == 2 else b"".join(struct.pack("<" + kinds[kind][0], v) for v in values)
        )
        count = len(content) if kind == 2 else 1 if kind == 5 else len(values)
        if len(content) > 4:
            out += bytes(len(out) % 2)
            content, place = struct.pack("<I", len(out)), content
            out += place
        rows.append(struct.pack("<HHI", code, kind, count) + content.ljust(4, b"\0"))
    out += bytes(len(out) % 2)
    struct.pack_into("<Q", out, link, len(out))
    out += struct.pack("<H", len(rows)) + b"".join(rows)
    end = len(out)
    out += bytes(8 + 4 * len(rows))  # the next page, and the upper halves of values
    return end


SCN = """<?xml version="1.0"?>
<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01" uuid="urn:uuid:{who}">
<collection name="{who}" uuid="urn:uuid:x" sizeX="{wide}" sizeY="{tall}"><barcode>{code}</barcode>
<image name="{who} macro" uuid="a"><creationDate>2020-01-02T03:04:05</creationDate><device model="Leica SCN400;{who}"/>
<pixels sizeX="128" sizeY="96"><dimension sizeX="128" sizeY="96" r="0" ifd="0"/></pixels>
<view sizeX="{wide}" sizeY="{tall}" offsetX="0" offsetY="0" spacingZ="0"/>
<scanSettings><objectiveSettings><objective>1</objective></objectiveSettings><illuminationSettings>
<numericalAperture>0.6</numericalAperture><illuminationSource>brightfield</illuminationSource></illuminationSettings>
</scanSettings></image>
<image name="{who}" uuid="b"><creationDate>2020-01-02T03:04:05</creationDate><pixels>{levels}</pixels>
<view sizeX="{own_wide}" sizeY="{own_tall}" offsetX="{x}" offsetY="{y}" spacingZ="0"/>
<scanSettings><objectiveSettings><objective>40</objective></objectiveSettings><illuminationSettings>
<numericalAperture>0.65</numericalAperture><illuminationSource>brightfield</illuminationSource></illuminationSettings>
</scanSettings></image></collection></scn>"""


def scn(path: Path, pixels: Pixels) -> Path:
    """The whole glass in the first page, tiled like the levels behind it; which is which an XML says, in nanometres.

    The scanned part lies 100 × 200 pixels away from the corner of the glass.
    """
    levels, (tall, wide) = halved(pixels, 2), pixels.shape[:2]
    said = "".join(
        f'<dimension sizeX="{level.shape[1]}" sizeY="{level.shape[0]}" r="{n}" ifd="{n + 1}"/>'
        for n, level in enumerate(levels)
    )
    about = SCN.format(
        who=WHO, code=base64.b64encode(WHO.encode()).decode(), wide=(wide + 300) * 250, tall=(tall + 400) * 250,
        own_wide=wide * 250, own_tall=tall * 250, x=100 * 250, y=200 * 250, levels=said,
    )  # fmt: skip
    with tifffile.TiffWriter(path, bigtiff=True) as out:
        out.write(LABEL, description=about, metadata=None, **JPEG)
        for n, level in enumerate(levels):
            density = 40_000 / 2**n
            out.write(level, metadata=None, resolution=(density, density), resolutionunit="CENTIMETER", **JPEG)
    return path


def bif(path: Path, pixels: Pixels) -> Path:
    """Label and a map first, then levels of whole tiles; an XML beside the label and another beside the first level."""
    tall, wide = (side // TILE * TILE for side in pixels.shape[:2])
    levels = halved(np.ascontiguousarray(pixels[:tall, :wide]), 1)
    scanner = f'<iScan Magnification="40" ScanRes="0.25" BarCode1D="{WHO}" UserName="{WHO}" UnitNumber="7">x</iScan>'
    with tifffile.TiffWriter(path, bigtiff=True) as out:
        plain: dict[str, Any] = {"metadata": None, "photometric": "rgb"}
        about = _packet(f"<?xml version='1.0'?><Metadata>{scanner}<!-- {WHO} --></Metadata>")
        out.write(LABEL, description="Label Image", extratags=[about], tile=(TILE, TILE), compression="jpeg", **plain)
        out.write(LABEL[..., 0].copy(), description="Probability_Image", metadata=None, photometric="minisblack")
        for n, level in enumerate(levels):
            joined = [_packet(_joined(wide // TILE, tall // TILE))] if n == 0 else []
            said = f"level={n} mag={40 >> n} quality=95"
            out.write(level, description=said, extratags=joined, tile=(TILE, TILE), compression="jpeg", **plain)
    return path


def _packet(xml: str) -> tuple[int, int, int, bytes, bool]:
    return 700, 7, len(xml.encode()), xml.encode(), True


def _joined(columns: int, rows: int) -> str:
    """Tiles counted from below, to and fro; none overlaps."""

    def number(column: int, up: int) -> int:
        return up * columns + (columns - column if up % 2 else column + 1)

    said = ""
    for up in range(rows):
        for column in range(columns):
            for way, other in (("RIGHT", (column + 1, up)), ("UP", (column, up + 1))):
                if other[0] < columns and other[1] < rows:
                    said += (
                        f'<TileJointInfo FlagJoined="1" Confidence="99" Direction="{way}" Tile1="{number(column, up)}" '
                        f'Tile2="{number(*other)}" OverlapX="0" OverlapY="0"/>'
                    )
    image = f'AOIScanned="1" AOIIndex="0" NumRows="{rows}" NumCols="{columns}" Width="{TILE}" Height="{TILE}"'
    return (
        f'<EncodeInfo Ver="2"><SlideInfo ServerDirectory="C:/{WHO}"/><SlideStitchInfo><ImageInfo {image} Pos-X="0" '
        f'Pos-Y="0" Name="{WHO}">{said}</ImageInfo></SlideStitchInfo>'
        '<AoiOrigin><AOI0 OriginX="0" OriginY="0"/></AoiOrigin></EncodeInfo>'
    )


def philips(path: Path, pixels: Pixels) -> Path:
    levels, plain = halved(pixels, 2), {"metadata": None, "photometric": "rgb", "compression": "jpeg"}
    label = base64.b64encode(LABEL_JPEG).decode()

    def said(name: str, value: str) -> str:
        return f'<Attribute Name="{name}" Group="0x301D" Element="0x1000" PMSVR="IString">{value}</Attribute>'

    def spaced(n: int) -> str:
        return said("DICOM_PIXEL_SPACING", f"&quot;{0.00025 * 2**n}&quot; &quot;{0.00025 * 2**n}&quot;")

    each = "".join(
        f'<DataObject ObjectType="PixelDataRepresentation">{spaced(n)}'
        f"{said('PIIM_PIXEL_DATA_REPRESENTATION_NUMBER', str(n))}</DataObject>"
        for n in range(len(levels))
    )
    images = (
        f'<DataObject ObjectType="DPScannedImage">{said("PIM_DP_IMAGE_TYPE", "WSI")}{spaced(0)}'
        f"{said('DICOM_DERIVATION_DESCRIPTION', f'sourceFilename={WHO}')}"
        f"{said('PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE', f'<Array>{each}</Array>')}</DataObject>"
    ) + "".join(
        f'<DataObject ObjectType="DPScannedImage">{said("PIM_DP_IMAGE_TYPE", kind)}{said("PIM_DP_IMAGE_DATA", label)}'
        "</DataObject>"
        for kind in ("LABELIMAGE", "MACROIMAGE")
    )
    code = base64.b64encode(WHO.encode()).decode()
    about = (
        '<?xml version="1.0" encoding="UTF-8" ?><DataObject ObjectType="DPUfsImport">'
        f"{said('PIM_DP_UFS_BARCODE', code)}"
        f"{said('DICOM_ACQUISITION_DATETIME', '20200102030405')}"
        f"{said('PIM_DP_SCANNED_IMAGES', f'<Array>{images}</Array>')}</DataObject>"
    )
    with tifffile.TiffWriter(path, bigtiff=True) as out:
        for n, level in enumerate(levels):
            more: dict[str, Any] = {"description": about, "software": "Philips DP v1.0"} if n == 0 else {}
            out.write(level, subfiletype=int(n > 0), tile=(TILE, TILE), **more, **plain)
        out.write(LABEL, description="Macro", **plain)
        out.write(LABEL, description="Label", **plain)
    return path


MRXS = """[GENERAL]
SLIDE_VERSION = 01.02
SLIDE_ID = {id}
SLIDE_NAME = {who}
SLIDE_CREATIONDATETIME = 02/01/2020 03:04:05
PROJECT_NAME = {who}
IMAGENUMBER_X = {columns}
IMAGENUMBER_Y = {rows}
OBJECTIVE_MAGNIFICATION = 20
[HIERARCHICAL]
HIER_COUNT = 1
NONHIER_COUNT = 2
INDEXFILE = Index.dat
HIER_0_NAME = Slide zoom level
HIER_0_COUNT = {levels}
NONHIER_0_NAME = Scan data layer
NONHIER_0_COUNT = 3
NONHIER_0_VAL_0 = ScanDataLayer_SlideThumbnail
NONHIER_0_VAL_0_SECTION = NONHIERLAYER_0_LEVEL_0_SECTION
NONHIER_0_VAL_1 = ScanDataLayer_SlideBarcode
NONHIER_0_VAL_1_SECTION = NONHIERLAYER_0_LEVEL_1_SECTION
NONHIER_0_VAL_2 = ScanDataLayer_SlidePreview
NONHIER_0_VAL_2_SECTION = NONHIERLAYER_0_LEVEL_2_SECTION
NONHIER_1_NAME = VIMSLIDE_POSITION_BUFFER
NONHIER_1_COUNT = 1
NONHIER_1_VAL_0 = default
NONHIER_1_VAL_0_SECTION = NONHIERLAYER_1_LEVEL_0_SECTION
{sections}
[DATAFILE]
FILE_COUNT = 2
FILE_0 = Data0000.dat
FILE_1 = Data0001.dat
[NONHIERLAYER_0_LEVEL_0_SECTION]
THUMBNAIL_IMAGE_TYPE = JPEG
[NONHIERLAYER_0_LEVEL_1_SECTION]
BARCODE_IMAGE_TYPE = JPEG
BARCODE_VALUE = {who}
[NONHIERLAYER_0_LEVEL_2_SECTION]
PREVIEW_IMAGE_TYPE = JPEG
[NONHIERLAYER_1_LEVEL_0_SECTION]
"""
MRXS_LEVEL = """[LAYER_0_LEVEL_{n}_SECTION]
IMAGE_FORMAT = JPEG
IMAGE_FILL_COLOR_BGR = 16777215
IMAGE_CONCAT_FACTOR = {concat}
OVERLAP_X = 0
OVERLAP_Y = 0
MICROMETER_PER_PIXEL_X = {um}
MICROMETER_PER_PIXEL_Y = {um}
DIGITIZER_WIDTH = 256
DIGITIZER_HEIGHT = 256
SCANNER_OPERATOR = {who}"""


def mrxs(path: Path, pixels: Pixels) -> Path:
    """Tiles in one file, pictures beside them in another, an index of both, a list of keys, and a file that is none."""
    folder, identity = path.with_suffix(""), "0123456789abcdef0123456789abcdef"
    folder.mkdir()
    rows, columns = (side // TILE for side in pixels.shape[:2])
    levels = halved(np.ascontiguousarray(pixels[: rows * TILE, : columns * TILE]), 1)
    named = [
        f"HIER_0_VAL_{n} = ZoomLevel_{n}\nHIER_0_VAL_{n}_SECTION = LAYER_0_LEVEL_{n}_SECTION"
        for n in range(len(levels))
    ]
    each = [MRXS_LEVEL.format(n=n, concat=int(n > 0), um=0.25 * 2**n, who=WHO) for n in range(len(levels))]
    told = MRXS.format(
        id=identity, who=WHO, columns=columns, rows=rows, levels=len(levels), sections="\n".join([*named, *each])
    )
    tiles, beside = (bytearray(b"01.02" + identity.encode() + bytes(3)) for _ in range(2))
    pages = [list(_tiles(level, 2**n, columns, tiles)) for n, level in enumerate(levels)]
    others = []
    positions = b"".join(struct.pack("<bii", 0, c * TILE, r * TILE) for r in range(rows) for c in range(columns))
    for content in (LABEL_JPEG, LABEL_JPEG, LABEL_JPEG, positions):
        others.append((len(beside), len(content), 1))
        beside += content
    (folder / "Slidedat.ini").write_bytes(b"\xef\xbb\xbf" + told.replace("\n", "\r\n").encode())
    (folder / "Index.dat").write_bytes(_index(identity, pages, others))
    (folder / "Data0000.dat").write_bytes(tiles)
    (folder / "Data0001.dat").write_bytes(beside)
    (folder / f"{WHO}.txt").write_text(WHO)
    path.write_bytes(LABEL_JPEG)
    return path


def _tiles(level: Pixels, apart: int, columns: int, out: bytearray) -> Iterator[tuple[int, int, int, int]]:
    for row in range(-(-level.shape[0] // TILE)):
        for column in range(-(-level.shape[1] // TILE)):
            tile = np.full((TILE, TILE, 3), 255, np.uint8)
            part = level[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]
            tile[: part.shape[0], : part.shape[1]] = part
            content = jpeg(tile)
            yield row * apart * columns + column * apart, len(out), len(content), 0
            out += content


def _index(identity: str, pages: Sequence[Sequence[tuple[int, ...]]], others: Sequence[tuple[int, ...]]) -> bytes:
    out = bytearray(b"01.02" + identity.encode() + bytes(8))
    root = len(out) - 8

    def page(content: bytes) -> int:
        out.extend(content)
        return len(out) - len(content)

    heads = [
        page(struct.pack("<2i", 0, page(struct.pack("<2i", len(p), 0) + b"".join(struct.pack("<4i", *e) for e in p))))
        for p in pages
    ]
    struct.pack_into("<i", out, root, page(struct.pack(f"<{len(heads)}i", *heads)))
    heads = [page(struct.pack("<2i", 0, page(struct.pack("<7i", 1, 0, 0, 0, *each)))) for each in others]
    struct.pack_into("<i", out, root + 4, page(struct.pack(f"<{len(heads)}i", *heads)))
    return bytes(out)


CZI = """<ImageDocument><Metadata><Information><User Id="User:1" Name="{who}"><DisplayName>{who}</DisplayName></User>
<Document><UserName>{who}</UserName><CreationDate>2020-01-02T03:04:05</CreationDate></Document>
<Image><SizeX>{wide}</SizeX><SizeY>{tall}</SizeY><SizeC>1</SizeC><SizeS>1</SizeS><PixelType>Bgr24</PixelType>
<ObjectiveSettings><ObjectiveRef Id="Objective:1"/></ObjectiveSettings></Image>
<Instrument><Objectives><Objective Id="Objective:1" Name="{who}"><NominalMagnification>40</NominalMagnification>
</Objective></Objectives></Instrument></Information>
<AttachmentInfos><AttachmentInfo Id="Attachment:1"><Label><Barcodes><Barcode Id="Barcode:1"><Content>{who}</Content>
</Barcode></Barcodes></Label></AttachmentInfo></AttachmentInfos>
<Scaling><Items><Distance Id="X"><Value>2.5E-07</Value></Distance><Distance Id="Y"><Value>2.5E-07</Value></Distance>
</Items></Scaling></Metadata></ImageDocument>"""


def czi(path: Path, pixels: Pixels) -> Path:
    """Segments one after another: the head, tiles of two levels, their list, the XML, attachments, and their list."""
    out = bytearray()

    def segment(name: bytes, content: bytes) -> int:
        at = len(out)
        room = -(-len(content) // 32) * 32
        out.extend(struct.pack("<16sqq", name, room, len(content)) + content.ljust(room, b"\0"))
        return at

    segment(b"ZISRAWFILE", bytes(512))
    tall, wide = pixels.shape[:2]
    listed = []
    for n, level in enumerate(halved(pixels, 1)):
        for y in range(0, level.shape[0], TILE):
            for x in range(0, level.shape[1], TILE):
                tile = np.ascontiguousarray(level[y : y + TILE, x : x + TILE, ::-1])
                entry = _entry(x << n, y << n, tile.shape[1], tile.shape[0], n, len(listed), len(out))
                head = struct.pack("<iiq", 0, 0, tile.nbytes) + entry
                segment(b"ZISRAWSUBBLOCK", head.ljust(256, b"\0") + tile.tobytes())
                listed.append(entry)
    listing = segment(b"ZISRAWDIRECTORY", struct.pack("<i", len(listed)) + bytes(124) + b"".join(listed))
    xml = CZI.format(who=WHO, wide=wide, tall=tall).encode()
    metadata = segment(b"ZISRAWMETADATA", struct.pack("<ii", len(xml), 0) + bytes(248) + xml)
    attached = []
    for name in (b"Label", b"SlidePreview", b"Thumbnail"):
        entry = struct.pack("<2s10xqi16s8s80s", b"A1", len(out), 0, bytes(16), b"JPG", name)
        segment(b"ZISRAWATTACH", struct.pack("<i12x", len(LABEL_JPEG)) + entry + bytes(112) + LABEL_JPEG)
        attached.append(entry)
    attachments = segment(b"ZISRAWATTDIR", struct.pack("<i", len(attached)) + bytes(252) + b"".join(attached))
    struct.pack_into(
        "<iiii16s16siqqiq", out, 32, 1, 0, 0, 0, bytes(16), bytes(16), 0, listing, metadata, 0, attachments
    )
    path.write_bytes(out)
    return path


def _entry(x: int, y: int, wide: int, tall: int, level: int, number: int, at: int) -> bytes:
    sides = {b"X": (x, wide << level, wide), b"Y": (y, tall << level, tall), b"M": (number, 1, 0)}
    own = b"".join(struct.pack("<4siifi", name, start, size, 0.0, kept) for name, (start, size, kept) in sides.items())
    return struct.pack("<2siqiib5xi", b"DV", 3, at, 0, 0, int(level > 0), len(sides)) + own
