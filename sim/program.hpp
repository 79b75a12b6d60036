// A process of the world over all its lives: its code, its disk, and the present life if there is one.
#pragma once

#include <exception>
#include <memory>
#include <vector>

#include "sim/platform.hpp"

namespace dwcp::sim {

// The main coroutine of a life; the platform outlives it.
using Main = std::function<Task<void>(platform::Platform&)>;

// What the peers of a killed process see at once. Silence: its machine answers RST only to what they send later.
enum class Farewell { reset, silence };

class Program {
 public:
  // A program that was restarted more often is a test gone wrong.
  static constexpr unsigned lives_max = 100'000;

  Program(Run& run, Machine& machine, std::string name, std::uint64_t seed, platform::RecordSink sink, Main main);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  const std::string& name() const { return name_; }
  Machine& machine() { return machine_; }
  Disk& disk() { return disk_; }

  // Begins a new life. Throws Error(already_exists) when it is alive, Error(bad_value) when its machine is off.
  void start();
  // Ends the life as kill -9 does: no code of it runs any more. Nothing happens when it is not alive. Called from the
  // process itself it takes effect when the running handler returns.
  void kill(Farewell farewell = Farewell::reset);
  void restart() {
    kill();
    start();
  }
  bool alive() const { return life_ != nullptr && !life_->context().dead(); }
  bool finished() const { return finished_; }  // main of this or the last life returned
  // What escaped from main or from a spawned task of this or the last life.
  std::exception_ptr failure() const { return failure_; }
  void rethrow_failure() const {
    if (failure_) std::rethrow_exception(failure_);
  }
  unsigned lives() const { return lives_; }

  // The present life. Precondition: alive().
  Process& process() { return *life_; }
  // Runs another coroutine in the present life. Precondition: alive().
  void spawn(Main task);

  // True when a real timer or socket was made in any life.
  bool used_reactor() const;

 private:
  void launch(Main task, bool is_main);
  void record(std::string_view what, platform::Fields fields = {});

  Run& run_;
  Machine& machine_;
  std::string name_;
  std::uint64_t seed_;
  platform::RecordSink sink_;
  Main main_;
  Disk disk_;
  // Past lives are kept: who holds a stream of a dead process finds it closed, not gone.
  std::vector<std::unique_ptr<Process>> past_;
  std::unique_ptr<Process> life_;
  std::exception_ptr failure_;
  unsigned lives_ = 0;
  bool finished_ = false;
};

}  // namespace dwcp::sim
