#include "sim/capture.hpp"

#include "engine/base/error.hpp"

namespace dwcp::sim {
namespace {

constexpr std::uint32_t link_type_raw_ip = 101;

}  // namespace

Capture::Capture(const std::filesystem::path& file) : file_(file) {
  pcap_.Open(file.string(), std::ios::out | std::ios::binary);
  if (pcap_.Fail()) throw Error(Errc::storage_failed, "'" + file.string() + "' cannot be created");
  pcap_.Init(link_type_raw_ip, ns3::PcapFile::SNAPLEN_DEFAULT, ns3::PcapFile::ZONE_DEFAULT, false, true);
}

void Capture::add(TimePoint departure, const ns3::Packet& packet) {
  constexpr std::int64_t per_second = 1'000'000'000;
  const std::int64_t at = departure.time_since_epoch().count();
  pcap_.Write(static_cast<std::uint32_t>(at / per_second), static_cast<std::uint32_t>(at % per_second), packet.Copy());
}

void Capture::close() {
  const bool failed = pcap_.Fail();
  pcap_.Close();
  if (failed) throw Error(Errc::storage_failed, "'" + file_.string() + "' could not be written whole");
}

}  // namespace dwcp::sim
