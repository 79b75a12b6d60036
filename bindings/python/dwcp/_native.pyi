"""Types of the extension. Use it through dwcp.hde and dwcp.QemuStream."""

from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias

from _typeshed import ReadableBuffer

class _ArrayLike(Protocol):
    """NumPy's arrays, for type checkers that do not know that they are buffers."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...

BufferLike: TypeAlias = ReadableBuffer | _ArrayLike | Batch | Decoder | Page

PAGE_SIZE: int
CODECS: tuple[str, ...]
PAGE_CLASSES: tuple[str, ...]
BUILD: str

class ClassTotals:
    """Pages and bytes of one class of pages."""

    def __init__(self, pages: int = ..., bytes_in: int = ..., bytes_out: int = ...) -> None: ...
    def __add__(self, other: ClassTotals) -> ClassTotals: ...
    @property
    def pages(self) -> int:
        """Pages of the class."""
    @property
    def bytes_in(self) -> int:
        """4096 a page."""
    @property
    def bytes_out(self) -> int:
        """Their share of the batch, without the directory."""

class Batch:
    """An encoded batch of pages. Its buffer is what travels; bytes(batch) copies it."""

    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __bytes__(self) -> bytes: ...
    def __len__(self) -> int: ...
    @property
    def payload(self) -> memoryview:
        """What travels, read-only and not copied."""
    @property
    def id(self) -> int:
        """Its number among the encoder's batches, from 1."""
    @property
    def codec(self) -> str:
        """What it was encoded with."""
    @property
    def pages(self) -> int:
        """How many pages it carries."""
    @property
    def size(self) -> int:
        """Bytes that travel."""
    @property
    def classes(self) -> dict[str, ClassTotals]:
        """How the pages travel, by class, in the order of PAGE_CLASSES."""
    @property
    def overhead(self) -> int:
        """Bytes of the header, the directory and the checksums."""
    @property
    def matched(self) -> int:
        """Bytes of content that were copied from what earlier batches carried."""

class Encoder:
    """The sending side: classifies pages against what the receiver acknowledged, and packs them."""

    def __init__(self, *, deltas: int = ..., retention: int = ..., window: int = ...) -> None:
        """Budgets in bytes: contents that deltas refer to, batches under way, contents that later batches copy from."""
    def encode(
        self,
        content: BufferLike,
        *,
        block: int = ...,
        first: int = ...,
        version: int | None = ...,
        codec: str = ...,
        windowed: bool = ...,
    ) -> Batch:
        """Encodes 1 to 1000 pages, which lie one after the other in `content`, as pages first, first + 1... of `block`."""
    def acknowledge(self, batch: int) -> None:
        """The receiver has applied the batch of this id."""
    @property
    def digest(self) -> str:
        """Of the newest contents of all pages: 32 hexadecimal digits."""
    @property
    def cached(self) -> int:
        """Bytes of contents that are held for deltas."""
    @property
    def under_way(self) -> int:
        """Batches that were not acknowledged."""

class Rejected:
    """A page that was not applied; the sender must be asked for it."""

    @property
    def index(self) -> int:
        """Of the page in its block."""
    @property
    def version(self) -> int:
        """Of the page."""
    @property
    def reason(self) -> str:
        """ "missing_base" or "checksum"."""

class Report:
    """What became of a batch."""

    @property
    def batch(self) -> int:
        """Its id, for Encoder.acknowledge()."""
    @property
    def applied(self) -> int:
        """Pages that were written, or were unchanged."""
    @property
    def superseded(self) -> int:
        """Pages that were dropped: the same or a newer version had been applied."""
    @property
    def rejected(self) -> list[Rejected]:
        """Pages that were not applied."""

class Decoder:
    """The receiving side of one block of pages, all zero at first. Its buffer is the memory."""

    def __init__(self, pages: int, *, block: int = ..., window: int = ...) -> None:
        """`pages`: 1 to 2**28. `window` is the encoder's, in bytes."""
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __bytes__(self) -> bytes: ...
    def decode(self, batch: BufferLike) -> Report:
        """Verifies a batch and writes its pages. Batches may come in any order and more than once."""
    @property
    def memory(self) -> memoryview:
        """The block's bytes, read-only and not copied; they change with the next batch."""
    @property
    def digest(self) -> str:
        """Equals Encoder.digest when everything has arrived: 32 hexadecimal digits."""

class RamBlock:
    """A block of the guest's RAM."""

    @property
    def name(self) -> str:
        """Such as "pc.ram"."""
    @property
    def length(self) -> int:
        """Bytes, a multiple of 4096."""
    @property
    def pages(self) -> int:
        """Pages of 4096 bytes."""

class Page:
    """A page as the stream carried it. Its buffer is its content, also of a page of zeroes."""

    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __bytes__(self) -> bytes: ...
    def __len__(self) -> int: ...
    @property
    def content(self) -> memoryview:
        """4096 bytes, read-only and not copied."""
    @property
    def block(self) -> int:
        """Position of its block in StreamReader.blocks."""
    @property
    def index(self) -> int:
        """Of the page in its block."""
    @property
    def zero(self) -> bool:
        """Whether the stream said that it holds zeroes only."""

class StreamReader:
    """Takes QEMU's migration stream apart (RAM, versions 7.2 to 10), in pieces of any size."""

    def __init__(self, huge_page_blocks: Iterable[str] = ...) -> None:
        """`huge_page_blocks`: names of blocks on huge pages, where post-copy is on."""
    def feed(self, data: BufferLike) -> list[Page]:
        """Takes all of `data`, and returns the pages that ended in it, in the stream's order."""
    def finish(self) -> None:
        """The stream is over. Raises EngineError when it ended too soon."""
    @property
    def blocks(self) -> list[RamBlock]:
        """The RAM blocks, in their order; empty before the stream told them."""
    @property
    def opaque(self) -> dict[str, int]:
        """Bytes that are no pages, by part: prefix, between, tail."""
    @property
    def position(self) -> int:
        """Bytes taken so far."""
    @property
    def sections(self) -> int:
        """RAM's sections that have ended, but for the last one."""
    @property
    def ram_ended(self) -> bool:
        """Whether all pages have come."""
    @property
    def unreadable(self) -> str | None:
        """The section that made the rest unreadable; None as a rule."""

def compressed_size(data: BufferLike, codec: str) -> int:
    """Bytes that a codec makes of a buffer, or the buffer's own size when it does not shrink."""

def digest(memory: BufferLike, *, block: int = ..., first: int = ...) -> str:
    """The digest of a memory (a multiple of 4096 bytes), as Encoder and Decoder have it for the same pages."""
