#include "tests/fuzz/qemu_stream/check.hpp"

#include <algorithm>

#include "engine/base/random.hpp"
#include "hypervisor/qemu_stream/writer.hpp"

namespace dwcp::qemu_stream::testing {

using Kind = Event::Kind;

void Recorder::on_opaque(Part part, ByteSpan bytes) {
  if (events.empty() || events.back().kind != Kind::opaque || events.back().part != part)
    events.push_back({.kind = Kind::opaque, .part = part});
  events.back().bytes += as_text(bytes);
}
void Recorder::on_ram_layout(const RamLayout& layout) { events.push_back({.kind = Kind::layout, .layout = layout}); }
void Recorder::on_page(BlockIndex block, PageIndex page, PageSpan bytes) {
  events.push_back({.kind = Kind::page, .block = block, .page = page, .bytes = std::string(as_text(bytes))});
}
void Recorder::on_zero_page(BlockIndex block, PageIndex page) {
  events.push_back({.kind = Kind::zero_page, .block = block, .page = page});
}
void Recorder::on_section_end() { events.push_back({.kind = Kind::section_end}); }
void Recorder::on_ram_end() { events.push_back({.kind = Kind::ram_end}); }
void Recorder::on_unreadable(std::string_view section) {
  events.push_back({.kind = Kind::unreadable, .bytes = std::string(section)});
}

std::string Recorder::opaque(Part part) const {
  std::string all;
  for (const Event& event : events)
    if (event.kind == Kind::opaque && event.part == part) all += event.bytes;
  return all;
}

void read(ByteSpan stream, const std::function<std::size_t()>& next_length, Reading& into) {
  Reader reader(into.recorder);
  while (!stream.empty()) {
    const std::size_t length = std::min(std::max<std::size_t>(next_length(), 1), stream.size());
    into.outcome = reader.feed(stream.first(length));
    if (!into.outcome) return;
    stream = stream.subspan(length);
  }
  into.outcome = reader.finish();
}

void read_whole(ByteSpan stream, Reading& into) {
  read(
      stream, [&] { return stream.size(); }, into);
}

namespace {

// A batch of at most `batch` pages goes on its way when it is full, or when something else has to be written.
struct Rewriter {
  Writer writer = Writer();
  std::vector<PageRecord> pending = {};
  ByteVector out = {};

  Result<void> flush() {
    Result<void> done = writer.write_pages(pending, out);
    pending.clear();
    return done;
  }
  Result<void> write(const Event& event, std::size_t batch) {
    switch (event.kind) {
      case Kind::opaque:
        if (Result<void> done = pending.empty() ? Result<void>() : flush(); !done) return done;
        return writer.write_opaque(event.part, as_bytes(event.bytes), out);
      case Kind::page:
      case Kind::zero_page:
        pending.push_back({event.block, event.page, as_bytes(event.bytes)});
        return pending.size() < batch ? Result<void>() : flush();
      case Kind::ram_end: {
        Result<void> done = writer.finish_ram(pending, out);
        pending.clear();
        return done;
      }
      default:
        return {};
    }
  }
};

bool is_content(const Event& event) { return event.kind != Kind::section_end; }

// The same events but for the places of section ends, and of commands that were held until they were complete.
bool same_contents(const Recorder& a, const Recorder& b) {
  for (Part part : {Part::prefix, Part::tail})
    if (a.opaque(part) != b.opaque(part)) return false;
  if (!a.opaque(Part::between).starts_with(b.opaque(Part::between))) return false;
  const auto rest = [](const Recorder& r) {
    std::vector<Event> kept;
    std::ranges::copy_if(r.events, std::back_inserter(kept),
                         [](const Event& e) { return is_content(e) && e.kind != Kind::opaque; });
    return kept;
  };
  return rest(a) == rest(b);
}

}  // namespace

Result<ByteVector> rewrite(const std::vector<Event>& events, std::size_t batch) {
  Rewriter rewriter;
  for (const Event& event : events)
    if (Result<void> done = rewriter.write(event, batch); !done) return done.error();
  if (!rewriter.pending.empty())
    if (Result<void> done = rewriter.flush(); !done) return done.error();
  return std::move(rewriter.out);
}

std::string check_stream(ByteSpan stream, std::uint64_t seed) {
  Reading whole;
  read_whole(stream, whole);
  Random random(seed);
  Reading pieces;
  read(
      stream, [&] { return random.below(3) == 0 ? random.below(6000) : random.below(12); }, pieces);
  if (whole.recorder.events != pieces.recorder.events) return "the events depend on how the bytes are split";
  const auto words = [](const Result<void>& r) { return r ? std::string() : r.error().message(); };
  if (words(whole.outcome) != words(pieces.outcome)) return "the error depends on how the bytes are split";

  const Result<ByteVector> written = rewrite(whole.recorder.events, 1 + random.below(64));
  if (!written) return "what was read cannot be written: " + written.error().message();
  Reading again;
  read_whole(*written, again);
  if (whole.outcome && !again.outcome) return "what was written cannot be read: " + again.outcome.error().message();
  if (!same_contents(whole.recorder, again.recorder)) return "reading what was written gives other events";
  return {};
}

}  // namespace dwcp::qemu_stream::testing
