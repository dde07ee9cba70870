"""What one batch of uploads may cost. Counted as bytes arrive, never taken from a header's word."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import RefusedFile
from core.settings import MEGABYTE, Settings


@dataclass(slots=True)
class Budget:
    """Running totals of one call of `decode.images`."""

    settings: Settings
    given: int = 0  # bytes of the files as they were given
    unpacked: int = 0  # bytes that came out of archives
    entries: int = 0  # members of archives
    decoded: int = 0  # bytes of pixels held

    @property
    def file_bytes(self) -> int:
        return self.settings.max_file_mb * MEGABYTE

    def check_file(self, size: int) -> None:
        if size > self.file_bytes:
            raise RefusedFile(
                f"a file of at most {self.settings.max_file_mb} MB",
                f"{size / MEGABYTE:,.1f} MB",
                "Export a smaller region, or raise the setting max_file_mb.",
            )

    def give(self, size: int) -> None:
        """A file of `size` bytes joins the case."""
        if self.given + size > self.settings.max_case_mb * MEGABYTE:
            raise RefusedFile(
                f"a case of at most {self.settings.max_case_mb} MB",
                f"{(self.given + size) / MEGABYTE:,.1f} MB with this file",
                "Put the rest into another upload, or raise the setting max_case_mb.",
            )
        self.given += size

    def enter(self, entries: int) -> None:
        """An archive with so many members is opened."""
        if self.entries + entries > self.settings.max_zip_entries:
            raise RefusedFile(
                f"at most {self.settings.max_zip_entries:,} files in archives",
                f"{self.entries + entries:,}",
                "Split the archive, or raise the setting max_zip_entries.",
            )
        self.entries += entries

    def unpack(self, size: int) -> None:
        """So many more bytes came out of an archive."""
        self.unpacked += size
        if self.unpacked > self.settings.max_unpacked_mb * MEGABYTE:
            raise RefusedFile(
                f"archives of at most {self.settings.max_unpacked_mb} MB once unpacked",
                "more than that",
                "Split the archive, or raise the setting max_unpacked_mb.",
            )

    def hold(self, size: int) -> None:
        """So many bytes of pixels are about to be kept until the call returns."""
        if self.decoded + size > self.settings.max_unpacked_mb * MEGABYTE:
            raise RefusedFile(
                f"pictures of at most {self.settings.max_unpacked_mb} MB together once decoded",
                f"{(self.decoded + size) / MEGABYTE:,.0f} MB with this one",
                "Put the rest into another upload, or raise the setting max_unpacked_mb.",
            )
        self.decoded += size
