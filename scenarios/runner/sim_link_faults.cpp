#include "scenarios/runner/sim_link_faults.hpp"

#include "scenarios/runner/sim_links.hpp"

namespace dwcp::scenarios {
namespace {

// Of the directions meant, those that `changes` says so of, as one.
template <class Changes>
std::optional<sim::Direction> those(LinkDirection meant, Changes changes) {
  const bool forward = meant != LinkDirection::backward && changes(sim::Direction::forward);
  const bool backward = meant != LinkDirection::forward && changes(sim::Direction::backward);
  if (forward && backward) return sim::Direction::both;
  if (forward) return sim::Direction::forward;
  return backward ? std::optional(sim::Direction::backward) : std::nullopt;
}

}  // namespace

void SimLinkFaults::apply(const CutLink& cut) {
  const auto first = [&](sim::Direction direction) { return cuts_[{cut.link, direction}]++ == 0; };
  if (const auto direction = those(cut.direction, first)) links_[cut.link]->cut(*direction);
}

void SimLinkFaults::apply(const RestoreLink& restored) {
  const auto last = [&](sim::Direction direction) { return --cuts_[{restored.link, direction}] == 0; };
  if (const auto direction = those(restored.direction, last)) links_[restored.link]->restore(*direction);
}

void SimLinkFaults::apply(const ChangeLink& changed) {
  sim::Link& link = *links_[changed.link];
  const LinkChange& change = changed.change;
  const sim::Direction direction = *those(change.direction, [](sim::Direction) { return true; });
  if (change.rate) link.set_rate(*change.rate, direction);
  if (change.delay) link.set_delay(*change.delay, direction);
  if (change.jitter) link.set_jitter(*change.jitter, direction);
  const sim::WireOptions now = link.wire(direction).options();
  if (change.loss || change.loss_burst)
    link.set_loss(loss_of(change.loss.value_or(Fraction{sim::mean_loss(now.loss)}),
                          change.loss_burst.value_or(topology_.links[changed.link].loss_burst)),
                  direction);
  if (!change.duplicate && !change.reorder && !change.corrupt) return;
  sim::DisorderOptions disorder = now.disorder;
  if (change.duplicate) disorder.duplicate = change.duplicate->value;
  if (change.reorder) disorder.reorder = change.reorder->value;
  if (change.corrupt) disorder.corrupt = change.corrupt->value;
  link.set_disorder(disorder, direction);
}

}  // namespace dwcp::scenarios
