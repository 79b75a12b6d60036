// At every instant at most one host runs a VM; at the end exactly one does, and no other holds a copy.
#pragma once

#include <map>
#include <set>

#include "scenarios/checkers/checker.hpp"

namespace dwcp::scenarios {

class OneOwner final : public Checker {
 public:
  // `vms` are those that must run somewhere at the end.
  explicit OneOwner(std::set<std::string> vms) : vms_(std::move(vms)) {}

  std::string_view name() const override { return "one_owner"; }
  void on_guest(const GuestChange& change) override;
  void at_end(Duration time) override;

  // Hosts that run the VM now.
  std::set<std::string> runners(const std::string& vm) const;
  // Each VM runs on exactly one host and is on no other.
  bool settled() const;
  std::size_t lost() const { return lost_.size(); }        // known after at_end()
  std::size_t doubled() const { return doubled_.size(); }  // VMs that were doubled at any time

 private:
  std::set<std::string> vms_;
  std::map<std::string, std::map<std::string, migration::GuestState>>
      states_;  // by VM and host; absent ones are not there
  std::set<std::string> lost_, doubled_;
};

}  // namespace dwcp::scenarios
