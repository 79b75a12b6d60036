// What became of a transfer, for people and for programs.
#pragma once

#include <string>

#include "engine/transfer/progress.hpp"

namespace dwcp::cli {

// "stored     disk.img  2 GiB", with the reason when it failed.
std::string describe(const transfer::FileReport& file);
// "2 GiB in 1.8 s (1.2 GB/s): ..."
std::string summary(const transfer::Report& report);
// One object on one line; keys and units are in docs/transfer.md. `failure` is what ended the transfer, if anything.
std::string to_json(const std::string& command, const transfer::Report& report, const Failure& failure);

}  // namespace dwcp::cli
