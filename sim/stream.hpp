// A connection of the simulation as the port's stream: the operations that wait, and how they end. What carries the
// bytes is a socket of ns-3 (packet_stream.hpp) or a fluid flow (fluid_stream.hpp).
#pragma once

#include "engine/platform/stream.hpp"
#include "sim/context.hpp"

namespace dwcp::sim {

class Stream : public platform::StreamBackend, protected Operation {
 public:
  void set_executor(Executor executor) { executor_ = std::move(executor); }

  Executor executor() const override { return executor_; }
  void read_some(platform::ReadBuffers buffers, platform::Handler handler) final;
  void write_some(platform::WriteBuffers buffers, platform::Handler handler) final;
  void set_congestion(platform::CongestionControl wanted) final;
  void shutdown_send() final;
  void close() final;
  platform::Endpoint local() const override { return local_; }
  platform::Endpoint remote() const override { return remote_; }

 protected:
  // `bbr_offered`: by the host. `by_path`: choose_congestion() decides by the handshake.
  Stream(Context& context, Executor executor, bool bbr_offered, bool by_path)
      : Operation(context), executor_(std::move(executor)), bbr_offered_(bbr_offered), by_path_(by_path) {}

  // What has arrived, into the buffers; 0: nothing now.
  virtual std::size_t take(platform::ReadBuffers& buffers) = 0;
  // What there is room for; 0: nothing now, or it has failed.
  virtual std::size_t give(const platform::WriteBuffers& buffers) = 0;
  virtual void end_sending() = 0;
  // No call-back from here on. `reset`: the peer is told, at once; else what was written still arrives.
  virtual void let_go(bool reset) = 0;
  // `number` counts the changes of this stream.
  virtual void apply_congestion(platform::CongestionControl wanted, unsigned number) = 0;

  void begin_connect(platform::Handler handler);
  void connected(Duration handshake_rtt);
  void choose_congestion(Duration handshake_rtt);
  bool connecting() const { return static_cast<bool>(connect_); }
  void fail(ErrorCode error);
  void try_read();
  void try_write();
  void end_of_stream();
  // The same from within take().
  void note_end() { end_of_stream_ = true; }
  bool both_finished() const { return end_of_stream_ && shut_down_; }
  // To be called by the destructor of what derives from it.
  void destroy() { close(); }

  Executor executor_;
  platform::Endpoint local_, remote_;

 private:
  void disconnect() override;
  void abandon() override;

  const bool bbr_offered_, by_path_;
  unsigned changes_ = 0;  // of the congestion control
  platform::Handler connect_, read_, write_;
  platform::ReadBuffers read_buffers_;
  platform::WriteBuffers write_buffers_;
  ErrorCode error_;  // final: every later operation ends with it
  bool end_of_stream_ = false;
  bool shut_down_ = false;
  bool closed_ = false;
};

}  // namespace dwcp::sim
