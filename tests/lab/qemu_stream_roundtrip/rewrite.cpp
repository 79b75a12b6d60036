// rewrite IN OUT: reads a migration stream and writes it again as a destination would that got the pages in any order:
// only the newest contents of each page, shuffled, in sections of 200.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>

#include "engine/base/random.hpp"
#include "hypervisor/qemu_stream/writer.hpp"

namespace {

using namespace dwcp;
using namespace dwcp::qemu_stream;

constexpr std::size_t batch_pages = 200;

struct Apart final : Visitor {
  void on_opaque(Part part, ByteSpan bytes) override {
    std::ranges::copy(bytes, std::back_inserter(opaque[static_cast<std::size_t>(part)]));
  }
  void on_ram_layout(const RamLayout&) override {}
  void on_page(BlockIndex block, PageIndex page, PageSpan bytes) override {
    pages[{block, page}].assign(bytes.begin(), bytes.end());
  }
  void on_zero_page(BlockIndex block, PageIndex page) override { pages[{block, page}].clear(); }
  void on_section_end() override {}
  void on_ram_end() override {}
  void on_unreadable(std::string_view) override {}

  ByteVector opaque[3];
  std::map<std::pair<BlockIndex, PageIndex>, ByteVector> pages;
};

ByteVector together(const Apart& apart) {
  ByteVector out;
  Writer writer;
  writer.write_opaque(Part::prefix, apart.opaque[0], out).value();
  std::vector<PageRecord> records;
  for (const auto& [key, bytes] : apart.pages) records.push_back({key.first, key.second, bytes});
  Random random(1);
  std::shuffle(records.begin(), records.end(), random);
  for (std::size_t at = 0; at < records.size(); at += batch_pages)
    writer.write_pages(std::span(records).subspan(at, std::min(batch_pages, records.size() - at)), out).value();
  writer.write_opaque(Part::between, apart.opaque[1], out).value();
  writer.finish_ram({}, out).value();
  writer.write_opaque(Part::tail, apart.opaque[2], out).value();
  return out;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fprintf(stderr, "usage: rewrite IN OUT\n");
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  const std::string stream{std::istreambuf_iterator<char>(in), {}};
  Apart apart;
  Reader reader(apart);
  reader.feed(as_bytes(stream)).value();
  reader.finish().value();
  const ByteVector out = together(apart);
  std::ofstream(argv[2], std::ios::binary) << as_text(out);
  std::printf("%zu bytes read, %zu pages, %zu bytes written\n", stream.size(), apart.pages.size(), out.size());
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
