// What else befalls packets on a link: they come twice, late, or with a byte changed that TCP's checksum does not
// catch.
#pragma once

#include <ns3/packet.h>

#include "engine/base/random.hpp"
#include "engine/base/units.hpp"

namespace dwcp::sim {

// Shares of packets, each 0..1, independent of each other.
struct DisorderOptions {
  double duplicate = 0;                                // comes once more, right behind
  double reorder = 0;                                  // is held back, and overtaken, for up to `reorder_by`
  Duration reorder_by = std::chrono::milliseconds(5);  // > 0
  double corrupt = 0;                                  // one byte of the payload of a TCP segment is another one
};

// Throws Error(bad_value) naming the option, its value and the range.
void check(const DisorderOptions&);

// Draws of its own, one kind apart from the other, so that one does not shift what befalls others.
class Disorder {
 public:
  explicit Disorder(std::uint64_t seed)
      : duplicating_(seed, "duplicate"), reordering_(seed, "reorder"), corrupting_(seed, "corrupt") {}

  void set(const DisorderOptions& options) { options_ = options; }
  // Nothing is drawn for what has a share of 0.
  bool duplicates() { return options_.duplicate > 0 && duplicating_.chance(options_.duplicate); }
  Duration holds_back();  // 0: it does not
  // The packet, or one like it with a byte changed.
  ns3::Ptr<ns3::Packet> passed_on(ns3::Ptr<ns3::Packet> packet, std::uint16_t protocol, bool& corrupted);

 private:
  DisorderOptions options_;
  Random duplicating_, reordering_, corrupting_;
};

}  // namespace dwcp::sim
