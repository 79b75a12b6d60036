#include "tests/fuzz/hde/mutate.hpp"

#include <algorithm>
#include <utility>

#include "engine/hde/format.hpp"

namespace dwcp::hde::testing {
namespace {

constexpr std::size_t step_overhead = 4;

bool is_batch(const Step& step) { return step.what == Happening::patient || step.what == Happening::impatient; }

void keep_within(Session& session, std::size_t size_max) {
  std::size_t size = 1, kept = 0;
  while (kept < session.steps.size() && kept < session_steps_max &&
         size + step_overhead + session.steps[kept].bytes.size() <= size_max)
    size += step_overhead + session.steps[kept++].bytes.size();
  session.steps.resize(kept);
}

Step any_step(Random& random, std::span<const Session> good) {
  const Session& from = good[random.below(good.size())];
  return from.steps[random.below(from.steps.size())];
}

// Heads are where most decisions are made.
void mutate_batch(ByteVector& batch, Random& random, const MutateBytes& mutate_bytes, std::size_t size_max) {
  const auto head = sealed_size(batch);
  if (!head || random.chance(0.4)) return mutate_bytes(batch, size_max);
  ByteVector front(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(*head));
  mutate_bytes(front, std::min(size_max, 2 * front.size()));
  front.insert(front.end(), batch.begin() + static_cast<std::ptrdiff_t>(*head), batch.end());
  batch = std::move(front);
}

void change_once(Session& session, Random& random, std::span<const Session> good, const MutateBytes& mutate_bytes,
                 std::size_t size_max) {
  auto& steps = session.steps;
  if (steps.empty()) {
    session = good[random.below(good.size())];
    return;
  }
  const std::size_t at = random.below(steps.size());
  const auto place = steps.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random.below(12)) {
    case 0:
      std::swap(steps[at], steps[random.below(steps.size())]);
      break;
    case 1:
      steps.erase(place);
      break;
    case 2: {
      Step copy = steps[at];
      steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(random.below(steps.size() + 1)), std::move(copy));
      break;
    }
    case 3:
      steps.insert(place, any_step(random, good));
      break;
    case 4: {
      const auto what = static_cast<Happening>(random.below(happenings));
      steps.insert(place, {what, {static_cast<std::byte>(random.below(256))}});
      break;
    }
    case 5:
      steps[at].what = static_cast<Happening>(random.below(happenings));
      break;
    case 6:
      session.shape ^= static_cast<std::uint8_t>(1U << random.below(5));
      break;
    default:
      if (is_batch(steps[at]))
        mutate_batch(steps[at].bytes, random, mutate_bytes, size_max);
      else
        mutate_bytes(steps[at].bytes, 8);
  }
}

}  // namespace

void mutate(Session& session, Random& random, std::span<const Session> good, const MutateBytes& mutate_bytes,
            std::size_t size_max) {
  for (std::uint64_t changes = 1 + random.below(4); changes > 0; --changes)
    change_once(session, random, good, mutate_bytes, size_max);
  keep_within(session, size_max);
}

Session crossed(const Session& a, const Session& b, Random& random, std::size_t size_max) {
  Session both;
  both.shape = random.chance(0.5) ? a.shape : b.shape;
  std::size_t of_a = 0, of_b = 0;
  while (of_a < a.steps.size() || of_b < b.steps.size()) {
    const bool first = of_b == b.steps.size() || (of_a < a.steps.size() && random.chance(0.5));
    both.steps.push_back(first ? a.steps[of_a++] : b.steps[of_b++]);
  }
  keep_within(both, size_max);
  return both;
}

}  // namespace dwcp::hde::testing
