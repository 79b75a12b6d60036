#include "bench/peers/encoding/guest_stream.hpp"

#include <algorithm>

namespace dwcp::bench {
namespace {

// As in engine/migration/page_collector.hpp and stream_sender.cpp, and in QEMU's stream.
constexpr std::size_t buffer_bytes = MiB(2).value, too_little_room = 64 * 1024;
constexpr std::size_t content_limit = MiB(1).value;
constexpr std::size_t page_head = 8, zero_record = 9;

}  // namespace

void GuestStream::fill_buffer() {
  read_.clear();
  taken_ = 0;
  ByteVector bytes(buffer_bytes);
  std::size_t filled = 0;
  std::vector<std::size_t> places;
  for (; page_ < round_.pages.size() && buffer_bytes - filled >= too_little_room; ++page_) {
    const std::uint64_t index = round_.pages[page_];
    const bool zero = non_zero_ == round_.non_zero.size() || round_.non_zero[non_zero_] != index;
    if (!zero) {
      ++non_zero_;
      std::ranges::copy(round_.now->page(index), bytes.begin() + static_cast<std::ptrdiff_t>(filled + page_head));
    }
    places.push_back(zero ? 0 : filled + page_head);
    read_.push_back({index, {}});
    filled += zero ? zero_record : page_head + page_size.value;
  }
  buffer_ = Slice::adopt(std::move(bytes));
  for (std::size_t i = 0; i < places.size(); ++i)
    if (places[i] != 0) read_[i].content = buffer_.bytes().subspan(places[i], page_size.value);
}

GuestBatch GuestStream::next(Version version) {
  if (taken_ == read_.size()) fill_buffer();
  GuestBatch batch{buffer_, {}};
  std::size_t content = 0;
  for (; taken_ < read_.size() && batch.pages.size() < hde::max_batch_pages && content < content_limit; ++taken_) {
    const Read& read = read_[taken_];
    batch.pages.push_back({{0, PageIndex(read.index)}, version, read.content});
    content += read.content.size();
  }
  return batch;
}

}  // namespace dwcp::bench
