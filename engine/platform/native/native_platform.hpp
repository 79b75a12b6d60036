// The Platform port on a real host: kernel sockets, threads, files.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/platform/platform.hpp"

namespace dwcp::platform::native {

// Unpredictable bytes, for what has no platform yet.
void fill_with_entropy(MutableByteSpan into);

struct Options {
  std::string process = "dwcp";            // the node's name in records
  std::filesystem::path root = ".";        // folder of storage()
  unsigned lanes = 0;                      // threads for streams; 0: one per processor, at most 4
  unsigned compute_threads = 0;            // 0: one per processor
  unsigned file_threads = 4;               // that block in file operations, >= 1
  std::optional<std::uint64_t> seed = {};  // of random(); without it unpredictable
  RecordSink on_record = {};               // called on control; empty: records are dropped
};

class NativePlatform : public Platform {
 public:
  explicit NativePlatform(Options options);
  // Coroutines that are still suspended are destroyed without being resumed.
  ~NativePlatform() override;

  // Runs `main` on control(), which is the calling thread from now until `main` ended; rethrows what it threw.
  // Other coroutines on control() are suspended afterwards, until the next run().
  void run(Task<void> main);
  // Cancels the `main` that runs, if any; it ends with operation_aborted unless it handles that. From any thread.
  void stop();

  Executor control() override;
  unsigned lanes() const override;
  Executor lane(unsigned index) override;
  TimePoint now() const override;
  WallTime wall_time() const override;
  Timer timer(Executor on) override;
  Task<Stream> connect(Endpoint to, StreamOptions options, Executor lane) override;
  std::unique_ptr<Listener> listen(Endpoint at, StreamOptions options) override;
  Datagram datagram(Endpoint at) override;
  bool has_rdma() const override;
  std::shared_ptr<QueuePair> queue_pair(const asio::ip::address& at, const QueuePairOptions& options,
                                        Executor lane) override;
  Storage& storage() override;
  Compute& compute() override;
  Bytes memory_available() override;
  StageTimes processor_times() override;
  Random random(std::string_view purpose) override;
  void entropy(MutableByteSpan into) override;
  void record(std::string_view name, Fields fields) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dwcp::platform::native
