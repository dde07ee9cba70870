"""From paths to uploads, and from names to groups of four DPC views."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.decode import panel, views
from core.errors import NotFound
from core.records import Modality, Upload


def uploads_in(paths: Sequence[Path]) -> list[Upload]:
    """Every file under the paths, in order of name; hidden ones are skipped, a BSCCM folder is one upload."""
    found: list[Upload] = []
    for path in paths:
        if not path.exists():
            raise NotFound("a file or folder", f"nothing at {path}", "Correct the path.")
        if path.is_dir() and not panel.is_folder(path):
            found += [Upload(str(file.relative_to(path)), file) for file in _walked(path)]
        else:
            found.append(Upload(path.name, path))
    return found


def _walked(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not panel.is_folder(path):
            if not path.is_symlink():  # a linked folder may lead back to where we came from
                yield from _walked(path)
        elif path.exists():
            yield path


def grouped(names: Sequence[str], modality: Modality | None) -> list[tuple[int, ...]]:
    """Positions in `names`: four in the order of VIEWS where names make a complete set, else one by one.

    A group stands where its first member stood. A stained smear has no views, whatever its files are called.
    """
    if modality is Modality.SMEAR:
        return [(position,) for position in range(len(names))]
    sets: dict[str, dict[str, list[int]]] = {}
    for position, name in enumerate(names):
        if found := views.named(name):
            sets.setdefault(found[0], {}).setdefault(found[1], []).append(position)
    group_of: dict[int, tuple[int, ...]] = {}
    for by_view in sets.values():
        if set(by_view) == set(views.VIEWS) and all(len(positions) == 1 for positions in by_view.values()):
            group = tuple(by_view[view][0] for view in views.VIEWS)
            group_of |= dict.fromkeys(group, group)
    groups = (group_of.get(position, (position,)) for position in range(len(names)))
    return list(dict.fromkeys(groups))


def lacking(names: Sequence[str], position: int) -> tuple[str, ...]:
    """The views missing beside a file that is named as one; () when it is not named as one."""
    own = views.named(names[position])
    if own is None:
        return ()
    there = {found[1] for name in names if (found := views.named(name)) and found[0] == own[0]}
    return tuple(view for view in views.VIEWS if view not in there)
