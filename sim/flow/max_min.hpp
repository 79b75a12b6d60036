// Max-min fair shares of links among flows, by progressive filling (Bertsekas and Gallager, "Data Networks", 2nd
// edition, section 6.5.2): all rates rise together until a link is full or a flow has reached its own limit; those that
// are held back so keep their rate, the others go on. Without I/O and without a clock.
//
// Shares are computed anew only where something changed: for the flows that are joined to the change through links in
// use. Nothing depends on the order of addresses in memory.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace dwcp::sim::flow {

class MaxMin {
 public:
  using LinkId = std::uint32_t;
  using FlowId = std::uint32_t;
  static constexpr double unlimited = std::numeric_limits<double>::infinity();

  // `capacity` in bit/s, >= 0. Ids count from 0.
  LinkId add_link(double capacity);
  void set_capacity(LinkId link, double capacity);
  double capacity(LinkId link) const { return links_[link].capacity; }

  // A flow over `route`, each link at most once; it takes no share until it is active. An empty route leaves it with
  // its limit. The id of a removed flow is used again.
  FlowId add_flow(std::vector<LinkId> route);
  void remove_flow(FlowId flow);
  void set_active(FlowId flow, bool active);
  // The most that it takes, in bit/s, > 0.
  void set_limit(FlowId flow, double limit);

  // Whether shares may have changed since update().
  bool stale() const { return !touched_links_.empty() || !touched_flows_.empty(); }
  // Brings the shares up to date. Returns the active flows whose rate is another one now, each once; valid until the
  // next call.
  const std::vector<FlowId>& update();

  // In bit/s, as of the last update(); 0 while the flow is not active.
  double rate(FlowId flow) const { return flows_[flow].rate; }
  // The link that holds the flow back; nothing when its own limit does.
  std::optional<LinkId> bottleneck(FlowId flow) const;
  std::size_t active_on(LinkId link) const { return links_[link].active.size(); }

 private:
  static constexpr LinkId none = ~LinkId{0};
  struct Link {
    double capacity;
    std::vector<FlowId> active;
    // Of the computation that runs: what is left for those not yet held back, and how many they are.
    double left = 0;
    std::uint32_t rising = 0;
    bool touched = false, seen = false;
  };
  struct Flow {
    std::vector<LinkId> route;
    std::vector<std::uint32_t> places;  // in `active` of each link of the route
    double limit = unlimited;
    double rate = 0;
    LinkId bottleneck = none;
    bool active = false, touched = false, seen = false, rising = false;
  };

  void touch_link(LinkId link);
  void touch_flow(FlowId flow);
  void gather();
  void fill();
  void hold_back(FlowId flow, double rate, LinkId by);

  std::vector<Link> links_;
  std::vector<Flow> flows_;
  std::vector<FlowId> free_;
  std::vector<LinkId> touched_links_;
  std::vector<FlowId> touched_flows_;
  std::vector<LinkId> component_links_;
  std::vector<FlowId> component_flows_;
  std::vector<FlowId> by_limit_;
  std::vector<FlowId> changed_;
};

}  // namespace dwcp::sim::flow
