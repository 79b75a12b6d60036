// A relay between two nodes that does to their connections what no link does: it changes bytes behind every checksum of
// TCP, repeats chunks, swaps them, stops in the midst of one, and hangs up.
#pragma once

#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::amst::test {

enum class Mischief { corrupt, repeat, swap, stall, hang_up };
constexpr unsigned mischiefs = 5;

class Meddler {
 public:
  // Passes on to `to` what comes to `port`. Under TLS (`frames` false) it cannot tell chunks, and only changes bytes,
  // stalls and hangs up. It does mischief on data streams only, `budget` times in all.
  Meddler(Endpoint to, std::uint64_t seed, bool frames, unsigned budget)
      : to_(std::move(to)), random_(seed, "mischief"), frames_(frames), budget_(budget) {}

  Task<void> serve(Platform& platform);
  const std::map<Mischief, unsigned>& done() const { return done_; }
  // What a data stream said first, in plain text; empty: none has come.
  const ByteVector& recorded_hello() const { return hello_; }

 private:
  Task<void> relay(Platform& platform, platform::Stream client);
  Task<void> pass_on(platform::Stream& from, platform::Stream& to);
  Task<void> meddle_with_frames(Platform& platform, platform::Stream& from, platform::Stream& to);
  Task<void> meddle_with_bytes(Platform& platform, platform::Stream& from, platform::Stream& to);
  std::optional<Mischief> next_mischief(unsigned one_in);

  Endpoint to_;
  Random random_;
  const bool frames_;
  unsigned budget_;
  bool opened_ = false;
  std::map<Mischief, unsigned> done_;
  ByteVector hello_;
};

}  // namespace dwcp::amst::test
