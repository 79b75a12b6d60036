"""The encoding of pages, alone."""

from __future__ import annotations

import random
import threading
import unittest

import dwcp
from support import needs, needs_extension

PAGE = 4096


def pages_of(kind: str, count: int, draw: random.Random) -> bytearray:
    """A memory of one kind of content, or of all, mixed page by page."""
    memory = bytearray()
    for number in range(count):
        what = draw.choice(("zero", "random", "text", "low")) if kind == "mixed" else kind
        if what == "zero":
            memory += bytes(PAGE)
        elif what == "random":
            memory += draw.randbytes(PAGE)
        elif what == "text":
            memory += (b"entry %d of a table that repeats; " % number * PAGE)[:PAGE]
        else:
            memory += bytes(draw.choices(range(4), k=PAGE))
    return memory


@needs_extension()
class RoundTrip(unittest.TestCase):
    def test_every_kind_with_every_codec(self) -> None:
        from dwcp import hde

        draw = random.Random(1)
        for kind in ("zero", "random", "text", "low", "mixed"):
            memory = pages_of(kind, 70, draw)
            for codec in hde.CODECS:
                with self.subTest(kind=kind, codec=codec):
                    encoded = hde.encode(memory, codec=codec, batch_pages=32)
                    self.assertEqual([batch.pages for batch in encoded.batches], [32, 32, 6])
                    self.assertEqual(hde.decode(encoded), memory)
                    self.assertEqual(encoded.digest, hde.digest(memory))

    def test_deltas_of_random_changes(self) -> None:
        from dwcp import hde

        for seed in range(20):
            draw = random.Random(seed)
            before = pages_of("mixed", draw.randint(1, 80), draw)
            after = bytearray(before)
            for _ in range(draw.randint(0, 200)):
                after[draw.randrange(len(after))] = draw.randrange(256)
            with self.subTest(seed=seed):
                encoded = hde.encode(after, previous=before, codec=draw.choice(hde.CODECS), windowed=draw.random() < 0.5)
                self.assertEqual(hde.decode(encoded, previous=before), after)

    def test_classes_account_for_every_page_and_byte(self) -> None:
        from dwcp import hde

        memory = pages_of("zero", 3, random.Random(1)) + pages_of("random", 4, random.Random(2))
        memory += pages_of("text", 20, random.Random(3))
        encoded = hde.encode(memory, codec="zstd3")
        classes = encoded.classes
        self.assertEqual(tuple(classes), hde.PAGE_CLASSES)
        self.assertEqual({name: t.pages for name, t in classes.items() if t.pages}, {"zero": 3, "raw": 4, "zstd": 20})
        self.assertEqual(classes["raw"].bytes_out, 4 * PAGE)
        self.assertEqual(sum(t.bytes_in for t in classes.values()), len(memory))
        self.assertEqual(sum(t.bytes_out for t in classes.values()) + encoded.overhead, encoded.size)
        self.assertEqual(encoded.size, sum(len(bytes(batch)) for batch in encoded.batches))
        changed = bytearray(memory)
        changed[5 * PAGE] ^= 1
        again = hde.encode(changed, previous=memory).classes
        self.assertEqual({name: t.pages for name, t in again.items() if t.pages}, {"zero": 3, "unchanged": 23, "delta": 1})

    def test_windowed_batches_copy_from_earlier_ones(self) -> None:
        from dwcp import hde

        once = pages_of("low", 64, random.Random(1))
        twice = once + once
        self.assertEqual(hde.encode(twice, batch_pages=64).matched, 0)
        encoded = hde.encode(twice, batch_pages=64, windowed=True)
        self.assertEqual(encoded.matched, 64 * PAGE)
        self.assertEqual(hde.decode(encoded), twice)


@needs_extension()
class Refusals(unittest.TestCase):
    def test_values_that_cannot_be(self) -> None:
        from dwcp import hde

        page = bytes(PAGE)
        for refused, says in (
            (lambda: hde.encode(page, codec="gzip"), "codec 'gzip'; there are: none, lz4"),
            (lambda: hde.encode(b""), "0 bytes"),
            (lambda: hde.encode(page[1:]), "4095 bytes"),
            (lambda: hde.encode(page, previous=page * 2), "previous has 8192 bytes and the pages have 4096"),
            (lambda: hde.encode(page, batch_pages=1001), "batch_pages=1001"),
            (lambda: hde.Encoder().encode(page * 1001), "1 to 1000 whole pages"),
            (lambda: hde.Encoder().encode(page, version=0), "version"),
            (lambda: hde.Decoder(0), "pages 0"),
            (lambda: hde.digest(b"x"), "1 bytes"),
            (lambda: hde.compressed_size(page, "brotli"), "brotli"),
        ):
            with self.subTest(says), self.assertRaisesRegex(ValueError, says):
                refused()
        with self.assertRaises(TypeError):
            hde.Encoder().encode("text")  # type: ignore[arg-type]

    def test_foreign_bytes(self) -> None:
        from dwcp import hde

        good = bytes(hde.encode(pages_of("mixed", 20, random.Random(4))).batches[0])
        draw = random.Random(5)
        refused = 0
        for _ in range(300):
            bad = bytearray(good)
            bad[draw.randrange(len(bad))] ^= 1 << draw.randrange(8)
            decoder = hde.Decoder(20)
            try:
                rejected = decoder.decode(bad).rejected
                self.assertTrue(rejected, "a damaged batch was taken for a good one")
            except dwcp.EngineError as error:
                self.assertIn(error.code, ("bad_encoding", "version_mismatch"))
            refused += 1
        self.assertEqual(refused, 300)

    def test_another_previous_is_noticed(self) -> None:
        from dwcp import hde

        before = pages_of("text", 8, random.Random(1))
        encoded = hde.encode(before[:-1] + b"!", previous=before)
        with self.assertRaises(dwcp.EngineError) as raised:
            hde.decode(encoded, previous=bytes(8 * PAGE))
        self.assertIn(raised.exception.code, ("missing_base", "checksum_mismatch"))
        with self.assertRaisesRegex(dwcp.EngineError, "missing_base"):
            hde.decode(encoded)


@needs_extension()
class Objects(unittest.TestCase):
    def test_newer_versions_win_in_any_order(self) -> None:
        from dwcp import hde

        encoder, decoder = hde.Encoder(deltas=0), hde.Decoder(2)
        first = encoder.encode(b"a" * PAGE, first=1)
        second = encoder.encode(b"b" * PAGE, first=1)
        self.assertEqual((first.id, second.id, encoder.under_way), (1, 2, 2))
        self.assertEqual(decoder.decode(second).applied, 1)
        self.assertEqual(decoder.decode(first).superseded, 1)
        self.assertEqual(bytes(decoder.memory), bytes(PAGE) + b"b" * PAGE)
        self.assertEqual(decoder.digest, encoder.digest)
        encoder.acknowledge(first.id)
        encoder.acknowledge(second.id)
        self.assertEqual(encoder.under_way, 0)

    def test_buffers(self) -> None:
        from dwcp import hde

        batch = hde.Encoder().encode(bytearray(b"x" * PAGE))
        view = memoryview(batch)  # type: ignore[arg-type]
        self.assertTrue(view.readonly)
        self.assertEqual((view.nbytes, bytes(view)), (batch.size, bytes(batch.payload)))
        decoder = hde.Decoder(1)
        memory = decoder.memory
        decoder.decode(bytes(batch))
        self.assertEqual(memory[:4], b"xxxx")  # the same memory, not a copy
        with self.assertRaises(TypeError):
            memory[0] = 1
        del decoder
        self.assertEqual(memory[PAGE - 1], ord("x"))  # which it keeps

    def test_what_may_change_is_copied_and_what_may_not_is_kept(self) -> None:
        import sys

        from dwcp import hde

        encoder = hde.Encoder()
        mutable = bytearray(random.Random(1).randbytes(PAGE))
        before = bytes(mutable)
        encoder.acknowledge(encoder.encode(mutable, version=1).id)
        mutable[:] = bytes(PAGE)
        constant = bytes(before)
        references = sys.getrefcount(constant)
        same = encoder.encode(constant, version=2)
        self.assertEqual(same.classes["unchanged"].pages, 1)
        self.assertGreater(sys.getrefcount(constant), references)
        del encoder, same
        self.assertEqual(sys.getrefcount(constant), references)

    def test_strided_memory_is_refused(self) -> None:
        from dwcp import hde

        with self.assertRaises(BufferError):
            hde.Encoder().encode(memoryview(bytes(2 * PAGE))[::2])

    def test_other_threads_run_meanwhile(self) -> None:
        import sys
        import time

        from dwcp import hde

        memory = bytes(pages_of("low", 500, random.Random(1)))
        counted, done = [0], threading.Event()

        def count() -> None:
            while not done.is_set():
                counted[0] += 1
                time.sleep(0)  # lets others in

        # So long that Python takes the lock from no thread by itself: another one runs only while encode() has given it up.
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1000.0)
        thread = threading.Thread(target=count)
        try:
            thread.start()
            encoder = hde.Encoder()
            for _ in range(100):
                before = counted[0]
                encoder.encode(memory, codec="zstd9")
                if counted[0] > before:
                    break
            else:
                self.fail("no other thread ran during any of 100 calls")
        finally:
            done.set()
            sys.setswitchinterval(interval)
            thread.join()

    def test_one_encoder_for_many_threads(self) -> None:
        from dwcp import hde

        encoder, decoder = hde.Encoder(), hde.Decoder(8 * 64)
        memory = bytes(pages_of("mixed", 8 * 64, random.Random(2)))
        batches: list[object] = []

        def send(part: int) -> None:
            for at in range(part * 64, part * 64 + 64, 16):
                batches.append(encoder.encode(memory[at * PAGE : (at + 16) * PAGE], first=at))

        threads = [threading.Thread(target=send, args=(part,)) for part in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for batch in batches:
            encoder.acknowledge(decoder.decode(batch).batch)
        self.assertEqual(bytes(decoder.memory), memory)
        self.assertEqual(encoder.under_way, 0)


@needs_extension()
@needs("numpy")
class Arrays(unittest.TestCase):
    def test_numpy(self) -> None:
        import numpy
        from dwcp import hde

        array = numpy.arange(8 * PAGE // 8, dtype=numpy.uint64)
        encoded = hde.encode(array)
        self.assertEqual(hde.decode(encoded), array.tobytes())
        self.assertEqual(numpy.frombuffer(encoded.batches[0].payload, dtype=numpy.uint8).nbytes, encoded.size)


if __name__ == "__main__":
    unittest.main()
