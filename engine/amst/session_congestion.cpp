// by_path decides when a stream connects, by the round trip. Then what the path does with it decides: the other
// congestion control is tried on all of the path's streams where it looks better (congestion_trial.hpp), and streams
// that join later get what was found. Each side does so for what it sends.
#include <algorithm>
#include <cmath>

#include "engine/amst/session_core.hpp"
#include "engine/platform/deadline.hpp"

namespace dwcp::amst {
namespace {

// "0.83 %"
std::string percent(double share) {
  const auto hundredths = static_cast<std::uint64_t>(std::llround(share * 10'000));
  const std::string fraction = std::to_string(100 + hundredths % 100);
  return std::to_string(hundredths / 100) + "." + fraction.substr(1) + " %";
}

std::string_view text_of(CongestionTrial::Verdict verdict) {
  switch (verdict) {
    case CongestionTrial::Verdict::pays:
      return "it pays";
    case CongestionTrial::Verdict::does_not_pay:
      return "it does not pay";
    case CongestionTrial::Verdict::too_little_sent:
      return "too little was sent to tell";
    case CongestionTrial::Verdict::disturbed:
      return "streams came or went, or the path was away";
  }
  return "";
}

// On the stream's lane. What went wrong, if anything did.
Task<Failure> change(std::shared_ptr<Transport> transport, CongestionControl wanted) {
  Failure failure;
  try {
    transport->set_congestion(wanted);
  } catch (const Error& error) {
    failure = {error.code(), error.detail()};
  }
  co_return failure;
}

}  // namespace

// Null where there are too many to watch: a peer that comes from ever other addresses.
SessionCore::PathTrial* SessionCore::trial_of(const DataStream& stream) {
  const auto local = stream.transport->local().address, remote = stream.transport->remote().address;
  for (PathTrial& one : trials_)
    if (one.local == local && one.remote == remote) return &one;
  if (trials_.size() == Limits::endpoints_max) {
    const auto unused = std::ranges::find_if(trials_, [this](const PathTrial& one) {
      return std::ranges::none_of(streams_, [&one](const auto& s) {
        const Transport& its = *s.second->transport;
        return s.second->open && its.local().address == one.local && its.remote().address == one.remote;
      });
    });
    if (unused == trials_.end()) return nullptr;
    trials_.erase(unused);
  }
  PathTrial& added = trials_.emplace_back();
  added.local = local;
  added.remote = remote;
  return &added;
}

void SessionCore::count_for_trials() {
  for (PathTrial& one : trials_) {
    one.look.streams = 0;
    one.look.rtt = one.look.rtt_least = Duration(0);
    one.look.disturbed = disturbed();
  }
  for (const auto& [id, stream] : streams_) {
    if (!stream->open || stream->transport->carrier() != Carrier::tcp) continue;
    PathTrial* const of = trial_of(*stream);
    if (!of) continue;
    const PathSample& path = stream->look.path;
    CongestionTrial::Look& look = of->look;
    const Bytes in_transport = path.unacknowledged + path.unsent;
    const Bytes carried = stream->look.written - std::min(stream->look.written, in_transport);
    auto& seen = stream->seen_by_trial;
    look.carried += carried - std::min(carried, seen.carried);
    look.sent += path.segments_sent - std::min(path.segments_sent, seen.sent);
    look.sent_again += path.segments_retransmitted - std::min(path.segments_retransmitted, seen.sent_again);
    seen = {std::max(carried, seen.carried), std::max(path.segments_sent, seen.sent),
            std::max(path.segments_retransmitted, seen.sent_again)};
    look.disturbed = look.disturbed || stream->doubtful || stream->superseded || path.rtt_min <= Duration(0);
    look.running =
        look.streams == 0 || look.running == path.congestion ? path.congestion : CongestionControl::platform_default;
    look.rtt = std::max(look.rtt, path.rtt_smoothed);
    look.rtt_least = look.streams == 0 ? path.rtt_min : std::min(look.rtt_least, path.rtt_min);
    ++look.streams;
  }
}

void SessionCore::weigh_congestion() {
  if (config_.congestion != CongestionControl::by_path) return;
  count_for_trials();
  const auto paths = std::ranges::count_if(trials_, [](const PathTrial& one) { return one.look.streams > 0; });
  for (PathTrial& one : trials_) {
    const CongestionControl other =
        one.look.running == CongestionControl::bbr ? CongestionControl::cubic : CongestionControl::bbr;
    // A trial whose streams are all gone has to end.
    if ((one.look.streams == 0 || refused_.contains(other)) && !one.trial.trying()) continue;
    one.look.busy = queue_.ready() && state_ == State::connected;
    one.look.rate_limit =
        pacer_.rate() / static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(paths, 1));  // of one rate for all
    if (const auto outcome = one.trial.look(one.look, now())) report_trial(one, *outcome);
  }
}

void SessionCore::report_trial(const PathTrial& path, const CongestionTrial::Outcome& outcome) {
  ++stats_.congestion_trials;
  stats_.congestion_kept += outcome.kept() ? 1 : 0;
  platform_.record("amst.congestion", {{"peer", agreement_.peer.node.text},
                                       {"remote", path.remote.to_string()},
                                       {"from", std::string(platform::name_of(outcome.from))},
                                       {"to", std::string(platform::name_of(outcome.to))},
                                       {"why", percent(outcome.again_before) + " sent again"},
                                       {"before_bps", outcome.before},
                                       {"during_bps", outcome.during},
                                       {"again_during", percent(outcome.again_during)},
                                       {"kept", outcome.kept()},
                                       {"verdict", std::string(text_of(outcome.verdict))}});
}

bool SessionCore::tries_congestion() const {
  return std::ranges::any_of(trials_, [](const PathTrial& one) { return one.trial.trying(); });
}

// What the host refuses is said once, and not asked for again.
Task<void> SessionCore::settle_congestion() {
  if (config_.congestion != CongestionControl::by_path) co_return;
  const auto streams = streams_;
  for (const auto& [id, stream] : streams) {
    if (!stream->open || stream->transport->carrier() != Carrier::tcp) continue;
    const PathTrial* const of = trial_of(*stream);
    const auto wanted = of ? of->trial.wanted() : std::nullopt;
    if (!wanted || stream->look.path.congestion == *wanted || refused_.contains(*wanted)) continue;
    const Executor lane = stream->transport->executor();
    const Failure failure = co_await platform::on(lane, change(stream->transport, *wanted));
    if (failure.code)
      congestion_refused(*wanted, failure);
    else
      stream->look.path.congestion = *wanted;
  }
}

void SessionCore::congestion_refused(CongestionControl wanted, const Failure& failure) {
  if (!refused_.insert(wanted).second) return;
  platform_.record("amst.congestion_refused", {{"peer", agreement_.peer.node.text},
                                               {"wanted", std::string(platform::name_of(wanted))},
                                               {"reason", failure.message()}});
  for (PathTrial& one : trials_)
    if (one.trial.wanted() == wanted) one.trial.refused(now());
}

}  // namespace dwcp::amst
