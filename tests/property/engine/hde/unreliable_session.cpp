#include "tests/property/engine/hde/unreliable_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace dwcp::hde::testing {

// Reads from where the session keeps its bases, and errs as often as it is told.
class UnreliableSession::ForgetfulBases final : public BaseSource {
 public:
  explicit ForgetfulBases(UnreliableSession& session) : session_(session) {}
  bool read(const PageKey& key, MutableByteSpan content) override {
    if (session_.random_.chance(session_.shape_.misfortune.base_forgotten)) return false;
    BaseSource& from = session_.cache_ ? static_cast<BaseSource&>(*session_.cache_) : session_.destination_;
    if (!from.read(key, content)) return false;
    if (session_.random_.chance(session_.shape_.misfortune.base_damaged))
      content[session_.random_.below(content.size())] ^= std::byte{4};
    return true;
  }

 private:
  UnreliableSession& session_;
};

UnreliableSession::UnreliableSession(const SessionShape& shape, std::uint64_t seed)
    : shape_(shape),
      random_(seed, "session"),
      memory_(shape.pages, seed),
      destination_(shape.pages),
      versions_(shape.pages) {
  begin({}, {});
}

void UnreliableSession::begin(const KeptWindow& sent, const KeptWindow& held) {
  {
    const OnSide side(sender_);
    encoder_ = std::make_unique<Encoder>(shape_.encoder, sent);
  }
  const OnSide side(receiver_);
  decoder_ = std::make_unique<Decoder>(shape_.decoder, held);
  if (shape_.receiver_cache.value > 0) cache_ = std::make_unique<BaseCache>(shape_.receiver_cache, destination_);
  EXPECT_TRUE(decoder_->declare_block(0, shape_.pages));
  const OnSide other(HeapSide::other);
  for (std::size_t i = 0; i < shape_.pages; ++i) dirty_.insert(i);
}

void UnreliableSession::begin_next(bool back) {
  KeptWindow sent, held;
  {
    const OnSide side(sender_);
    sent = encoder_->kept_window();
  }
  {
    const OnSide side(receiver_);
    held = decoder_->kept_window();
  }
  // Of batches that are lost for good only one end knows.
  sent.last = held.last = std::max(sent.last, held.last);
  encoder_.reset();
  decoder_.reset();
  cache_.reset();
  destination_ = Destination(shape_.pages);
  std::ranges::fill(versions_, 0);
  if (back) {
    std::swap(sender_, receiver_);
    std::swap(sent, held);
  }
  begin(sent, held);
}

template <class T>
T UnreliableSession::take_any(std::vector<T>& from) {
  const std::size_t at = random_.below(from.size());
  T taken = std::move(from[at]);
  from.erase(from.begin() + static_cast<std::ptrdiff_t>(at));
  return taken;
}

void UnreliableSession::step() {
  switch (random_.below(4)) {
    case 0:
      return run_guest();
    case 1:
      return send_some();
    case 2:
      return deliver_one();
    default:
      return answer_one();
  }
}

void UnreliableSession::run_guest() {
  const std::size_t hot = 1 + random_.below(memory_.pages());
  for (std::uint64_t writes = random_.below(20); writes > 0; --writes) {
    const std::size_t index = random_.below(hot);
    if (random_.chance(0.05))
      std::ranges::fill(memory_.page(index), std::byte{0});
    else if (random_.chance(0.2))
      std::ranges::copy(memory_.page(random_.below(memory_.pages())), memory_.page(index).begin());
    else if (random_.chance(0.9))  // else: written with what was there, so only the dirty bit is set
      memory_.dirty(index);
    dirty_.insert(index);
  }
}

void UnreliableSession::send_dirty() {
  if (dirty_.empty() || encoder_->batches_under_way() >= shape_.encoder.batches_under_way_max) return;
  const std::size_t count = 1 + random_.below(std::min<std::size_t>(dirty_.size(), shape_.batch_pages));
  std::vector<std::size_t> chosen;
  ByteVector bytes;
  {
    const OnSide side(sender_);
    bytes.reserve(count * page_length);
  }
  for (std::size_t i = 0; i < count; ++i) {
    auto next = dirty_.lower_bound(random_.below(memory_.pages()));
    if (next == dirty_.end()) next = dirty_.begin();
    chosen.push_back(*next);
    const MutableByteSpan page = memory_.page(*next);
    bytes.insert(bytes.end(), page.begin(), page.end());
    dirty_.erase(next);
  }
  std::vector<PageIn> pages;
  pages.reserve(chosen.size());
  // A control block, and what plan() takes.
  const OnSide side(sender_);
  const Slice input = Slice::adopt(std::move(bytes));
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    versions_[chosen[i]] += 1 + random_.below(3);
    pages.push_back({{0, PageIndex(chosen[i])},
                     Version(versions_[chosen[i]]),
                     input.bytes().subspan(i * page_length, page_length)});
  }
  send(encoder_->plan(input, pages, random_.chance(shape_.windowed)));
}

void UnreliableSession::send_some() {
  for (std::size_t i = 0; i < shape_.sent_at_once; ++i) send_dirty();
}

void UnreliableSession::send(Plan plan) {
  const OnSide side(sender_);
  const Encoded encoded = Encoder::encode(std::move(plan), static_cast<Codec>(random_.below(codec_count)));
  const OnSide wire(HeapSide::other);
  stats_ += encoded.stats;
  in_flight_.push_back({encoded.id, joined(encoded)});
}

void UnreliableSession::deliver_one() {
  if (in_flight_.empty()) return;
  InFlight batch = take_any(in_flight_);
  const Misfortune& misfortune = shape_.misfortune;
  if (random_.chance(misfortune.lost)) {
    // It may have been applied, and only the answer was lost: the sender cannot tell.
    if (random_.chance(0.5)) receive(batch);
    std::erase_if(answers_, [&](const Answer& answer) { return answer.id == batch.id; });
    answers_.push_back({batch.id, {}, true});
    return;
  }
  if (random_.chance(misfortune.doubled)) receive(batch);
  if (random_.chance(misfortune.damaged)) {
    ByteVector bytes(batch.payload.bytes().begin(), batch.payload.bytes().end());
    bytes[random_.below(bytes.size())] ^= static_cast<std::byte>(1 + random_.below(255));
    batch.payload = Slice::adopt(std::move(bytes));
  }
  receive(batch);
}

void UnreliableSession::receive(const InFlight& batch) {
  const auto unpack = [&] {
    const OnSide side(receiver_);
    return decoder_->unpack(batch.payload);
  };
  auto unpacked = unpack();
  if (!unpacked) {
    answers_.push_back({batch.id, {}, true});
    return;
  }
  if (unpacked->complete() || random_.chance(shape_.misfortune.impatient))
    apply(batch.id, std::move(*unpacked));
  else
    waiting_.emplace_back(batch.id, std::move(*unpacked));
  apply_waiting(false);
}

void UnreliableSession::apply_waiting(bool all) {
  for (auto& [id, batch] : std::exchange(waiting_, {})) {
    if (decoder_->can_complete(batch)) {
      const OnSide side(receiver_);
      EXPECT_TRUE(decoder_->complete(batch));
    } else if (!all) {
      waiting_.emplace_back(id, std::move(batch));
      continue;
    }
    apply(id, std::move(batch));
  }
}

void UnreliableSession::apply(BatchId id, Unpacked batch) {
  ForgetfulBases bases(*this);
  PageSink& sink = cache_ ? static_cast<PageSink&>(*cache_) : destination_;
  const auto apply_it = [&] {
    const OnSide side(receiver_);
    return decoder_->apply(std::move(batch), sink, bases);
  };
  const auto report = apply_it();
  Answer answer{id, {}, !report.has_value()};
  if (report) {
    rejected_ += report->rejected.size();
    for (const Rejected& page : report->rejected) answer.rejected.push_back(page.page);
  }
  answers_.push_back(std::move(answer));
}

void UnreliableSession::answer_one() {
  if (answers_.empty()) return;
  const Answer answer = take_any(answers_);
  if (answer.lost) {
    const auto forget = [&] {
      const OnSide side(sender_);
      return encoder_->forget(answer.id);
    };
    for (const PageKey& key : forget()) dirty_.insert(key.index.value);
    return;
  }
  Repair repair;
  {
    const OnSide side(sender_);
    repair = encoder_->missing(answer.rejected);
    encoder_->acknowledge(answer.id);
  }
  for (const PageKey& key : repair.fetch) dirty_.insert(key.index.value);
  for (Plan& plan : repair.plans) send(std::move(plan));
}

std::size_t UnreliableSession::finish(std::size_t rounds_max) {
  shape_.misfortune = {};
  std::size_t rounds = 0;
  while (rounds <= rounds_max && !(dirty_.empty() && in_flight_.empty() && waiting_.empty() && answers_.empty())) {
    ++rounds;
    for (std::size_t batches = 0; batches < memory_.pages() && !dirty_.empty(); ++batches) send_dirty();
    while (!in_flight_.empty()) deliver_one();
    apply_waiting(true);  // what they wait for was lost
    while (!answers_.empty()) answer_one();
  }
  return rounds;
}

}  // namespace dwcp::hde::testing
