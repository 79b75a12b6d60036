// A device of this host that does RDMA, opened: its ports' addresses, its registered memory, and what it says goes
// wrong.
#pragma once

#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/platform/native/rdma/address.hpp"
#include "engine/platform/native/rdma/memory_pool.hpp"
#include "engine/platform/native/rdma/verbs.hpp"
#include "engine/platform/task.hpp"

namespace dwcp::platform::native::rdma {

// Where a queue pair sends from: a port that is up, and an entry of its address table that is of RoCE v2.
struct Place {
  std::uint8_t port = 0;   // from 1 on
  std::uint8_t index = 0;  // of the address in the port's table
  Gid gid{};
  std::uint8_t mtu = 0;  // as PairAddress::mtu
};

// Safe on every executor.
class Device {
 public:
  using Tell = std::function<void(Failure)>;  // called from any thread; does no more than post

  // Null when this process may not open it. Events are read on `events_on` until the device fails or that ends; they
  // keep the device open.
  static std::shared_ptr<Device> open(ibv_device* device, const Executor& events_on);
  Device(Context context, ProtectionDomain domain, std::string name);
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const std::string& name() const { return name_; }
  ibv_context* context() const { return context_.get(); }
  ibv_pd* domain() const { return domain_.get(); }
  MemoryPool& memory() { return memory_; }

  std::optional<Place> find(const asio::ip::address& at) const;
  bool has_place() const;  // whether any port is up with an address

  // `tell` learns of what ends a queue pair, until forget().
  void watch(const ibv_qp& queue_pair, std::uint8_t port, Tell tell);
  void forget(std::uint32_t queue_pair);
  // It has failed for good: pairs are to be made on another, or on the same one opened anew.
  bool failed() const { return failed_; }

  // For who reads the events: takes what is there, without waiting.
  void take_events();

 private:
  struct Watched {
    std::uint8_t port;
    const ibv_cq* completions;
    Tell tell;
  };
  class VerbsRegistrar final : public Registrar {
   public:
    explicit VerbsRegistrar(ibv_pd* domain) : domain_(domain) {}
    int add(MutableByteSpan memory, Access access, Keys& keys) override;
    void remove(const Keys& keys) override;

   private:
    ibv_pd* domain_;
  };
  void dispatch(const ibv_async_event& event);
  template <class IsMeant>
  void tell(const Failure& failure, IsMeant is_meant);

  const Context context_;
  const ProtectionDomain domain_;
  const std::string name_;
  VerbsRegistrar registrar_;
  MemoryPool memory_;
  mutable std::mutex lock_;
  std::map<std::uint32_t, Watched> watched_;
  std::atomic<bool> failed_ = false;
};

}  // namespace dwcp::platform::native::rdma
