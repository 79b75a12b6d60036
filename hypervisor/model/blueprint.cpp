#include "hypervisor/model/blueprint.hpp"

#include <algorithm>

#include "engine/base/checksum.hpp"

namespace dwcp::model {

namespace {

using qemu_stream::BlockIndex;

constexpr std::uint64_t ram_block = 0, screen_block = 1;  // the third is the firmware
constexpr Bytes screen_size = MiB(1), firmware_size = KiB(256);
constexpr Bytes device_state_max = MiB(256);
constexpr std::uint32_t ram_section_id = 2;  // as QEMU 7.2 numbers it

Content make_content(const GuestConfig& config) {
  return config.image.empty() ? Content(config.content, config.seed, config.changed, config.writes)
                              : Content(config.image, config.seed, config.changed, config.writes);
}

}  // namespace

Blueprint::Blueprint(GuestConfig config)
    : config_(std::move(config)),
      content_(make_content(config_)),
      firmware_(ContentProfile{0, 0, 1, 0}, config_.seed + 1, 1),
      screen_(ContentProfile{1, 0, 0, 0}, config_.seed, 1) {
  ram_.section_id = ram_section_id;
  ram_.blocks = {{.name = "pc.ram", .length = config_.memory},
                 {.name = "vga.vram", .length = screen_size},
                 {.name = "pc.bios", .length = firmware_size}};
  for (const auto& block : ram_.blocks) {
    first_frames_.push_back(frames_);
    frames_ += block.pages();
  }
}

Result<std::shared_ptr<const Blueprint>> Blueprint::make(GuestConfig config) {
  const auto bad = [](std::string what) { return Failure(Errc::bad_value, "guest: " + std::move(what)); };
  if (config.memory.value == 0 || config.memory.value % page_size.value != 0)
    return bad("memory " + std::to_string(config.memory.value) + " bytes; a multiple of 4096 would be right");
  if (config.memory > qemu_stream::ram_max / 2) return bad("memory " + to_string(config.memory) + " is too much");
  if (config.image.size() > config.memory.value)
    return bad("memory " + to_string(config.memory) + " is less than its image's " +
               to_string(Bytes(config.image.size())));
  if (!(config.changed > 0 && config.changed <= 1))
    return bad("changed share " + std::to_string(config.changed) + "; within (0, 1] would be right");
  if (config.vcpus == 0) return bad("0 vCPUs; at least 1 would be right");
  if (config.device_state > device_state_max)
    return bad("device state " + to_string(config.device_state) + "; at most 256 MiB would be right");
  if (auto ok = config.content.check(); !ok) return ok.error();
  if (config.writes)
    if (auto ok = config.writes->check(); !ok) return ok.error();
  if (auto ok = config.dirty.check(); !ok) return ok.error();
  return std::shared_ptr<const Blueprint>(new Blueprint(std::move(config)));
}

Blueprint::Place Blueprint::place(Frame frame) const {
  std::size_t block = first_frames_.size() - 1;
  while (first_frames_[block] > frame.value) --block;
  return {BlockIndex(block), PageIndex(frame.value - first_frames_[block])};
}

// Guests write to "pc.ram" only: the other blocks stay as they began, whatever the version.
void Blueprint::generate(Frame frame, std::uint32_t version, PageBytes into) const {
  const Place at = place(frame);
  if (at.block.value == ram_block)
    content_.generate(frame, version, into);
  else
    (at.block.value == screen_block ? screen_ : firmware_).generate(frame, 0, into);
}

bool Blueprint::is_zero(Frame frame, std::uint32_t version) const {
  if (frame.value < ram_frames()) return content_.is_zero(frame, version);
  return place(frame).block.value == screen_block;
}

std::uint64_t Blueprint::hash(Frame frame, std::uint32_t version) const {
  if (is_zero(frame, version)) return hash_of_zero_page();
  std::array<std::byte, page_size.value> page;
  generate(frame, version, page);
  return hash64(page);
}

std::uint64_t Blueprint::hash_of_zero_page() {
  static const std::uint64_t hash = hash64(std::array<std::byte, page_size.value>{});
  return hash;
}

}  // namespace dwcp::model
