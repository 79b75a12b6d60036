// Data streams: the loop that writes chunks.
//
// control() decides what goes next, the lane writes it. Between two batches of a fast stream the lane would stand idle
// while the word goes to control() and back, some 100 us on two processors: a fifth of a stream of 2 GB/s. So the lane
// says when it begins the last piece of a batch, and is given the next one meanwhile.
#include <algorithm>

#include "engine/amst/path_fit.hpp"
#include "engine/amst/session_core.hpp"
#include "engine/platform/deadline.hpp"

namespace dwcp::amst {
namespace {

// Small chunks go to a stream together, so that crossing to its lane is paid once.
constexpr Bytes batch_size = KiB(256);
constexpr unsigned batch_chunks = 64;
// Below, the transport's own queue lasts longer than the crossing, and what is given ahead cannot be overtaken.
constexpr BitRate ahead_from(1'000'000'000);

// On the lane.
Task<Look> look_now(std::shared_ptr<DataStream> stream) { co_return stream->seen(); }

Task<Look> write_piece(std::shared_ptr<DataStream> stream, ChunkEncoder* batch, Bytes piece) {
  const auto buffers = batch->next(piece);
  co_await write_all(*stream->transport, buffers, stream->written);
  co_return stream->seen();
}

}  // namespace

struct SessionCore::OnLane {
  Look look;
  std::uint64_t written = 0;  // the last batch
};

Task<void> SessionCore::write_chunks(Stream stream) {
  Failure reason;
  try {
    const Executor lane = stream->transport->executor();
    while (stream->open && !ended_.code) {
      if (!stream->usable()) {
        wake_one();  // as below
        co_await stream->wake.wait();
      } else if (const Duration wait = commit_delay(stream->look.path); wait > Duration(0)) {
        wake_one();  // what this stream was woken for, another may take
        co_await platform::sleep_for(platform_, wait);
        const Look look = co_await platform::on(lane, look_now(stream));
        stream->look = look;
      } else if (!queue_.ready()) {
        co_await wait_for_work(stream);
      } else if (const Duration pause = pacer_.delay(now()); pause > Duration(0)) {
        co_await platform::sleep_for(platform_, pause);
      } else {
        ChunkEncoder batch = take_batch(*stream);
        if (queue_.ready()) wake_one();
        co_await write_batch(stream, batch);
        if (platform_.maybe("amst.lose_stream")) throw Error(Errc::unreachable, "given up by a rare path");
      }
    }
    co_return;
  } catch (const std::exception& error) {
    reason = data_failure(error);
  }
  lose(stream, reason);
}

Task<void> SessionCore::write_batch(const Stream& stream, ChunkEncoder& batch) {
  const Executor lane = stream->transport->executor();
  while (!batch.done() && stream->open) {
    if (const Duration pause = pacer_.delay(now()); pause > Duration(0)) {
      co_await platform::sleep_for(platform_, pause);
      continue;
    }
    if (pacer_.rate() == BitRate(0)) {
      co_await write_unpaced(stream, batch);
      continue;
    }
    const Bytes piece = pacer_.piece();
    const Bytes before(stream->written.load(std::memory_order_relaxed));
    pacer_.spend(piece, now());
    const Look look = co_await platform::on(lane, write_piece(stream, &batch, piece));
    stream->look = look;
    // The last piece of a batch is smaller than what was spent for it; framing makes it larger.
    pacer_.correct(piece, look.written - before);
  }
}

Task<void> SessionCore::write_unpaced(const Stream& stream, ChunkEncoder& batch) {
  const Executor lane = stream->transport->executor();
  OnLane done{{}, stream->batches};
  do {
    done = co_await platform::on(lane, write_on_lane(shared_from_this(), stream, &batch, done.written));
    stream->look = done.look;
    // One more was given when the lane had just ended.
  } while (stream->open && done.written != stream->batches);
}

// On the lane: what is left of the batch of that number, and those that are given meanwhile.
Task<SessionCore::OnLane> SessionCore::write_on_lane(std::shared_ptr<SessionCore> self, Stream stream,
                                                     ChunkEncoder* batch, std::uint64_t number) {
  const Executor control = self->platform_.control();
  const Bytes piece = Pacer(BitRate(0)).piece();
  for (;;) {
    while (!batch->done()) {
      const auto buffers = batch->next(piece);
      if (batch->done())
        asio::post(control, [self, stream, number, look = stream->seen()] { self->give_ahead(stream, number, look); });
      co_await write_all(*stream->transport, buffers, stream->written);
    }
    auto ahead = stream->ahead.take();
    if (!ahead) co_return OnLane{stream->seen(), number};
    *batch = std::move(*ahead);
    ++number;
  }
}

// The lane writes the last piece of the batch of that number. Nothing is given when control() has gone on since, nor
// where another stream would carry it sooner.
void SessionCore::give_ahead(const Stream& stream, std::uint64_t under_way, const Look& look) {
  if (ended_.code || under_way != stream->batches || !stream->usable()) return;
  if (pacer_.rate() != BitRate(0) || expected_rate(look.path) < ahead_from) return;
  if (!idle_.empty() || !queue_.ready()) return;
  stream->look = look;
  if (commit_delay(look.path) > Duration(0)) return;
  stream->ahead.put(take_batch(*stream));
}

ChunkEncoder SessionCore::take_batch(DataStream& stream) {
  const Bytes limit = std::min(batch_size, unsent_allowance(stream.look.path));
  ChunkEncoder batch(tag_, agreement_.checks_bodies());
  for (unsigned i = 0; i < batch_chunks && batch.wire_size() < limit; ++i) {
    auto chunk = queue_.take(stream.id, stream.committed + batch.wire_size() + Bytes(wire::header_size));
    if (!chunk) break;
    if (chunk->repeated) {
      stats_.bytes_resent += chunk->again;
      if (chunk->again > Bytes(0)) ++stats_.chunks_resent;
    } else {
      stats_.payload_sent += chunk->length;
      ++stats_.chunks_sent;
    }
    batch.add(std::move(*chunk));
  }
  stream.committed += batch.wire_size();
  ++stream.batches;
  return batch;
}

Task<void> SessionCore::wait_for_work(Stream stream) {
  idle_.push_back(stream);
  co_await stream->wake.wait();
  std::erase(idle_, stream);
  if (!stream->usable()) wake_one();  // this wake-up belongs to another
}

// Each stream that took a chunk wakes the next, as long as there is work: none sleeps while chunks wait, and a single
// chunk does not wake all.
void SessionCore::wake_one() {
  if (idle_.empty() || !queue_.ready()) return;
  const Stream stream = idle_.front();
  idle_.erase(idle_.begin());
  stream->wake.notify_all();
}

}  // namespace dwcp::amst
