// The receiver's long window: what batches carried beside their matches, for later batches to copy from.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "engine/hde/literals.hpp"

namespace dwcp::hde {

// Batches come in any order: what one copies from may still be on its way. Thread-safe.
class HeldWindow {
 public:
  // Beyond `budget` the oldest are dropped; what copies from them is asked of the sender in full. Senders keep to
  // EncoderConfig::window_budget and tell what they need no more.
  explicit HeldWindow(Bytes budget, const KeptWindow& begins_with = {});

  // A batch came, whatever it is.
  void came(BatchId batch);
  // Precondition: their memory holds nothing else.
  void hold(BatchId batch, Literals literals);
  // The batch came, and nobody can copy from it.
  void hold_nothing(BatchId batch);
  // Nothing below is needed any more.
  void drop_below(BatchId floor);

  enum class Presence { held, awaited, gone };
  // `literals` is set where they are held.
  Presence find(BatchId batch, Literals& literals) const;
  Bytes held() const;
  KeptWindow kept() const;
  // Numbers that it remembers at most of batches that came and are not held.
  static std::size_t numbers_max(Bytes budget);

 private:
  void drop_oldest();

  const std::size_t budget_;
  mutable std::mutex lock_;
  std::map<BatchId, Literals> batches_;
  std::set<BatchId> without_;  // came, and are not held; not below floor_
  std::size_t held_ = 0;
  BatchId begun_with_{0};  // what it begins with goes up to here: the rest of that is gone
  BatchId floor_{0};       // what is below is gone
  BatchId last_{0};        // of those that came
};

}  // namespace dwcp::hde
