// What the receiver says, and what is measured meanwhile.
#include <algorithm>

#include "engine/platform/deadline.hpp"
#include "engine/transfer/names.hpp"
#include "engine/transfer/send_session.hpp"

namespace dwcp::transfer {
namespace {

constexpr BitRate memory_rate{1'000'000'000'000};  // faster than any codec

[[noreturn]] void receiver_violated(const std::string& what) {
  throw Error(Errc::protocol_error, "the receiver " + what);
}

}  // namespace

Task<void> SendSession::read_messages() {
  for (;;) {
    const ByteVector bytes = co_await session_->receive_message();
    const Message message = decode(bytes).value();
    std::visit(
        [this](const auto& m) {
          if constexpr (requires { handle(m); })
            handle(m);
          else
            receiver_violated("sent a message that only a sender sends");
        },
        message);
    changed_.notify_all();
  }
}

SendSession::Outgoing& SendSession::outgoing(FileIndex index) {
  const auto it = live_.find(index.value);
  if (it == live_.end()) receiver_violated("speaks of file " + std::to_string(index.value) + ", which is not in work");
  return *it->second;
}

void SendSession::handle(const Answer& answer) {
  if (answer.index.value != answered_)
    receiver_violated("answered file " + std::to_string(answer.index.value) + " where " + std::to_string(answered_) +
                      " was next");
  Outgoing& out = outgoing(answer.index);
  ++answered_;
  out.answered = true;
  out.what = answer.what;
  if (answer.what == Disposition::refuse) end(out, FileOutcome::failed, {static_cast<Errc>(answer.code), answer.text});
}

void SendSession::handle(const Held& held) {
  Outgoing& out = outgoing(held.index);
  const std::uint64_t blocks = blocks_of(out.source->size);
  if (!out.answered || out.what != Disposition::resume)
    receiver_violated("lists blocks of a file that it does not resume");
  if (held.scanned.value > blocks || held.first.value + held.hashes.size() > held.scanned.value)
    receiver_violated("lists blocks up to " + std::to_string(held.scanned.value) + " of a file of " +
                      std::to_string(blocks));
  out.held.resize(blocks);
  std::ranges::copy(held.hashes, out.held.begin() + static_cast<std::ptrdiff_t>(held.first.value));
  out.scanned = std::max(out.scanned, held.scanned.value);
}

void SendSession::handle(const FileDone& done) {
  Outgoing& out = outgoing(done.index);
  Source& source = *out.source;
  switch (done.outcome) {
    case Outcome::stored:
      end(out, source.report.reused > Bytes(0) ? FileOutcome::completed : FileOutcome::stored, {});
      break;
    case Outcome::same:
      source.report.reused = source.size;
      state_.report.reused += source.size;
      state_.progress.reused += source.size;
      state_.progress.done += source.size;
      end(out, FileOutcome::same, {});
      break;
    case Outcome::failed:
      end(out, FileOutcome::failed, {static_cast<Errc>(done.code), done.text});
      break;
  }
}

void SendSession::handle(const Resend& resend) {
  const auto it = live_.find(resend.index.value);
  if (it == live_.end())
    receiver_violated("wants a block of file " + std::to_string(resend.index.value) + " after its end");
  if (resend.block.value >= it->second->hashes.size() || !it->second->file)
    receiver_violated("wants block " + std::to_string(resend.block.value) + " of " + it->second->source->file.name);
  scope_.spawn([](SendSession& self, std::shared_ptr<Outgoing> out, BlockIndex block) -> Task<void> {
    co_await self.take_slot();
    platform::Buffer buffer = co_await self.buffers_.acquire();
    co_await self.send_block(std::move(out), block, std::move(buffer), true);
  }(*this, it->second, resend.block));
}

void SendSession::end(Outgoing& out, FileOutcome outcome, Failure failure) {
  Source& source = *out.source;
  source.ended = true;
  source.report.outcome = outcome;
  source.report.failure = std::move(failure);
  if (out.file) --open_;
  ++ended_;
  ++state_.progress.files_done;
  if (state_.on_file) state_.on_file(source.report);
  live_.erase(out.index.value);
}

Task<void> SendSession::tick() {
  for (;;) {
    measure_path();
    co_await platform::sleep_for(platform_, tick_interval);
    show_progress();
  }
}

void SendSession::measure_path() {
  const amst::Stats stats = session_->stats();
  const TimePoint now = platform_.now();
  const Duration passed = now - measured_at_;
  const Bytes wire = stats.payload_acknowledged;
  const auto fresh = static_cast<double>(rate_of(wire - measured_wire_, passed).value);  // 0 when no time passed
  measured_at_ = now;
  measured_wire_ = wire;
  // Falls slowly: a pause of the source says nothing about the path.
  wire_rate_ = std::max(fresh, 0.9 * wire_rate_);
  const platform::PathSample path = session_->path();
  const Duration round_trip = path.rtt_min > Duration::zero() ? path.rtt_min : stats.rtt;
  flight_.adapt(BitRate(static_cast<std::uint64_t>(wire_rate_)), round_trip);
  // What passed is what the link can do only while there was more to be sent.
  if (flight_.was_full())
    link_rate_ = link_rate_ == 0 ? fresh : 0.7 * link_rate_ + 0.3 * fresh;
  else if (link_rate_ != 0)
    link_rate_ = std::max(link_rate_, fresh);
  // Both ends of a loopback share the processors: whatever a codec takes there is taken from the transport.
  const bool loopback = options_.to.front().address.is_loopback();
  chooser_.observe_link(loopback ? memory_rate : BitRate(static_cast<std::uint64_t>(link_rate_)));
}

void SendSession::show_progress() {
  Progress& progress = state_.progress;
  progress.wire = state_.wire_before + session_->stats().bytes_wire;
  progress.suspended = session_->state() == amst::State::suspended;
  state_.meter.observe(platform_.now(), progress.done);
  progress.rate = state_.meter.rate();
  progress.remaining = state_.meter.remaining(progress.total - std::min(progress.total, progress.done));
  if (state_.on_progress) state_.on_progress(progress);
}

}  // namespace dwcp::transfer
