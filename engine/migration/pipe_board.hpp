// The pipes of one session: Pipes over chunks. Pieces of a pipe are put together by their offsets. What has arrived is
// released to the session when it was read, so that an unread pipe holds its writer back: the session's window is the
// bound on what is under way. An eighth of that is kept for urgent pipes.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "engine/migration/pipe_chunks.hpp"
#include "engine/platform/event.hpp"

namespace dwcp::migration {

class PipeBoard final : public Pipes {
 public:
  static constexpr std::size_t pipes_max = 256;  // in one session, of both sides

  // `dialed`: this side dialed the session.
  PipeBoard(platform::Platform& platform, std::shared_ptr<amst::Session> session, bool dialed);
  ~PipeBoard() override;

  std::shared_ptr<Pipe> open(PipeTraits traits) override;
  // A call that waits ends with the board.
  Task<std::shared_ptr<Pipe>> accept() override;

  // A chunk of pipes_channel came. Throws Error(protocol_error).
  void take(amst::Delivery delivery);
  // How many bytes the session may have under way when a pipe that is not urgent sends more;
  // on_acknowledged() says when there are fewer.
  void set_bulk_limit(Bytes limit);
  void on_acknowledged();
  // The session ended: whoever waits, or ever will, gets this.
  void fail(const Failure& why);

 private:
  class Line;
  struct Side;

  std::shared_ptr<Side> side_;  // what outlives the board with its pipes
  PipeId next_id_;
  std::map<PipeId, std::shared_ptr<Line>> lines_;
};

}  // namespace dwcp::migration
