// A checker watches a run for one thing that must never happen. Checkers see what the world knows, not what the engine
// says of itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/migration/hypervisor.hpp"
#include "engine/platform/record.hpp"

namespace dwcp::scenarios {

// A guest's state on one host, from `time` on.
struct GuestChange {
  Duration time{0};
  std::string host;
  std::string vm;
  migration::GuestState state = migration::GuestState::absent;
};

struct Finding {
  Duration time{0};
  std::string detail;
};

class Checker {
 public:
  virtual ~Checker() = default;
  virtual std::string_view name() const = 0;
  virtual void on_guest(const GuestChange&) {}
  // Once, when the run is over and nothing moves any more.
  virtual void at_end(Duration) {}
  const std::vector<Finding>& findings() const { return findings_; }

 protected:
  // At most findings_max are kept: a violation that repeats fills no memory.
  static constexpr std::size_t findings_max = 100;
  void violated(Duration time, std::string detail) {
    if (findings_.size() < findings_max) findings_.push_back({time, std::move(detail)});
  }

 private:
  std::vector<Finding> findings_;
};

}  // namespace dwcp::scenarios
