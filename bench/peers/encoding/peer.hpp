// Other encodings of the same pages. Each is checked: what it made is decoded again and compared with the capture.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/peers/encoding/rounds.hpp"

namespace dwcp::bench {

struct Outcome {
  std::uint64_t bytes = 0;    // on the wire
  double encode_seconds = 0;  // processor time of one thread; of all pages
  double decode_seconds = 0;
  std::uint64_t heap_peak = 0;  // of the encoding side
  double sampled = 1;           // share of the pages that were encoded; less than 1: all figures are estimates
};

class Peer {
 public:
  virtual ~Peer() = default;
  virtual bool takes_full_copy() const { return true; }
  // Called with the rounds in their order. Throws std::runtime_error when it does not decode to what it was given.
  virtual Outcome run(const Round& round) = 0;
};

// By name: "zstd-1", "zstd-3", "zstd-9", "zstd-19" and "lz4": batches of 128 pages, each on its own;
// "multifd-zstd-1"; "xbzrle"; "patch-3"; "prefix-1", "prefix-3"; "bound". Null: there is none.
std::unique_ptr<Peer> make_peer(const std::string& name);

constexpr std::size_t peer_batch_pages = 128;

// `encoded` did not decode to what it was made from.
[[noreturn]] void wrong(const std::string& peer);

std::unique_ptr<Peer> make_zstd_batches(int level, double sampled);
std::unique_ptr<Peer> make_lz4_batches();
std::unique_ptr<Peer> make_multifd(int level);
std::unique_ptr<Peer> make_xbzrle();
std::unique_ptr<Peer> make_patch(int level);
std::unique_ptr<Peer> make_prefix(int level);
std::unique_ptr<Peer> make_bound();

}  // namespace dwcp::bench
