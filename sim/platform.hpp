// One life of a simulated process as the engine sees it: the Platform port in virtual time.
#pragma once

#include <string>

#include "engine/platform/platform.hpp"
#include "sim/compute.hpp"
#include "sim/context.hpp"
#include "sim/machine.hpp"
#include "sim/storage.hpp"

namespace dwcp::sim {

// The calendar at a world's beginning: what is dated, such as a certificate, is the same in every run.
constexpr platform::WallTime first_day = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

class Process final : public platform::Platform {
 public:
  // `seed` is the world's; `life` counts the restarts, so that a new life draws new random numbers. `sink` gets what
  // the process records.
  Process(Run& run, Machine& machine, Disk& disk, std::string name, std::uint64_t seed, unsigned life,
          platform::RecordSink sink);

  Executor control() override { return context_.executor(); }
  unsigned lanes() const override { return machine_.options().lanes; }
  Executor lane(unsigned) override { return context_.executor(); }
  TimePoint now() const override { return machine_.clock().local(virtual_now()); }
  platform::WallTime wall_time() const override;
  platform::Timer timer(Executor on) override;
  Task<platform::Stream> connect(platform::Endpoint to, platform::StreamOptions options, Executor lane) override;
  std::unique_ptr<platform::Listener> listen(platform::Endpoint at, platform::StreamOptions options) override;
  platform::Datagram datagram(platform::Endpoint at) override;
  bool has_rdma() const override;
  std::shared_ptr<platform::QueuePair> queue_pair(const asio::ip::address& at,
                                                  const platform::QueuePairOptions& options, Executor lane) override;
  platform::Storage& storage() override { return storage_; }
  platform::Compute& compute() override { return compute_; }
  Bytes memory_available() override { return machine_.memory_available(); }
  Random random(std::string_view purpose) override;
  void entropy(MutableByteSpan into) override;
  void record(std::string_view name, platform::Fields fields) override;
  bool maybe(std::string_view point) override;

  const std::string& name() const { return name_; }
  Context& context() { return context_; }
  const Compute& compute_model() const { return compute_; }

 private:
  Machine& machine_;
  std::string name_;
  std::uint64_t seed_;
  unsigned life_;
  platform::RecordSink sink_;
  RarePaths& rare_paths_;
  Random entropy_, rare_;
  Context context_;
  Storage storage_;
  Compute compute_;
};

}  // namespace dwcp::sim
