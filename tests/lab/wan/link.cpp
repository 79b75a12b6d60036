#include "tests/lab/wan/link.hpp"

#include <charconv>
#include <string>

namespace dwcp::wan {
namespace {

Result<double> parse_share(std::string_view text) {
  const std::string value(text);
  char* end = nullptr;
  const double percent = std::strtod(value.c_str(), &end);
  if (value.empty() || std::string_view(end) != "%" || percent < 0 || percent > 100)
    return Failure(Errc::bad_unit, "loss=" + value + ": write a percentage from 0% to 100%, such as 0.1%");
  return percent / 100;
}

Result<int> parse_overhead(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < -1000 || value > 1000)
    return Failure(Errc::bad_value, "overhead=" + std::string(text) + ": write bytes from -1000 to 1000");
  return value;
}

template <class T, class U>
Result<void> assign(Result<T> parsed, U& to) {
  if (!parsed) return parsed.error();
  to = *parsed;
  return {};
}

Result<void> set_one(std::string_view key, std::string_view value, LinkOptions& o) {
  if (key == "delay") return assign(parse_duration(value), o.delay);
  if (key == "jitter") return assign(parse_duration(value), o.jitter);
  if (key == "queue") return assign(parse_duration(value), o.queue);
  if (key == "rate") return assign(parse_bit_rate(value), o.rate);
  if (key == "loss") return assign(parse_share(value), o.loss);
  if (key == "overhead") return assign(parse_overhead(value), o.overhead);
  return Failure(Errc::bad_value,
                 "link option \"" + std::string(key) + "\": known are delay, jitter, queue, rate, loss, overhead");
}

}  // namespace

Result<void> parse_link(std::string_view text, LinkOptions& options) {
  LinkOptions changed = options;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos)
      return Failure(Errc::bad_value, "link option \"" + std::string(item) + "\": write key=value");
    if (auto done = set_one(item.substr(0, equals), item.substr(equals + 1), changed); !done)
      return Failure(done.error().code, std::string(item) + ": " + done.error().detail);
  }
  options = changed;
  return {};
}

void Link::take(Frame frame, TimePoint now) {
  ++counters_.taken;
  counters_.bytes += frame.size();
  if (cut_) {
    ++counters_.cut;
    return;
  }
  if (options_.loss > 0 && random_.chance(options_.loss)) {
    ++counters_.lost;
    return;
  }
  TimePoint sent = now;
  if (options_.rate > BitRate(0)) {
    const TimePoint start = std::max(free_at_, now);
    if (start - now > options_.queue || frames_.size() >= frames_max) {
      ++counters_.overflowed;
      return;
    }
    const auto size = static_cast<std::int64_t>(frame.size()) + options_.overhead;
    sent = start + transfer_time(Bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(size, 1))), options_.rate);
    free_at_ = sent;
  }
  TimePoint due = sent + options_.delay;
  if (options_.jitter > Duration::zero()) due += random_.between(Duration::zero(), options_.jitter);
  last_due_ = std::max(due, last_due_);  // a path with jitter still keeps the order
  frames_.push_back({last_due_, std::move(frame)});
}

const Link::Frame* Link::due(TimePoint now) const {
  return frames_.empty() || frames_.front().due > now ? nullptr : &frames_.front().frame;
}

void Link::pop() {
  frames_.pop_front();
  ++counters_.delivered;
}

void Link::cut() {
  cut_ = true;
  counters_.cut += frames_.size();
  frames_.clear();
}

}  // namespace dwcp::wan
