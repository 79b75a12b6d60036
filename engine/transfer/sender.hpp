// The sending side of a file transfer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/amst/session.hpp"
#include "engine/transfer/progress.hpp"

namespace dwcp::transfer {

struct SourceFile {
  std::string path;  // within Platform::storage()
  std::string name;  // at the receiver
};

struct SendOptions {
  std::vector<platform::Endpoint> to;  // alternative endpoints of one receiver, 1..16
  amst::Self self{amst::Identity()};
  amst::SessionConfig session;
  bool force = false;                           // carry and replace files that exist at the receiver
  std::optional<hde::Codec> codec;              // empty: the one that measuring shows to be the fastest
  Duration patience = std::chrono::minutes(5);  // how long a receiver that went away is waited for, and dialed again
};

// Sends `files` and returns when the receiver has stored them, or said of each why not (Report). What the receiver has
// of a file from an earlier attempt is not sent again. Throws Error: unreachable when the receiver was never reached,
// session_lost after `patience`, the peer's reason when it ends the transfer (storage_full...), storage_failed when a
// source cannot be read. Runs on Platform::control().
Task<Report> send(platform::Platform& platform, std::vector<SourceFile> files, SendOptions options,
                  OnProgress on_progress, OnFile on_file);

}  // namespace dwcp::transfer
