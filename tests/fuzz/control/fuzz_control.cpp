// libFuzzer target: any bytes are taken as requests of the control protocol.
// The first byte cuts the rest into pieces of its size, as a socket might.
#include <cstdlib>

#include "engine/node/control_request.hpp"
#include "engine/node/line_splitter.hpp"
#include "tests/fuzz/examples.hpp"

namespace {

std::vector<dwcp::ByteVector> examples() {
  std::vector<dwcp::ByteVector> all;
  for (const std::string_view text :
       {"\x7f{\"dwcp\":1,\"id\":7,\"do\":\"migrate\",\"vm\":\"web-1\",\"to\":\"host-b\",\"post_copy\":true,\"copy_"
        "storage\":true,"
        "\"downtime_max_s\":0.25,\"timeout_s\":600,\"on_timeout\":\"pause\",\"throttle_max_percent\":40,\"follow\":"
        "true}\n",
        "\x10{\"dwcp\":1,\"id\":3,\"do\":\"status\"}\n{\"dwcp\":1,\"id\":4,\"do\":\"cancel\",\"vm\":\"web-1\"}\n"}) {
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
