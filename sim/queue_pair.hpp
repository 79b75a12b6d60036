// The port's queue pair over the machine's simulated adapter (rdma/). The memory is real; the packets carry its bytes.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>

#include "engine/platform/queue_pair.hpp"
#include "engine/platform/task.hpp"
#include "sim/context.hpp"
#include "sim/rdma/pair.hpp"

namespace dwcp::sim {

class QueuePair final : public platform::QueuePair,
                        public std::enable_shared_from_this<QueuePair>,
                        private Operation,
                        private rdma::PairUser {
 public:
  // Null when the adapter is off or has not that address. Throws as rdma::Adapter::open().
  static std::shared_ptr<QueuePair> open(Context& context, Executor executor, rdma::Adapter& adapter,
                                         const asio::ip::address& at, const platform::QueuePairOptions& options);
  QueuePair(Context& context, Executor executor) : Operation(context), executor_(std::move(executor)) {}
  ~QueuePair() override { close(); }

  MutableByteSpan exposed() override { return pair_->exposed(); }
  MutableByteSpan own() override { return pair_->own(); }
  ByteVector address() const override { return rdma::encode(pair_->address()); }
  // Also throws Error(bad_value) after close().
  void connect(ByteSpan peer, Events events) override;
  void write(std::size_t from, std::size_t length, std::size_t to, std::uint32_t immediate) override {
    pair_->write(from, length, to, immediate);
  }
  void close() override;

 private:
  void disconnect() override {}  // no handler of it can be cancelled
  void abandon() override { close(); }
  void written() override;
  void arrived(std::uint32_t immediate) override;
  void failed(Failure failure) override;
  // Runs `report` with the events from the executor, unless the pair is closed or gone by then.
  template <class F>
  void post(F report);

  Executor executor_;
  std::unique_ptr<rdma::Pair> pair_;
  std::shared_ptr<const Events> events_;  // connected and not closed; shared with the report that is running
  bool closed_ = false;
  std::optional<Failure> early_failure_;  // before connect()
};

}  // namespace dwcp::sim
