#include "engine/migration/page_collector.hpp"

#include <algorithm>

namespace dwcp::migration {

ByteSpan StreamBuffer::take_unfed() {
  const ByteSpan unfed = buffer_.bytes().subspan(fed_, filled_ - fed_);
  fed_ = filled_;
  return unfed;
}

MutableByteSpan StreamBuffer::reserve_page() {
  return buffer_.bytes().subspan(page_size.value * reserved_used_++, page_size.value);
}

bool StreamBuffer::contains(ByteSpan bytes) const {
  const MutableByteSpan all = buffer_.bytes();
  return std::less_equal<>()(static_cast<const std::byte*>(all.data()), bytes.data()) &&
         std::less_equal<>()(bytes.data() + bytes.size(), static_cast<const std::byte*>(all.data() + all.size()));
}

std::vector<Batch> PageCollector::take_batches() {
  close_batch();
  std::vector<Batch> batches;
  for (auto& pages : closed_) batches.push_back({buffer_->view(), std::move(pages)});
  closed_.clear();
  return batches;
}

void PageCollector::on_opaque(qemu_stream::Part part, ByteSpan bytes) {
  if (opaque_.empty() || opaque_.back().part != part) opaque_.push_back({part, {}});
  auto& collected = opaque_.back().bytes;
  collected.insert(collected.end(), bytes.begin(), bytes.end());
}

void PageCollector::on_page(qemu_stream::BlockIndex block, PageIndex page, qemu_stream::PageSpan bytes) {
  if (buffer_->contains(bytes)) return add(block, page, bytes);
  const MutableByteSpan place = buffer_->reserve_page();
  std::ranges::copy(bytes, place.begin());
  add(block, page, place);
}

void PageCollector::add(qemu_stream::BlockIndex block, PageIndex page, ByteSpan content) {
  const hde::PageKey key{static_cast<std::uint32_t>(block.value), page};
  if (!open_.empty() &&
      (key <= open_.back().key || open_.size() == hde::max_batch_pages || open_content_ >= content_limit_))
    close_batch();
  open_.push_back({key, next_version_, content});
  open_content_ += Bytes(content.size());
}

void PageCollector::close_batch() {
  if (open_.empty()) return;
  closed_.push_back(std::move(open_));
  open_ = {};
  open_content_ = Bytes(0);
  ++next_version_;
}

}  // namespace dwcp::migration
