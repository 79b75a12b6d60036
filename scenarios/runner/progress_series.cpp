#include "scenarios/runner/progress_series.hpp"

namespace dwcp::scenarios {
namespace {

using reports::Timeline;

double number(Bytes bytes) { return static_cast<double>(bytes.value); }
double number(BitRate rate) { return static_cast<double>(rate.value); }

// Counters go back where something began anew.
template <class Count>
double grown(Count now, Count before) {
  return static_cast<double>(now >= before ? now - before : now);
}
double grown(Bytes now, Bytes before) { return grown(now.value, before.value); }

}  // namespace

std::optional<Timeline::SeriesId> ProgressSeries::series(Open& open, const char* metric, const char* unit,
                                                         const Timeline::Labels& labels) {
  const auto [it, is_new] = open.try_emplace(metric);
  if (is_new) it->second = timeline_.open(metric, unit, labels, Timeline::Merge::mean);
  return it->second;
}

void ProgressSeries::add(std::size_t attempt, Duration now, const migration::Progress& p) {
  const auto [it, is_new] = vms_.try_emplace(p.vm.text);
  Vm& vm = it->second;
  if (is_new || vm.attempt != attempt) {  // what came before this first word is known for no span of time
    vm.attempt = attempt;
    vm.before = p;
    vm.at = now;
    for (auto& [index, stream] : vm.streams) stream = {.series = std::move(stream.series)};
    for (const amst::StreamInfo& info : p.streams) {
      Stream& stream = vm.streams[info.index];
      stream.sent = info.sent;
      stream.joined = info.joined;
      stream.segments = info.path.segments_sent;
      stream.again = info.path.segments_retransmitted;
    }
    for (auto& [index, stream] : vm.streams) stream.counted = now;
    return;
  }
  const Timeline::Labels labels{{"vm", p.vm.text}};
  const double seconds = to_seconds(now - vm.at);
  const auto rate = [&](const char* metric, double bytes) {
    if (const auto id = series(vm.series, metric, "bit/s", labels)) timeline_.add(*id, vm.at, now, bytes * 8, seconds);
  };
  const auto hold = [&](const char* metric, const char* unit, double value) {
    if (const auto id = series(vm.series, metric, unit, labels)) timeline_.hold(*id, vm.at, now, value);
  };
  rate("migration.goodput_bps", grown(p.wire, vm.before.wire));
  rate("migration.guest_bps", grown(p.sent, vm.before.sent));
  hold("migration.dirty_bps", "bit/s", number(p.dirty_rate));
  hold("migration.remaining_bytes", "B", number(p.remaining));
  hold("migration.round", "1", p.round);
  hold("migration.throttle_percent", "%", p.throttle_percent);
  if (p.link.value > 0) hold("migration.link_bps", "bit/s", number(p.link));
  if (p.rtt > Duration::zero()) hold("migration.rtt_s", "s", to_seconds(p.rtt));
  if (p.downtime_predicted > Duration::zero())
    hold("migration.downtime_predicted_s", "s", to_seconds(p.downtime_predicted));
  add_streams(vm, now, p);
  vm.before = p;
  vm.at = now;
}

void ProgressSeries::add_streams(Vm& vm, Duration now, const migration::Progress& p) {
  for (const amst::StreamInfo& info : p.streams) {
    const auto [it, is_new] = vm.streams.try_emplace(info.index);
    if (is_new) it->second.counted = vm.at;
    add_stream(vm, it->second, now, info);
  }
}

void ProgressSeries::add_stream(const Vm& vm, Stream& stream, Duration now, const amst::StreamInfo& info) {
  const Timeline::Labels labels{{"vm", vm.before.vm.text}, {"stream", std::to_string(info.index)}};
  if (const auto id = series(stream.series, "stream.rate_bps", "bit/s", labels))
    timeline_.add(*id, vm.at, now, grown(info.sent, stream.sent) * 8, to_seconds(now - vm.at));
  stream.sent = info.sent;
  if (info.connected && info.path.rtt_smoothed > Duration::zero())
    if (const auto id = series(stream.series, "stream.rtt_s", "s", labels))
      timeline_.hold(*id, vm.at, now, to_seconds(info.path.rtt_smoothed));
  count_segments(stream, now, info, labels);
}

void ProgressSeries::count_segments(Stream& stream, Duration now, const amst::StreamInfo& info,
                                    const Timeline::Labels& labels) {
  const std::uint64_t segments = info.path.segments_sent, again = info.path.segments_retransmitted;
  const bool same = info.joined == stream.joined && segments >= stream.segments;
  if (segments == 0 || (same && segments == stream.segments)) return;
  if (const auto id = series(stream.series, "stream.resent_ratio", "1", labels))
    timeline_.add(*id, stream.counted, now, grown(again, same ? stream.again : 0),
                  grown(segments, same ? stream.segments : 0));
  stream.joined = info.joined;
  stream.segments = segments;
  stream.again = again;
  stream.counted = now;
}

}  // namespace dwcp::scenarios
