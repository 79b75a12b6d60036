// libFuzzer target: any text is taken as a scenario file. What is refused says where and why; what is taken is a world
// that can be, and is the same when it is written and read again.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenarios/format/load.hpp"
#include "scenarios/format/yaml.hpp"
#include "tests/fuzz/examples.hpp"

namespace {

// Every scenario that the project ships, as one file each.
std::vector<dwcp::ByteVector> examples() {
  std::vector<dwcp::ByteVector> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(DWCP_SOURCE_DIR "/scenarios")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto document = dwcp::scenarios::load_document(entry.path());
    if (!document) std::abort();
    const std::string text = dwcp::scenarios::to_yaml(document->root);
    const dwcp::ByteSpan bytes = dwcp::as_bytes(text);
    all.emplace_back(bytes.begin(), bytes.end());
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  dwcp::fuzz::write_examples_if_asked(*argc, *argv, examples);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dwcp::scenarios;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = parse_document(text, "input.yaml");
  if (!document) {
    if (document.error().detail.empty()) std::abort();
    return 0;
  }
  const auto scenario = read_scenario(*document, "input.yaml");
  if (!scenario) {
    if (scenario.error().detail.empty()) std::abort();
    return 0;
  }
  const auto again = parse_document(to_yaml(document->root), "again.yaml");
  if (!again || again->root != document->root) std::abort();
  return 0;
}
