#include "sim/link.hpp"

namespace dwcp::sim {

Link::Link(std::string name, LinkIndex index, Run& run, std::uint64_t seed, const LinkOptions& options, Record record)
    : name_(std::move(name)),
      index_(index),
      record_(std::move(record)),
      forward_(run, 2 * index, options.forward, Random(seed, "link/" + name_ + "/forward")),
      backward_(run, 2 * index + 1, options.backward, Random(seed, "link/" + name_ + "/backward")) {}

void Link::record(std::string_view what, Direction direction, platform::Fields fields) {
  fields.emplace(fields.begin(), "link", name_);
  if (direction != Direction::both)
    fields.emplace_back("direction", direction == Direction::forward ? "forward" : "backward");
  record_(what, std::move(fields));
}

void Link::cut(Direction direction) {
  record("world.link_cut", direction);
  each(direction, [](Wire& w) { w.cut(); });
}

void Link::restore(Direction direction) {
  record("world.link_restored", direction);
  each(direction, [](Wire& w) { w.restore(); });
}

void Link::set_rate(BitRate rate, Direction direction) {
  record("world.link_rate", direction, {{"rate_bps", rate}});
  each(direction, [&](Wire& w) { w.set_rate(rate); });
}

void Link::set_delay(Duration delay, Direction direction) {
  record("world.link_delay", direction, {{"delay_ns", delay}});
  each(direction, [&](Wire& w) { w.set_delay(delay); });
}

void Link::set_jitter(Duration jitter, Direction direction) {
  record("world.link_jitter", direction, {{"jitter_ns", jitter}});
  each(direction, [&](Wire& w) { w.set_jitter(jitter); });
}

void Link::set_loss(const LossOptions& loss, Direction direction) {
  record("world.link_loss", direction, {{"loss_mean", mean_loss(loss)}});
  each(direction, [&](Wire& w) { w.set_loss(loss); });
}

void Link::set_disorder(const DisorderOptions& disorder, Direction direction) {
  record("world.link_disorder", direction,
         {{"duplicate", disorder.duplicate}, {"reorder", disorder.reorder}, {"corrupt", disorder.corrupt}});
  each(direction, [&](Wire& w) { w.set_disorder(disorder); });
}

}  // namespace dwcp::sim
