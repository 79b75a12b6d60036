#include "engine/hde/literals.hpp"

namespace dwcp::hde {

Bytes KeptWindow::size() const {
  Bytes sum{0};
  for (const Batch& batch : batches) sum += Bytes(batch.literals.cost());
  return sum;
}

void KeptWindow::drop_below(BatchId first) {
  std::erase_if(batches, [first](const Batch& batch) { return batch.id < first; });
}

}  // namespace dwcp::hde
