// A listening socket of the flow model.
#pragma once

#include "sim/fluid_stream.hpp"
#include "sim/listener.hpp"

namespace dwcp::sim {

class FluidListener final : public Listener, private flow::AcceptSink {
 public:
  // As PacketListener's.
  FluidListener(Context& context, flow::Host& host, const platform::Endpoint& at, const TcpOptions& options,
                Executor executor);
  ~FluidListener() override;

 private:
  void stop() override { host_.unlisten(local_.port); }
  bool accepted(const std::shared_ptr<flow::Socket>& socket) override;

  flow::Host& host_;
};

}  // namespace dwcp::sim
