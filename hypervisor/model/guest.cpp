#include "hypervisor/model/guest.hpp"

#include <bit>

namespace dwcp::model {

Guest::Guest(std::shared_ptr<const Blueprint> blueprint, std::uint64_t seed)
    : blueprint_(std::move(blueprint)),
      dirtying_(blueprint_->config().dirty, blueprint_->ram_frames(), seed),
      versions_(blueprint_->frames()) {}

void Guest::advance(TimePoint now) {
  if (running_) dirtying_.run(ran_until_, now, 1 - throttle_percent_ / 100.0);
  ran_until_ = std::max(ran_until_, now);
}

void Guest::run(TimePoint now) {
  advance(now);
  running_ = true;
}

void Guest::pause(TimePoint now) {
  advance(now);
  running_ = false;
}

void Guest::throttle(TimePoint now, unsigned percent) {
  advance(now);
  throttle_percent_ = percent;
}

std::uint64_t Guest::sync(TimePoint now) {
  advance(now);
  const std::uint64_t before = dirty_count_;
  for (const Frame frame : dirtying_.take()) {
    ++versions_[frame.value];
    ++writes_made_;
    if (dirty_.empty()) continue;
    std::uint64_t& bits = dirty_[frame.value / 64];
    const std::uint64_t bit = std::uint64_t{1} << (frame.value % 64);
    dirty_count_ += (bits & bit) == 0;
    bits |= bit;
  }
  return dirty_count_ - before;
}

void Guest::load(std::vector<std::uint32_t> versions) { versions_ = std::move(versions); }

void Guest::track() {
  const std::uint64_t frames = blueprint_->frames();
  dirty_.assign((frames + 63) / 64, ~std::uint64_t{0});
  if (frames % 64 != 0) dirty_.back() >>= 64 - frames % 64;
  dirty_count_ = frames;
}

void Guest::stop_tracking() {
  dirty_.clear();
  dirty_count_ = 0;
}

Frame Guest::next_dirty(Frame from) {
  const std::uint64_t frames = blueprint_->frames();
  if (dirty_count_ == 0 || from.value >= frames) return Frame(frames);
  std::size_t word = from.value / 64;
  std::uint64_t bits = dirty_[word] & (~std::uint64_t{0} << (from.value % 64));
  while (bits == 0) {
    if (++word == dirty_.size()) return Frame(frames);
    bits = dirty_[word];
  }
  const auto bit = static_cast<unsigned>(std::countr_zero(bits));
  dirty_[word] &= ~(std::uint64_t{1} << bit);
  --dirty_count_;
  return Frame(word * 64 + bit);
}

}  // namespace dwcp::model
