#include "sim/program.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

namespace dwcp::sim {
namespace {

std::string what(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "not a std::exception";
  }
}

}  // namespace

Program::Program(Run& run, Machine& machine, std::string name, std::uint64_t seed, platform::RecordSink sink, Main main)
    : run_(run),
      machine_(machine),
      name_(std::move(name)),
      seed_(seed),
      sink_(std::move(sink)),
      main_(std::move(main)),
      disk_(machine.options().disk, Random(seed, "disk/" + name_)) {}

Program::~Program() {
  if (life_) life_->context().kill();
}

void Program::record(std::string_view event, platform::Fields fields) {
  fields.emplace(fields.begin(), "process", name_);
  sink_({virtual_now(), "world", event, std::move(fields)});
}

void Program::start() {
  if (alive()) throw Error(Errc::already_exists, "process '" + name_ + "' is running");
  if (!machine_.powered())
    throw Error(Errc::bad_value,
                "start of process '" + name_ + "': its machine '" + machine_.name() + "' is off; boot it first");
  if (lives_ == lives_max) throw Error(Errc::out_of_budget, "process '" + name_ + "' was started too often");
  if (life_) past_.push_back(std::move(life_));
  failure_ = nullptr;
  finished_ = false;
  life_ = std::make_unique<Process>(run_, machine_, disk_, name_, seed_, lives_++, sink_);
  record("world.process_started", {{"life", lives_}});
  launch(main_, true);
}

void Program::spawn(Main task) { launch(std::move(task), false); }

// The task object is kept with the coroutine: a lambda's captures must live as long as the frame that uses them.
void Program::launch(Main task, bool is_main) {
  auto owner = std::make_shared<Main>(std::move(task));
  asio::co_spawn(life_->control(), shielded((*owner)(*life_)),
                 [this, owner, is_main](const std::exception_ptr& failure) {
                   if (is_main) finished_ = true;
                   if (!failure || failure_) return;
                   failure_ = failure;
                   record("world.process_failed", {{"error", what(failure)}});
                 });
}

void Program::kill(Farewell farewell) {
  if (!alive()) return;
  record("world.process_killed");
  const bool powered = machine_.powered();
  if (farewell == Farewell::silence) machine_.set_power(false);
  life_->context().kill();
  machine_.set_power(powered);
}

bool Program::used_reactor() const {
  return (life_ && life_->context().uses_reactor()) ||
         std::ranges::any_of(past_, [](const auto& life) { return life->context().uses_reactor(); });
}

}  // namespace dwcp::sim
