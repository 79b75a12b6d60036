#include "tests/fuzz/hde/session.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "engine/base/checksum.hpp"
#include "engine/hde/base_cache.hpp"
#include "engine/hde/format.hpp"
#include "engine/hde/unpacked.hpp"
#include "tests/fuzz/hde/check.hpp"
#include "tests/unit/engine/hde/pages.hpp"

namespace dwcp::hde::testing {
namespace {

constexpr std::uint32_t blocks = 2;
constexpr std::uint64_t pages_of_block = 32;
constexpr std::size_t waiting_max = 8;
constexpr Bytes window_budgets[] = {Bytes(0), KiB(16), KiB(64), MiB(1)};

void insist(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error("a promise was broken: " + what);
}

// The destination's memory, which checks what it is given. Bytes are moved by the C library: libFuzzer slows down
// loops.
class WatchedMemory final : public PageSink, public BaseSource {
 public:
  explicit WatchedMemory(bool tracked) : tracked_(tracked) {}
  void page(const PageKey& key, Version version, ByteSpan content) override {
    insist(content.size() == page_bytes, "a page of " + std::to_string(content.size()) + " bytes");
    std::memcpy(place(key, version).data(), content.data(), page_bytes);
  }
  void zero(const PageKey& key, Version version) override { std::memset(place(key, version).data(), 0, page_bytes); }
  bool read(const PageKey& key, MutableByteSpan content) override {
    std::memcpy(content.data(), bytes_.data() + offset_of(key), page_bytes);
    return true;
  }
  Digest digest() const {
    Digest digest;
    const std::size_t length = pages_of_block * page_bytes;
    for (std::uint32_t block = 0; block < blocks; ++block)
      add_memory(digest, block, PageIndex(0), ByteSpan(bytes_).subspan(block * length, length));
    return digest;
  }
  std::size_t handed_over() const { return handed_over_; }
  // Another migration: its versions begin anew, over an empty memory.
  void begin_anew() {
    versions_.clear();
    std::memset(bytes_.data(), 0, bytes_.size());
  }

 private:
  static std::size_t offset_of(const PageKey& key) {
    insist(key.block < blocks && key.index.value < pages_of_block, "a page outside the declared blocks");
    return (key.block * pages_of_block + key.index.value) * page_bytes;
  }
  MutableByteSpan place(const PageKey& key, Version version) {
    const std::size_t offset = offset_of(key);
    Version& newest = versions_[key];
    insist(!tracked_ || version > newest, "a page in a version that is not newer than what was there");
    newest = std::max(newest, version);
    ++handed_over_;
    return MutableByteSpan(bytes_).subspan(offset, page_bytes);
  }

  bool tracked_;
  ByteVector bytes_ = ByteVector(blocks * pages_of_block * page_bytes);
  std::map<PageKey, Version> versions_;
  std::size_t handed_over_ = 0;
};

// Stands between the decoder and where bases are, and errs when it is told to.
class FailingBases final : public BaseSource {
 public:
  explicit FailingBases(BaseSource& from) : from_(from) {}
  void fail(unsigned how) { how_ = how % 3; }
  bool read(const PageKey& key, MutableByteSpan content) override {
    if (how_ == 1 || !from_.read(key, content)) return false;
    if (how_ == 2) content[100] ^= std::byte{1};
    return true;
  }

 private:
  BaseSource& from_;
  unsigned how_ = 0;
};

// Where literals stand as they are, their checksum can be put right.
void seal_literals(MutableByteSpan batch) {
  const auto parsed = parse_head(batch);
  if (!parsed || !parsed->head.window || parsed->head.packed_codec != WireCodec::stored) return;
  const BatchHead& head = parsed->head;
  const std::size_t skipped = head.delta_stored + head.window->matches_stored;
  const ByteSpan literals = parsed->sections.subspan(skipped, head.window->literals);
  // The last field before the directory. Of that only the end is known: it is sought by what it holds.
  const std::size_t sealed = *sealed_size(batch);
  for (std::size_t at = 2; at + 4 <= sealed; ++at) {
    if (load_le<std::uint32_t>(batch.data() + at) != head.window->checksum) continue;
    store_le(batch.data() + at, static_cast<std::uint32_t>(hash64(literals)));
    reseal(batch);
    return;
  }
}

class Receiver {
 public:
  explicit Receiver(std::uint8_t shape)
      : budget_(window_budgets[shape & 3]),
        tracked_((shape & shape_no_history) == 0),
        careful_((shape & shape_careful) != 0),
        memory_(tracked_),
        bases_((shape & shape_cache) != 0 ? static_cast<BaseSource&>(cache_) : memory_),
        sink_((shape & shape_cache) != 0 ? static_cast<PageSink&>(cache_) : memory_) {
    begin({});
  }
  void handle(const Step& step);
  SessionOutcome end();

 private:
  void begin(const KeptWindow& window);
  void take(ByteSpan bytes, bool patient);
  void receive(const Slice& payload, bool patient);
  void settle(bool give_up);
  void apply(Unpacked batch);
  KeptWindow kept() const;
  void check_state() const;
  unsigned first_byte(const Step& step) const {
    return step.bytes.empty() ? 0 : std::to_integer<unsigned>(step.bytes[0]);
  }

  const Bytes budget_;
  const bool tracked_, careful_;
  WatchedMemory memory_;
  BaseCache cache_{Bytes(8 * 4400), memory_};
  FailingBases bases_;
  PageSink& sink_;
  std::unique_ptr<Decoder> decoder_;
  std::deque<Unpacked> waiting_;
  std::vector<Slice> came_;
  SessionOutcome outcome_;
};

void Receiver::begin(const KeptWindow& window) {
  const DecoderConfig config{.history = tracked_ ? History::tracked : History::once, .window_budget = budget_};
  decoder_ = std::make_unique<Decoder>(config, window);
  for (std::uint32_t block = 0; block < blocks; ++block)
    insist(decoder_->declare_block(block, pages_of_block).has_value(), "a block is refused");
}

void Receiver::handle(const Step& step) {
  switch (step.what) {
    case Happening::patient:
    case Happening::impatient:
      take(step.bytes, step.what == Happening::patient);
      break;
    case Happening::again:
      if (!came_.empty()) {
        const Slice payload = came_[came_.size() - 1 - first_byte(step) % came_.size()];
        receive(payload, true);
      }
      break;
    case Happening::settle:
      settle(false);
      break;
    case Happening::give_up:
      settle(true);
      break;
    case Happening::next:
    case Happening::next_narrower: {
      settle(true);
      KeptWindow window = kept();
      if (step.what == Happening::next_narrower && !window.batches.empty())
        window.drop_below(window.batches[first_byte(step) % window.batches.size()].id);
      memory_.begin_anew();
      ++outcome_.migrations;
      begin(window);
      break;
    }
    case Happening::bases:
      bases_.fail(first_byte(step));
      break;
  }
  check_state();
}

void Receiver::take(ByteSpan bytes, bool patient) {
  ByteVector batch(bytes.begin(), bytes.end());
  reseal(batch);
  if (careful_) seal_literals(batch);
  const Slice payload = Slice::adopt(std::move(batch));
  came_.push_back(payload);
  receive(payload, patient);
}

void Receiver::receive(const Slice& payload, bool patient) {
  auto unpacked = decoder_->unpack(payload);
  if (!unpacked) {
    insist(!unpacked.error().detail.empty(), "an error without a sentence");
    ++outcome_.refused;
    return;
  }
  insist(unpacked->pages() >= 1 && unpacked->pages() <= max_batch_pages, "a batch of a number of pages that none has");
  insist(unpacked->complete() || !decoder_->can_complete(*unpacked), "what can be completed was not");
  if (patient && !unpacked->complete()) {
    ++outcome_.waited;
    if (waiting_.size() == waiting_max) settle(true);
    waiting_.push_back(std::move(*unpacked));
  } else {
    apply(std::move(*unpacked));
  }
}

void Receiver::settle(bool give_up) {
  std::deque<Unpacked> still;
  for (Unpacked& batch : std::exchange(waiting_, {})) {
    if (decoder_->can_complete(batch)) {
      const auto done = decoder_->complete(batch);
      insist(batch.complete(), "complete() left a batch incomplete");
      if (!done) {
        insist(!done.error().detail.empty(), "an error without a sentence");
        ++outcome_.refused;
        continue;
      }
      ++outcome_.completed;
    } else if (!give_up) {
      still.push_back(std::move(batch));
      continue;
    }
    apply(std::move(batch));
  }
  for (Unpacked& batch : still) waiting_.push_back(std::move(batch));
}

void Receiver::apply(Unpacked batch) {
  auto& contents = batch.contents();
  if (careful_) {
    contents.windowed_wrong = false;
    for (std::size_t i = 0; i < contents.records.size(); ++i)
      if (contents.contents[i].bytes != nullptr)
        contents.records[i].checksum = static_cast<std::uint32_t>(contents.contents[i].hash.low);
  }
  const std::size_t pages = batch.pages(), before = memory_.handed_over();
  const Digest digest = decoder_->digest();
  const auto report = decoder_->apply(std::move(batch), sink_, bases_);
  if (!report) {
    insist(memory_.handed_over() == before && decoder_->digest() == digest, "a refused batch was applied in part");
    ++outcome_.refused;
    return;
  }
  insist(report->applied + report->superseded + report->rejected.size() == pages, "pages are missing in the report");
  insist(memory_.handed_over() - before <= report->applied, "more pages were handed over than applied");
  outcome_.applied_pages += report->applied;
  outcome_.rejected_pages += report->rejected.size();
}

KeptWindow Receiver::kept() const {
  KeptWindow window = decoder_->kept_window();
  insist(window.size() == decoder_->window(), "the window that is kept is not the one that is held");
  for (std::size_t i = 0; i < window.batches.size(); ++i) {
    const KeptWindow::Batch& batch = window.batches[i];
    insist(batch.id <= window.last, "a batch is kept that is newer than the last");
    insist(i == 0 || window.batches[i - 1].id < batch.id, "batches are not kept in order");
    insist(batch.literals.size > 0, "nothing is kept of a batch, and yet it is");
  }
  return window;
}

void Receiver::check_state() const { insist(decoder_->window() <= budget_, "the window is above its budget"); }

// The guest goes back: an encoder begins with what these bytes left in the window, and sends to a decoder that does.
void send_back(const KeptWindow& window, Bytes budget) {
  constexpr std::size_t pages = 8;
  static const Memory blank(pages, 9);
  Memory memory = blank;
  // Copied from the window, as far as there is something to copy.
  std::size_t at = 0;
  for (const KeptWindow::Batch& batch : window.batches) {
    const std::size_t length = std::min(batch.literals.size, memory.bytes().size() - at);
    std::copy_n(batch.literals.data.get(), length, memory.page(0).data() + at);
    at += length;
  }
  Encoder encoder(EncoderConfig{.window_budget = budget}, window);
  Decoder decoder(DecoderConfig{.window_budget = budget}, window);
  insist(decoder.declare_block(0, pages).has_value(), "a block is refused");
  const Slice input = memory.copy(0, pages);
  const Encoded encoded =
      Encoder::encode(encoder.plan(input, Memory::pages_of(input, 0, Version(1)), true), Codec::lz4);
  insist(encoder.window() <= budget, "the encoder's window is above its budget");
  Destination destination(pages);
  const auto report = decoder.decode(joined(encoded), destination, destination);
  insist(report.has_value() && report->applied == pages, "what an encoder made of a kept window is refused");
  insist(std::ranges::equal(destination.bytes(), memory.bytes()) && encoder.digest() == decoder.digest(),
         "what an encoder made of a kept window is wrong");
}

SessionOutcome Receiver::end() {
  settle(true);
  check_state();
  // Without a history a page that comes twice counts twice.
  if (tracked_) insist(decoder_->digest() == memory_.digest(), "the digest is not that of the memory");
  const KeptWindow window = kept();
  // The last number that a batch can have leaves none for a next one.
  if (!window.batches.empty() && window.last < max_batch_id) send_back(window, budget_);
  return outcome_;
}

}  // namespace

Session parse_session(ByteSpan bytes) {
  Session session;
  FieldReader reader(bytes);
  session.shape = reader.get<std::uint8_t>();
  while (!reader.at_end() && session.steps.size() < session_steps_max) {
    Step step;
    step.what = static_cast<Happening>(reader.get<std::uint8_t>() % happenings);
    const std::size_t low = reader.get<std::uint16_t>(), high = reader.get<std::uint8_t>();
    const ByteSpan rest = reader.rest();
    const ByteSpan own = reader.get_bytes(std::min(low | high << 16, rest.size()));
    step.bytes.assign(own.begin(), own.end());
    session.steps.push_back(std::move(step));
  }
  return session;
}

ByteVector write_session(const Session& session) {
  FieldWriter writer;
  writer.put(session.shape);
  for (const Step& step : session.steps) {
    writer.put(static_cast<std::uint8_t>(step.what));
    writer.put(static_cast<std::uint16_t>(step.bytes.size()));
    writer.put(static_cast<std::uint8_t>(step.bytes.size() >> 16));
    writer.put_bytes(step.bytes);
  }
  return writer.take();
}

SessionOutcome check_session(ByteSpan bytes) {
  const Session session = parse_session(bytes);
  Receiver receiver(session.shape);
  for (const Step& step : session.steps) receiver.handle(step);
  return receiver.end();
}

}  // namespace dwcp::hde::testing
