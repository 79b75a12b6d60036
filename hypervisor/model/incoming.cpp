#include "hypervisor/model/incoming.hpp"

#include "engine/base/checksum.hpp"
#include "hypervisor/model/device_state.hpp"

namespace dwcp::model {

IncomingStream::IncomingStream(std::shared_ptr<const Blueprint> blueprint)
    : blueprint_(std::move(blueprint)), reader_(*this), hashes_(blueprint_->frames(), Blueprint::hash_of_zero_page()) {}

Result<void> IncomingStream::write(ByteSpan stream) {
  // A layout that does not fit must not get as far as its pages: those are looked up in the blueprint's.
  while (accepted_ && !stream.empty()) {
    const bool before_pages = reader_.part() == qemu_stream::Part::prefix;
    const ByteSpan piece = before_pages ? stream.first(1) : stream;
    if (Result<void> fed = reader_.feed(piece); !fed) return fed;
    stream = stream.subspan(piece.size());
  }
  return accepted_;
}

Result<IncomingStream::Loaded> IncomingStream::finish() {
  if (!accepted_) return accepted_.error();
  if (Result<void> ended = reader_.finish(); !ended) return ended.error();
  Result<std::vector<std::uint32_t>> versions = parse_tail(*blueprint_, tail_);
  if (!versions) return versions.error();
  Loaded loaded{std::move(*versions), {}};
  for (Frame frame(0); frame.value < hashes_.size(); ++frame)
    if (hashes_[frame.value] != blueprint_->hash(frame, loaded.versions[frame.value]))
      loaded.wrong_pages.push_back(frame);
  return loaded;
}

void IncomingStream::on_opaque(qemu_stream::Part part, ByteSpan bytes) {
  if (part != qemu_stream::Part::tail || !accepted_) return;
  if (tail_.size() + bytes.size() > tail_max(*blueprint_).value)
    accepted_ = Failure(Errc::bad_stream, "the device state is longer than " + to_string(tail_max(*blueprint_)));
  else
    tail_.insert(tail_.end(), bytes.begin(), bytes.end());
}

void IncomingStream::on_ram_layout(const qemu_stream::RamLayout& layout) {
  if (layout.blocks != blueprint_->ram().blocks)
    accepted_ = Failure(Errc::bad_stream, "the guest's RAM blocks are not those of its blueprint");
}

void IncomingStream::on_page(qemu_stream::BlockIndex block, PageIndex page, qemu_stream::PageSpan bytes) {
  hashes_[blueprint_->frame(block, page).value] = hash64(bytes);
}

void IncomingStream::on_zero_page(qemu_stream::BlockIndex block, PageIndex page) {
  hashes_[blueprint_->frame(block, page).value] = Blueprint::hash_of_zero_page();
}

void IncomingStream::on_unreadable(std::string_view section) {
  accepted_ = Failure(Errc::bad_stream, "section " + std::string(section) + " is not a modelled guest's");
}

}  // namespace dwcp::model
