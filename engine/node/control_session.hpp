// One client of the control protocol, whatever carries its lines. What it started goes on when it goes away.
#pragma once

#include <deque>
#include <set>
#include <string>

#include "engine/node/node.hpp"

namespace dwcp::node {

class ControlSession {
 public:
  static constexpr std::size_t answers_waiting_max = 16;  // that the client did not take; then no request is read
  static constexpr std::size_t followed_max = 256;        // migrations at once

  // The node outlives the session.
  explicit ControlSession(Node& node);
  ~ControlSession();
  ControlSession(const ControlSession&) = delete;
  ControlSession& operator=(const ControlSession&) = delete;

  // One request, without its line break. Its answer comes from next(). Never throws for what a client can say or a node
  // can refuse. Waits while too many answers were not taken.
  Task<void> handle(std::string line);
  // An answer to what is no request at all, such as a line without end; no more is read from this client.
  void reject(const Failure& failure);
  // The client will ask nothing more. What it follows goes on being told.
  void end_of_requests();

  // The next line for the client, with its break: answers first, then news of what it follows. Of a migration that
  // moves faster than the client reads, only the newest is told. Empty: nothing will come any more.
  Task<std::string> next();
  // Whether next() has something now.
  bool has_news() const { return !answers_.empty() || !news_.empty(); }

 private:
  Task<std::string> answer(std::string line);
  void follow(const JobPtr& job);

  Node& node_;
  const std::shared_ptr<JobBoard> jobs_;
  platform::Event changed_;
  JobBoard::Watch watch_;
  std::deque<std::string> answers_;
  std::map<JobId, JobPtr> followed_;
  std::set<JobId> news_;  // of followed_, not yet told
  bool requests_ended_ = false;
};

}  // namespace dwcp::node
