// The stream of a guest on its way in: kept as one hash for each page, and compared with what the source had when the
// device state, which says that, is there.
#pragma once

#include "hypervisor/model/guest.hpp"
#include "hypervisor/qemu_stream/reader.hpp"

namespace dwcp::model {

class IncomingStream final : qemu_stream::Visitor {
 public:
  explicit IncomingStream(std::shared_ptr<const Blueprint> blueprint);

  // Errors: bad_stream, unsupported_stream; bad_stream also for a guest of another layout.
  Result<void> write(ByteSpan stream);

  struct Loaded {
    std::vector<std::uint32_t> versions;  // as the source had them when it stopped
    std::vector<Frame> wrong_pages;       // that are not what these versions say
  };
  // The stream was written to its end.
  Result<Loaded> finish();

 private:
  void on_opaque(qemu_stream::Part part, ByteSpan bytes) override;
  void on_ram_layout(const qemu_stream::RamLayout& layout) override;
  void on_page(qemu_stream::BlockIndex block, PageIndex page, qemu_stream::PageSpan bytes) override;
  void on_zero_page(qemu_stream::BlockIndex block, PageIndex page) override;
  void on_section_end() override {}
  void on_ram_end() override {}
  void on_unreadable(std::string_view section) override;

  std::shared_ptr<const Blueprint> blueprint_;
  qemu_stream::Reader reader_;
  std::vector<std::uint64_t> hashes_;  // of each frame
  ByteVector tail_;
  Result<void> accepted_;
};

}  // namespace dwcp::model
