#include "engine/migration/stream_sender.hpp"

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <set>

#include "engine/hde/codec.hpp"
#include "engine/hde/codec_chooser.hpp"
#include "engine/hde/encoder.hpp"
#include "engine/migration/page_collector.hpp"
#include "engine/migration/path_estimate.hpp"
#include "engine/migration/stream_chunks.hpp"
#include "engine/platform/deadline.hpp"
#include "engine/platform/scope.hpp"

namespace dwcp::migration {
namespace {

constexpr std::size_t batches_waiting_max = 3;                  // between reading and planning
constexpr unsigned encodings_per_core = 2;                      // at once
constexpr Duration stale_after = std::chrono::milliseconds(5);  // pages do not wait longer for a full batch
constexpr Duration look_at_line_every = std::chrono::milliseconds(5);
constexpr Bytes bulk_batch = MiB(1);
// What waits in line was encoded for the path as it was, is downtime when the guest stops of itself, and what the guest
// dirties meanwhile goes in full: no version of it is known to have arrived. Enough for no stream to run dry.
constexpr Bytes bulk_line_least = MiB(3);  // also of a path that is not known yet
constexpr Duration bulk_line = std::chrono::milliseconds(500);
constexpr int bulk_line_round_trips = 2;  // on top: what a stream is late with while it repairs a loss, others take
constexpr Bytes short_batch_least = KiB(256);  // smaller ones hardly compress
// A codec that takes a quarter of a second for a batch holds up all behind it, so it is for paths that have been as
// slow for a while, not for those that are only beginning.
constexpr hde::Codec quick_enough = hde::Codec::zstd9;

}  // namespace

struct StreamSender::State : std::enable_shared_from_this<State> {
  State(platform::Platform& p, std::shared_ptr<amst::Session> s, EncodingConfig c, hde::KeptWindow window)
      : platform(p),
        session(std::move(s)),
        config(c),
        pool(p, p.control(), StreamBuffer::size, c.memory),
        encoder(hde::EncoderConfig{.delta_cache_budget = c.delta_cache,
                                   .retention_budget = c.memory * 2,
                                   .window_budget = c.match_window,
                                   .repair_batch_max = std::min(bulk_batch, content_max())},
                std::move(window)),
        chooser(hde::CodecChooserConfig{.cores = p.compute().cores()}),
        changed(p, p.control()),
        reader(collector),
        path_estimate(p.now()) {
    chooser.limit(quick_enough);
    collector.set_content_limit(std::min(bulk_batch, content_max()));
  }

  // ---- the pipeline's coroutines
  Task<void> read_stream(OutgoingGuest& guest);
  Task<void> flush_stale();
  Task<void> plan_batches(platform::Scope& scope);
  Task<hde::Plan> plan(Batch batch);
  Task<void> encode_and_send(hde::Plan plan, amst::Priority priority);
  Task<void> compare(hde::CodecChooser::Trial trial, Slice whole, Duration took);
  Task<void> send_opaque();
  Task<void> wait_for_room(Bytes size);

  void begin_buffer(platform::Buffer fresh);
  void feed();
  void on_acknowledged(amst::Sequence sequence);
  void tell_encoder();
  void observe_link();
  Duration lanes_time() const;
  // A batch is closed by the page that reaches the limit, and must fit a chunk whatever the codec makes of it.
  Bytes content_max() const { return session->chunk_max() - hde::batch_overhead_max - page_size; }
  unsigned encodings_max() const { return encodings_per_core * platform.compute().cores(); }
  // Every page that was read has its place in the session's sequence.
  bool idle() const { return waiting.empty() && repairs.empty() && !planning && encoding == 0; }

  struct InFlight {
    hde::BatchId batch;
    Bytes size;
  };

  platform::Platform& platform;
  std::shared_ptr<amst::Session> session;
  EncodingConfig config;
  platform::BufferPool pool;
  hde::Encoder encoder;  // touched by the planner only, and by its compute job while the planner awaits it
  hde::CodecChooser chooser;
  platform::Event changed;  // anything below

  PageCollector collector;
  qemu_stream::Reader reader;
  std::unique_ptr<StreamBuffer> buffer;
  std::deque<Batch> waiting;
  std::deque<hde::PageVersion> missing;  // asked for, not yet looked at
  std::deque<hde::Plan> repairs;
  std::array<std::uint64_t, 3> opaque_sent{};  // bytes, by part
  bool input_ended = false;
  bool planning = false;
  unsigned encoding = 0;
  bool comparing = false;
  std::deque<hde::BatchId> turns;  // of batches that copy from others, until they are handed to the session

  std::map<amst::Sequence, InFlight> in_flight;
  std::set<amst::Sequence> early_acknowledgements;  // came before send() returned
  std::vector<hde::BatchId> acknowledged;           // not yet told to the encoder
  Bytes unacknowledged{0};
  Bytes under_way_max{~std::uint64_t{0}};
  bool in_bulk = true;
  Bytes line_limit = bulk_line_least;  // of what may wait in the session for a stream
  PathEstimate path_estimate;
  Duration lanes_at_link_sample{0};  // processor time
  SenderCounters counters;
};

void StreamSender::State::begin_buffer(platform::Buffer fresh) {
  buffer = std::make_unique<StreamBuffer>(std::move(fresh));
  collector.begin_buffer(buffer.get());
}

// Parses what was read and puts its pages in line. Opaque pieces stay in the collector until send_opaque().
void StreamSender::State::feed() {
  if (buffer->has_unfed())
    if (auto fed = reader.feed(buffer->take_unfed()); !fed) throw Error(fed.error());
  for (auto& batch : collector.take_batches()) {
    counters.guest_read += page_size * batch.pages.size();
    waiting.push_back(std::move(batch));
  }
  changed.notify_all();
}

Task<void> StreamSender::State::read_stream(OutgoingGuest& guest) {
  begin_buffer(co_await pool.acquire());
  for (;;) {
    while (unacknowledged > under_way_max) co_await changed.wait();
    const std::size_t count = co_await guest.read_some(buffer->room());
    buffer->advance(count);
    if (count > 0 && !buffer->full()) {
      changed.notify_all();  // flush_stale() feeds what waits too long
      continue;
    }
    feed();
    co_await send_opaque();
    if (count == 0) break;
    while (waiting.size() >= batches_waiting_max) co_await changed.wait();
    if (buffer->full()) begin_buffer(co_await pool.acquire());
  }
  if (auto ended = reader.finish(); !ended) throw Error(ended.error());
  if (!collector.unreadable().empty())
    platform.record("migration.unreadable_section", {{"section", collector.unreadable()}});
  input_ended = true;
  changed.notify_all();
}

Task<void> StreamSender::State::flush_stale() {
  while (!input_ended) {
    while (!buffer || !buffer->has_unfed()) {
      if (input_ended) co_return;
      co_await changed.wait();
    }
    co_await platform::sleep_for(platform, stale_after);
    // While others are before them, nothing is gained: they may wait for their batch to fill up.
    if (input_ended || !buffer->has_unfed() || !idle()) continue;
    feed();
    co_await send_opaque();
  }
}

Task<void> StreamSender::State::send_opaque() {
  const std::vector<PageCollector::Opaque> collected = collector.take_opaque();
  const Bytes piece_max = std::min(opaque_piece_max, session->chunk_max() - opaque_head);
  std::vector<OpaquePiece> pieces;  // offsets are given before anything is awaited: two callers may be here
  for (const auto& opaque : collected) {
    auto& sent = opaque_sent[static_cast<std::size_t>(opaque.part)];
    for (ByteSpan rest(opaque.bytes); !rest.empty();) {
      const ByteSpan bytes = rest.first(std::min<std::size_t>(rest.size(), piece_max.value));
      pieces.push_back({opaque.part, collector.ram_ended(), sent, bytes});
      sent += bytes.size();
      rest = rest.subspan(bytes.size());
    }
  }
  for (const auto& piece : pieces) {
    const bool tail = piece.part == qemu_stream::Part::tail;
    // The barrier holds the tail back at the destination until everything sent before it has been applied there.
    while (tail && !idle()) co_await changed.wait();
    const amst::ChunkOptions options{
        .channel = opaque_channel, .priority = amst::Priority::switchover, .barrier = tail};
    std::vector<Slice> payload(1, encode(piece));
    co_await session->send(options, std::move(payload));
  }
}

Task<void> StreamSender::State::plan_batches(platform::Scope& scope) {
  if (encoder.window() > Bytes(0)) {
    std::function<platform::WorkList()> work = [self = shared_from_this()] {
      self->encoder.prepare_window();
      return platform::WorkList{{platform::WorkKind::match, 0, self->encoder.window()}};
    };
    co_await platform.compute().run("plan", std::move(work));
  }
  for (;;) {
    tell_encoder();
    observe_link();
    if (encoding >= encodings_max() || (waiting.empty() && repairs.empty())) {
      // Until the last page is acknowledged the destination may still ask for one.
      if (input_ended && idle() && in_flight.empty()) co_return;
      co_await changed.wait();
      continue;
    }
    const bool repair = !repairs.empty();
    std::optional<hde::Plan> next;
    if (repair) {
      next.emplace(std::move(repairs.front()));
      repairs.pop_front();
    } else {
      Batch batch = std::move(waiting.front());
      waiting.pop_front();
      planning = true;
      next.emplace(co_await plan(std::move(batch)));
      planning = false;
    }
    ++encoding;
    if (next->searched() > Bytes(0)) turns.push_back(next->id());
    scope.spawn(encode_and_send(std::move(*next), repair ? amst::Priority::requested : amst::Priority::background));
    changed.notify_all();
  }
}

Task<hde::Plan> StreamSender::State::plan(Batch batch) {
  // Shared with the job, which may outlive this coroutine when that is cancelled.
  struct Job {
    Batch batch;
    std::optional<hde::Plan> plan;
  };
  auto job = std::make_shared<Job>(Job{std::move(batch), {}});
  // Named, here and elsewhere: g++ 12 destroys the captures of a lambda twice that is made within a co_await
  // expression.
  chooser.observe_line(session->stats().queued, line_limit);
  // Near the switchover the time that a batch takes counts for more than its bytes.
  const bool windowed = in_bulk && config.compress && chooser.window_pays();
  std::function<platform::WorkList()> work = [self = shared_from_this(), job, windowed] {
    job->plan.emplace(self->encoder.plan(job->batch.input, job->batch.pages, windowed));
    // The rest is in Encoded::work.
    return platform::WorkList{{platform::WorkKind::match, 0, job->plan->searched()}};
  };
  const Duration cpu = co_await platform.compute().run("plan", std::move(work));
  chooser.observe_plan(job->plan->in_full(), job->plan->searched(), job->plan->matched(), cpu);
  co_return std::move(*job->plan);
}

Task<void> StreamSender::State::encode_and_send(hde::Plan plan, amst::Priority priority) {
  const auto self = shared_from_this();
  auto leave = std::shared_ptr<void>(nullptr, [self](void*) {
    --self->encoding;
    self->changed.notify_all();
  });
  struct Job {
    hde::Plan plan;
    hde::Codec codec;
    hde::Encoded encoded{};
  };
  const bool in_turn = plan.searched() > Bytes(0);
  auto job = std::make_shared<Job>(Job{std::move(plan), config.compress ? chooser.choose() : hde::Codec::none});
  std::function<platform::WorkList()> work = [job] {
    job->encoded = hde::Encoder::encode(std::move(job->plan), job->codec);
    return job->encoded.work;
  };
  const Duration cpu = co_await platform.compute().run("encode", std::move(work));
  hde::Encoded& encoded = job->encoded;
  chooser.observe_codec(job->codec, encoded.whole_in - encoded.stats.matched, encoded.whole_out, cpu);
  const Slice whole = encoded.whole;
  counters.classes += encoded.stats;
  counters.wire_made += encoded.size;
  path_estimate.batch_made(session->stats().queued == Bytes(0) && !waiting.empty());
  // What a batch copies from is sent before it: else the session's window could be full of batches that wait for one
  // which waits for room in it.
  while (in_turn && turns.front() != encoded.id) co_await changed.wait();
  co_await wait_for_room(encoded.size);

  unacknowledged += encoded.size;
  const amst::ChunkOptions options{.channel = pages_channel, .priority = priority};
  const TimePoint before = platform.now();
  const amst::Sequence sequence = co_await session->send(options, std::move(encoded.payload));
  if (in_turn) turns.pop_front();
  changed.notify_all();
  if (platform.now() > before) path_estimate.was_full();  // the session's window was
  in_flight[sequence] = {encoded.id, encoded.size};
  if (early_acknowledgements.erase(sequence) > 0) on_acknowledged(sequence);
  const auto trial = chooser.trial();
  if (!trial || whole.empty() || !in_bulk || comparing) co_return;
  leave.reset();  // nothing waits for what follows
  co_await compare(*trial, whole, cpu);
}

// Of what was sent, so the path does not wait for it.
Task<void> StreamSender::State::compare(hde::CodecChooser::Trial trial, Slice whole, Duration took) {
  const auto self = shared_from_this();
  comparing = true;
  const auto done = std::shared_ptr<void>(nullptr, [self](void*) { self->comparing = false; });
  const Slice sample = whole.sub(0, hde::CodecChooser::trial_size(trial, whole.size()));
  std::array<hde::CodecChooser::Made, 2> made;
  for (const std::size_t i : {0, 1}) {
    const hde::Codec codec = i == 0 ? trial.used : trial.rival;
    const auto size = std::make_shared<Bytes>();
    std::function<platform::WorkList()> work = [sample, codec, size] {
      *size = hde::compressed_size(codec, sample.bytes());
      return platform::WorkList{hde::compress_work(codec, sample.size())};
    };
    made[i].cpu = co_await platform.compute().run("encode", std::move(work));
    made[i].size = *size;
  }
  chooser.observe_trial(trial, Bytes(sample.size()), made[0], made[1],
                        took * static_cast<std::int64_t>(sample.size()) / static_cast<std::int64_t>(whole.size()));
}

// The session says nothing when a stream takes something: it is looked at.
Task<void> StreamSender::State::wait_for_room(Bytes size) {
  while (unacknowledged.value > 0 && session->stats().queued + size > std::max(line_limit, size)) {
    if (in_bulk) path_estimate.was_full();
    co_await changed.wait_until(platform.now() + look_at_line_every);
  }
}

void StreamSender::State::on_acknowledged(amst::Sequence sequence) {
  const auto it = in_flight.find(sequence);
  if (it == in_flight.end()) {
    early_acknowledgements.insert(sequence);  // of pages whose send() has not returned yet, or of an opaque piece
    return;
  }
  unacknowledged -= it->second.size;
  counters.wire_acked += it->second.size;
  path_estimate.acknowledged(it->second.size, session->stats().queued > Bytes(0));
  acknowledged.push_back(it->second.batch);
  in_flight.erase(it);
  changed.notify_all();
}

void StreamSender::State::tell_encoder() {
  if (!missing.empty()) {
    const std::vector<hde::PageVersion> asked(missing.begin(), missing.end());
    missing.clear();
    hde::Repair repair = encoder.missing(asked);
    if (!repair.fetch.empty())
      throw Error(Errc::missing_base, std::to_string(repair.fetch.size()) +
                                          " pages that the destination lacks are no longer held here; raise "
                                          "encoding.memory above " +
                                          to_string(config.memory));
    for (auto& plan : repair.plans) repairs.push_back(std::move(plan));
  }
  for (const hde::BatchId batch : acknowledged) encoder.acknowledge(batch);
  acknowledged.clear();
}

Duration StreamSender::State::lanes_time() const {
  const platform::StageTimes times = platform.processor_times();
  const auto found = times.find("lanes");
  return found == times.end() ? Duration(0) : found->second;
}

void StreamSender::State::observe_link() {
  const amst::Stats stats = session->stats();
  if (!path_estimate.due(platform.now(), stats.rtt)) return;
  const Bytes acked = path_estimate.sample(platform.now(), stats.held_by_peer > stats.unreleased / 2);
  counters.link = path_estimate.carries();
  chooser.limit(in_bulk && path_estimate.steady(platform.now()) ? hde::Codec::zstd18 : quick_enough);
  chooser.observe_link(path_estimate.may_carry());
  // Of all sessions of this process: beside others each byte looks dearer than it is, and is compressed more.
  const Duration lanes = lanes_time();
  chooser.observe_carriage(acked, lanes - lanes_at_link_sample);
  lanes_at_link_sample = lanes;
}

StreamSender::StreamSender(platform::Platform& platform, std::shared_ptr<amst::Session> session, EncodingConfig config,
                           hde::KeptWindow window) {
  if (session->chunk_max() < chunk_least)
    throw Error(Errc::bad_value, "the session has chunks of at most " + to_string(session->chunk_max()) +
                                     "; a migration needs " + to_string(chunk_least) + " on both sides");
  state_ = std::make_shared<State>(platform, std::move(session), config, std::move(window));
  state_->session->on_acknowledged([weak = std::weak_ptr(state_)](amst::Sequence sequence) {
    if (auto state = weak.lock()) state->on_acknowledged(sequence);
  });
}

StreamSender::~StreamSender() = default;

Task<void> StreamSender::run(OutgoingGuest& guest, std::function<Task<void>(StreamEnd)> on_end) {
  const auto state = state_;
  state->path_estimate = PathEstimate(state->platform.now());
  state->lanes_at_link_sample = state->lanes_time();
  std::function<Task<void>(platform::Scope&)> body = [state, &guest, &on_end](platform::Scope& scope) -> Task<void> {
    scope.spawn(state->flush_stale());
    scope.spawn(state->plan_batches(scope));
    co_await state->read_stream(guest);
    while (!state->idle()) co_await state->changed.wait();
    const hde::Digest digest = state->encoder.digest();
    const auto tail = state->opaque_sent[static_cast<std::size_t>(qemu_stream::Part::tail)];
    const StreamEnd end{digest.low(), digest.high(), tail};
    co_await on_end(end);
  };
  co_await platform::in_scope(state->platform, std::move(body));
}

void StreamSender::resend(const Missing& request) {
  for (const auto& page : request.pages) state_->missing.push_back({hde::PageKey{page.block, page.page}, page.version});
  state_->changed.notify_all();
}

void StreamSender::work_in_bulk() {
  state_->in_bulk = true;
  const Duration line = bulk_line + bulk_line_round_trips * state_->session->path().rtt_min;
  state_->line_limit = std::max(bulk_line_least, bytes_in(line, state_->counters.link));
  state_->under_way_max = Bytes(~std::uint64_t{0});
  state_->collector.set_content_limit(std::min(bulk_batch, state_->content_max()));
  state_->changed.notify_all();
}

void StreamSender::keep_line_short(Duration waiting, Bytes under_way_max) {
  const Bytes line = bytes_in(waiting, state_->counters.link);
  const auto streams = std::max<std::size_t>(1, state_->session->stats().streams.size());
  state_->in_bulk = false;
  state_->chooser.limit(quick_enough);
  state_->line_limit = std::max(line, short_batch_least);
  state_->under_way_max = under_way_max;
  state_->collector.set_content_limit(
      std::clamp(line / streams, short_batch_least, std::min(StreamBuffer::size, state_->content_max())));
  state_->changed.notify_all();
}

SenderCounters StreamSender::counters() const { return state_->counters; }
hde::KeptWindow StreamSender::kept_window() const { return state_->encoder.kept_window(); }

}  // namespace dwcp::migration
