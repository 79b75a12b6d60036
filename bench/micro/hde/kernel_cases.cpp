// The loops over pages on their own, over a batch of 1 MiB that the caches hold, as one that was just read is.
#include <array>
#include <cstring>
#include <memory>

#include "bench/micro/hde/guest.hpp"
#include "engine/hde/delta.hpp"
#include "engine/hde/kernels.hpp"

namespace dwcp::bench {
namespace {

using hde::page_bytes;
using hde::testing::Content;

constexpr std::array zero{Content::zero};
constexpr std::array mixed{Content::text, Content::pointers, Content::code};
constexpr std::size_t batch_bytes = batch_pages * page_bytes;

// A batch in two states.
struct Batch {
  Slice before, now;
  const std::byte* base(std::size_t page) const { return before.bytes().data() + page * page_bytes; }
  const std::byte* content(std::size_t page) const { return now.bytes().data() + page * page_bytes; }
};

// Whatever was computed must not be left out by the compiler.
void use(std::size_t value) {
  static volatile std::size_t sink = 0;
  sink = sink + value;
}

// `work` goes over the whole batch; it does so as often as the memory would take.
template <class Work>
std::function<Pass()> passes(std::size_t bytes, Work work) {
  return [times = bytes / batch_bytes, work] {
    Pass pass;
    const double begin = thread_seconds();
    for (std::size_t i = 0; i < times; ++i) use(work());
    pass.seconds = thread_seconds() - begin;
    pass.bytes_in = static_cast<double>(times * batch_bytes);
    return pass;
  };
}

Case zero_check() {
  return {"kernel/zero", 15, "in the caches", [](std::size_t bytes) {
            return passes(bytes, [batch = make_memory(batch_bytes, zero)] {
              std::size_t found = 0;
              for (std::size_t at = 0; at < batch_bytes; at += page_bytes)
                found += hde::kernels().is_zero(batch.bytes().data() + at) ? 1 : 0;
              return found;
            });
          }};
}

Case unchanged_check() {
  return {"kernel/unchanged", 10, "in the caches", [](std::size_t bytes) {
            const Batch batch{make_memory(batch_bytes, mixed), make_memory(batch_bytes, mixed)};
            return passes(bytes, [batch] {
              std::size_t equal = 0;
              for (std::size_t page = 0; page < batch_pages; ++page)
                equal += std::memcmp(batch.base(page), batch.content(page), page_bytes) == 0 ? 1 : 0;
              return equal;
            });
          }};
}

Case hash() {
  return {"kernel/hash", 0, "in the caches", [](std::size_t bytes) {
            return passes(bytes, [batch = make_memory(batch_bytes, mixed)] {
              std::size_t sum = 0;
              for (std::size_t at = 0; at < batch_bytes; at += page_bytes)
                sum += hde::kernels().hash(batch.bytes().data() + at).low;
              return sum;
            });
          }};
}

Case anchors() {
  return {"kernel/anchors", 0, "in the caches", [](std::size_t bytes) {
            auto places = std::make_shared<std::vector<std::uint32_t>>(batch_bytes / hde::anchor_gap_min + 1);
            return passes(bytes, [batch = make_memory(batch_bytes, mixed), places] {
              return hde::kernels().anchors(batch.bytes().data(), batch_bytes, places->data());
            });
          }};
}

Batch dirtied_batch() {
  const Slice before = make_memory(batch_bytes, mixed);
  return {before, dirtied(before, mixed)};
}

Case delta_encode() {
  return {"kernel/delta_encode", 2.8, "in the caches; every page changed", [](std::size_t bytes) {
            auto writer = std::make_shared<hde::DeltaWriter>();
            return passes(bytes, [batch = dirtied_batch(), writer] {
              writer->clear();
              for (std::size_t page = 0; page < batch_pages; ++page)
                writer->append(batch.content(page), batch.base(page), page_bytes, hde::kernels());
              return writer->size();
            });
          }};
}

// XOR undoes itself: pass for pass the pages become the one state and the other.
Case delta_decode() {
  return {"kernel/delta_decode", 9, "in the caches; every page changed", [](std::size_t bytes) {
            const Batch batch = dirtied_batch();
            auto writer = std::make_shared<hde::DeltaWriter>();
            for (std::size_t page = 0; page < batch_pages; ++page)
              writer->append(batch.content(page), batch.base(page), page_bytes, hde::kernels());
            auto memory = std::make_shared<ByteVector>(batch.before.bytes().begin(), batch.before.bytes().end());
            return passes(bytes, [writer, memory] {
              ByteSpan structures = writer->structure(), changed = writer->changed();
              for (std::size_t page = 0; page < batch_pages; ++page) {
                hde::DeltaExtent extent;
                hde::take_delta(structures, extent);
                hde::apply_delta(extent.structure, changed.first(extent.changed), memory->data() + page * page_bytes);
                changed = changed.subspan(extent.changed);
              }
              return changed.size();
            });
          }};
}

}  // namespace

std::vector<Case> kernel_cases() {
  return {zero_check(), unchanged_check(), hash(), anchors(), delta_encode(), delta_decode()};
}

}  // namespace dwcp::bench
