// One session of the receiving side: from the sender's offer until it closes. Private to the component.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "engine/platform/scope.hpp"
#include "engine/transfer/incoming_file.hpp"
#include "engine/transfer/receiver.hpp"

namespace dwcp::transfer {

class ReceiveSession;

// Which session writes to which name: two must never write to one file.
class NamesInUse {
 public:
  explicit NamesInUse(platform::Platform& platform) : platform_(platform), freed_(platform, platform.control()) {}
  // False when another session has it and is alive. One that has lost its sender gives it up: a sender that was killed
  // and started again must not wait for its own ghost.
  Task<bool> claim(std::string name, ReceiveSession& by);
  void release(const ReceiveSession& by);
  void release(const std::string& name);

 private:
  platform::Platform& platform_;
  platform::Event freed_;
  std::map<std::string, ReceiveSession*> users_;
};

class ReceiveSession {
 public:
  ReceiveSession(platform::Platform& platform, std::shared_ptr<amst::Session> session, const ReceiveOptions& options,
                 NamesInUse& names, OnProgress on_progress, OnFile on_file);

  // Returns when the sender has closed in order with no file unfinished; throws why not. Once.
  Task<void> run();
  // Of what was done, also after a failure.
  Report take_report();
  // Nobody is at the other end right now.
  bool suspended() const { return session_->state() != amst::State::connected; }
  void give_up(const Failure& reason) { session_->abort(reason); }

 private:
  static constexpr std::size_t files_open_max = 160;
  static constexpr unsigned resends_max = 3;  // of one block
  static constexpr std::size_t workers_extra = 2;
  static constexpr Duration first_message_limit = std::chrono::seconds(30);
  static constexpr Duration tick_interval = std::chrono::milliseconds(200);

  // `message` is a named object of the caller: g++ 12 copies some temporaries of an awaiting expression byte by byte.
  Task<void> say(const Message& message) { return session_->send_message(encode(message)); }
  Task<void> read_messages();
  Task<void> prepare_files();
  Task<bool> claim(const std::string& name);
  Task<void> scan(std::shared_ptr<IncomingFile> file);
  Task<void> receive_blocks();
  Task<void> take_block(amst::Delivery delivery, MutableByteSpan scratch);
  Task<void> ask_again(std::shared_ptr<IncomingFile> file, BlockIndex block, amst::Sequence sequence);
  void count(IncomingFile& file, BlockIndex block);
  Task<void> claim_stored();
  Task<void> flush_claims();
  Task<void> finish(std::shared_ptr<IncomingFile> file);
  Task<void> tick();

  void handle(const Files& files);
  void handle(const FileEnd& end);
  void finish_if_ready(const std::shared_ptr<IncomingFile>& file);
  Task<void> end(std::shared_ptr<IncomingFile> file, Outcome outcome, Failure failure);
  void report_file(const IncomingFile& file, Outcome outcome, Failure failure);
  void show_progress();

  platform::Platform& platform_;
  const std::shared_ptr<amst::Session> session_;
  const ReceiveOptions& options_;
  NamesInUse& names_;
  const OnProgress on_progress_;
  const OnFile on_file_;
  platform::Scope scope_;
  platform::Event changed_;
  platform::BufferPool scratch_;
  Offer offer_;
  std::deque<FileEntry> unprepared_;
  std::uint64_t next_entry_ = 0;
  std::map<std::uint64_t, std::shared_ptr<IncomingFile>> live_;  // prepared, not ended
  struct Stored {
    std::shared_ptr<IncomingFile> file;
    amst::Sequence sequence;
  };
  std::vector<Stored> stored_;  // written and verified, not yet claimed in the table's file
  std::uint64_t ended_ = 0;
  bool closed_in_order_ = false;
  Progress progress_;
  RateMeter meter_;
  Report report_;
  const TimePoint begin_;
};

}  // namespace dwcp::transfer
