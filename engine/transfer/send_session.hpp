// One session of the sending side: from the offer until every file has an outcome, or the session is lost. Private to
// the component.
#pragma once

#include <map>
#include <memory>

#include "engine/hde/codec_chooser.hpp"
#include "engine/platform/buffer_pool.hpp"
#include "engine/platform/scope.hpp"
#include "engine/transfer/flight.hpp"
#include "engine/transfer/sender.hpp"
#include "engine/transfer/wire.hpp"

namespace dwcp::transfer {

// What outlives a session: a file, and what of it is known to be at the receiver.
struct Source {
  SourceFile file;
  Bytes size{0};
  std::vector<bool> acknowledged;  // blocks
  bool ended = false;
  FileReport report;
};

struct SendState {
  std::vector<Source> sources;
  Report report;      // all but its files
  Progress progress;  // of all sessions
  RateMeter meter;
  Bytes wire_before{0};  // of earlier sessions
  OnProgress on_progress;
  OnFile on_file;
};

class SendSession {
 public:
  SendSession(platform::Platform& platform, std::shared_ptr<amst::Session> session, const SendOptions& options,
              SendState& state);
  ~SendSession();
  SendSession(const SendSession&) = delete;
  SendSession& operator=(const SendSession&) = delete;

  // Returns when every source has ended. Once.
  Task<void> run();

 private:
  static constexpr std::size_t files_open_max = 128;
  static constexpr Duration tick_interval = std::chrono::milliseconds(200);

  struct Outgoing {
    FileIndex index;
    Source* source = nullptr;
    std::shared_ptr<platform::File> file;
    bool answered = false;
    Disposition what = Disposition::take;
    std::vector<Hash128> hashes;  // of blocks that were read
    std::vector<Hash128> held;    // with `resume`: what the receiver has, {} where it has nothing
    std::uint64_t scanned = 0;    // blocks of which that is known
    std::uint64_t sent = 0;       // blocks, not counting repetitions
    std::uint64_t unread = 0;     // blocks
  };
  struct Packed;

  Task<void> send_everything();
  // `message` is a named object of the caller: g++ 12 copies some temporaries of an awaiting expression byte by byte.
  Task<void> say(const Message& message) { return session_->send_message(encode(message)); }
  Task<void> announce();
  Task<void> send_file(std::shared_ptr<Outgoing> out);
  Task<void> send_block(std::shared_ptr<Outgoing> out, BlockIndex block, platform::Buffer buffer, bool again);
  Task<Packed> pack_block(Outgoing& out, BlockIndex block, Slice content, bool again);
  Task<void> read_messages();
  Task<void> tick();

  void handle(const Answer& answer);
  void handle(const Held& held);
  void handle(const FileDone& done);
  void handle(const Resend& resend);
  Outgoing& outgoing(FileIndex index);
  void end(Outgoing& out, FileOutcome outcome, Failure failure);
  void stored(Source& source, BlockIndex block, Bytes content);
  void measure_path();
  void show_progress();
  Task<void> take_slot();
  Task<void> end_of(const Outgoing& out);

  platform::Platform& platform_;
  const std::shared_ptr<amst::Session> session_;
  const SendOptions& options_;
  SendState& state_;
  platform::Scope scope_;
  platform::Event changed_;
  platform::BufferPool buffers_;
  Flight flight_;
  hde::CodecChooser chooser_;
  std::vector<Source*> offered_;
  std::map<std::uint64_t, std::shared_ptr<Outgoing>> live_;  // announced and not ended
  std::size_t announced_ = 0, answered_ = 0, ended_ = 0, open_ = 0;
  std::size_t slots_free_;  // for blocks that are read, packed or wait to be sent
  struct OnTheWay {
    std::shared_ptr<Outgoing> out;
    BlockIndex block;
  };
  std::map<std::uint64_t, OnTheWay> on_the_way_;  // by sequence
  TimePoint measured_at_;
  Bytes measured_wire_{0};
  double link_rate_ = 0;  // bits per second, while the path was the limit; 0: it never was
  double wire_rate_ = 0;
};

}  // namespace dwcp::transfer
