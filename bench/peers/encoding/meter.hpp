// What a piece of work takes: processor time of the calling thread, and memory of the heap.
#pragma once

#include <algorithm>
#include <cstdint>

namespace dwcp::bench {

// Processor time of the calling thread, in seconds.
double thread_seconds();
// Bytes that the process has allocated on its heap.
std::int64_t heap_bytes();

// Adds up the cost of pieces of work. The heap is looked at before and after each: what one allocates and another frees
// counts until then. What a piece frees itself is not seen.
class Meter {
 public:
  template <class Work>
  auto operator()(Work&& work) {
    const HeapReading heap(*this);
    const TimeReading time(*this);
    return work();
  }
  // Counts what the work does to the heap only.
  template <class Work>
  auto heap_of(Work&& work) {
    const HeapReading heap(*this);
    return work();
  }
  double seconds() const { return seconds_; }
  // Of the latest piece.
  double last() const { return last_; }
  std::uint64_t heap_peak() const { return static_cast<std::uint64_t>(peak_); }

 private:
  struct HeapReading {
    explicit HeapReading(Meter& m) : meter(m), before(heap_bytes()) {}
    ~HeapReading() {
      meter.held_ += heap_bytes() - before;
      meter.peak_ = std::max(meter.peak_, meter.held_);
    }
    Meter& meter;
    std::int64_t before;
  };
  struct TimeReading {
    explicit TimeReading(Meter& m) : meter(m), before(thread_seconds()) {}
    ~TimeReading() {
      meter.last_ = thread_seconds() - before;
      meter.seconds_ += meter.last_;
    }
    Meter& meter;
    double before;
  };
  double seconds_ = 0, last_ = 0;
  std::int64_t held_ = 0, peak_ = 0;
};

}  // namespace dwcp::bench
