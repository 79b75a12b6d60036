// What the two ends of a session say of it adds up: nothing was received that was not sent, or more often than it was
// sent; and what the sender takes for acknowledged was received.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "scenarios/checkers/checker.hpp"

namespace dwcp::scenarios {

class SessionAccounts final : public Checker {
 public:
  // Sessions of which one end has been heard are remembered up to so many: the other end may have been killed.
  static constexpr std::size_t waiting_max = 10'000;

  std::string_view name() const override { return "session_accounts"; }
  // Of any process; those that are not "amst.session_ended" are passed over.
  void on_record(const platform::Record& record);
  std::size_t compared() const { return compared_; }

 private:
  struct End {
    std::string whose;
    std::uint64_t sent = 0, acknowledged = 0, received = 0;  // bytes of payload, each counted once
    std::uint64_t chunks_sent = 0, chunks_received = 0;
  };
  void compare(Duration time, const End& from, const End& to);

  std::map<std::string, End> waiting_;  // by session
  std::deque<std::string> oldest_;
  std::size_t compared_ = 0;
};

}  // namespace dwcp::scenarios
