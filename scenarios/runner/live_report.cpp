#include "scenarios/runner/live_report.hpp"

namespace dwcp::scenarios {
namespace {

std::int64_t ns(Duration d) { return d.count(); }
Duration duration(const Json& json) { return Duration(json.get<std::int64_t>()); }
Bytes bytes(const Json& json) { return Bytes(json.get<std::uint64_t>()); }
BitRate bit_rate(const Json& json) { return BitRate(json.get<std::uint64_t>()); }

// What the time line shows of a stream.
Json stream_json(const amst::StreamInfo& s) {
  return {s.index,
          s.connected,
          s.joined,
          s.sent.value,
          ns(s.path.rtt_smoothed),
          s.path.segments_sent,
          s.path.segments_retransmitted};
}

amst::StreamInfo stream_from(const Json& json) {
  amst::StreamInfo s;
  s.index = json.at(0).get<unsigned>();
  s.connected = json.at(1).get<bool>();
  s.joined = json.at(2).get<unsigned>();
  s.sent = bytes(json.at(3));
  s.path.rtt_smoothed = duration(json.at(4));
  s.path.segments_sent = json.at(5).get<std::uint64_t>();
  s.path.segments_retransmitted = json.at(6).get<std::uint64_t>();
  return s;
}

}  // namespace

Json to_json(const migration::Report& r) {
  Json json{{"vm", r.vm.text},
            {"outcome", static_cast<int>(r.outcome)},
            {"reason", r.reason},
            {"total_time", ns(r.total_time)},
            {"downtime", ns(r.downtime)},
            {"rounds", r.rounds},
            {"throttle", r.throttle_percent_max},
            {"forced_stop", r.forced_stop},
            {"security", r.security},
            {"bytes_guest", r.bytes_guest.value},
            {"bytes_wire", r.bytes_wire.value},
            {"bytes_resent", r.bytes_resent.value},
            {"transfer_time", ns(r.transfer_time)},
            {"bytes_acknowledged", r.bytes_acknowledged.value},
            {"window_peak", r.window_peak.value},
            {"downtime_predicted", ns(r.downtime_predicted)},
            {"overhead", r.classes.overhead.value},
            {"classes", Json::array()}};
  for (const hde::ClassTotals& c : r.classes.by_class) json["classes"].push_back({c.pages, c.in.value, c.out.value});
  return json;
}

migration::Report report_from(const Json& json) {
  migration::Report r;
  r.vm = VmId(json.at("vm").get<std::string>());
  r.outcome = static_cast<migration::Outcome>(json.at("outcome").get<int>());
  r.reason = json.at("reason").get<std::string>();
  r.total_time = duration(json.at("total_time"));
  r.downtime = duration(json.at("downtime"));
  r.rounds = json.at("rounds").get<unsigned>();
  r.throttle_percent_max = json.at("throttle").get<unsigned>();
  r.forced_stop = json.at("forced_stop").get<bool>();
  r.security = json.at("security").get<std::string>();
  r.bytes_guest = bytes(json.at("bytes_guest"));
  r.bytes_wire = bytes(json.at("bytes_wire"));
  r.bytes_resent = bytes(json.at("bytes_resent"));
  r.transfer_time = duration(json.at("transfer_time"));
  r.bytes_acknowledged = bytes(json.at("bytes_acknowledged"));
  r.window_peak = bytes(json.at("window_peak"));
  r.downtime_predicted = duration(json.at("downtime_predicted"));
  r.classes.overhead = bytes(json.at("overhead"));
  for (std::size_t i = 0; i < hde::page_class_count; ++i) {
    const Json& c = json.at("classes").at(i);
    r.classes.by_class[i] = {c.at(0).get<std::uint64_t>(), bytes(c.at(1)), bytes(c.at(2))};
  }
  return r;
}

Json to_json(const migration::Progress& p) {
  Json json{{"vm", p.vm.text},
            {"round", p.round},
            {"sent", p.sent.value},
            {"remaining", p.remaining.value},
            {"wire", p.wire.value},
            {"goodput", p.goodput.value},
            {"dirty_rate", p.dirty_rate.value},
            {"link", p.link.value},
            {"rtt", ns(p.rtt)},
            {"downtime_predicted", ns(p.downtime_predicted)},
            {"throttle", p.throttle_percent},
            {"streams", Json::array()}};
  for (const amst::StreamInfo& stream : p.streams) json["streams"].push_back(stream_json(stream));
  return json;
}

migration::Progress progress_from(const Json& json) {
  migration::Progress p;
  p.vm = VmId(json.at("vm").get<std::string>());
  p.round = json.at("round").get<unsigned>();
  p.sent = bytes(json.at("sent"));
  p.remaining = bytes(json.at("remaining"));
  p.wire = bytes(json.at("wire"));
  p.goodput = bit_rate(json.at("goodput"));
  p.dirty_rate = bit_rate(json.at("dirty_rate"));
  p.link = bit_rate(json.at("link"));
  p.rtt = duration(json.at("rtt"));
  p.downtime_predicted = duration(json.at("downtime_predicted"));
  p.throttle_percent = json.at("throttle").get<unsigned>();
  for (const Json& stream : json.at("streams")) p.streams.push_back(stream_from(stream));
  return p;
}

}  // namespace dwcp::scenarios
