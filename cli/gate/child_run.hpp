// `dwcp run` as a process.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/compare/runs.hpp"

namespace dwcp::cli {

struct ChildRun {
  std::vector<reports::Run> runs;  // that it left
  double cpu_time_s = 0;           // of it and its children, user and system
};

// Runs `program run ARGUMENTS --out folder`, without what it would print on standard output. Throws Error where the
// program cannot be started, wants other arguments, finds a scenario invalid, or leaves no result; runs that fail are
// results, too.
ChildRun run_as_child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                      const std::filesystem::path& folder);

// The program that this is.
std::filesystem::path this_program();

// A folder of its own below `parent`, which is made where it is not.
std::filesystem::path make_folder_below(const std::filesystem::path& parent);

}  // namespace dwcp::cli
