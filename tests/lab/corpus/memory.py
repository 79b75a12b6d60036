"""Files of whole memory: copied with holes where pages are zero, and what is in them."""
import hashlib
import os
from pathlib import Path
from typing import NamedTuple

PAGE = 4096
CHUNK = 1 << 20  # bytes read at once
ZERO_PAGE = bytes(PAGE)
ZERO_CHUNK = bytes(CHUNK)


def chunks(path: Path):
    """The whole file as pairs of offset and bytes, none longer than CHUNK."""
    with open(path, "rb", buffering=0) as file:
        offset = 0
        while chunk := file.read(CHUNK):
            yield offset, chunk
            offset += len(chunk)


def pages_of(chunk: bytes):
    return (chunk[at:at + PAGE] for at in range(0, len(chunk), PAGE))


def copy_sparse(source: Path, target: Path):
    """Zero pages become holes, which the file has as zeros; both files are of the same length."""
    with open(target, "wb", buffering=0) as file:
        for offset, chunk in chunks(source):
            if chunk == ZERO_CHUNK:
                continue
            for at, page in enumerate(pages_of(chunk)):
                if page != ZERO_PAGE:
                    os.pwrite(file.fileno(), page, offset + at * PAGE)
        file.truncate(source.stat().st_size)


class Shape(NamedTuple):
    """Counts of pages."""

    nonzero: int     # of the first capture
    duplicates: int  # of these, those whose content another one before has
    changed: list    # between each capture and the next


def nonzero_and_duplicates(path: Path):
    nonzero, contents = 0, set()
    for _, chunk in chunks(path):
        if chunk == ZERO_CHUNK:
            continue
        for page in pages_of(chunk):
            if page != ZERO_PAGE:
                nonzero += 1
                contents.add(hashlib.blake2b(page, digest_size=16).digest())
    return nonzero, nonzero - len(contents)


def changed(before: Path, after: Path) -> int:
    return sum(sum(old != new for old, new in zip(pages_of(one), pages_of(other)))
               for (_, one), (_, other) in zip(chunks(before), chunks(after), strict=True) if one != other)


def shape(files) -> Shape:
    """Of successive captures."""
    return Shape(*nonzero_and_duplicates(files[0]), [changed(*pair) for pair in zip(files, files[1:])])
