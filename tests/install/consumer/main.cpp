#include <cstdio>

#include "engine/base/build_info.hpp"
#include "engine/base/checksum.hpp"
#include "engine/base/units.hpp"

int main() {
  const dwcp::BitRate rate = dwcp::parse_bit_rate("1Gbit/s").value();
  const bool works = rate == dwcp::BitRate(1'000'000'000) && dwcp::crc32c(dwcp::as_bytes("123456789")) == 0xe3069283u &&
                     !dwcp::build_commit().empty();
  std::puts(dwcp::to_string(rate).c_str());
  return works ? 0 : 1;
}
