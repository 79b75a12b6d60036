// Chooses the codec that moves the most pages per second: the maximum of min(link rate x ratio, codec speed x cores),
// from measured numbers. Until a codec has been measured its place is held by figures of ordinary guest memory.
#pragma once

#include <array>

#include "engine/base/units.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde {

struct CodecChooserConfig {
  unsigned cores = 1;              // that may compress at once, >= 1
  Bytes memory = MiB(64);          // measurements weigh half once this much newer input has been seen
  double hysteresis = 0.05;        // another codec must promise more than this to be taken
  unsigned probe_every = 64;       // every so many choices a close rival is tried, to keep its figures fresh; 0: never
  double probe_cost_max = 2.0;     // a rival is tried only when its estimate is at most this factor below the best
  Codec strongest = Codec::zstd9;  // codecs above it are not taken
};

class CodecChooser {
 public:
  explicit CodecChooser(CodecChooserConfig config);

  // What the path delivers to this stream of batches; 0: not known yet (as fast as can be assumed).
  void observe_link(BitRate rate);
  // One batch: `in` bytes of pages became `out` in `cpu` time of one core. Ignored when in or cpu is 0.
  void observe_codec(Codec codec, Bytes in, Bytes out, Duration cpu);
  // The codec for the next batch. Deterministic: the same calls give the same choices.
  Codec choose();
  // Bytes of pages per second that `codec` is expected to move, 8 bits each.
  BitRate expected(Codec codec) const;
  // Without a probe: what is taken for best now.
  Codec best() const { return current_; }

 private:
  struct Figures {
    double in = 0, out = 0, seconds = 0;  // decayed sums
  };
  double estimate(Codec codec) const;

  CodecChooserConfig config_;
  double link_bytes_per_second_ = 0;
  std::array<Figures, codec_count> figures_;
  Codec current_ = Codec::lz4;
  unsigned since_probe_ = 0;
  unsigned next_probe_ = 0;
};

}  // namespace dwcp::hde
