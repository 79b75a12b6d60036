#include "engine/hde/memory_bound.hpp"

#include "engine/hde/encoder_state.hpp"
#include "engine/hde/page_table.hpp"
#include "engine/hde/unpacked.hpp"

namespace dwcp::hde {
namespace {

// Of a few lists and maps that are empty, or have a first piece.
constexpr std::uint64_t constant_memory = 16 * 1024;
// A batch under way: its node, its list's block, and its place in the order of batches.
constexpr std::uint64_t batch_under_way_cost = 256;
// Number of a batch that came without anything to copy from.
constexpr std::uint64_t number_cost = 48;

template <class State>
std::uint64_t table_memory(const Workload& load) {
  return (load.pages / PageTable<State>::piece_pages + 2 * load.blocks) * PageTable<State>::piece_cost;
}

std::uint64_t batch_bytes(const Workload& load) { return load.batch_pages * page_bytes; }

}  // namespace

MemoryBound encoder_memory(const EncoderConfig& config, const Workload& load) {
  MemoryBound bound;
  std::uint64_t& rest = bound.resting.value;
  rest = constant_memory + config.retention_budget.value + load.batches_under_way * batch_under_way_cost +
         load.pages_under_way * sizeof(SentPage);
  if (config.history == History::tracked) {
    rest += table_memory<SentState>(load) + config.delta_cache_budget.value;
    if (config.window_budget.value > 0)
      rest += config.window_budget.value + SentWindow::tables_max(config.window_budget, load.batch_pages);
    rest += 2 * batch_bytes(load);  // contents that are joined
  }
  bound.working = Bytes(14 * batch_bytes(load));
  return bound;
}

MemoryBound decoder_memory(const DecoderConfig& config, const Workload& load) {
  MemoryBound bound;
  const std::uint64_t batch = 4 * batch_bytes(load);
  bound.resting = Bytes(constant_memory + config.window_budget.value + load.blocks * 64 +
                        HeldWindow::numbers_max(config.window_budget) * number_cost + load.batches_waiting * batch +
                        (config.history == History::tracked ? table_memory<HeldState>(load) : 0));
  bound.working = Bytes(batch);
  return bound;
}

Bytes base_cache_memory(Bytes budget, const Workload& load) {
  return Bytes(constant_memory + budget.value + table_memory<std::uint32_t>(load));
}

}  // namespace dwcp::hde
