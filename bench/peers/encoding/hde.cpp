#include "bench/peers/encoding/hde.hpp"

#include <deque>
#include <stdexcept>

#include "bench/peers/encoding/destination.hpp"
#include "bench/peers/encoding/guest_stream.hpp"
#include "bench/peers/encoding/meter.hpp"
#include "engine/hde/base_cache.hpp"
#include "engine/hde/codec.hpp"
#include "engine/hde/codec_chooser.hpp"
#include "engine/hde/decoder.hpp"
#include "engine/hde/encoder.hpp"

namespace dwcp::bench {
namespace {

// As in engine/migration/stream_sender.cpp and agent.hpp.
constexpr Bytes retained = MiB(192) * 2;

Slice in_one_piece(const hde::Encoded& encoded) {
  ByteVector whole;
  whole.reserve(encoded.size.value);
  for (const Slice& slice : encoded.payload) whole.insert(whole.end(), slice.bytes().begin(), slice.bytes().end());
  return Slice::adopt(std::move(whole));
}

std::uint64_t stream_bytes(const GuestBatch& batch) {
  std::uint64_t bytes = 0;
  for (const hde::PageIn& page : batch.pages) bytes += page.content.size();
  return bytes;
}

class Migration {
 public:
  struct Windows {
    hde::KeptWindow sent, held;
  };

  Migration(std::size_t memory, const HdeSetup& setup, Windows windows = {})
      : setup_(setup),
        encoder_({.delta_cache_budget = setup.delta_cache,
                  .retention_budget = retained,
                  .window_budget = setup.match_window},
                 std::move(windows.sent)),
        chooser_({.cores = 1}),
        memory_(memory),
        decoder_(hde::DecoderConfig{.window_budget = setup.match_window}, windows.held),
        bases_(setup.delta_cache, memory_),
        timeline_(setup.link) {
    chooser_.observe_link(BitRate(static_cast<std::uint64_t>(setup.link.bit_rate)));
    if (!decoder_.declare_block(0, memory / page_size.value)) throw std::runtime_error("the block was refused");
  }

  HdeOutcome send(const Round& round);
  Windows windows() const { return {encoder_.kept_window(), decoder_.kept_window()}; }

 private:
  struct Answer {
    double comes;
    hde::BatchId batch;
    std::vector<hde::PageVersion> rejected;
  };

  void take_answers(double until);
  void send_repairs(HdeOutcome& outcome);
  void encode_and_decode(hde::Plan plan, std::uint64_t guest, double planned, HdeOutcome& outcome);
  void compare_codecs(const Slice& whole, double encode);
  Answer decode(const Slice& payload);
  void finish(HdeOutcome& outcome, double begin, const Busy& before);

  HdeSetup setup_;
  hde::Encoder encoder_;
  hde::CodecChooser chooser_;
  DestinationMemory memory_;
  hde::Decoder decoder_;
  hde::BaseCache bases_;
  Timeline timeline_;
  Version version_{0};
  std::deque<Answer> answers_;
  std::deque<hde::Plan> repairs_;
  Meter encoding_, decoding_;
  double acknowledging_ = 0;  // seconds, not yet put into the timeline
  double unpacking_ = 0, applying_ = 0;
};

void Migration::take_answers(double until) {
  for (; !answers_.empty() && answers_.front().comes <= until; answers_.pop_front()) {
    const Answer& answer = answers_.front();
    encoding_([&] {
      if (!answer.rejected.empty()) {
        hde::Repair repair = encoder_.missing(answer.rejected);
        if (!repair.fetch.empty()) throw std::runtime_error("a page that was rejected is not held any more");
        for (auto& plan : repair.plans) repairs_.push_back(std::move(plan));
      }
      encoder_.acknowledge(answer.batch);
    });
    acknowledging_ += encoding_.last();
  }
}

Migration::Answer Migration::decode(const Slice& payload) {
  auto unpacked = decoding_([&] { return decoder_.unpack(payload); });
  if (!unpacked) throw std::runtime_error("a batch was refused: " + unpacked.error().message());
  unpacking_ = decoding_.last();
  auto report = decoding_([&] { return decoder_.apply(std::move(*unpacked), bases_, bases_); });
  if (!report) throw std::runtime_error("a batch was refused: " + report.error().message());
  applying_ = decoding_.last();
  memory_.write();
  decoding_.heap_of([&] { report->contents.reset(); });
  Answer answer{0, report->batch, {}};
  for (const auto& rejected : report->rejected) {
    if (rejected.reason == hde::RejectReason::checksum) throw std::runtime_error("a page has another checksum");
    answer.rejected.push_back(rejected.page);
  }
  return answer;
}

void Migration::encode_and_decode(hde::Plan plan, std::uint64_t guest, double planned, HdeOutcome& outcome) {
  const hde::Codec codec = setup_.fixed ? setup_.fixed->codec : chooser_.choose();
  hde::Encoded encoded = encoding_([&] { return hde::Encoder::encode(std::move(plan), codec); });
  const double encode = encoding_.last();
  chooser_.observe_codec(codec, encoded.whole_in - encoded.stats.matched, encoded.whole_out, from_seconds(encode));
  compare_codecs(encoded.whole, encode);
  Answer answer = decode(in_one_piece(encoded));
  encoding_.heap_of([&] { encoded.payload.clear(); });
  outcome.classes += encoded.stats;
  outcome.wire += encoded.size.value;
  outcome.plan_seconds += planned;
  outcome.encode_seconds += encode;
  outcome.acknowledge_seconds += acknowledging_;
  outcome.unpack_seconds += unpacking_;
  outcome.apply_seconds += applying_;
  outcome.rejected += answer.rejected.size();
  ++outcome.batches[std::string(to_string(codec))];
  ++outcome.batch_count;
  const BatchCost cost{.encode = planned + encode,
                       .decode = unpacking_ + applying_,
                       .bookkeeping = std::exchange(acknowledging_, 0),
                       .wire = encoded.size.value,
                       .guest = guest};
  outcome.costs.push_back(cost);
  answer.comes = timeline_.pass(cost);
  answers_.push_back(std::move(answer));
}

// As the sender does, and its time counts, too.
void Migration::compare_codecs(const Slice& whole, double encode) {
  const auto trial = chooser_.trial();
  if (!trial || whole.empty()) return;
  const Slice sample = whole.sub(0, hde::CodecChooser::trial_size(*trial, whole.size()));
  const auto make = [&](hde::Codec codec) {
    const Bytes size = encoding_([&] { return hde::compressed_size(codec, sample.bytes()); });
    acknowledging_ += encoding_.last();
    return hde::CodecChooser::Made{size, from_seconds(encoding_.last())};
  };
  const auto used = make(trial->used), rival = make(trial->rival);
  const double share = static_cast<double>(sample.size()) / static_cast<double>(whole.size());
  chooser_.observe_trial(*trial, Bytes(sample.size()), used, rival, from_seconds(encode * share));
}

void Migration::send_repairs(HdeOutcome& outcome) {
  for (; !repairs_.empty(); repairs_.pop_front()) {
    const std::uint64_t guest = repairs_.front().pages() * page_size.value;
    encode_and_decode(std::move(repairs_.front()), guest, 0, outcome);
  }
}

HdeOutcome Migration::send(const Round& round) {
  HdeOutcome outcome;
  const double begin = timeline_.now();
  const Busy before = timeline_.busy();
  encoding_([&] { encoder_.prepare_window(); });
  acknowledging_ += encoding_.last();
  GuestStream stream(round);
  for (;;) {
    const GuestBatch batch = encoding_.heap_of([&] { return stream.next(++version_); });
    if (batch.pages.empty()) break;
    const std::uint64_t guest = stream_bytes(batch);
    take_answers(timeline_.can_begin(guest));
    send_repairs(outcome);
    chooser_.observe_line(Bytes(static_cast<std::uint64_t>(timeline_.waiting())),
                          Bytes(static_cast<std::uint64_t>(timeline_.line_limit())));
    const bool windowed = setup_.fixed ? setup_.fixed->windowed : chooser_.window_pays();
    auto plan = encoding_([&] { return encoder_.plan(batch.input, batch.pages, windowed); });
    const double planned = encoding_.last();
    chooser_.observe_plan(plan.in_full(), plan.searched(), plan.matched(), from_seconds(planned));
    chooser_.observe_besides(plan.in_full(), from_seconds(acknowledging_));
    encode_and_decode(std::move(plan), guest, planned, outcome);
  }
  while (!answers_.empty()) {
    timeline_.drain();
    take_answers(timeline_.now());
    send_repairs(outcome);
  }
  finish(outcome, begin, before);
  if ((!round.part && !memory_.equals(*round.now)) || encoder_.digest() != decoder_.digest())
    throw std::runtime_error("what arrived is not what was captured");
  return outcome;
}

void Migration::finish(HdeOutcome& outcome, double begin, const Busy& before) {
  if (outcome.costs.empty()) return;
  outcome.copy_seconds = timeline_.decoded() - begin;
  const Busy& now = timeline_.busy();
  outcome.busy = {now.encoder - before.encoder, now.link - before.link, now.decoder - before.decoder};
  outcome.encoder_heap = encoding_.heap_peak();
  outcome.decoder_heap = decoding_.heap_peak();
}

}  // namespace

std::vector<HdeOutcome> run_hde(const std::vector<Round>& rounds, const HdeSetup& setup) {
  std::vector<HdeOutcome> outcomes;
  Migration migration(rounds.front().now->bytes().size(), setup);
  for (const Round& round : rounds) outcomes.push_back(migration.send(round));
  return outcomes;
}

HdeOutcome run_hde_after(const Round& former, const Round& round, const HdeSetup& setup) {
  Migration before(former.now->bytes().size(), setup);
  before.send(former);
  Migration after(round.now->bytes().size(), setup, before.windows());
  return after.send(round);
}

std::vector<Replay> replay(const std::vector<HdeOutcome>& outcomes, const Link& link) {
  std::vector<Replay> replays;
  Timeline timeline(link);
  for (const HdeOutcome& outcome : outcomes) {
    const double begin = timeline.now();
    const Busy before = timeline.busy();
    for (const BatchCost& cost : outcome.costs) timeline.pass(cost);
    const Busy& now = timeline.busy();
    const double copy = outcome.costs.empty() ? 0 : timeline.decoded() - begin;
    replays.push_back({copy, {now.encoder - before.encoder, now.link - before.link, now.decoder - before.decoder}});
    timeline.drain();
  }
  return replays;
}

}  // namespace dwcp::bench
