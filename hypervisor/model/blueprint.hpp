// What a modelled guest is: its blocks of memory, what they hold, and how it writes to them. All hosts of a world know
// the blueprints of all guests, as all know the disk images of real ones.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hypervisor/model/content.hpp"
#include "hypervisor/model/dirtying.hpp"
#include "hypervisor/qemu_stream/format.hpp"

namespace dwcp::model {

struct GuestConfig {
  Bytes memory = MiB(256);  // of the block "pc.ram", whole pages; with an image, at least its size
  unsigned vcpus = 2;
  ContentProfile content = {};
  Slice image = {};                     // raw memory that "pc.ram" begins with, instead of `content`
  double changed = 0.1;                 // share of a page's bytes that a write changes, (0, 1]
  std::optional<WriteMix> writes = {};  // what they are
  DirtyProfile dirty = {};
  std::uint64_t seed = 1;
  Bytes device_state = KiB(256);  // at least; it grows when the page versions need more room
};

class Blueprint {
 public:
  // Errors: bad_value, naming the field.
  static Result<std::shared_ptr<const Blueprint>> make(GuestConfig config);

  const GuestConfig& config() const { return config_; }
  const qemu_stream::RamLayout& ram() const { return ram_; }
  std::uint64_t frames() const { return frames_; }
  std::uint64_t ram_frames() const { return ram_.blocks.front().pages(); }
  Bytes memory() const { return page_size * frames_; }  // all blocks

  Frame frame(qemu_stream::BlockIndex block, PageIndex page) const {
    return Frame(first_frames_[block.value] + page.value);
  }
  struct Place {
    qemu_stream::BlockIndex block;
    PageIndex page;
  };
  Place place(Frame frame) const;

  // Contents of any frame: "pc.ram" by the profile or image, the firmware of low entropy, the screen's memory zero.
  void generate(Frame frame, std::uint32_t version, PageBytes into) const;
  bool is_zero(Frame frame, std::uint32_t version) const;
  // hash64 of the page.
  std::uint64_t hash(Frame frame, std::uint32_t version) const;
  static std::uint64_t hash_of_zero_page();

 private:
  explicit Blueprint(GuestConfig config);
  GuestConfig config_;
  qemu_stream::RamLayout ram_;
  std::vector<std::uint64_t> first_frames_;  // of each block
  std::uint64_t frames_ = 0;
  Content content_, firmware_, screen_;
};

using Catalogue = std::map<VmId, std::shared_ptr<const Blueprint>>;

}  // namespace dwcp::model
