#include "bench/peers/encoding/corpus.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dwcp::bench {
namespace {

constexpr int format_known = 1;

struct File {
  explicit File(const std::string& path) : descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor < 0) throw std::runtime_error(path + " cannot be opened");
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(descriptor); }
  int descriptor;
};

void read_at(const File& file, const std::string& path, std::byte* to, off_t at, off_t end) {
  while (at < end) {
    const ssize_t count = pread(file.descriptor, to + at, static_cast<std::size_t>(end - at), at);
    if (count <= 0) throw std::runtime_error(path + " cannot be read at byte " + std::to_string(at));
    at += count;
  }
}

}  // namespace

void Capture::Unmap::operator()(std::byte* bytes) const { munmap(bytes, size); }

Capture::Capture(const std::string& path, std::size_t size) : size_(size), bytes_(nullptr, Unmap{size}) {
  const File file(path);
  const off_t length = lseek(file.descriptor, 0, SEEK_END);
  if (length != static_cast<off_t>(size))
    throw std::runtime_error(path + " has " + std::to_string(length) + " bytes; its manifest says " +
                             std::to_string(size));
  void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory for " + path);
  bytes_.reset(static_cast<std::byte*>(memory));
  held_.resize(size / page_size.value);
  for (off_t at = 0; at < length;) {
    const off_t data = lseek(file.descriptor, at, SEEK_DATA);
    if (data < 0) break;  // a hole up to the end
    const off_t end = lseek(file.descriptor, data, SEEK_HOLE);
    read_at(file, path, bytes_.get(), data, end);
    for (auto page = static_cast<std::size_t>(data) / page_size.value;
         page * page_size.value < static_cast<std::size_t>(end); ++page)
      held_[page] = true;
    at = end;
  }
}

Corpus read_corpus(const std::string& folder, std::size_t captures) {
  const std::filesystem::path path(folder);
  const std::string manifest_path = path / "manifest.json";
  std::ifstream in(manifest_path);
  if (!in) throw std::runtime_error(manifest_path + " cannot be opened");
  Corpus corpus;
  try {
    const auto manifest = nlohmann::json::parse(in);
    if (manifest.at("format") != format_known)
      throw std::runtime_error(manifest_path + " is of format " + manifest.at("format").dump() + "; known is 1");
    corpus.name = path.filename();
    corpus.workload = manifest.at("workload");
    const auto size = manifest.at("memory_bytes").get<std::size_t>();
    if (size == 0 || size % page_size.value != 0)
      throw std::runtime_error(manifest_path + ": memory_bytes " + std::to_string(size) +
                               "; it must be a multiple of 4096");
    for (const auto& capture : manifest.at("captures")) {
      if (corpus.captures.size() == captures) break;
      corpus.guest_time.push_back(capture.at("guest_time_s"));
      corpus.captures.emplace_back(path / capture.at("file").get<std::string>(), size);
    }
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(manifest_path + ": " + error.what());
  }
  if (corpus.captures.empty()) throw std::runtime_error(manifest_path + " names no captures");
  return corpus;
}

}  // namespace dwcp::bench
