#include "engine/hde/codec_chooser.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dwcp::hde {
namespace {

// Stands in for what has not been measured: one core, memory of Linux guests in batches of 256 pages.
struct Usual {
  double bytes_per_second, ratio;
};
constexpr std::array<Usual, codec_count> usual{{
    {6.0e9, 1.0},      // none: checksums and copies
    {0.46e9, 2.2},     // lz4
    {0.36e9, 2.95},    // zstd1
    {0.25e9, 3.03},    // zstd3
    {0.068e9, 3.19},   // zstd6
    {0.045e9, 3.22},   // zstd9
    {0.0055e9, 3.39},  // zstd16
    {0.0034e9, 3.43},  // zstd18
}};
constexpr Usual usual_search{1.7e9, 1.2};  // a plan that looks for what earlier batches carried
constexpr double usual_plan = 9e9;         // one that does not: bytes per second
// The weight of the usual figures beside measurements, in bytes.
constexpr double usual_weight = 128 << 10;
// The same for how codecs compare: one trial, on odd contents, says little.
constexpr double compare_weight = 1 << 20;
// The same for what is found in the window, which is empty at first and says little then.
constexpr double search_weight = 48 << 20;
constexpr double carriage_weight = 0.25;  // of the latest sample
// A window in which less than this share of contents is found is not looked at.
constexpr double found_min = 0.01;
// What a second of the link counts beside one of the cores: with an empty line, where the link has time to spare but is
// not this migration's alone, and with a full one. Between them as a power, since codecs differ by factors. Measured on
// captured guests (bench/peers/encoding): the least decides how much time fewer bytes may cost where the cores limit.
constexpr double link_weight_least = 1.7, link_weight_most = 100;
// Contents of which a codec leaves more than this.
constexpr double incompressible = 0.9;
// A line is full with so much, so that it shows in a copy of a second, too, what limits.
constexpr double enough_bytes = 3 << 20, enough_seconds = 0.06;
constexpr unsigned first_trial = 16;  // choice
// While the line is fuller than this the cores have time, and trials are free.
constexpr double line_free = 0.9;

constexpr std::size_t index_of(Codec codec) { return static_cast<std::size_t>(codec); }
constexpr Codec codec_at(std::size_t index) { return static_cast<Codec>(index); }

}  // namespace

CodecChooser::CodecChooser(CodecChooserConfig config) : config_(config), strongest_(config.strongest) {
  config_.cores = std::max(config_.cores, 1u);
  best_ = chosen_ = std::min(Codec::zstd1, config_.strongest);
}

double CodecChooser::fading(double in) const {
  return std::exp2(-in / static_cast<double>(std::max<std::uint64_t>(config_.memory.value, 1)));
}

// Everybody's figures age by what was seen: a codec that was not tried for long falls back to the usual.
void CodecChooser::age(double in) {
  const double by = fading(in);
  const auto fade = [by](Figures& f) {
    f = {f.in * by, f.out * by, f.out_expected * by, f.seconds * by, f.seconds_expected * by};
  };
  fade(level_);
  std::ranges::for_each(compared_, fade);
  if (!windowed_) searched_ = {searched_.in * by, searched_.left * by, searched_.seconds * by};
  plain_ = {plain_.in * by, plain_.seconds * by};
}

void CodecChooser::observe_link(BitRate rate) {
  link_ = static_cast<double>(rate.value) / 8;
  settle();
}

void CodecChooser::observe_line(Bytes waiting, Bytes room) {
  const double enough = std::min(static_cast<double>(room.value), std::max(enough_bytes, enough_seconds * link_));
  line_ = std::min(1.0, static_cast<double>(waiting.value) / std::max(enough, 1.0));
  settle();
}

void CodecChooser::limit(Codec strongest) {
  const Codec limited = std::min(strongest, config_.strongest);
  if (std::exchange(strongest_, limited) != limited) settle();
}

void CodecChooser::observe_codec(Codec codec, Bytes in, Bytes out, Duration cpu) {
  if (in.value == 0 || out.value == 0 || cpu <= Duration::zero()) return;
  const auto bytes = static_cast<double>(in.value), made = static_cast<double>(out.value);
  const double seconds = to_seconds(cpu);
  age(bytes);
  if (codec == Codec::none) {
    plain_.in += bytes;
    plain_.seconds += seconds;
  } else if (codec == best_ || !config_.trials_are_sent) {
    const Cost expected = relative(codec);
    level_.in += bytes;
    level_.out += made;
    level_.out_expected += bytes * expected.out;
    level_.seconds += seconds;
    level_.seconds_expected += bytes * expected.seconds;
  } else {
    // A trial that was sent: other contents than those of the codec in use, so it takes many to say something.
    const Cost now = cost(codec), expected = relative(codec);
    Figures& own = compared_[index_of(codec)];
    own.out += made;
    own.out_expected += bytes * now.out / expected.out;
    own.seconds += seconds;
    own.seconds_expected += bytes * now.seconds / expected.seconds;
  }
  settle();
}

// A part of a batch costs the codec more of each byte than the whole. Where that hardly counts, time does. (zstd has
// other parameters up to 256 KiB.)
std::size_t CodecChooser::trial_size(Trial trial, std::size_t size) {
  constexpr std::size_t part = 320 << 10;
  return std::max(trial.used, trial.rival) <= Codec::zstd3 ? size : std::min(size, part);
}

void CodecChooser::observe_trial(Trial trial, Bytes in, Made used, Made rival, Duration encoding) {
  if (in.value == 0 || used.size.value == 0 || rival.size.value == 0) return;
  if (used.cpu <= Duration::zero() || rival.cpu <= Duration::zero() || trial.used == Codec::none) return;
  const Duration besides = std::max(chosen_ == Codec::none ? encoding : encoding - used.cpu, Duration::zero());
  used.cpu += besides;
  rival.cpu += besides;
  const Cost expected = relative(trial.used);
  if (chosen_ == Codec::none) {
    // Nothing else says how compressible the contents are.
    level_.in += static_cast<double>(in.value);
    level_.out += static_cast<double>(used.size.value);
    level_.out_expected += static_cast<double>(in.value) * expected.out;
    level_.seconds += to_seconds(used.cpu);
    level_.seconds_expected += static_cast<double>(in.value) * expected.seconds;
  }
  // Where hardly anything can be gained, the stronger codec cannot show that it is.
  if (static_cast<double>(used.size.value) > incompressible * static_cast<double>(in.value)) return;
  // What usual contents would be for which the codec in use takes as many bytes, and as long.
  Figures& own = compared_[index_of(trial.rival)];
  own.out += static_cast<double>(rival.size.value);
  own.out_expected += static_cast<double>(used.size.value) / expected.out;
  own.seconds += to_seconds(rival.cpu);
  own.seconds_expected += to_seconds(used.cpu) / expected.seconds;
  settle();
}

void CodecChooser::observe_plan(Bytes in, Bytes searched, Bytes matched, Duration cpu) {
  if (in.value == 0 || cpu <= Duration::zero()) return;
  if (searched.value > 0) {
    const auto bytes = static_cast<double>(searched.value);
    const double by = fading(bytes);
    searched_ = {searched_.in * by + bytes, searched_.left * by + static_cast<double>((searched - matched).value),
                 searched_.seconds * by + to_seconds(cpu)};
  } else {
    const auto bytes = static_cast<double>(in.value);
    const double by = fading(bytes);
    plain_plan_ = {plain_plan_.in * by + bytes, plain_plan_.seconds * by + to_seconds(cpu)};
  }
}

void CodecChooser::observe_besides(Bytes in, Duration cpu) {
  const auto bytes = static_cast<double>(in.value);
  const double by = fading(bytes);
  besides_ = {besides_.in * by + bytes, besides_.seconds * by + to_seconds(cpu)};
}

void CodecChooser::observe_carriage(Bytes wire, Duration cpu) {
  if (wire.value == 0 || cpu < Duration::zero()) return;
  const double sample = to_seconds(cpu) / static_cast<double>(wire.value);
  carriage_ = carriage_ == 0 ? sample : carriage_ + carriage_weight * (sample - carriage_);
  settle();
}

// On usual contents, with cores like those of the table.
CodecChooser::Cost CodecChooser::relative(Codec codec) const {
  const Usual& other = usual[index_of(codec)];
  const Figures& own = compared_[index_of(codec)];
  return {(own.out + compare_weight / other.ratio) / (own.out_expected + compare_weight),
          (own.seconds + compare_weight / other.bytes_per_second) / (own.seconds_expected + compare_weight)};
}

// On the contents of now, with these cores.
CodecChooser::Cost CodecChooser::cost(Codec codec) const {
  const Usual& plain = usual[index_of(Codec::none)];
  if (codec == Codec::none)
    return {1, (plain_.seconds + usual_weight / plain.bytes_per_second) / (plain_.in + usual_weight)};
  const Usual& modest = usual[index_of(Codec::zstd1)];
  const double slow = (level_.seconds + usual_weight / modest.bytes_per_second) /
                      (level_.seconds_expected + usual_weight / modest.bytes_per_second);
  const Cost own = relative(codec);
  // Contents that are smaller than usual are so for every codec. On those that are larger, all gain less, and at the
  // end none anything.
  const double in = level_.in + usual_weight, out = level_.out + usual_weight / modest.ratio;
  const double usually = level_.out_expected + usual_weight / modest.ratio;
  if (out <= usually) return {own.out * out / usually, own.seconds * slow};
  const double gain = std::max(0.0, in - out) / (in - usually);
  return {1 - std::max(0.0, 1 - own.out) * gain, own.seconds * slow};
}

CodecChooser::Planning CodecChooser::with_window() const {
  return {true, (searched_.left + search_weight / usual_search.ratio) / (searched_.in + search_weight),
          (searched_.seconds + usual_weight / usual_search.bytes_per_second) / (searched_.in + usual_weight)};
}

CodecChooser::Planning CodecChooser::without_window() const {
  return {false, 1, (plain_plan_.seconds + usual_weight / usual_plan) / (plain_plan_.in + usual_weight)};
}

CodecChooser::Busy CodecChooser::busy(Codec codec, const Planning& planning) const {
  const Cost own = cost(codec);
  const double out = own.out * planning.left, besides = besides_.seconds / (besides_.in + usual_weight);
  return {out / link_, (own.seconds * planning.left + planning.seconds + besides + carriage_ * out) / config_.cores};
}

BitRate CodecChooser::expected(Codec codec) const {
  const Busy own = busy(codec, planning());
  return BitRate(static_cast<std::uint64_t>(8 / std::max(own.link, own.cores)));
}

CodecChooser::Option CodecChooser::best_with(const Planning& planning) const {
  const double link_weight = link_weight_least * std::pow(link_weight_most / link_weight_least, line_ * line_);
  // What is worth searching for matches is worth compressing.
  Option best{strongest_, HUGE_VAL};
  for (std::size_t i = planning.windowed ? index_of(Codec::lz4) : 0; i <= index_of(strongest_); ++i) {
    const Busy own = busy(codec_at(i), planning);
    const double cost = std::max(own.cores, planning.seconds) + link_weight * own.link;
    if (cost < best.cost) best = {codec_at(i), cost};
  }
  return best;
}

void CodecChooser::settle() {
  if (link_ <= 0) return;
  const Planning searching = with_window();
  const Option with = best_with(searching), without = best_with(without_window());
  const double change = 1 + (windowed_ ? -config_.hysteresis : config_.hysteresis);
  windowed_ = strongest_ != Codec::none && searching.left < 1 - found_min && with.cost * change < without.cost;
  best_ = windowed_ ? with.codec : without.codec;
}

std::optional<Codec> CodecChooser::next_rival() {
  const std::size_t codecs = index_of(strongest_) + 1;
  const auto highest = static_cast<double>(expected(best_).value);
  for (std::size_t step = 1; step <= codecs; ++step) {
    const Codec rival = codec_at((last_rival_ + step) % codecs);
    if (rival == best_ || rival == Codec::none) continue;
    if (static_cast<double>(expected(rival).value) * config_.trial_cost_max < highest) continue;
    last_rival_ = index_of(rival);
    return rival;
  }
  return std::nullopt;
}

Codec CodecChooser::choose() {
  chosen_ = best_;
  if (link_ <= 0) return chosen_;
  ++choices_;
  const unsigned every = line_ > line_free ? config_.trial_every_free : config_.trial_every;
  trial_due_ = config_.trial_every > 0 && every > 0 && (choices_ % every == 0 || choices_ == first_trial);
  if (trial_due_ && config_.trials_are_sent) {
    trial_due_ = false;
    if (const auto rival = next_rival()) return *rival;
  }
  return chosen_;
}

std::optional<CodecChooser::Trial> CodecChooser::trial() {
  if (!trial_due_) return std::nullopt;
  trial_due_ = false;
  const Codec used = chosen_ == Codec::none ? Codec::lz4 : chosen_;
  if (used > strongest_) return std::nullopt;
  const auto rival = next_rival();
  if (!rival || *rival == used) return std::nullopt;
  return Trial{used, *rival};
}

}  // namespace dwcp::hde
