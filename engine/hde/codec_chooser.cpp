#include "engine/hde/codec_chooser.hpp"

#include <algorithm>
#include <cmath>

namespace dwcp::hde {
namespace {

// Stands in for what has not been measured: one core, memory of Linux guests in batches of 128 pages.
struct Usual {
  double bytes_per_second, ratio;
};
constexpr std::array<Usual, codec_count> usual{{
    {6.0e9, 1.0},   // none: checksums and copies
    {0.63e9, 2.2},  // lz4
    {0.36e9, 2.9},  // zstd1
    {0.20e9, 3.2},  // zstd3
    {0.04e9, 3.4},  // zstd9
}};
// The search for what earlier batches carried: guests of facts as above.
constexpr Usual usual_search{1.0e9, 1.08};
// The weight of the usual figures beside measurements, in bytes.
constexpr double usual_weight = 128 << 10;
constexpr double carriage_weight = 0.25;  // of the latest sample
// Estimates that differ by less than this share count as equal.
constexpr double equal_within = 0.02;

constexpr std::size_t index_of(Codec codec) { return static_cast<std::size_t>(codec); }

}  // namespace

CodecChooser::CodecChooser(CodecChooserConfig config) : config_(config) {
  config_.cores = std::max(config_.cores, 1u);
  current_ = std::min(Codec::zstd1, config_.strongest);
}

void CodecChooser::observe_link(BitRate rate) {
  link_ = static_cast<double>(rate.value) / 8;
  settle();
}

void CodecChooser::observe_codec(Codec codec, Bytes in, Bytes out, Duration cpu) {
  if (in.value == 0 || out.value == 0 || cpu <= Duration::zero()) return;
  // Everybody's figures age by what was seen: a codec that was not tried for long falls back to the usual.
  const double age =
      std::exp2(-static_cast<double>(in.value) / static_cast<double>(std::max<std::uint64_t>(config_.memory.value, 1)));
  for (Figures& figures : measured_) figures = {figures.in * age, figures.out * age, figures.seconds * age};
  Figures& own = measured_[index_of(codec)];
  own.in += static_cast<double>(in.value);
  own.out += static_cast<double>(out.value);
  own.seconds += to_seconds(cpu);
  settle();
}

void CodecChooser::observe_window(Bytes in, Bytes matched, Duration cpu) {
  if (in.value == 0 || cpu <= Duration::zero()) return;
  const double age =
      std::exp2(-static_cast<double>(in.value) / static_cast<double>(std::max<std::uint64_t>(config_.memory.value, 1)));
  searched_ = {searched_.in * age + static_cast<double>(in.value),
               searched_.out * age + static_cast<double>((in - matched).value),
               searched_.seconds * age + to_seconds(cpu)};
}

// What was measured of the codec is with the window when it was used, and has to be reckoned back when it was not, and
// the other way round: the search takes its time for all contents, and the codec then has those that were not found.
bool CodecChooser::window_pays() {
  if (link_ <= 0) return true;
  if (current_ == Codec::none) return windowed_ = false;
  const double in = searched_.in + usual_weight;
  const double left = (searched_.out + usual_weight / usual_search.ratio) / in;  // the share that is not found
  const double speed = in / (searched_.seconds + usual_weight / usual_search.bytes_per_second);
  const Limits own = limits(current_);
  const Limits plain = windowed_ ? Limits{own.link * left, own.cores * left} : own;
  const double cores = 1 / (left / plain.cores + 1 / (speed * config_.cores));
  const double with = std::min({plain.link / left, cores, speed});
  const double without = std::min(plain.link, plain.cores);
  const double margin = windowed_ ? 1 - config_.hysteresis : 1 + config_.hysteresis;
  return windowed_ = with > without * margin;
}

void CodecChooser::observe_carriage(Bytes wire, Duration cpu) {
  if (wire.value == 0 || cpu < Duration::zero()) return;
  const double sample = to_seconds(cpu) / static_cast<double>(wire.value);
  carriage_ = carriage_ == 0 ? sample : carriage_ + carriage_weight * (sample - carriage_);
  settle();
}

// Contents differ far more than codecs do on the same contents: what one codec made of these says much of the others.
double CodecChooser::compressibility() const {
  double in = 0, usually = 0;
  for (std::size_t i = index_of(Codec::lz4); i < codec_count; ++i) {
    in += measured_[i].in;
    usually += measured_[i].out * usual[i].ratio;  // what the usual contents of this size would have been
  }
  return (in + usual_weight) / (usually + usual_weight);
}

CodecChooser::Limits CodecChooser::limits(Codec codec) const {
  const Figures& figures = measured_[index_of(codec)];
  const Usual& other = usual[index_of(codec)];
  const double ratio = codec == Codec::none ? 1.0 : std::max(1.0, other.ratio * compressibility());
  const double in = figures.in + usual_weight;
  const double out = figures.out + usual_weight / ratio;
  const double seconds = figures.seconds + usual_weight / other.bytes_per_second;
  return {link_ * in / out, in / (seconds + carriage_ * out) * config_.cores};
}

double CodecChooser::estimate(Codec codec) const {
  const Limits own = limits(codec);
  return std::min(own.link, own.cores);
}

BitRate CodecChooser::expected(Codec codec) const { return BitRate(static_cast<std::uint64_t>(8 * estimate(codec))); }

void CodecChooser::settle() {
  if (link_ <= 0) return;
  double highest = 0;
  for (std::size_t i = 0; i <= index_of(config_.strongest); ++i)
    highest = std::max(highest, estimate(static_cast<Codec>(i)));
  // Of equals the lightest, since it leaves more of the processor to the guest.
  Codec best = Codec::none;
  while (estimate(best) < highest * (1 - equal_within)) best = static_cast<Codec>(index_of(best) + 1);
  const double current = estimate(current_);
  if (estimate(best) > current * (1 + config_.hysteresis) ||
      (best < current_ && estimate(best) >= current * (1 - equal_within)))
    current_ = best;
}

bool CodecChooser::next_rival(Codec& rival, bool free_only) {
  const std::size_t codecs = index_of(config_.strongest) + 1;
  for (std::size_t step = 1; step <= codecs; ++step) {
    const std::size_t candidate = (last_probe_ + step) % codecs;
    rival = static_cast<Codec>(candidate);
    const Limits its = limits(rival);
    // What a free trial may lose is the difference in bytes.
    const double cost_max = free_only ? 1 + config_.hysteresis : config_.probe_cost_max;
    if (rival == current_ || std::min(its.link, its.cores) * cost_max < estimate(current_)) continue;
    if (free_only && its.cores < its.link) continue;
    last_probe_ = candidate;
    return true;
  }
  return false;
}

Codec CodecChooser::choose() {
  if (link_ <= 0 || config_.probe_every == 0) return current_;
  ++choices_;
  Codec rival = current_;
  const bool any = choices_ % config_.probe_every == 0;
  const bool free = config_.probe_every_free > 0 && choices_ % config_.probe_every_free == 0;
  return (any && next_rival(rival, false)) || (free && next_rival(rival, true)) ? rival : current_;
}

}  // namespace dwcp::hde
