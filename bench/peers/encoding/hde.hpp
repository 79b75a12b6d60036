// The engine's encoder and decoder, as a migration uses them, over one link in virtual time.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/peers/encoding/rounds.hpp"
#include "bench/peers/encoding/timeline.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::bench {

struct HdeSetup {
  Link link;
  // Of every batch, and whether it may copy from earlier ones; nothing: CodecChooser chooses both.
  struct Fixed {
    hde::Codec codec = hde::Codec::none;
    bool windowed = false;
  };
  std::optional<Fixed> fixed;
  Bytes delta_cache = GiB(1);  // on each side
  Bytes match_window = MiB(256);
};

struct HdeOutcome {
  hde::ClassStats classes;
  std::uint64_t wire = 0;  // bytes of payload
  double plan_seconds = 0, encode_seconds = 0, acknowledge_seconds = 0, unpack_seconds = 0, apply_seconds = 0;
  double copy_seconds = 0;  // virtual, until everything is decoded
  Busy busy;
  std::map<std::string, std::uint64_t> batches;  // by codec
  std::uint64_t batch_count = 0, rejected = 0;
  std::uint64_t encoder_heap = 0, decoder_heap = 0;  // peaks so far
  std::vector<BatchCost> costs;
};

// Sends the rounds one after the other, each when the one before has been acknowledged. Throws std::runtime_error when
// what arrived is not what was captured.
std::vector<HdeOutcome> run_hde(const std::vector<Round>& rounds, const HdeSetup& setup);

// Of `round` alone, between two ends that both still hold what `former` left in their windows.
HdeOutcome run_hde_after(const Round& former, const Round& round, const HdeSetup& setup);

struct Replay {
  double copy_seconds = 0;
  Busy busy;
};
// The same batches with the same costs over another link. Only when nothing was chosen.
std::vector<Replay> replay(const std::vector<HdeOutcome>& outcomes, const Link& link);

}  // namespace dwcp::bench
