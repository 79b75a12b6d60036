// The stream of a guest on its way out, as QEMU would give it: rounds over the dirty bitmap, then, with the guest
// stopped, the rest and the device state. Pure: the time is told.
#pragma once

#include "engine/migration/hypervisor.hpp"
#include "hypervisor/model/guest.hpp"
#include "hypervisor/qemu_stream/writer.hpp"

namespace dwcp::model {

class OutgoingStream {
 public:
  // A new round does not begin more often, however little the last one left: QEMU's migration thread, too, looks at
  // what is pending every 100 ms.
  static constexpr Duration sync_interval = std::chrono::milliseconds(100);
  // Nor is the dirty bitmap synchronised more often to see whether the switchover can begin, but for a forced one.
  static constexpr Duration sync_interval_min = std::chrono::milliseconds(10);

  // Begins dirty tracking.
  OutgoingStream(std::shared_ptr<Guest> guest, TimePoint now);

  // Fills `into` and returns how much; 0 when there is nothing to send before wake_at(), or at the stream's end.
  std::size_t read(MutableByteSpan into, TimePoint now);
  bool ended() const { return phase_ == Phase::ended && out_.size() == out_read_; }
  // When read() may give more although nobody called allow_switchover(); TimePoint::max(): never.
  TimePoint wake_at() const { return wake_at_; }
  void allow_switchover(Bytes limit) { switchover_limit_ = limit; }
  migration::OutgoingStatus status() const;
  // The migration is given up: the guest is as before it, running if it ran.
  void cancel(TimePoint now);

 private:
  enum class Phase { pages, last_pages, ended };
  void produce(TimePoint now);
  void sync(TimePoint now);
  bool stop_if_allowed(TimePoint now);
  void write_batch(bool last);

  std::shared_ptr<Guest> shared_guest_;
  Guest& guest_;
  const bool was_running_;
  qemu_stream::Writer writer_;
  Phase phase_ = Phase::pages;
  ByteVector out_;
  std::size_t out_read_ = 0;
  Frame scan_{0};  // where the round goes on
  ByteVector contents_;
  std::vector<qemu_stream::PageRecord> batch_;

  Bytes switchover_limit_{0};
  TimePoint wake_at_ = TimePoint::max();
  TimePoint synced_, rate_since_, stopped_at_{};
  unsigned rounds_ = 1;
  std::uint64_t dirtied_since_ = 0;  // frames, since rate_since_
  BitRate dirty_rate_{0};
};

}  // namespace dwcp::model
