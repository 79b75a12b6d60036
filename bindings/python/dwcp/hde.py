"""HDE, the engine's encoding of pages, alone: no simulation, no network (docs/hde-format.md).

>>> from dwcp import hde
>>> before, after = bytes(8192), b"x" + bytes(8191)
>>> encoded = hde.encode(after, previous=before)
>>> hde.decode(encoded, previous=before) == after
True
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from . import _html
from ._extension import native as _native
from .errors import EngineError, EngineValueError

if TYPE_CHECKING:
    from ._native import BufferLike

Batch = _native.Batch
ClassTotals = _native.ClassTotals
Decoder = _native.Decoder
Encoder = _native.Encoder
Rejected = _native.Rejected
Report = _native.Report
compressed_size = _native.compressed_size
digest = _native.digest

PAGE_SIZE = _native.PAGE_SIZE
"""Bytes of a page: 4096."""
CODECS = _native.CODECS
"""What whole pages and deltas may be compressed with, the quickest first."""
PAGE_CLASSES = _native.PAGE_CLASSES
"""How a page can travel, the cheapest first."""
BATCH_PAGES = 256
"""Pages of a batch, as the engine sends them. A batch may have up to 1000."""

# What the engine keeps by itself; encode() takes more where there is more to remember.
_BUDGET = 256 * 1024 * 1024
# What a remembered page costs beside its content, at most.
_PAGE_COST = 256


class Encoded:
    """What :func:`encode` made: batches, and how the pages travel in them."""

    def __init__(self, batches: tuple[Batch, ...], digest: str, batch_pages: int) -> None:
        self.batches = batches
        """In the order in which they are sent."""
        self.digest = digest
        """Of the pages, as :func:`dwcp.hde.digest` has it."""
        self.batch_pages = batch_pages
        """Pages of each batch, but for the last one."""

    @property
    def pages(self) -> int:
        """All of them, zero pages included."""
        return sum(batch.pages for batch in self.batches)

    @property
    def size(self) -> int:
        """Bytes that travel."""
        return sum(batch.size for batch in self.batches)

    @property
    def ratio(self) -> float:
        """Bytes of the pages, divided by the bytes that travel."""
        return self.pages * PAGE_SIZE / self.size

    @property
    def overhead(self) -> int:
        """Bytes of headers, directories and checksums."""
        return sum(batch.overhead for batch in self.batches)

    @property
    def matched(self) -> int:
        """Bytes of content that were copied from what earlier batches carried."""
        return sum(batch.matched for batch in self.batches)

    @property
    def classes(self) -> dict[str, ClassTotals]:
        """Pages and bytes by class, in the order of PAGE_CLASSES."""
        return {
            name: sum((batch.classes[name] for batch in self.batches), ClassTotals())
            for name in PAGE_CLASSES
        }

    def __repr__(self) -> str:
        return f"<dwcp.hde.Encoded: {self.pages} pages in {self.size} bytes, {self.ratio:.3g} ×>"

    def _repr_html_(self) -> str:
        rows = [
            (escape(name), str(t.pages), _html.size(t.bytes_in), _html.size(t.bytes_out))
            for name, t in self.classes.items()
        ]
        rows.append(("overhead", "", "", _html.size(self.overhead)))
        rows.append((f"<b>{self.ratio:.3g} ×</b>", str(self.pages), _html.size(self.pages * PAGE_SIZE),
                     _html.size(self.size)))
        return _html.table(("class", "pages", "guest", "wire"), rows)


def _chunks(memory: BufferLike, batch_pages: int) -> list[tuple[int, memoryview]]:
    if not 1 <= batch_pages <= 1000:
        raise ValueError(f"batch_pages={batch_pages!r}; 1 to 1000 pages would be right")
    view = memoryview(memory).cast("B")  # type: ignore[arg-type]
    if view.nbytes == 0 or view.nbytes % PAGE_SIZE:
        raise ValueError(f"pages of {view.nbytes} bytes; a multiple of {PAGE_SIZE} above 0 would be right")
    step = batch_pages * PAGE_SIZE
    return [(at // PAGE_SIZE, view[at : at + step]) for at in range(0, view.nbytes, step)]


def encode(
    pages: BufferLike,
    previous: BufferLike | None = None,
    *,
    codec: str = "zstd3",
    batch_pages: int = BATCH_PAGES,
    windowed: bool = False,
) -> Encoded:
    """Encodes a memory: a buffer of whole pages (4096 bytes each), of any number.

    :param previous: what the receiver holds and has acknowledged, as many bytes: pages become unchanged ones and deltas.
    :param codec: one of CODECS, for whole pages and deltas; pages that a sample says it would not shrink are left raw.
    :param batch_pages: 1 to 1000.
    :param windowed: content that earlier batches carried is copied from there instead of being sent again.

    Needs about twice the memory of `previous`. The interpreter is free for other threads meanwhile. Raises ValueError for
    sizes that cannot be, EngineValueError for a codec that is not there.
    """
    chunks = _chunks(pages, batch_pages)
    encoder = _encoder_for(chunks, previous, batch_pages)
    batches = tuple(
        encoder.encode(chunk, first=first, version=2, codec=codec, windowed=windowed) for first, chunk in chunks
    )
    return Encoded(batches, encoder.digest, batch_pages)


def _encoder_for(
    chunks: list[tuple[int, memoryview]], previous: BufferLike | None, batch_pages: int
) -> Encoder:
    size = sum(chunk.nbytes for _, chunk in chunks)
    budget = max(_BUDGET, size + size // PAGE_SIZE * _PAGE_COST)
    encoder = Encoder(deltas=0 if previous is None else budget, retention=budget)
    for batch in _batches_before(encoder, size, previous, batch_pages):
        encoder.acknowledge(batch.id)
    return encoder


def _batches_before(
    encoder: Encoder, size: int, previous: BufferLike | None, batch_pages: int
) -> list[Batch]:
    if previous is None:
        return []
    before = _chunks(previous, batch_pages)
    held = sum(chunk.nbytes for _, chunk in before)
    if held != size:
        raise ValueError(f"previous has {held} bytes and the pages have {size}; as many would be right")
    return [encoder.encode(chunk, first=first, version=1, codec="none") for first, chunk in before]


def decode(encoded: Encoded, previous: BufferLike | None = None) -> bytes:
    """The pages that :func:`encode` was given, with the same `previous`.

    Every page's checksum and the digest of all are verified. Raises EngineError: "bad_encoding" for bytes that are no
    batch, "missing_base" or "checksum_mismatch" when pages do not decode, which is so with another `previous`.
    """
    size = encoded.pages * PAGE_SIZE
    decoder = Decoder(encoded.pages)
    for batch in _batches_before(Encoder(deltas=0), size, previous, encoded.batch_pages):
        decoder.decode(batch)
    for batch in encoded.batches:
        rejected = decoder.decode(batch).rejected
        if rejected:
            code = "missing_base" if rejected[0].reason == "missing_base" else "checksum_mismatch"
            raise EngineError(
                code, f"{len(rejected)} pages of batch {batch.id} do not decode, page {rejected[0].index} first: "
                f"{rejected[0].reason}; they were encoded against another `previous`",
            )
    if decoder.digest != encoded.digest:
        raise EngineError("wrong_memory", f"the digest is {decoder.digest}, and {encoded.digest} was encoded")
    return bytes(decoder.memory)


__all__ = [
    "BATCH_PAGES",
    "CODECS",
    "PAGE_CLASSES",
    "PAGE_SIZE",
    "Batch",
    "ClassTotals",
    "Decoder",
    "Encoded",
    "Encoder",
    "EngineError",
    "EngineValueError",
    "Rejected",
    "Report",
    "compressed_size",
    "decode",
    "digest",
    "encode",
]
