"""Small calls, so many of them that a leak of a few bytes each would show as memory."""

from __future__ import annotations

import gc
import io
import unittest
from collections.abc import Callable

import dwcp
from support import needs_extension
from test_qemu_stream import small_stream

CALLS = 100_000
WARM_UP = 5_000
# An object that is not let go takes 48 bytes at least, which would be 4.8 MB.
GROWTH_MAX = 2 * 1024 * 1024


def resident() -> int:
    """Bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


@needs_extension()
class Leaks(unittest.TestCase):
    def keeps_its_size(self, call: Callable[[int], object]) -> None:
        for number in range(WARM_UP):
            call(number)
        gc.collect()
        before = resident()
        for number in range(CALLS):
            call(number)
        gc.collect()
        self.assertLess(resident() - before, GROWTH_MAX)

    def test_encode_and_decode(self) -> None:
        from dwcp import hde

        encoder, decoder = hde.Encoder(), hde.Decoder(4)

        def call(number: int) -> None:
            # A page of its own each time, so that one that is kept shows.
            batch = encoder.encode(bytes([number % 256]) * 4096, first=number % 4, codec="lz4")
            encoder.acknowledge(decoder.decode(batch).batch)
            batch.classes["lz4"].pages, batch.payload.nbytes

        self.keeps_its_size(call)

    def test_buffers_digests_and_sizes(self) -> None:
        from dwcp import hde

        page = bytes(4096)
        self.keeps_its_size(lambda number: (hde.digest(bytearray(page)), hde.compressed_size(page, "lz4")))

    def test_errors(self) -> None:
        from dwcp import hde

        decoder = hde.Decoder(1)

        def call(number: int) -> None:
            try:
                decoder.decode(b"no batch at all")
            except dwcp.EngineError as error:
                if not error.code:
                    raise

        self.keeps_its_size(call)

    def test_streams(self) -> None:
        stream = small_stream()
        self.keeps_its_size(lambda number: sum(page.index for page in dwcp.QemuStream(io.BytesIO(stream))))


if __name__ == "__main__":
    unittest.main()
