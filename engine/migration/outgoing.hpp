// One migration as its source. Internal to this folder.
//   outgoing.cpp        the course of it, from the intent to the hand-over or the rollback
//   outgoing_watch.cpp  what is measured under way, and what is done about it
#pragma once

#include "engine/migration/agent_state.hpp"
#include "engine/migration/convergence.hpp"
#include "engine/migration/stream_sender.hpp"

namespace dwcp::migration {

class Outgoing : public std::enable_shared_from_this<Outgoing> {
 public:
  Outgoing(std::shared_ptr<Agent::State> agent, Request request)
      : agent_(std::move(agent)), request_(std::move(request)), changed_(agent_->platform, agent_->platform.control()) {
    report_.vm = request_.vm;
  }

  Task<Report> run();
  bool cancel();

 private:
  Task<void> begin();
  Task<void> move();
  Task<void> carry_stream();
  Task<void> listen();
  Task<void> steer();
  Task<void> act(const Decision& decision);
  Task<void> decide();
  Task<void> hand_over();
  Task<void> roll_back(Failure why);
  Task<void> wait_until_prepared();
  Measurement measure() const;
  Task<void> keep_time();
  Task<void> fetch_rest();
  void watch_transfer(const Measurement& now);
  void notice_stop();
  void size_pipeline(const Decision& decision, const Measurement& now);
  void tell_progress(const Decision& decision, const Measurement& now);
  Phase phase() const;
  void record_progress(const Decision& decision, const Measurement& now);
  void fill_report();

  std::shared_ptr<Agent::State> agent_;
  Request request_;
  Report report_;
  platform::Event changed_;
  Entry entry_;
  TimePoint started_{}, transfer_began_{}, stopped_{};
  Duration journal_cost_{0};  // of one durable record, measured

  std::shared_ptr<amst::Session> session_;
  std::shared_ptr<PipeBoard> pipes_;
  EncodingConfig encoding_;               // within the memory that there was at the beginning
  hde::KeptWindow window_;                // that the sender begins with
  std::unique_ptr<StreamSender> sender_;  // of pre-copy
  std::unique_ptr<OutgoingGuest> guest_;
  std::optional<Convergence> convergence_;
  bool prepared_ = false, cancelled_ = false, decided_ = false;
  bool timed_out_ = false;  // and what the policy says of that was done, or is being done
  bool switched_ = false;   // to post-copy
  bool fetching_ = false;   // the destination runs the guest, and fetches its pages
};

}  // namespace dwcp::migration
