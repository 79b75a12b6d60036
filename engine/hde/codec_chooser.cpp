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
    {0.63e9, 2.2},     // lz4
    {0.36e9, 2.9},     // zstd1
    {0.20e9, 3.06},    // zstd3
    {0.068e9, 3.19},   // zstd6
    {0.045e9, 3.22},   // zstd9
    {0.0055e9, 3.39},  // zstd16
    {0.0034e9, 3.43},  // zstd18
}};
constexpr Usual usual_search{1.5e9, 1.08};  // for what earlier batches carried
// The weight of the usual figures beside measurements, in bytes.
constexpr double usual_weight = 128 << 10;
// The same for what is found in the window, which is empty at first and says little then.
constexpr double search_weight = 8 << 20;
constexpr double carriage_weight = 0.25;  // of the latest sample
// Estimates that differ by less than this share count as equal.
constexpr double equal_within = 0.01;
// Contents of which a codec leaves more than this.
constexpr double incompressible = 0.9;
// Of the cores' time that two codecs in turn are planned to take while the link is full: batches vary.
constexpr double load_max = 0.97;
// While the cores have less to do than this, trials are free.
constexpr double load_free = 0.7;

constexpr std::size_t index_of(Codec codec) { return static_cast<std::size_t>(codec); }
constexpr Codec codec_at(std::size_t index) { return static_cast<Codec>(index); }

}  // namespace

CodecChooser::CodecChooser(CodecChooserConfig config) : config_(config), strongest_(config.strongest) {
  config_.cores = std::max(config_.cores, 1u);
  mix_.light = mix_.strong = std::min(Codec::zstd1, config_.strongest);
}

// Everybody's figures age by what was seen: a codec that was not tried for long falls back to the usual.
void CodecChooser::age(double in) {
  const double by = std::exp2(-in / static_cast<double>(std::max<std::uint64_t>(config_.memory.value, 1)));
  const auto fade = [by](Figures& f) {
    f = {f.in * by, f.out * by, f.out_expected * by, f.seconds * by, f.seconds_expected * by};
  };
  fade(level_);
  std::ranges::for_each(compared_, fade);
  if (!windowed_) searched_ = {searched_.in * by, searched_.left * by, searched_.seconds * by};
  plain_ = {plain_.in * by, plain_.left * by, plain_.seconds * by};
}

void CodecChooser::observe_link(BitRate rate) {
  link_ = static_cast<double>(rate.value) / 8;
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
  } else if (in_use(codec)) {
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

void CodecChooser::observe_trial(Trial trial, Bytes in, Made used, Made rival, Duration encoding) {
  if (in.value == 0 || used.size.value == 0 || rival.size.value == 0) return;
  if (used.cpu <= Duration::zero() || rival.cpu <= Duration::zero() || trial.used == Codec::none) return;
  const Duration besides = std::max(mix_.light == Codec::none ? encoding : encoding - used.cpu, Duration::zero());
  used.cpu += besides;
  rival.cpu += besides;
  const Cost expected = relative(trial.used);
  if (mix_.light == Codec::none) {
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

void CodecChooser::observe_window(Bytes in, Bytes matched, Duration cpu) {
  if (in.value == 0 || cpu <= Duration::zero()) return;
  const auto bytes = static_cast<double>(in.value);
  const double by = std::exp2(-bytes / static_cast<double>(std::max<std::uint64_t>(config_.memory.value, 1)));
  searched_ = {searched_.in * by + bytes, searched_.left * by + static_cast<double>((in - matched).value),
               searched_.seconds * by + to_seconds(cpu)};
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
  return {(own.out + usual_weight / other.ratio) / (own.out_expected + usual_weight),
          (own.seconds + usual_weight / other.bytes_per_second) / (own.seconds_expected + usual_weight)};
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

CodecChooser::Window CodecChooser::window() const {
  return {(searched_.left + search_weight / usual_search.ratio) / (searched_.in + search_weight),
          (searched_.seconds + usual_weight / usual_search.bytes_per_second) / (searched_.in + usual_weight)};
}

CodecChooser::Busy CodecChooser::busy(Codec codec, const Window& window) const {
  const Cost own = cost(codec);
  const double out = own.out * window.left;
  return {out / link_, (own.seconds * window.left + window.seconds + carriage_ * out) / config_.cores};
}

BitRate CodecChooser::expected(Codec codec) const {
  const Busy own = busy(codec, windowed_ ? window() : Window{});
  return BitRate(static_cast<std::uint64_t>(8 / std::max(own.link, own.cores)));
}

CodecChooser::Mix CodecChooser::best_mix(const Window& window) const {
  const std::size_t codecs = index_of(strongest_) + 1;
  std::array<Busy, codec_count> of{};
  for (std::size_t i = 0; i < codecs; ++i) of[i] = busy(codec_at(i), window);
  const auto alone = [&](std::size_t i) { return 1 / std::max({of[i].link, of[i].cores, window.seconds}); };
  // What is worth searching for matches is worth compressing.
  const std::size_t lightest = window.seconds > 0 ? std::min(index_of(Codec::lz4), codecs - 1) : 0;
  double highest = 0;
  for (std::size_t i = lightest; i < codecs; ++i) highest = std::max(highest, alone(i));
  // Of equals the one that keeps link and cores busy for the shortest time together: it leaves most to others.
  std::size_t best = codecs;
  for (std::size_t i = lightest; i < codecs; ++i) {
    if (alone(i) < highest * (1 - equal_within)) continue;
    if (best == codecs || of[i].link + of[i].cores < of[best].link + of[best].cores) best = i;
  }
  Mix mix{codec_at(best), codec_at(best), 0, alone(best), of[best].cores / of[best].link};

  for (std::size_t light = lightest; light < codecs; ++light) {
    for (std::size_t strong = light + 1; strong < codecs; ++strong) {
      const Busy &a = of[light], &b = of[strong];
      if (a.cores >= load_max * a.link || b.cores <= load_max * b.link || b.link >= a.link) continue;
      if (alone(strong) * config_.trial_cost_max < highest) continue;
      // Where both are busy as long, but for what load_max leaves.
      const double share = (load_max * a.link - a.cores) / (b.cores - a.cores + load_max * (a.link - b.link));
      const double link = a.link + share * (b.link - a.link);
      const double speed = 1 / std::max(link, window.seconds);
      if (speed > mix.speed * (1 + equal_within)) mix = {codec_at(light), codec_at(strong), share, speed, load_max};
    }
  }
  return mix;
}

void CodecChooser::settle() {
  if (link_ <= 0) return;
  const Mix with = best_mix(window()), without = best_mix(Window{});
  // Fewer bytes for nearly the same time leave more of the path to others.
  const double gain = 1 - window().left, allowed = (windowed_ ? 2 : 1) * config_.hysteresis;
  windowed_ =
      strongest_ != Codec::none && gain > equal_within && with.speed > without.speed * (1 - std::min(gain, allowed));
  mix_ = windowed_ ? with : without;
}

std::optional<Codec> CodecChooser::next_rival() {
  const std::size_t codecs = index_of(strongest_) + 1;
  const auto highest = static_cast<double>(expected(mix_.light).value);
  for (std::size_t step = 1; step <= codecs; ++step) {
    const Codec rival = codec_at((last_rival_ + step) % codecs);
    if (rival == mix_.light || rival == Codec::none) continue;
    if (static_cast<double>(expected(rival).value) * config_.trial_cost_max < highest) continue;
    last_rival_ = index_of(rival);
    return rival;
  }
  return std::nullopt;
}

Codec CodecChooser::choose() {
  if (link_ <= 0) return mix_.light;
  ++choices_;
  const unsigned every = mix_.load < load_free ? config_.trial_every_free : config_.trial_every;
  trial_due_ = config_.trial_every > 0 && every > 0 && choices_ % every == 0;
  if (trial_due_ && config_.trials_are_sent) {
    trial_due_ = false;
    if (const auto rival = next_rival()) return *rival;
  }
  turn_ += mix_.strong_share;
  if (turn_ < 1 || trial_due_) return mix_.light;  // which a trial compares with
  turn_ -= 1;
  return mix_.strong;
}

std::optional<CodecChooser::Trial> CodecChooser::trial() {
  if (!trial_due_) return std::nullopt;
  trial_due_ = false;
  const Codec used = mix_.light == Codec::none ? Codec::lz4 : mix_.light;
  if (used > strongest_) return std::nullopt;
  const auto rival = next_rival();
  if (!rival || *rival == used) return std::nullopt;
  return Trial{used, *rival};
}

}  // namespace dwcp::hde
