#include "engine/amst/chunk_reader.hpp"

#include <algorithm>

#include "engine/base/checksum.hpp"

namespace dwcp::amst {
namespace {

// Checksummed at once after it was read, while it is in the cache.
constexpr std::size_t read_at_once_max = 256 * 1024;

// Gives its bytes back unless the chunk is whole.
class Reservation {
 public:
  Reservation(ReceiveBudget& budget, Bytes amount) : budget_(&budget), amount_(amount) {
    if (!budget.try_reserve(amount))
      throw Error(Errc::protocol_error, "the peer sends more than the receive window that it was told");
  }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation() {
    if (budget_) budget_->give_back(amount_);
  }
  void keep() { budget_ = nullptr; }

 private:
  ReceiveBudget* budget_;
  Bytes amount_;
};

}  // namespace

bool ReceiveBudget::try_reserve(Bytes amount) {
  const auto wanted = static_cast<std::int64_t>(amount.value);
  if (free_.fetch_sub(wanted, std::memory_order_relaxed) >= wanted) return true;
  free_.fetch_add(wanted, std::memory_order_relaxed);
  return false;
}

Task<ReceivedChunk> ChunkReader::next() {
  const wire::FrameHeader header = co_await read_header();
  Reservation reservation(budget_, Bytes(header.length));
  const ReceiveMemory::Block block = memory_.take(header.length);
  const MutableByteSpan payload = block.bytes;
  const std::uint32_t checksum = co_await read_payload(payload, wire::header_checksum(header_));
  if (load_le<std::uint32_t>(tail_.data()) != checksum)
    throw Error(Errc::checksum_mismatch, "of chunk " + std::to_string(header.sequence));
  header_filled_ = tail_filled_ - wire::trailer_size;
  std::copy_n(tail_.begin() + wire::trailer_size, header_filled_, header_.begin());
  reservation.keep();
  ReceivedChunk chunk;
  chunk.sequence = Sequence(header.sequence);
  chunk.options = header.chunk;
  chunk.payload = Slice(block.owner, payload);
  co_return chunk;
}

Task<wire::FrameHeader> ChunkReader::read_header() {
  co_await read_all(transport_, MutableByteSpan(header_).subspan(header_filled_), counter_);
  auto header = wire::parse_header(header_, rules_);
  if (header.has_error()) throw Error(header.error());
  co_return *header;
}

Task<std::uint32_t> ChunkReader::read_payload(MutableByteSpan payload, std::uint32_t checksum) {
  tail_filled_ = 0;
  while (!payload.empty() || tail_filled_ < wire::trailer_size) {
    std::array<asio::mutable_buffer, 2> into;
    const std::size_t part = std::min(payload.size(), read_at_once_max);
    into[0] = asio::mutable_buffer(payload.data(), part);
    if (part == payload.size())
      into[1] = asio::mutable_buffer(tail_.data() + tail_filled_, tail_.size() - tail_filled_);
    const platform::ReadBuffers list(into);
    const std::size_t count = co_await transport_.read_some(list);
    counter_.fetch_add(count, std::memory_order_relaxed);
    const std::size_t of_payload = std::min(count, part);
    if (rules_.body_checked) checksum = crc32c(payload.first(of_payload), checksum);
    payload = payload.subspan(of_payload);
    tail_filled_ += count - of_payload;
  }
  co_return checksum;
}

}  // namespace dwcp::amst
