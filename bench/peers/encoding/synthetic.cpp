#include "bench/peers/encoding/synthetic.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/unit/engine/hde/pages.hpp"

namespace dwcp::bench {
namespace {

using hde::testing::Content;

constexpr std::array kinds{Content::zero, Content::zero,     Content::zero,     Content::zero, Content::text,
                           Content::text, Content::pointers, Content::pointers, Content::code, Content::noise};
constexpr std::array guest_times{0.0, 1.0, 3.0, 8.0};
constexpr std::size_t dirtied_per_second = 200;  // one page in so many

void write_sparse(const std::filesystem::path& path, ByteSpan memory) {
  std::ofstream out(path, std::ios::binary);
  const std::vector<std::byte> zero(hde::testing::page_length);
  for (std::size_t at = 0; at < memory.size(); at += zero.size()) {
    const ByteSpan page = memory.subspan(at, zero.size());
    if (std::ranges::equal(page, zero)) continue;
    out.seekp(static_cast<std::streamoff>(at));
    out.write(reinterpret_cast<const char*>(page.data()), static_cast<std::streamsize>(page.size()));
  }
  out.close();
  if (!out) throw std::runtime_error(path.string() + " cannot be written");
  std::filesystem::resize_file(path, memory.size());
}

}  // namespace

void write_synthetic(const std::string& folder, Bytes size) {
  const std::filesystem::path path(folder);
  std::filesystem::create_directories(path);
  hde::testing::Memory memory(size.value / page_size.value, 1, kinds);
  Random random(2);
  nlohmann::json captures = nlohmann::json::array();
  for (std::size_t i = 0; i < guest_times.size(); ++i) {
    if (i > 0) {
      const auto seconds = static_cast<std::size_t>(guest_times[i] - guest_times[i - 1]);
      for (std::size_t dirty = memory.pages() * seconds / dirtied_per_second; dirty > 0; --dirty)
        memory.dirty(random.below(memory.pages()));
    }
    const std::string file = std::to_string(i) + ".raw";
    write_sparse(path / file, memory.bytes());
    captures.push_back({{"file", file}, {"guest_time_s", guest_times[i]}});
  }
  const nlohmann::json manifest = {
      {"format", 1}, {"workload", "synthetic"}, {"memory_bytes", size.value}, {"captures", captures}, {"seed", 1}};
  std::ofstream(path / "manifest.json") << manifest.dump(1) << '\n';
}

}  // namespace dwcp::bench
