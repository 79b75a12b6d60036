// A point-to-point link between two machines, and the faults that can befall it. Every change is recorded.
#pragma once

#include <functional>
#include <string>

#include "engine/platform/record.hpp"
#include "sim/machine.hpp"
#include "sim/wire.hpp"

namespace dwcp::sim {

struct LinkOptions {
  WireOptions forward{};  // from the first machine to the second
  WireOptions backward{};

  LinkOptions() = default;
  // The same both ways.
  LinkOptions(const WireOptions& both) : forward(both), backward(both) {}  // NOLINT(google-explicit-constructor)
};

enum class Direction { both, forward, backward };

class Link {
 public:
  using Record = std::function<void(std::string_view, platform::Fields)>;

  Link(std::string name, LinkIndex index, Run& run, std::uint64_t seed, const LinkOptions& options, Record record);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  const std::string& name() const { return name_; }
  LinkIndex index() const { return index_; }
  Wire& wire(Direction direction) { return direction == Direction::backward ? backward_ : forward_; }
  const Wire& wire(Direction direction) const { return direction == Direction::backward ? backward_ : forward_; }

  // Packets vanish from now on, and those under way with them; TCP is not told.
  void cut(Direction direction = Direction::both);
  void restore(Direction direction = Direction::both);
  void set_rate(BitRate rate, Direction direction = Direction::both);
  void set_delay(Duration delay, Direction direction = Direction::both);
  void set_jitter(Duration jitter, Direction direction = Direction::both);
  void set_loss(const LossOptions& loss, Direction direction = Direction::both);
  void set_disorder(const DisorderOptions& disorder, Direction direction = Direction::both);

 private:
  template <class F>
  void each(Direction direction, F change) {
    if (direction != Direction::backward) change(forward_);
    if (direction != Direction::forward) change(backward_);
  }
  void record(std::string_view what, Direction direction, platform::Fields fields = {});

  std::string name_;
  LinkIndex index_;
  Record record_;
  Wire forward_;
  Wire backward_;
};

}  // namespace dwcp::sim
