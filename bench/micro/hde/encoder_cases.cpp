#include <array>
#include <cstring>

#include "bench/micro/hde/guest.hpp"

namespace dwcp::bench {
namespace {

using hde::Codec;
using hde::EncoderConfig;
using hde::History;
using hde::testing::Content;

constexpr std::array zero{Content::zero};
constexpr std::array noise{Content::noise};
constexpr std::array mixed{Content::text, Content::pointers, Content::code};

EncoderConfig with_cache(std::size_t memory_bytes) {
  EncoderConfig config;
  config.delta_cache_budget = Bytes(2 * memory_bytes);
  return config;
}
EncoderConfig without_cache() {
  EncoderConfig config;
  config.delta_cache_budget = Bytes(0);
  return config;
}
EncoderConfig for_files() {
  EncoderConfig config = without_cache();
  config.retention_budget = Bytes(0);
  config.history = History::once;
  return config;
}

// Every pass sends the same memory.
template <std::size_t n>
Case same(std::string name, double goal, std::string note, const std::array<Content, n>& kinds, Codec codec,
          std::function<EncoderConfig(std::size_t)> config) {
  return {std::move(name), goal, std::move(note), [&kinds, codec, config](std::size_t bytes) {
            auto sender = std::make_shared<Sender>(config(bytes));
            const Slice memory = make_memory(bytes, kinds);
            sender->pass(memory, codec);
            return [sender, memory, codec] { return sender->pass(memory, codec); };
          }};
}

// Passes send two states of the memory in turn, so that every page has changed since it was last sent.
Case changed(std::string name, double goal, std::string note, Codec codec) {
  return {std::move(name), goal, std::move(note), [codec](std::size_t bytes) {
            auto sender = std::make_shared<Sender>(with_cache(bytes));
            const std::array states{make_memory(bytes, mixed), dirtied(make_memory(bytes, mixed), mixed)};
            sender->pass(states[0], codec);
            return [sender, states, codec, turn = 0u]() mutable { return sender->pass(states[++turn % 2], codec); };
          }};
}

// A late round: the hypervisor says that pages were written, and most hold what they held.
Case mostly_unchanged() {
  return {"encode/mostly_unchanged", 4, "one page of 20 changed, the others are in the cache; with acknowledgements",
          [](std::size_t bytes) {
            auto sender = std::make_shared<Sender>(with_cache(bytes));
            const std::array states{make_memory(bytes, mixed), dirtied(make_memory(bytes, mixed), mixed, 20)};
            sender->pass(states[0], Codec::zstd1);
            return
                [sender, states, turn = 0u]() mutable { return sender->whole_pass(states[++turn % 2], Codec::zstd1); };
          }};
}

// plan() of a batch that may copy from earlier ones: each page has changed, and holds much of what others held.
Case searched() {
  return {"plan/windowed", 0, "looks for what earlier batches carried, the window is full", [](std::size_t bytes) {
            hde::EncoderConfig config = without_cache();
            config.window_budget = Bytes(bytes / 2);
            auto sender = std::make_shared<Sender>(config);
            const std::array states{make_memory(bytes, mixed), dirtied(make_memory(bytes, mixed), mixed)};
            sender->search_pass(states[0]);
            return [sender, states, turn = 0u]() mutable { return sender->search_pass(states[++turn % 2]); };
          }};
}

// What nothing shrinks must not take longer than where nothing is tried.
Case bypass(std::string name, Codec codec) {
  Case c = same(std::move(name), 0, "recognised from a sample", noise, codec, [](std::size_t) { return for_files(); });
  c.beside = "encode/raw";
  c.beside_max = 1.03;
  return c;
}

Case acknowledged() {
  return {"encode/acknowledge", 0, "copies contents into the delta cache", [](std::size_t bytes) {
            auto sender = std::make_shared<Sender>(with_cache(bytes));
            const std::array states{make_memory(bytes, mixed), dirtied(make_memory(bytes, mixed), mixed)};
            sender->pass(states[0], Codec::none);
            return [sender, states, turn = 0u]() mutable {
              return sender->acknowledge_pass(states[++turn % 2], Codec::none);
            };
          }};
}

}  // namespace

std::vector<Case> encoder_cases() {
  const auto files = [](std::size_t) { return for_files(); };
  const auto hashed = [](std::size_t) { return without_cache(); };
  return {
      same("encode/zero", 15, "", zero, Codec::none, hashed),
      same("encode/unchanged_compared", 10, "contents are in the cache", mixed, Codec::none, with_cache),
      same("encode/unchanged_hashed", 10, "contents are not in the cache", mixed, Codec::none, hashed),
      changed("encode/delta", 2.8, "", Codec::none),
      changed("encode/delta_lz4", 0, "", Codec::lz4),
      changed("encode/delta_zstd1", 0, "", Codec::zstd1),
      changed("encode/delta_zstd3", 0, "", Codec::zstd3),
      same("encode/raw", 6, "every page is sent once, as files are", noise, Codec::none, files),
      bypass("encode/noise_lz4", Codec::lz4),
      bypass("encode/noise_zstd9", Codec::zstd9),
      same("encode/lz4", 0, "", mixed, Codec::lz4, files),
      same("encode/zstd1", 0, "", mixed, Codec::zstd1, files),
      same("encode/zstd3", 0, "", mixed, Codec::zstd3, files),
      same("encode/zstd9", 0, "", mixed, Codec::zstd9, files),
      mostly_unchanged(),
      searched(),
      acknowledged(),
  };
}

Case memcpy_case() {
  return {"memcpy", 0, "the limit of anything that moves pages", [](std::size_t bytes) {
            const Slice memory = make_memory(bytes, noise);
            auto to = std::make_shared<ByteVector>(bytes);
            return [memory, to] {
              Pass pass;
              const double begin = thread_seconds();
              for (std::size_t at = 0; at < memory.size(); at += hde::testing::page_length)
                std::memcpy(to->data() + at, memory.bytes().data() + at, hde::testing::page_length);
              pass.seconds = thread_seconds() - begin;
              pass.bytes_in = static_cast<double>(memory.size());
              return pass;
            };
          }};
}

}  // namespace dwcp::bench
