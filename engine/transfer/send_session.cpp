#include "engine/transfer/send_session.hpp"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>

#include "engine/platform/deadline.hpp"
#include "engine/transfer/block_codec.hpp"
#include "engine/transfer/block_hash.hpp"
#include "engine/transfer/failure.hpp"

namespace dwcp::transfer {
namespace {

constexpr std::size_t slots_per_core = 2;
constexpr std::size_t slots_extra = 2;

Bytes length_of(Bytes file, BlockIndex block) {
  return Bytes(std::min(block_size.value, file.value - block.value * block_size.value));
}

}  // namespace

SendSession::SendSession(platform::Platform& platform, std::shared_ptr<amst::Session> session,
                         const SendOptions& options, SendState& state)
    : platform_(platform),
      session_(std::move(session)),
      options_(options),
      state_(state),
      scope_(platform, platform.control(),
             [s = session_](const std::exception_ptr& thrown) { s->abort(failure_of(thrown)); }),
      changed_(platform, platform.control()),
      buffers_(platform, platform.control(), block_size,
               options.session.send_window + block_size * (slots_per_core * platform.compute().cores() + slots_extra)),
      flight_(platform, options.session.send_window - options.session.chunk_max),
      // The other half of the processors carries what the codecs produce.
      chooser_({.cores = std::max(1U, platform.compute().cores() / 2), .trials_are_sent = true}),
      slots_free_(slots_per_core * platform.compute().cores() + slots_extra),
      measured_at_(platform.now()) {
  for (Source& source : state_.sources)
    if (!source.ended) offered_.push_back(&source);
  session_->on_acknowledged([this](amst::Sequence sequence) {
    flight_.acknowledged(sequence);
    const auto it = on_the_way_.find(sequence.value);
    if (it == on_the_way_.end()) return;
    stored(*it->second.out->source, it->second.block, length_of(it->second.out->source->size, it->second.block));
    on_the_way_.erase(it);
  });
}

SendSession::~SendSession() { session_->on_acknowledged({}); }

Task<void> SendSession::run() {
  std::exception_ptr failure;
  scope_.spawn(read_messages());
  scope_.spawn(announce());
  scope_.spawn(send_everything());
  scope_.spawn(tick());
  try {
    co_await scope_.join();
  } catch (...) {
    failure = std::current_exception();
  }
  // From here on nothing may interrupt: the children refer to this object.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (failure) session_->abort(failure_of(failure));
  scope_.cancel();
  try {
    co_await scope_.join();
  } catch (const std::exception&) {  // it is `failure`
  }
  if (failure) co_await session_->parted();
  const amst::Stats stats = session_->stats();
  state_.wire_before += stats.bytes_wire;
  state_.report.security = amst::security_of(session_->peer());
  state_.report.congestion = amst::congestion_of(stats);
  state_.report.congestion_trials += stats.congestion_trials;
  state_.report.congestion_kept += stats.congestion_kept;
  state_.report.streams = static_cast<unsigned>(stats.streams.size());
  if (failure) std::rethrow_exception(failure);
  show_progress();  // a short transfer ends before the first tick
  try {
    co_await session_->close();
  } catch (const Error&) {  // every file has its outcome: how the session ends does not matter any more
  }
}

Task<void> SendSession::send_everything() {
  for (std::size_t i = 0; i < offered_.size(); ++i) {
    while (answered_ <= i || open_ >= files_open_max) co_await changed_.wait();
    const auto it = live_.find(i);
    if (it != live_.end()) co_await send_file(it->second);
  }
  while (ended_ < offered_.size()) co_await changed_.wait();
  scope_.cancel();
}

Task<void> SendSession::announce() {
  Offer offer{.force = options_.force, .files = offered_.size()};
  for (const Source* source : offered_) offer.total += source->size;
  const Message message = offer;
  co_await say(message);
  while (announced_ < offered_.size()) {
    while (announced_ - answered_ >= Limits::files_unanswered_max / 2) co_await changed_.wait();
    Files files;
    const std::size_t room = Limits::files_unanswered_max - (announced_ - answered_);
    const std::size_t count = std::min({offered_.size() - announced_, Limits::entries_per_message_max, room});
    for (std::size_t i = 0; i < count; ++i, ++announced_) {
      Source& source = *offered_[announced_];
      auto out = std::make_shared<Outgoing>();
      out->index = FileIndex(announced_);
      out->source = &source;
      files.entries.push_back({out->index, source.size, source.file.name});
      live_[announced_] = std::move(out);
    }
    const Message listing = std::move(files);
    co_await say(listing);
  }
}

Task<void> SendSession::send_file(std::shared_ptr<Outgoing> out) {
  Source& source = *out->source;
  const std::uint64_t blocks = blocks_of(source.size);
  state_.progress.file = source.file.name;
  out->hashes.resize(blocks);
  out->unread = blocks;
  if (out->what == Disposition::resume) out->held.resize(blocks);
  out->file = co_await platform_.storage().open(source.file.path, platform::OpenMode::read);
  ++open_;
  if (const Bytes now = co_await out->file->size(); now != source.size)
    throw Error(Errc::storage_failed, source.file.path + " is " + to_string(now) + " now, it was " +
                                          to_string(source.size) + " when the transfer began");
  if (blocks == 0) co_await end_of(*out);
  for (BlockIndex block; block.value < blocks; ++block) {
    while (out->what == Disposition::resume && out->scanned <= block.value) co_await changed_.wait();
    co_await take_slot();
    platform::Buffer buffer = co_await buffers_.acquire();
    scope_.spawn(send_block(out, block, std::move(buffer), false));
  }
}

Task<void> SendSession::end_of(const Outgoing& out) {
  const Message message = FileEnd{out.index, manifest_of(out.source->size, out.hashes), out.sent};
  co_await say(message);
}

Task<void> SendSession::take_slot() {
  while (slots_free_ == 0) co_await changed_.wait();
  --slots_free_;
}

struct SendSession::Packed {
  Hash128 hash;
  std::optional<BlockEncoder::Chunk> chunk;  // empty: the receiver needs no copy
};

// Hashes the block and, where the receiver lacks it, encodes it, in one job, while it is in the processor's cache.
Task<SendSession::Packed> SendSession::pack_block(Outgoing& out, BlockIndex block, Slice content, bool again) {
  Packed packed;
  const hde::Codec codec = options_.codec ? *options_.codec : chooser_.choose();
  const Bytes length(content.size());
  const bool compare_only = out.what == Disposition::compare;
  const Hash128 held = out.held.empty() || again ? Hash128{} : out.held[block.value];
  const Duration took = co_await platform_.compute().run("encode", [&]() -> platform::WorkList {
    BlockEncoder encoder(block, std::move(content));
    packed.hash = encoder.hash();
    if (compare_only || packed.hash == held) return {{platform::WorkKind::hash, 0, length}};
    packed.chunk = std::move(encoder).encode(out.index, codec);
    return packed.chunk->encoded.work;
  });
  // The whole block, with what the codec left alone: that is what choosing it costs and brings.
  if (packed.chunk) chooser_.observe_codec(codec, length, packed.chunk->encoded.size, took);
  co_return packed;
}

Task<void> SendSession::send_block(std::shared_ptr<Outgoing> out, BlockIndex block, platform::Buffer buffer,
                                   bool again) {
  Source& source = *out->source;
  const Bytes length = length_of(source.size, block);
  const MutableByteSpan whole = buffer.bytes();
  const std::size_t got = co_await out->file->read_at(block.value * block_size.value, whole.first(length.value));
  if (got < length.value) throw Error(Errc::storage_failed, source.file.path + " became shorter while it was sent");
  const std::size_t padded = (length.value + page_size.value - 1) / page_size.value * page_size.value;
  std::fill(whole.begin() + static_cast<std::ptrdiff_t>(got), whole.begin() + static_cast<std::ptrdiff_t>(padded),
            std::byte{0});

  Packed packed = co_await pack_block(*out, block, std::move(buffer).freeze(padded), again);
  bool last = false;
  if (!again) {
    out->hashes[block.value] = packed.hash;
    if (packed.chunk) ++out->sent;
    last = --out->unread == 0;
  } else if (packed.hash != out->hashes[block.value]) {
    throw Error(Errc::storage_failed, source.file.path + " was changed while it was sent");
  }
  if (packed.chunk) {
    const Bytes size = packed.chunk->encoded.size + Bytes(BlockHeader::size);
    co_await flight_.take(size);
    state_.report.carried += length;
    if (again || source.acknowledged[block.value]) state_.report.resent += length;
    state_.report.classes += packed.chunk->encoded.stats;
    const amst::Sequence sequence = co_await session_->send({}, std::move(packed.chunk->payload));
    if (flight_.sent(sequence, size))
      stored(source, block, length);
    else
      on_the_way_[sequence.value] = {out, block};
  } else if (out->what == Disposition::resume) {
    source.report.reused += length;
    state_.report.reused += length;
    state_.progress.reused += length;
    stored(source, block, length);
  }
  ++slots_free_;
  changed_.notify_all();
  if (last) co_await end_of(*out);
}

void SendSession::stored(Source& source, BlockIndex block, Bytes content) {
  if (source.acknowledged[block.value]) return;
  source.acknowledged[block.value] = true;
  state_.progress.done += content;
}

}  // namespace dwcp::transfer
