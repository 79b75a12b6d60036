// What one direction of a link carried, as a file for Wireshark: pcap with nanoseconds, link type "raw IP".
#pragma once

#include <ns3/packet.h>
#include <ns3/pcap-file.h>

#include <filesystem>

#include "engine/base/units.hpp"

namespace dwcp::sim {

class Capture {
 public:
  // Creates or replaces the file. Throws Error(storage_failed) naming it.
  explicit Capture(const std::filesystem::path& file);
  // In order of time; what is lost on the way later is there, too, as at its sender.
  void add(TimePoint departure, const ns3::Packet& packet);
  // Throws Error(storage_failed) when not all of it was written.
  void close();

 private:
  std::filesystem::path file_;
  ns3::PcapFile pcap_;
};

}  // namespace dwcp::sim
