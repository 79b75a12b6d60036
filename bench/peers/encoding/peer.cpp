#include "bench/peers/encoding/peer.hpp"

#include <functional>
#include <map>
#include <stdexcept>

namespace dwcp::bench {
namespace {

// Of zstd's level 19, which takes minutes for a guest.
constexpr double sample_of_slow_level = 1.0 / 32;

}  // namespace

void wrong(const std::string& peer) { throw std::runtime_error(peer + " did not decode to what it was given"); }

std::unique_ptr<Peer> make_peer(const std::string& name) {
  static const std::map<std::string, std::function<std::unique_ptr<Peer>()>> peers{
      {"zstd-1", [] { return make_zstd_batches(1, 1); }},
      {"zstd-3", [] { return make_zstd_batches(3, 1); }},
      {"zstd-9", [] { return make_zstd_batches(9, 1); }},
      {"zstd-19", [] { return make_zstd_batches(19, sample_of_slow_level); }},
      {"lz4", make_lz4_batches},
      {"multifd-zstd-1", [] { return make_multifd(1); }},
      {"xbzrle", make_xbzrle},
      {"patch-3", [] { return make_patch(3); }},
      {"prefix-1", [] { return make_prefix(1); }},
      {"prefix-3", [] { return make_prefix(3); }},
      {"bound", make_bound},
  };
  const auto found = peers.find(name);
  return found == peers.end() ? nullptr : found->second();
}

}  // namespace dwcp::bench
