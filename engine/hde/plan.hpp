// What Encoder::plan() hands to Encoder::encode().
#pragma once

#include <vector>

#include "engine/hde/encoder.hpp"
#include "engine/hde/format.hpp"
#include "engine/hde/page_cache.hpp"
#include "engine/hde/sent_window.hpp"

namespace dwcp::hde {

struct Plan::Contents {
  // Beside each record: where its bytes are.
  struct Source {
    const std::byte* content = nullptr;  // within `input`; not needed for zero pages
    PageBufferPtr base;                  // of a delta; owned here, since the cache may fill its place at once
  };

  BatchId id;
  Slice input;
  // `delta` means that there is a base, `raw` that the page is to be sent in full: encode() settles both. `windowed`
  // pages are in `window`.
  std::vector<Record> records;
  std::vector<Source> sources;
  SentWindow::Part window;
  Bytes searched{0};  // for matches
  platform::WorkList work;
};

}  // namespace dwcp::hde
