// A bounded BaseSource for receivers that cannot read the destination's memory (an incoming QEMU takes a stream and
// gives nothing back). What it has dropped is asked of the sender in full, so a small budget costs bytes, never safety.
#pragma once

#include <memory>

#include "engine/hde/decoder.hpp"

namespace dwcp::hde {

class BaseCache final : public PageSink, public BaseSource {
 public:
  // Passes every page on to `next`, and keeps contents within `budget`; `next` must outlive this object.
  BaseCache(Bytes budget, PageSink& next);
  ~BaseCache() override;
  void page(const PageKey& key, Version version, ByteSpan content) override;
  void zero(const PageKey& key, Version version) override;
  bool read(const PageKey& key, MutableByteSpan content) override;
  Bytes held() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace dwcp::hde
