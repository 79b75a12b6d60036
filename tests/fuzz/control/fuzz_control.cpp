// libFuzzer target: fuzz_control -max_len=4096 CORPUS/
// The first byte cuts the rest into pieces of its size, as a socket might.
#include <cstdlib>

#include "engine/node/control_request.hpp"
#include "engine/node/line_splitter.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dwcp::node;
  if (size == 0) return 0;
  const std::size_t piece = data[0] + 1U;
  std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  LineSplitter lines(request_size_max);
  while (!rest.empty()) {
    if (!lines.feed(rest.substr(0, piece))) return 0;
    rest.remove_prefix(std::min(piece, rest.size()));
    while (const auto line = lines.next()) {
      std::optional<std::uint64_t> id;
      const auto request = parse_request(*line, id);
      // What is refused says why, and what is taken names its VM within the bounds.
      if (!request && request.error().detail.empty()) std::abort();
      if (!request) continue;
      if (const auto* migrate = std::get_if<MigrateRequest>(&request->what))
        if (migrate->order.vm.text.empty() || migrate->order.vm.text.size() > name_size_max) std::abort();
    }
  }
  return 0;
}
