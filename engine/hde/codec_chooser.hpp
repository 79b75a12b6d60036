// Chooses the codec that moves the most pages per second: the maximum of min(link rate x ratio, speed of the cores),
// where a page costs the cores what the codec takes and what its bytes then take on their way; from measured numbers.
// Where a codec has not been measured of late, figures of ordinary guest memory stand in.
#pragma once

#include <array>

#include "engine/base/units.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde {

struct CodecChooserConfig {
  unsigned cores = 1;              // that may compress at once, >= 1
  Bytes memory = MiB(64);          // a measurement weighs half once this much newer input has been seen
  double hysteresis = 0.03;        // another codec must promise this much more to be taken
  unsigned probe_every = 64;       // every so many choices a rival is tried, to keep its figures fresh; 0: never
  unsigned probe_every_free = 8;   // one for which the cores have time, because the link would still be what limits
  double probe_cost_max = 2.0;     // a rival is tried only when its estimate is at most this factor below the best
  Codec strongest = Codec::zstd9;  // codecs above it are not taken
};

class CodecChooser {
 public:
  explicit CodecChooser(CodecChooserConfig config);

  // What the path delivers to this stream of batches, as measured or forecast. Until it is known (> 0) choose() gives
  // zstd1: a slow path is never made up for what was sent too large, a fast one soon is for what was made too slowly.
  void observe_link(BitRate rate);
  // One batch: `in` bytes became `out` in `cpu` time of one core, with what the codec left as it is: it travels too
  // (Encoded::whole_in, whole_out). Ignored when one of them is 0.
  void observe_codec(Codec codec, Bytes in, Bytes out, Duration cpu);
  // `cpu` time of one core went into handing `wire` bytes to the path (copies, checksums, encryption). Until it is
  // known bytes count as free on their way, and a fast path makes every codec look too slow.
  void observe_carriage(Bytes wire, Duration cpu);
  // `in` bytes of content were searched for what earlier batches carried, in `cpu` time of one core (Plan::searched,
  // with all that plan() does); `matched` of them were found. Ignored when nothing was searched.
  void observe_window(Bytes in, Bytes matched, Duration cpu);
  // Whether the search is worth its time, with the codec that is the best now. One batch after the other is searched,
  // so more cores do not help it. True until the link rate is known. Remembers its answer: a change must promise
  // `hysteresis` more.
  bool window_pays();
  // The codec for the next batch. Deterministic: the same calls give the same choices.
  Codec choose();
  // What is taken for the best now, without probes.
  Codec best() const { return current_; }
  // Pages that would move with `codec`, as bits per second of their content. Precondition: the link rate is known.
  BitRate expected(Codec codec) const;

 private:
  // Decayed sums of measurements.
  struct Figures {
    double in = 0, out = 0, seconds = 0;
  };
  double compressibility() const;      // of the contents, beside usual ones, as seen lately
  double estimate(Codec codec) const;  // bytes of content per second
  struct Limits {
    double link, cores;  // bytes of content per second
  };
  Limits limits(Codec codec) const;
  void settle();
  bool next_rival(Codec& rival, bool free_only);

  CodecChooserConfig config_;
  double link_ = 0;      // bytes per second
  double carriage_ = 0;  // seconds of one core per byte of the wire
  std::array<Figures, codec_count> measured_;
  Figures searched_;  // out: what was not found
  bool windowed_ = true;
  Codec current_ = Codec::lz4;
  unsigned choices_ = 0;
  std::size_t last_probe_ = 0;
};

}  // namespace dwcp::hde
