#include "engine/amst/chunk_encoder.hpp"

#include "engine/base/checksum.hpp"

namespace dwcp::amst {

void ChunkEncoder::add(Outgoing chunk) {
  wire::FrameHeader header;
  header.type = wire::FrameType::chunk;
  header.chunk = chunk.options;
  header.length = static_cast<std::uint32_t>(chunk.length.value);
  header.sequence = chunk.sequence.value;
  header.session_tag = session_tag_;
  size_ += chunk.length + Bytes(wire::header_size + wire::trailer_size);
  Frame& frame = chunks_.emplace_back();
  frame.chunk = std::move(chunk);
  frame.header = wire::write_header(header);
  frame.checksum = wire::header_checksum(frame.header);
}

void ChunkEncoder::take_payload(Frame& frame, std::size_t& room) {
  const auto& payload = frame.chunk.payload;
  while (room > 0 && frame.slice < payload.size()) {
    const ByteSpan rest = payload[frame.slice].bytes().subspan(frame.offset);
    const ByteSpan part = rest.first(std::min(room, rest.size()));
    if (!part.empty()) {
      if (check_bodies_) frame.checksum = crc32c(part, frame.checksum);
      piece_.emplace_back(part.data(), part.size());
    }
    room -= part.size();
    frame.offset += part.size();
    if (part.size() == rest.size()) {
      ++frame.slice;
      frame.offset = 0;
    }
  }
}

std::span<const boost::asio::const_buffer> ChunkEncoder::next(Bytes payload_max) {
  chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(finished_));
  finished_ = 0;
  piece_.clear();
  std::size_t room = payload_max.value;
  for (auto it = chunks_.begin(); it != chunks_.end() && room > 0; ++it) {
    Frame& frame = *it;
    if (!frame.header_out) piece_.emplace_back(frame.header.data(), frame.header.size());
    frame.header_out = true;
    take_payload(frame, room);
    if (frame.slice < frame.chunk.payload.size()) break;
    store_le(frame.trailer.data(), frame.checksum);
    piece_.emplace_back(frame.trailer.data(), frame.trailer.size());
    ++finished_;
  }
  return piece_;
}

}  // namespace dwcp::amst
