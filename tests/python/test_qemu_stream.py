"""QEMU's migration streams, as real QEMUs wrote them (tests/data/qemu_stream), and as they are not."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import unittest

import dwcp
from support import ROOT, FolderCase, needs_extension

DATA = ROOT / "tests/data/qemu_stream"
PAGE = 4096


def small_stream() -> bytes:
    """By the layout in hypervisor/qemu_stream/format.hpp: one block of 4 pages, of which three come, one of them twice."""
    def record(index: int, flags: int, name: bytes, content: bytes) -> bytes:
        return struct.pack(">Q", index * PAGE | flags) + name + content

    name = bytes([6]) + b"pc.ram"
    footer = struct.pack(">BI", 0x7E, 2)
    eos = struct.pack(">Q", 0x10)
    start = struct.pack(">BI", 1, 2) + bytes([3]) + b"ram" + struct.pack(">II", 0, 4)
    start += struct.pack(">Q", 4 * PAGE | 4) + name + struct.pack(">Q", 4 * PAGE) + eos + footer
    part = struct.pack(">BI", 2, 2) + record(0, 8, name, b"a" * PAGE) + record(2, 2 | 0x20, b"", b"\0") + eos + footer
    end = struct.pack(">BI", 3, 2) + record(0, 8 | 0x20, b"", b"b" * PAGE) + record(3, 8 | 0x20, b"", b"c" * PAGE)
    return b"QEVM" + struct.pack(">I", 3) + start + part + end + eos + footer + b"\0"


@needs_extension()
class Streams(FolderCase):
    def test_pages_come_in_their_order(self) -> None:
        stream = dwcp.QemuStream(io.BytesIO(small_stream()))
        self.assertEqual([(b.name, b.length, b.pages) for b in stream.blocks], [("pc.ram", 4 * PAGE, 4)])
        pages = [(page.block, page.index, page.zero, bytes(page.content[:1])) for page in stream]
        self.assertEqual(
            pages, [(0, 0, False, b"a"), (0, 2, True, b"\0"), (0, 0, False, b"b"), (0, 3, False, b"c")]
        )
        self.assertEqual((stream.pages, stream.zero_pages, stream.sections), (4, 1, 1))
        self.assertEqual(stream.opaque["tail"], 1)
        with self.assertRaisesRegex(dwcp.Error, "read once"):
            list(stream)

    def test_memory_is_the_newest_content(self) -> None:
        file = self.folder / "guest"
        file.write_bytes(small_stream())
        memory = dwcp.QemuStream(file).memory("pc.ram")
        self.assertEqual(memory, b"b" * PAGE + bytes(2 * PAGE) + b"c" * PAGE)
        with self.assertRaisesRegex(KeyError, "it has: pc.ram"):
            dwcp.QemuStream(file).memory("vga.vram")

    def test_pieces_of_any_size_are_the_same(self) -> None:
        from dwcp import _native

        whole = small_stream()
        for size in (1, 7, 4096, 5000):
            reader, pages = _native.StreamReader(), []
            for at in range(0, len(whole), size):
                pages += [(page.index, bytes(page)) for page in reader.feed(whole[at : at + size])]
            reader.finish()
            self.assertEqual([index for index, _ in pages], [0, 2, 0, 3])
            self.assertEqual(pages[3][1], b"c" * PAGE)
            self.assertEqual((reader.position, reader.ram_ended, reader.unreadable), (len(whole), True, None))

    def test_what_is_no_stream_is_refused(self) -> None:
        for text, code in ((b"GIF89a" * 9, "bad_stream"), (small_stream()[:-2000], "bad_stream"), (b"", "bad_stream"),
                           (struct.pack(">I", 0x11223344) + bytes(64), "unsupported_stream")):
            with self.subTest(text[:8]), self.assertRaises(dwcp.EngineError) as raised:
                list(dwcp.QemuStream(io.BytesIO(text)))
            self.assertEqual(raised.exception.code, code)
        with self.assertRaises(FileNotFoundError):
            dwcp.QemuStream(self.folder / "none")


@needs_extension()
@unittest.skipIf(shutil.which("zstd") is None, "not installed: zstd")
class RealStreams(unittest.TestCase):
    def test_all_of_them_encode_and_decode(self) -> None:
        from dwcp import hde

        files = sorted(DATA.glob("*.zst"))
        self.assertGreater(len(files), 3)
        for file in files:
            with self.subTest(file.stem):
                raw = subprocess.run(["zstd", "-dcq", file], check=True, stdout=subprocess.PIPE).stdout
                stream = dwcp.QemuStream(io.BytesIO(raw))
                memory = stream.memory(stream.blocks[0].name)
                self.assertEqual(len(memory), 16 << 20)
                self.assertGreater(stream.pages, 4096)
                encoded = hde.encode(memory, codec="lz4")
                self.assertGreater(encoded.classes["zero"].pages, 3500)
                self.assertEqual(hde.decode(encoded), memory)

    def test_a_pipe(self) -> None:
        with subprocess.Popen(["zstd", "-dcq", DATA / "pc-7.2-running.zst"], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            self.assertEqual(sum(1 for _ in dwcp.QemuStream(child.stdout)), 4306)


if __name__ == "__main__":
    unittest.main()
