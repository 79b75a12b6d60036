// What the two ends of one migration say to each other over the session's message channel. docs/migration.md has the
// conversation; every message starts with its kind (1 byte). A message that does not parse is a protocol error.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/units.hpp"
#include "engine/migration/hypervisor.hpp"

namespace dwcp::migration {

constexpr std::uint16_t conversation_version = 3;
constexpr std::size_t missing_pages_max = 2048;  // in one message

// What both ends still hold of a migration between them (kept_windows.hpp).
struct WindowName {
  VmId vm;
  Epoch epoch;
  friend bool operator==(const WindowName&, const WindowName&) = default;
};

// Source → destination: the first message of a migration.
struct Offer {
  VmId vm;
  Epoch epoch;  // the ownership that the destination is to take
  NodeId source;
  GuestOffer guest;
  Bytes delta_cache;   // the bases that the destination has to keep
  Bytes match_window;  // and the contents that are copied from
  // What these may begin with, where its last batch is the destination's, too.
  struct Window {
    WindowName name;
    std::uint64_t last_batch = 0;
  };
  std::optional<Window> window = {};
};
struct Accept {
  // The window that was offered is held here, from this batch on.
  std::optional<std::uint64_t> window_from = {};
};
// Destination → source: before anything was sent, or when the destination fails later. The guest stays with the source.
struct Refuse {
  std::uint32_t code = 0;  // Errc
  std::string reason;
};
// Destination → source: these pages cannot be decoded here; send them in full.
struct Missing {
  struct Page {
    std::uint32_t block;
    PageIndex page;
    Version version;
  };
  std::vector<Page> pages;
};
// Source → destination: every byte of the stream was sent. Not in post-copy, whose stream the engine does not see.
struct StreamEnd {
  std::uint64_t digest_low = 0, digest_high = 0;  // over the newest content of all pages
  std::uint64_t tail_bytes = 0;                   // opaque bytes after RAM
};
// Destination → source: the guest is loaded, its memory verified, and the promise to keep it is in the journal.
struct Prepared {
  Epoch epoch;
};
// Source → destination, in the session of the migration or in a later one: the hand-over is decided.
struct Commit {
  VmId vm;
  Epoch epoch;
};
// Destination → source: the guest runs here. The source may discard its own.
struct Running {
  Epoch epoch;
};
// Destination → source, in answer to Commit: the guest is not here and never will be under this epoch.
struct CannotRun {
  Epoch epoch;
  std::string reason;
};
// Source → destination: the hand-over will never be decided; discard what you hold.
struct Abort {
  VmId vm;
  Epoch epoch;
};
struct Aborted {
  Epoch epoch;
};

using Message =
    std::variant<Offer, Accept, Refuse, Missing, StreamEnd, Prepared, Commit, Running, CannotRun, Abort, Aborted>;

ByteVector encode(const Message&);
Result<Message> decode(ByteSpan);
// For error messages: "Offer", "StreamEnd", …
std::string_view name_of(const Message&);

}  // namespace dwcp::migration
