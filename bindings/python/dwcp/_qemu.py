"""dwcp.QemuStream: QEMU's migration streams, as files or pipes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from ._extension import native as _native
from .errors import Error

Page = _native.Page
RamBlock = _native.RamBlock

CHUNK = 1024 * 1024


class QemuStream:
    """Reads a migration stream of QEMU (RAM, versions 7.2 to 10): a file by its path, or anything with ``read(size)``.

    Pages are read while they are iterated over, in the order of the stream, in which newer contents of a page come later;
    memory is needed for one piece of 1 MiB only.

    >>> from dwcp import QemuStream
    >>> for page in QemuStream("guest.migration"):  # doctest: +SKIP
    ...     print(page.block, page.index, page.zero)

    Raises EngineError while reading: "bad_stream" for what no QEMU sends, "unsupported_stream" for a feature that is not
    read; OSError for a file that cannot be read.
    """

    def __init__(
        self, file: str | os.PathLike[str] | BinaryIO, *, huge_page_blocks: Iterable[str] = ()
    ) -> None:
        """`huge_page_blocks`: names of blocks on huge pages, where the guest was set up for post-copy."""
        self._reader = _native.StreamReader(tuple(huge_page_blocks))
        self._own = isinstance(file, (str, os.PathLike))
        self._file: BinaryIO = open(file, "rb") if isinstance(file, (str, os.PathLike)) else file
        self._begun = False
        self._pages = self._zero_pages = 0
        self._waiting: list[Page] = []
        self._ended = False

    def __iter__(self) -> Iterator[Page]:
        if self._begun:
            raise Error("a stream is read once: open the file again")
        self._begun = True
        try:
            while True:
                waiting, self._waiting = self._waiting, []
                for page in waiting:
                    self._pages += 1
                    self._zero_pages += page.zero
                    yield page
                if not self._read_on():
                    return
        finally:
            self.close()

    def _read_on(self) -> bool:
        if self._ended:
            return False
        data = self._file.read(CHUNK)
        if data:
            self._waiting += self._reader.feed(data)
            return True
        self._ended = True
        self._reader.finish()
        return False

    @property
    def blocks(self) -> list[RamBlock]:
        """The RAM blocks. They stand at the stream's beginning, which is read for them."""
        while not self._reader.blocks and self._reader.unreadable is None and self._read_on():
            pass
        return self._reader.blocks

    @property
    def pages(self) -> int:
        """Pages that were iterated over so far, zero pages included; a page that came twice counts twice."""
        return self._pages

    @property
    def zero_pages(self) -> int:
        """Those of them that the stream said are zero."""
        return self._zero_pages

    @property
    def sections(self) -> int:
        """RAM's sections that were read so far, but for the last one. QEMU ends one about every 50 ms."""
        return self._reader.sections

    @property
    def opaque(self) -> dict[str, int]:
        """Bytes read so far that are no pages: of the prefix, between RAM's sections, and of the tail (devices)."""
        return self._reader.opaque

    @property
    def unreadable(self) -> str | None:
        """The section that made the rest unreadable, pages and all; None as a rule."""
        return self._reader.unreadable

    def memory(self, block: str) -> bytearray:
        """Reads the whole stream: the newest contents of one block, for :func:`dwcp.hde.encode`. Pages that never came
        are zero. Raises KeyError when there is no such block."""
        names = [found.name for found in self.blocks]
        if block not in names:
            self.close()
            raise KeyError(f"{block}: the stream has no such block; it has: {', '.join(names)}")
        number = names.index(block)
        memory = bytearray(self.blocks[number].length)
        size = _native.PAGE_SIZE
        for page in self:
            if page.block == number:
                memory[page.index * size : (page.index + 1) * size] = page.content
        return memory

    def close(self) -> None:
        """Closes the file, if it was opened here; iterating to the end does it, too."""
        if self._own:
            self._file.close()

    def __enter__(self) -> QemuStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
