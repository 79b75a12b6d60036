// Chooses the codec for each batch, and whether it copies from earlier ones: what keeps the link and the cores busy for
// the shortest time, each weighed by how scarce it is. That shows in the line before the link: while it is empty the
// cores are what limits, and while it is full they wait. As in backpressure scheduling (Neely, "Stochastic Network
// Optimization", 2010, chapter 4) nothing has to be known of what is still to come, codecs take turns where neither of
// two keeps both busy, and the line carries over from contents that are hard on the one to those that are on the other.
//
// All from measured numbers; where something has not been measured of late, figures of ordinary guest memory stand in.
// Contents differ far more than codecs do on the same contents. So what is sent says how compressible memory is now,
// and how codecs compare is learned from trials only, in which two of them are given the same bytes.
#pragma once

#include <array>
#include <optional>

#include "engine/base/units.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde {

struct CodecChooserConfig {
  unsigned cores = 1;               // that may compress at once, >= 1
  Bytes memory = MiB(64);           // a measurement weighs half once this much newer input has been seen
  double hysteresis = 0.03;         // the window is begun with, or left off, for a gain that is larger
  unsigned trial_every = 192;       // every so many choices a rival is to be tried, to keep its figures fresh; 0: never
  unsigned trial_every_free = 8;    // while the cores wait for the link
  double trial_cost_max = 3.0;      // a rival is tried only when its estimate is at most this factor below the best
  bool trials_are_sent = false;     // choose() itself gives the rival: for those who cannot make a trial of their own
  Codec strongest = Codec::zstd18;  // codecs above it are not taken
};

class CodecChooser {
 public:
  explicit CodecChooser(CodecChooserConfig config);

  // What the path delivers to this stream of batches, as measured or forecast. Until it is known (> 0) choose() gives
  // zstd1: a slow path is never made up for what was sent too large, a fast one soon is for what was made too slowly.
  void observe_link(BitRate rate);
  // So much waits for the link, of what may wait. Until this is said, the line counts as half full.
  void observe_line(Bytes waiting, Bytes room);
  // No codec above this one from now on, nor above the configuration's.
  void limit(Codec strongest);
  // One batch: `in` bytes became `out` in `cpu` time of one core, with what the codec left as it is: it travels too
  // (Encoded::whole_in, whole_out). Ignored when one of them is 0.
  void observe_codec(Codec codec, Bytes in, Bytes out, Duration cpu);
  // `cpu` time of one core went into handing `wire` bytes to the path (copies, checksums, encryption). Until it is
  // known bytes count as free on their way, and a fast path makes every codec look too slow.
  void observe_carriage(Bytes wire, Duration cpu);
  // plan() took `cpu` time of one core for `in` bytes that go in full (Plan::in_full). `searched` of them were searched
  // for what earlier batches carried; `matched` of these were found.
  void observe_plan(Bytes in, Bytes searched, Bytes matched, Duration cpu);
  // `cpu` time of one core went into something else for as many: acknowledgements, say.
  void observe_besides(Bytes in, Duration cpu);

  // The codec for the next batch. Deterministic: the same calls give the same choices.
  Codec choose();
  // Whether the search is worth its time, with the codec that is the best now. One batch after the other is searched,
  // so more cores do not help it. True until the link rate is known.
  bool window_pays() const { return windowed_; }
  // What is taken for the best now, without trials.
  Codec best() const { return best_; }
  // Pages that would move with `codec` alone, as bits per second of their content. Precondition: the link rate is
  // known.
  BitRate expected(Codec codec) const;

  // Two codecs that should now be given the same bytes, of those that were sent: one in use, and a rival. Asked once
  // after each choose(); most answers are nothing.
  struct Trial {
    Codec used, rival;
  };
  std::optional<Trial> trial();
  // How much of a batch of `size` bytes they should be given.
  static std::size_t trial_size(Trial trial, std::size_t size);
  // What became of `in` bytes: how many, and the time of one core.
  struct Made {
    Bytes size;
    Duration cpu;
  };
  // `encoding`: what Encoder::encode() took for as many bytes of the batch that these are of, all told: the rest of it
  // is no different with another codec.
  void observe_trial(Trial trial, Bytes in, Made used, Made rival, Duration encoding);

 private:
  // Of one byte of content: bytes of the wire, and seconds of one core.
  struct Cost {
    double out = 1, seconds = 0;
  };
  // Decayed sums of what was measured, and of what was expected of it.
  struct Figures {
    double in = 0, out = 0, out_expected = 0, seconds = 0, seconds_expected = 0;
  };
  struct Searched {
    double in = 0, left = 0, seconds = 0;
  };
  struct Spent {
    double in = 0, seconds = 0;
  };
  // A plan with the window or without: the share of contents that is left for the codec, and its own time.
  struct Planning {
    bool windowed = false;
    double left = 1, seconds = 0;
  };
  // Seconds for each byte of content that the link, the cores and the search are busy.
  struct Busy {
    double link = 0, cores = 0;
  };

  double fading(double in) const;
  void age(double in);
  Cost relative(Codec codec) const;
  Cost cost(Codec codec) const;
  Busy busy(Codec codec, const Planning& planning) const;
  Planning with_window() const;
  Planning without_window() const;
  Planning planning() const { return windowed_ ? with_window() : without_window(); }
  struct Option {
    Codec codec;
    double cost;
  };
  Option best_with(const Planning& planning) const;
  void settle();
  std::optional<Codec> next_rival();

  CodecChooserConfig config_;
  Codec strongest_;                            // of the configuration's, by limit()
  double link_ = 0;                            // bytes per second
  double carriage_ = 0;                        // seconds of one core per byte of the wire
  Figures level_;                              // of all codecs but `none`, beside what relative() says
  Spent plain_;                                // of `none`
  std::array<Figures, codec_count> compared_;  // beside usual contents and cores
  Searched searched_;
  Spent plain_plan_, besides_;
  double line_ = 0.5;  // 0: nothing waits for the link; 1: enough does
  bool windowed_ = true;
  Codec best_ = Codec::zstd1;
  Codec chosen_ = Codec::zstd1;
  unsigned choices_ = 0;
  bool trial_due_ = false;
  std::size_t last_rival_ = 0;
};

}  // namespace dwcp::hde
