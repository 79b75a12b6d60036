#include "hypervisor/model/outgoing.hpp"

#include <algorithm>

#include "hypervisor/model/device_state.hpp"
#include "hypervisor/qemu_stream/compose.hpp"

namespace dwcp::model {

namespace {

using qemu_stream::Part;

// A section of the stream has at most so many pages with contents, and so many of both kinds.
constexpr std::size_t batch_contents_max = 32, batch_pages_max = 1024;
constexpr Duration rate_period = std::chrono::milliseconds(200);
constexpr Bytes forced{~std::uint64_t{0}};

bool is_zero_page(ByteSpan page) {
  return page.front() == std::byte{0} && std::memcmp(page.data(), page.data() + 1, page.size() - 1) == 0;
}

}  // namespace

OutgoingStream::OutgoingStream(std::shared_ptr<Guest> guest, TimePoint now)
    : shared_guest_(std::move(guest)),
      guest_(*shared_guest_),
      was_running_(guest_.running()),
      contents_(batch_contents_max * page_size.value),
      synced_(now),
      rate_since_(now) {
  guest_.sync(now);
  guest_.track();
  const qemu_stream::StreamHead head{
      .machine_type = "pc-q35-10.0", .capabilities = {}, .ram = guest_.blueprint().ram()};
  writer_.write_opaque(Part::prefix, qemu_stream::make_prefix(head), out_).value();
}

std::size_t OutgoingStream::read(MutableByteSpan into, TimePoint now) {
  std::size_t filled = 0;
  wake_at_ = TimePoint::max();
  while (filled < into.size()) {
    if (out_read_ == out_.size()) {
      if (phase_ == Phase::ended) break;
      out_.clear();
      out_read_ = 0;
      produce(now);
      if (out_.empty()) break;
    }
    const std::size_t length = std::min(into.size() - filled, out_.size() - out_read_);
    std::memcpy(into.data() + filled, out_.data() + out_read_, length);
    filled += length;
    out_read_ += length;
  }
  return filled;
}

// Appends the next section to out_, or sets wake_at_.
void OutgoingStream::produce(TimePoint now) {
  if (phase_ == Phase::pages && !stop_if_allowed(now) && guest_.dirty_frames() == 0) {
    if (!guest_.writes() || !guest_.running()) return;  // nothing to send until the switchover is allowed
    if (now - synced_ >= sync_interval) sync(now);
    if (guest_.dirty_frames() == 0) {
      wake_at_ = synced_ + (switchover_limit_ == Bytes(0) ? sync_interval : sync_interval_min);
      return;
    }
  }
  if (phase_ == Phase::pages) {
    write_batch(false);
  } else if (guest_.dirty_frames() > batch_contents_max) {
    write_batch(false);
  } else {
    write_batch(true);
    writer_.write_opaque(Part::tail, make_tail(guest_), out_).value();
    phase_ = Phase::ended;
  }
}

void OutgoingStream::sync(TimePoint now) {
  dirtied_since_ += guest_.sync(now);
  synced_ = now;
  if (guest_.dirty_frames() > 0) ++rounds_;
  if (now - rate_since_ < rate_period) return;
  dirty_rate_ = rate_of(page_size * dirtied_since_, now - rate_since_);
  rate_since_ = now;
  dirtied_since_ = 0;
}

bool OutgoingStream::stop_if_allowed(TimePoint now) {
  const auto few_left = [&] { return page_size * guest_.dirty_frames() <= switchover_limit_; };
  if (switchover_limit_ == Bytes(0) || !few_left()) return false;
  if (now > synced_) {
    if (now - synced_ < sync_interval_min && switchover_limit_ != forced) return false;
    sync(now);
    if (!few_left()) return false;
  }
  guest_.pause(now);
  stopped_at_ = now;
  phase_ = Phase::last_pages;
  return true;
}

// Takes the next dirty frames in their order, going round, and writes them as one section. The last one ends RAM.
void OutgoingStream::write_batch(bool last) {
  const Blueprint& blueprint = guest_.blueprint();
  batch_.clear();
  std::size_t contents = 0;
  while (contents < batch_contents_max && batch_.size() < batch_pages_max && guest_.dirty_frames() > 0) {
    const Frame frame = guest_.next_dirty(scan_);
    if (frame.value == blueprint.frames()) {
      scan_ = Frame(0);
      if (!batch_.empty() && !last) break;  // a section does not go over the end
      continue;
    }
    scan_ = frame + Frame(1);
    const auto [block, page] = blueprint.place(frame);
    const std::uint32_t version = guest_.version(frame);
    if (blueprint.is_zero(frame, version)) {
      batch_.push_back({block, page, {}});
      continue;
    }
    const PageBytes bytes(contents_.data() + contents * page_size.value, page_size.value);
    blueprint.generate(frame, version, bytes);
    const bool zero = is_zero_page(bytes);
    contents += !zero;
    batch_.push_back({block, page, zero ? ByteSpan() : ByteSpan(bytes)});
  }
  if (last)
    writer_.finish_ram(batch_, out_).value();
  else
    writer_.write_pages(batch_, out_).value();
}

migration::OutgoingStatus OutgoingStream::status() const {
  return {.rounds = rounds_,
          .remaining = page_size * guest_.dirty_frames(),
          .dirty_rate = dirty_rate_,
          .throttle_percent = guest_.throttle_percent(),
          .guest_stopped = phase_ != Phase::pages,
          .stopped_at = stopped_at_};
}

void OutgoingStream::cancel(TimePoint now) {
  guest_.throttle(now, 0);
  guest_.stop_tracking();
  if (was_running_ && !guest_.running()) guest_.run(now);
}

}  // namespace dwcp::model
