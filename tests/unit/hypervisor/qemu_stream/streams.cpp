#include "tests/unit/hypervisor/qemu_stream/streams.hpp"

#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "engine/base/random.hpp"

namespace dwcp::qemu_stream::testing {

namespace {
const std::filesystem::path folder = std::filesystem::path(DWCP_SOURCE_DIR) / "tests/data/qemu_stream";
constexpr std::size_t stream_max = std::size_t{8} << 20;
}  // namespace

StreamHead small_head() {
  StreamHead head;
  head.machine_type = "pc-i440fx-7.2";
  head.ram.section_id = 2;
  head.ram.blocks = {{.name = "pc.ram", .length = page_size * 64}, {.name = "vga.vram", .length = page_size * 8}};
  return head;
}

ByteVector random_page(std::uint64_t seed) {
  Random random(seed);
  ByteVector page(page_size.value);
  for (std::size_t at = 0; at < page.size(); at += 8) store_le(page.data() + at, random());
  return page;
}

ByteVector small_stream(std::uint64_t contents) {
  Writer writer;
  ByteVector out;
  writer.write_opaque(Part::prefix, make_prefix(small_head()), out).value();
  const ByteVector a = random_page(contents), b = random_page(contents + 1);
  std::vector<PageRecord> pages;
  for (std::uint64_t page = 0; page < 20; ++page)
    pages.push_back({BlockIndex(page % 5 == 4 ? 1 : 0), PageIndex(page % 8), page % 3 == 0 ? ByteSpan(a) : ByteSpan()});
  writer.write_pages(pages, out).value();
  writer.write_opaque(Part::between, make_command(3, as_bytes("ping")), out).value();
  writer.write_pages(std::vector<PageRecord>{{BlockIndex(0), PageIndex(63), b}}, out).value();
  writer.finish_ram(std::vector<PageRecord>{{BlockIndex(1), PageIndex(7), b}, {BlockIndex(1), PageIndex(6), {}}}, out)
      .value();
  const std::vector<DeviceState> devices{{.name = "timer", .contents = as_bytes("ticks")},
                                         {.name = "cpu", .version = 12, .contents = ByteSpan(a).first(700)}};
  writer.write_opaque(Part::tail, make_tail(devices, 3, R"({"devices": []})"), out).value();
  return out;
}

std::vector<std::string> captures() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".zst") names.push_back(entry.path().stem());
  std::ranges::sort(names);
  return names;
}

ByteVector load_capture(const std::string& name) {
  std::ifstream file(folder / (name + ".zst"), std::ios::binary);
  const std::string packed{std::istreambuf_iterator<char>(file), {}};
  ByteVector stream(stream_max);
  const std::size_t size = ZSTD_decompress(stream.data(), stream.size(), packed.data(), packed.size());
  if (ZSTD_isError(size)) throw std::runtime_error(name + ": " + ZSTD_getErrorName(size));
  stream.resize(size);
  return stream;
}

}  // namespace dwcp::qemu_stream::testing
