#include "sim/flow/max_min.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::sim::flow {

MaxMin::LinkId MaxMin::add_link(double capacity) {
  links_.push_back({});
  links_.back().capacity = capacity;
  return static_cast<LinkId>(links_.size() - 1);
}

void MaxMin::set_capacity(LinkId link, double capacity) {
  links_[link].capacity = capacity;
  touch_link(link);
}

MaxMin::FlowId MaxMin::add_flow(std::vector<LinkId> route) {
  FlowId id = static_cast<FlowId>(flows_.size());
  if (free_.empty()) {
    flows_.push_back({});
  } else {
    id = free_.back();
    free_.pop_back();
  }
  Flow& flow = flows_[id];
  const bool touched = flow.touched;  // it may still be on the list
  flow = {};
  flow.touched = touched;
  flow.places.resize(route.size());
  flow.route = std::move(route);
  return id;
}

void MaxMin::remove_flow(FlowId flow) {
  set_active(flow, false);
  free_.push_back(flow);
}

void MaxMin::set_active(FlowId id, bool active) {
  Flow& flow = flows_[id];
  if (std::exchange(flow.active, active) == active) return;
  for (std::size_t i = 0; i < flow.route.size(); ++i) {
    const LinkId on = flow.route[i];
    std::vector<FlowId>& list = links_[on].active;
    if (active) {
      flow.places[i] = static_cast<std::uint32_t>(list.size());
      list.push_back(id);
    } else {
      const std::uint32_t place = flow.places[i];
      list[place] = list.back();
      list.pop_back();
      if (place < list.size()) {
        Flow& moved = flows_[list[place]];
        const auto at = std::ranges::find(moved.route, on) - moved.route.begin();
        moved.places[static_cast<std::size_t>(at)] = place;
      }
    }
    touch_link(on);
  }
  if (!active) {
    flow.rate = 0;
    flow.bottleneck = none;
  } else if (flow.route.empty()) {
    touch_flow(id);
  }
}

void MaxMin::set_limit(FlowId id, double limit) {
  Flow& flow = flows_[id];
  const double before = std::exchange(flow.limit, limit);
  if (!flow.active || before == limit) return;
  const bool held_by_link = flow.bottleneck != none && !flow.touched;
  if (held_by_link && before > flow.rate && limit > flow.rate) return;  // nobody notices
  touch_flow(id);
}

std::optional<MaxMin::LinkId> MaxMin::bottleneck(FlowId flow) const {
  const LinkId by = flows_[flow].bottleneck;
  return by == none ? std::nullopt : std::optional(by);
}

void MaxMin::touch_link(LinkId link) {
  if (!std::exchange(links_[link].touched, true)) touched_links_.push_back(link);
}

void MaxMin::touch_flow(FlowId flow) {
  if (!std::exchange(flows_[flow].touched, true)) touched_flows_.push_back(flow);
}

const std::vector<MaxMin::FlowId>& MaxMin::update() {
  changed_.clear();
  if (!stale()) return changed_;
  gather();
  fill();
  return changed_;
}

// The links and active flows that what was touched is joined to.
void MaxMin::gather() {
  component_links_.clear();
  component_flows_.clear();
  const auto add_link = [this](LinkId link) {
    if (!std::exchange(links_[link].seen, true)) component_links_.push_back(link);
  };
  const auto add_flow = [this](FlowId flow) {
    if (!flows_[flow].active || std::exchange(flows_[flow].seen, true)) return;
    component_flows_.push_back(flow);
  };
  for (const LinkId link : touched_links_) {
    links_[link].touched = false;
    add_link(link);
  }
  for (const FlowId flow : touched_flows_) {
    flows_[flow].touched = false;
    add_flow(flow);
  }
  touched_links_.clear();
  touched_flows_.clear();
  for (std::size_t l = 0, f = 0; l < component_links_.size() || f < component_flows_.size();) {
    if (l < component_links_.size()) {
      for (const FlowId flow : links_[component_links_[l]].active) add_flow(flow);
      ++l;
    } else {
      for (const LinkId link : flows_[component_flows_[f]].route) add_link(link);
      ++f;
    }
  }
}

void MaxMin::fill() {
  for (const LinkId link : component_links_) {
    links_[link].seen = false;
    links_[link].left = links_[link].capacity;
    links_[link].rising = static_cast<std::uint32_t>(links_[link].active.size());
  }
  for (const FlowId flow : component_flows_) {
    flows_[flow].seen = false;
    flows_[flow].rising = true;
  }
  by_limit_ = component_flows_;
  std::ranges::stable_sort(by_limit_, {}, [this](FlowId flow) { return flows_[flow].limit; });
  std::size_t next_limit = 0;
  for (;;) {
    while (next_limit < by_limit_.size() && !flows_[by_limit_[next_limit]].rising) ++next_limit;
    if (next_limit == by_limit_.size()) return;
    double level = unlimited;
    LinkId full = none;
    for (const LinkId id : component_links_) {
      const Link& link = links_[id];
      if (link.rising == 0) continue;
      const double share = std::max(link.left, 0.0) / link.rising;
      if (share < level) {
        level = share;
        full = id;
      }
    }
    const FlowId smallest = by_limit_[next_limit];
    if (full == none || flows_[smallest].limit <= level) {
      hold_back(smallest, flows_[smallest].limit, none);
      continue;
    }
    for (const FlowId flow : links_[full].active)
      if (flows_[flow].rising) hold_back(flow, level, full);
  }
}

void MaxMin::hold_back(FlowId id, double rate, LinkId by) {
  Flow& flow = flows_[id];
  flow.rising = false;
  flow.bottleneck = by;
  for (const LinkId link : flow.route) {
    links_[link].left -= rate;
    --links_[link].rising;
  }
  if (rate == flow.rate) return;
  flow.rate = rate;
  changed_.push_back(id);
}

}  // namespace dwcp::sim::flow
