#include "engine/migration/pipe_board.hpp"

#include <algorithm>

#include "engine/hde/codec_chooser.hpp"
#include "engine/hde/page.hpp"
#include "engine/hde/sample.hpp"

namespace dwcp::migration {
namespace {

// Less than this much smaller is not worth the other side's work: one part in...
constexpr std::size_t gain_least = 16;

// Whether any of a few places looks as if it could be compressed.
bool may_shrink(ByteSpan bytes) {
  constexpr std::size_t looks = 8;
  if (bytes.size() < page_size.value) return bytes.size() > 256;
  const std::size_t stride = std::max<std::size_t>(page_size.value, bytes.size() / looks);
  for (std::size_t at = 0; at + page_size.value <= bytes.size(); at += stride)
    if (!hde::looks_incompressible(bytes.data() + at)) return true;
  return false;
}

}  // namespace

struct PipeBoard::Side {
  Side(platform::Platform& p, std::shared_ptr<amst::Session> s)
      : platform(p), session(std::move(s)), arrived_one(p, p.control()), room(p, p.control()) {}

  platform::Platform& platform;
  std::shared_ptr<amst::Session> session;
  std::optional<Failure> failed = {};
  std::deque<std::shared_ptr<Line>> arrived;  // opened by the peer, not yet accepted
  platform::Event arrived_one;
  Bytes bulk_limit{~std::uint64_t{0}};
  platform::Event room;  // below it, or the session ended

  void check() const {
    if (failed) throw Error(*failed);
  }
};

class PipeBoard::Line final : public Pipe {
 public:
  Line(std::shared_ptr<Side> side, PipeId id, PipeTraits traits)
      : side_(std::move(side)),
        id_(id),
        traits_(traits),
        changed_(side_->platform, side_->platform.control()),
        chooser_(hde::CodecChooserConfig{
            .cores = side_->platform.compute().cores(), .trials_are_sent = true, .strongest = hde::Codec::zstd3}) {}

  std::uint8_t purpose() const override { return traits_.purpose; }
  Task<std::size_t> read_some(MutableByteSpan into) override;
  Task<void> write(ByteSpan bytes) override;
  Task<void> end() override;

  void take(const PipePiece& piece, amst::Delivery delivery);
  void wake() { changed_.notify_all(); }

 private:
  struct Packed {
    hde::WireCodec codec = hde::WireCodec::stored;
    ByteVector bytes;
  };
  Task<Packed> pack(ByteVector bytes);
  Task<void> next_head();
  Task<void> send(const PipePiece& piece);

  std::shared_ptr<Side> side_;
  PipeId id_;
  PipeTraits traits_;
  platform::Event changed_;

  std::uint64_t written_ = 0;
  bool ended_ = false;
  hde::CodecChooser chooser_;

  std::map<std::uint64_t, amst::Delivery> pieces_;  // by offset
  std::uint64_t read_ = 0;                          // where the next piece begins
  std::optional<std::uint64_t> end_at_;
  ByteVector head_;  // the piece that is being read, and how far that is
  std::size_t head_read_ = 0;
};

void PipeBoard::Line::take(const PipePiece& piece, amst::Delivery delivery) {
  if (piece.end) {
    if (end_at_) throw Error(Errc::protocol_error, "pipe " + std::to_string(id_) + " ends twice");
    end_at_ = piece.offset + piece.size;
  }
  if (piece.size == 0)
    side_->session->release(delivery.sequence);
  else if (piece.offset < read_ || !pieces_.emplace(piece.offset, std::move(delivery)).second)
    throw Error(Errc::protocol_error,
                "pipe " + std::to_string(id_) + " has two pieces at " + std::to_string(piece.offset));
  wake();
}

Task<std::size_t> PipeBoard::Line::read_some(MutableByteSpan into) {
  if (head_read_ == head_.size()) {
    for (;;) {
      side_->check();
      if (pieces_.contains(read_)) break;
      if (end_at_ == read_) co_return 0;
      co_await changed_.wait();
    }
    co_await next_head();
  }
  const std::size_t count = std::min(into.size(), head_.size() - head_read_);
  std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(head_read_), count, into.begin());
  head_read_ += count;
  co_return count;
}

Task<void> PipeBoard::Line::next_head() {
  const amst::Delivery delivery = std::move(pieces_.extract(read_).mapped());
  const PipePiece piece = decode_pipe_piece(delivery.payload.bytes()).value();
  auto unpacked = std::make_shared<std::optional<Result<ByteVector>>>();
  if (piece.codec == hde::WireCodec::stored) {
    unpacked->emplace(unpack(piece));
  } else {
    // Named, here and below: g++ 12 destroys the captures of a lambda twice that is made within a co_await expression.
    std::function<platform::WorkList()> job = [unpacked, piece, memory = delivery.payload] {
      unpacked->emplace(unpack(piece));
      return platform::WorkList{hde::decompress_work(piece.codec, piece.size)};
    };
    co_await side_->platform.compute().run("unpack", std::move(job));
  }
  if (!**unpacked) throw Error((*unpacked)->error());
  head_ = std::move(***unpacked);
  head_read_ = 0;
  read_ += head_.size();
  side_->session->release(delivery.sequence);
}

Task<void> PipeBoard::Line::write(ByteSpan bytes) {
  if (ended_) throw Error(Errc::internal, "pipe " + std::to_string(id_) + " is written to after its end");
  while (!bytes.empty()) {
    while (!traits_.urgent && !side_->failed && side_->session->stats().window > side_->bulk_limit)
      co_await side_->room.wait();
    side_->check();
    const ByteSpan first = bytes.first(std::min<std::size_t>(bytes.size(), PipePiece::size_max.value));
    bytes = bytes.subspan(first.size());
    Packed packed;
    if (traits_.compress && may_shrink(first)) packed = co_await pack(ByteVector(first.begin(), first.end()));
    const bool stored = packed.codec == hde::WireCodec::stored;
    const PipePiece piece{.pipe = id_,
                          .traits = traits_,
                          .codec = packed.codec,
                          .offset = written_,
                          .size = static_cast<std::uint32_t>(first.size()),
                          .bytes = stored ? first : ByteSpan(packed.bytes)};
    written_ += first.size();
    co_await send(piece);
  }
}

Task<void> PipeBoard::Line::end() {
  if (std::exchange(ended_, true)) co_return;
  side_->check();
  const PipePiece piece{.pipe = id_, .traits = traits_, .end = true, .offset = written_, .bytes = {}};
  co_await send(piece);
}

Task<PipeBoard::Line::Packed> PipeBoard::Line::pack(ByteVector bytes) {
  struct Job {
    ByteVector in;
    hde::Codec codec;
    Packed packed{};
  };
  chooser_.observe_link(side_->session->path().delivery_rate);
  auto job = std::make_shared<Job>(Job{std::move(bytes), chooser_.choose()});
  if (job->codec == hde::Codec::none) co_return Packed{};
  std::function<platform::WorkList()> work = [job] {
    job->packed.bytes.resize(job->in.size() - job->in.size() / gain_least);
    if (const auto length = hde::compress(job->codec, job->in, job->packed.bytes)) {
      job->packed.bytes.resize(*length);
      job->packed.codec = hde::wire_codec(job->codec);
    }
    return platform::WorkList{hde::compress_work(job->codec, job->in.size())};
  };
  const Duration cpu = co_await side_->platform.compute().run("encode", std::move(work));
  const bool shrank = job->packed.codec != hde::WireCodec::stored;
  chooser_.observe_codec(job->codec, Bytes(job->in.size()), Bytes(shrank ? job->packed.bytes.size() : job->in.size()),
                         cpu);
  co_return std::move(job->packed);
}

Task<void> PipeBoard::Line::send(const PipePiece& piece) {
  const amst::ChunkOptions options{
      .channel = pipes_channel, .priority = traits_.urgent ? amst::Priority::switchover : amst::Priority::background};
  std::vector<Slice> payload(1, encode(piece));
  co_await side_->session->send(options, std::move(payload));
}

PipeBoard::PipeBoard(platform::Platform& platform, std::shared_ptr<amst::Session> session, bool dialed)
    : side_(std::make_shared<Side>(platform, std::move(session))), next_id_(dialed ? 1 : 2) {}

PipeBoard::~PipeBoard() {
  fail(Failure(Errc::session_closed, "the migration ended"));
  side_->arrived.clear();  // they hold the side
}

std::shared_ptr<Pipe> PipeBoard::open(PipeTraits traits) {
  side_->check();
  if (lines_.size() >= pipes_max)
    throw Error(Errc::out_of_budget, "a migration may use " + std::to_string(pipes_max) + " pipes, and has them");
  const PipeId id = std::exchange(next_id_, next_id_ + 2);
  return lines_.emplace(id, std::make_shared<Line>(side_, id, traits)).first->second;
}

Task<std::shared_ptr<Pipe>> PipeBoard::accept() {
  const auto side = side_;
  while (side->arrived.empty()) {
    side->check();
    co_await side->arrived_one.wait();
  }
  std::shared_ptr<Pipe> first = std::move(side->arrived.front());
  side->arrived.pop_front();
  co_return first;
}

void PipeBoard::take(amst::Delivery delivery) {
  const auto piece = decode_pipe_piece(delivery.payload.bytes());
  if (!piece) throw Error(piece.error());
  auto line = lines_.find(piece->pipe);
  if (line == lines_.end()) {
    if (piece->pipe % 2 == next_id_ % 2)
      throw Error(Errc::protocol_error, "pipe " + std::to_string(piece->pipe) + " was never opened here");
    if (lines_.size() >= pipes_max)
      throw Error(Errc::protocol_error, "the peer opens more than " + std::to_string(pipes_max) + " pipes");
    line = lines_.emplace(piece->pipe, std::make_shared<Line>(side_, piece->pipe, piece->traits)).first;
    side_->arrived.push_back(line->second);
    side_->arrived_one.notify_all();
  }
  line->second->take(*piece, std::move(delivery));
}

void PipeBoard::set_bulk_limit(Bytes limit) {
  side_->bulk_limit = limit;
  side_->room.notify_all();
}

void PipeBoard::on_acknowledged() { side_->room.notify_all(); }

void PipeBoard::fail(const Failure& why) {
  if (side_->failed) return;
  side_->failed = why;
  for (const auto& [id, line] : lines_) line->wake();
  side_->arrived_one.notify_all();
  side_->room.notify_all();
}

}  // namespace dwcp::migration
