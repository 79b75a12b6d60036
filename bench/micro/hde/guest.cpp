#include "bench/micro/hde/guest.hpp"

#include <time.h>

namespace dwcp::bench {

using hde::testing::page_length;

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Slice make_memory(std::size_t bytes, std::span<const hde::testing::Content> kinds) {
  return Slice::copy_of(hde::testing::Memory(bytes / page_length, 1, kinds).bytes());
}

Slice dirtied(const Slice& memory, std::span<const hde::testing::Content> kinds, std::size_t every) {
  // The same seed makes the same memory again, with the same kinds.
  hde::testing::Memory copy(memory.size() / page_length, 1, kinds);
  for (std::size_t i = 0; i < copy.pages(); i += every) copy.dirty(i);
  return Slice::copy_of(copy.bytes());
}

namespace {

using Pages = std::vector<hde::PageIn>;

// Calls `send(input, pages)` for each batch of the memory.
template <class Send>
Pass for_each_batch(const Slice& memory, Version version, Send send) {
  Pass pass;
  for (std::size_t at = 0; at < memory.size(); at += batch_pages * page_length) {
    const Slice input = memory.sub(at, std::min(batch_pages * page_length, memory.size() - at));
    send(pass, input, hde::testing::Memory::pages_of(input, at / page_length, version));
    pass.bytes_in += static_cast<double>(input.size());
  }
  return pass;
}

}  // namespace

Pass Sender::pass(const Slice& memory, hde::Codec codec, const std::function<void(hde::Encoded&)>& each) {
  return for_each_batch(memory, ++version_, [&](Pass& pass, const Slice& input, const Pages& pages) {
    const double begin = thread_seconds();
    hde::Encoded encoded = hde::Encoder::encode(encoder_.plan(input, pages), codec);
    pass.seconds += thread_seconds() - begin;
    pass.bytes_out += static_cast<double>(encoded.size.value);
    if (each) each(encoded);
    encoder_.acknowledge(encoded.id);
  });
}

Pass Sender::whole_pass(const Slice& memory, hde::Codec codec) {
  return for_each_batch(memory, ++version_, [&](Pass& pass, const Slice& input, const Pages& pages) {
    const double begin = thread_seconds();
    const hde::Encoded encoded = hde::Encoder::encode(encoder_.plan(input, pages), codec);
    encoder_.acknowledge(encoded.id);
    pass.seconds += thread_seconds() - begin;
    pass.bytes_out += static_cast<double>(encoded.size.value);
  });
}

Pass Sender::acknowledge_pass(const Slice& memory, hde::Codec codec) {
  return for_each_batch(memory, ++version_, [&](Pass& pass, const Slice& input, const Pages& pages) {
    const hde::Encoded encoded = hde::Encoder::encode(encoder_.plan(input, pages), codec);
    const double begin = thread_seconds();
    encoder_.acknowledge(encoded.id);
    pass.seconds += thread_seconds() - begin;
  });
}

Pass Sender::search_pass(const Slice& memory) {
  return for_each_batch(memory, ++version_, [&](Pass& pass, const Slice& input, const Pages& pages) {
    const double begin = thread_seconds();
    hde::Plan plan = encoder_.plan(input, pages, true);
    pass.seconds += thread_seconds() - begin;
    const hde::Encoded encoded = hde::Encoder::encode(std::move(plan), hde::Codec::none);
    pass.bytes_out += static_cast<double>(encoded.size.value);
    encoder_.acknowledge(encoded.id);
  });
}

}  // namespace dwcp::bench
