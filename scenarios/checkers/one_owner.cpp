#include "scenarios/checkers/one_owner.hpp"

#include <algorithm>

namespace dwcp::scenarios {
namespace {

using migration::GuestState;

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

void OneOwner::on_guest(const GuestChange& change) {
  auto& hosts = states_[change.vm];
  if (change.state == GuestState::absent)
    hosts.erase(change.host);
  else
    hosts[change.host] = change.state;
  if (change.state != GuestState::running) return;
  const auto running = runners(change.vm);
  if (running.size() < 2) return;
  doubled_.insert(change.vm);
  violated(change.time, "VM '" + change.vm + "' runs on several hosts: " + joined(running));
}

std::set<std::string> OneOwner::runners(const std::string& vm) const {
  std::set<std::string> running;
  if (const auto hosts = states_.find(vm); hosts != states_.end())
    for (const auto& [host, state] : hosts->second)
      if (state == GuestState::running) running.insert(host);
  return running;
}

bool OneOwner::settled() const {
  return std::all_of(vms_.begin(), vms_.end(), [this](const std::string& vm) {
    const auto hosts = states_.find(vm);
    return hosts != states_.end() && hosts->second.size() == 1 && hosts->second.begin()->second == GuestState::running;
  });
}

void OneOwner::at_end(Duration time) {
  for (const std::string& vm : vms_) {
    std::set<std::string> paused;
    for (const auto& [host, state] : states_[vm])
      if (state == GuestState::paused) paused.insert(host);
    const auto running = runners(vm);
    if (running.empty()) {
      lost_.insert(vm);
      violated(time, "VM '" + vm + "' runs nowhere" + (paused.empty() ? "" : "; it is paused on " + joined(paused)));
    } else if (!paused.empty()) {
      violated(time,
               "VM '" + vm + "' runs on " + joined(running) + ", and a copy was left paused on " + joined(paused));
    }
  }
}

}  // namespace dwcp::scenarios
