#include "engine/migration/stream_receiver.hpp"

#include <array>
#include <deque>
#include <map>
#include <optional>

#include "engine/hde/base_cache.hpp"
#include "engine/hde/decoder.hpp"
#include "engine/migration/repairs.hpp"
#include "engine/migration/stream_chunks.hpp"
#include "engine/platform/mutex.hpp"
#include "engine/platform/scope.hpp"
#include "hypervisor/qemu_stream/writer.hpp"

namespace dwcp::migration {
namespace {

constexpr unsigned decodings_per_core = 2;             // at once
constexpr std::size_t opaque_pieces_ahead_max = 1024;  // that came before an earlier piece of their part
constexpr unsigned incomplete_max = 128;               // batches of a megabyte that wait for what they copy from

// Pages as the decoder hands them over, to be written to the stream in one go.
class CollectingSink final : public hde::PageSink {
 public:
  void page(const hde::PageKey& key, Version version, ByteSpan content) override {
    records_.push_back({qemu_stream::BlockIndex(key.block), key.index, content});
    applied_.push_back({key, version});
  }
  void zero(const hde::PageKey& key, Version version) override { page(key, version, {}); }

  void clear() {
    records_.clear();
    applied_.clear();
  }
  const std::vector<qemu_stream::PageRecord>& records() const { return records_; }
  const std::vector<hde::PageVersion>& applied() const { return applied_; }

 private:
  std::vector<qemu_stream::PageRecord> records_;
  std::vector<hde::PageVersion> applied_;
};

}  // namespace

struct StreamReceiver::State : std::enable_shared_from_this<State> {
  State(platform::Platform& p, std::shared_ptr<amst::Session> s, Bytes delta_cache, Bytes match_window,
        const hde::KeptWindow& window)
      : platform(p),
        session(std::move(s)),
        decoder(hde::DecoderConfig{.window_budget = match_window}, window),
        bases(delta_cache, sink),
        writing(p, p.control()),
        changed(p, p.control()) {}

  Task<void> receive(IncomingGuest& guest, platform::Scope& scope);
  Task<void> take_pages(IncomingGuest& guest, amst::Delivery delivery);
  Task<void> take_opaque(IncomingGuest& guest, amst::Delivery delivery);
  Task<void> write_piece(IncomingGuest& guest, const OpaquePiece& piece);
  Task<void> complete(std::shared_ptr<hde::Unpacked> batch);
  Task<std::vector<hde::PageVersion>> apply_and_write(IncomingGuest& guest, amst::Sequence chunk,
                                                      std::shared_ptr<hde::Unpacked> batch);
  void declare_blocks();
  bool complete() const {
    return end && opaque_written[static_cast<std::size_t>(qemu_stream::Part::tail)] == end->tail_bytes;
  }

  platform::Platform& platform;
  std::shared_ptr<amst::Session> session;
  CollectingSink sink;
  hde::Decoder decoder;
  hde::BaseCache bases;
  qemu_stream::Writer writer;
  platform::Mutex writing;  // decoder, writer and guest: one batch after the other
  platform::Event changed;
  Repairs repairs;

  std::deque<amst::Delivery> arrived;
  unsigned decoding = 0;
  unsigned incomplete = 0;  // batches that wait for others
  bool ram_finished = false;
  std::array<std::uint64_t, 3> opaque_written{};  // bytes, by part
  std::map<std::pair<qemu_stream::Part, std::uint64_t>, amst::Delivery> ahead;
  std::optional<StreamEnd> end;
};

Task<void> StreamReceiver::State::receive(IncomingGuest& guest, platform::Scope& scope) {
  const unsigned decodings_max = decodings_per_core * platform.compute().cores();
  for (;;) {
    while (arrived.empty()) co_await changed.wait();
    amst::Delivery delivery = std::move(arrived.front());
    arrived.pop_front();
    if (delivery.channel == opaque_channel) {
      co_await take_opaque(guest, std::move(delivery));
    } else {
      while (decoding >= decodings_max) co_await changed.wait();
      ++decoding;
      scope.spawn(take_pages(guest, std::move(delivery)));
    }
  }
}

Task<void> StreamReceiver::State::take_pages(IncomingGuest& guest, amst::Delivery delivery) {
  const auto self = shared_from_this();
  auto leave = std::shared_ptr<void>(nullptr, [self](void*) {
    --self->decoding;
    self->changed.notify_all();
  });
  // The prefix was sent before every page, but chunks overtake each other.
  while (!writer.ready()) co_await changed.wait();

  auto unpacked = std::make_shared<std::optional<Result<hde::Unpacked>>>();
  // Named, here and below: g++ 12 destroys the captures of a lambda twice that is made within a co_await expression.
  std::function<platform::WorkList()> unpack = [self, unpacked, payload = delivery.payload] {
    unpacked->emplace(self->decoder.unpack(payload));
    return (*unpacked)->has_value() ? (**unpacked)->work() : platform::WorkList{};
  };
  co_await platform.compute().run("unpack", std::move(unpack));
  if (!**unpacked) throw Error((*unpacked)->error());
  auto batch = std::make_shared<hde::Unpacked>(std::move(***unpacked));
  leave.reset();  // this batch may be what others wait for, and itself wait for some whose turn has not come
  co_await complete(batch);
  const auto missing = co_await apply_and_write(guest, delivery.sequence, std::move(batch));
  for (std::size_t first = 0; first < missing.size(); first += missing_pages_max) {
    Missing request;
    for (std::size_t i = first; i < std::min(first + missing_pages_max, missing.size()); ++i)
      request.pages.push_back({missing[i].key.block, missing[i].key.index, missing[i].version});
    co_await session->send_message(encode(Message(std::move(request))));
  }
}

// What the batch copies from was sent before it, and is not here yet only when chunks overtook each other. Of too many
// that wait the pages are asked for in full instead.
Task<void> StreamReceiver::State::complete(std::shared_ptr<hde::Unpacked> batch) {
  if (batch->complete() || incomplete >= incomplete_max) co_return;
  const auto self = shared_from_this();
  const auto leave = std::shared_ptr<void>(nullptr, [self](void*) { --self->incomplete; });
  ++incomplete;
  while (!decoder.can_complete(*batch)) co_await changed.wait();
  const auto completed = std::make_shared<Result<void>>();
  std::function<platform::WorkList()> work = [self, batch, completed] {
    *completed = self->decoder.complete(*batch);
    return platform::WorkList{{platform::WorkKind::copy, 0, page_size * batch->pages()}};
  };
  co_await platform.compute().run("unpack", std::move(work));
  if (!*completed) throw Error(completed->error());
}

// Returns the pages that must be asked for again. A chunk is released, and so acknowledged, only when all of its pages
// have been written, in this version or a newer one.
Task<std::vector<hde::PageVersion>> StreamReceiver::State::apply_and_write(IncomingGuest& guest, amst::Sequence chunk,
                                                                           std::shared_ptr<hde::Unpacked> batch) {
  const auto guard = co_await writing.lock();
  sink.clear();
  auto report = std::make_shared<std::optional<Result<hde::DecodeReport>>>();
  std::function<platform::WorkList()> apply = [self = shared_from_this(), batch, report] {
    report->emplace(self->decoder.apply(std::move(*batch), self->bases, self->bases));
    return (*report)->has_value() ? (**report)->work : platform::WorkList{};
  };
  co_await platform.compute().run("apply", std::move(apply));
  if (!**report) throw Error((*report)->error());

  ByteVector stream;
  if (auto written = writer.write_pages(sink.records(), stream); !written) throw Error(written.error());
  if (!stream.empty()) co_await guest.write(stream);

  std::vector<hde::PageVersion> missing;
  for (const auto& rejected : (**report)->rejected) missing.push_back(rejected.page);
  if (missing.empty())
    session->release(chunk);
  else
    repairs.expect(chunk, missing);
  for (const amst::Sequence repaired : repairs.applied(sink.applied())) session->release(repaired);
  co_return missing;
}

Task<void> StreamReceiver::State::take_opaque(IncomingGuest& guest, amst::Delivery delivery) {
  const auto piece = decode_opaque(delivery.payload.bytes());
  if (!piece) throw Error(piece.error());
  if (ahead.size() >= opaque_pieces_ahead_max)
    throw Error(Errc::protocol_error, "more than " + std::to_string(opaque_pieces_ahead_max) +
                                          " opaque pieces came before their predecessors");
  ahead.emplace(std::pair(piece->part, piece->offset), std::move(delivery));
  for (;;) {
    const auto next = ahead.find({piece->part, opaque_written[static_cast<std::size_t>(piece->part)]});
    if (next == ahead.end()) co_return;
    const amst::Delivery ready = std::move(next->second);
    ahead.erase(next);
    co_await write_piece(guest, decode_opaque(ready.payload.bytes()).value());
    session->release(ready.sequence);
    changed.notify_all();
  }
}

Task<void> StreamReceiver::State::write_piece(IncomingGuest& guest, const OpaquePiece& piece) {
  const auto guard = co_await writing.lock();
  const bool was_ready = writer.ready();
  ByteVector stream;
  Result<void> written{};
  if (piece.part == qemu_stream::Part::tail && piece.ram_ended && !ram_finished) {
    ram_finished = true;
    written = writer.finish_ram({}, stream);
  }
  if (written) written = writer.write_opaque(piece.part, piece.bytes, stream);
  if (!written) throw Error(written.error());
  if (!was_ready && writer.ready()) declare_blocks();
  opaque_written[static_cast<std::size_t>(piece.part)] += piece.bytes.size();
  if (!stream.empty()) co_await guest.write(stream);
}

void StreamReceiver::State::declare_blocks() {
  std::uint32_t index = 0;
  for (const auto& block : writer.layout().blocks)
    if (auto declared = decoder.declare_block(index++, block.pages()); !declared) throw Error(declared.error());
}

StreamReceiver::StreamReceiver(platform::Platform& platform, std::shared_ptr<amst::Session> session, Bytes delta_cache,
                               Bytes match_window, const hde::KeptWindow& window)
    : state_(std::make_shared<State>(platform, std::move(session), delta_cache, match_window, window)) {}

StreamReceiver::~StreamReceiver() = default;

Task<void> StreamReceiver::run(IncomingGuest& guest) {
  const auto state = state_;
  std::function<Task<void>(platform::Scope&)> body = [state, &guest](platform::Scope& scope) -> Task<void> {
    scope.spawn(state->receive(guest, scope));
    while (!state->complete()) co_await state->changed.wait();
    scope.cancel();
  };
  co_await platform::in_scope(state->platform, std::move(body));
  const hde::Digest here = state->decoder.digest();
  const hde::Digest there = hde::Digest::of_words(state->end->digest_low, state->end->digest_high);
  if (here != there)
    throw Error(Errc::wrong_memory, "digest " + here.to_string() + " here, " + there.to_string() + " at the source");
}

hde::KeptWindow StreamReceiver::kept_window() const { return state_->decoder.kept_window(); }

void StreamReceiver::take(amst::Delivery delivery) {
  state_->arrived.push_back(std::move(delivery));
  state_->changed.notify_all();
}

void StreamReceiver::stream_ends(const StreamEnd& end) {
  state_->end = end;
  state_->changed.notify_all();
}

}  // namespace dwcp::migration
