// What a transfer tells its user, while it runs and at its end. The same on both sides.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/error.hpp"
#include "engine/base/units.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::transfer {

struct Progress {
  Bytes total{0};   // of all files that were offered
  Bytes done{0};    // of their content that is stored at the receiver, whoever brought it
  Bytes reused{0};  // of `done`: it was there before this transfer
  Bytes wire{0};    // that crossed the network so far
  std::uint64_t files = 0, files_done = 0;
  std::string file;                   // the one that is in work
  BitRate rate{0};                    // of content, over the last seconds
  std::optional<Duration> remaining;  // empty while the rate is unknown
  bool suspended = false;             // no connection right now; it waits
};

enum class FileOutcome : std::uint8_t {
  stored,     // all of it was carried
  completed,  // a part was there from before
  same,       // it was there from before, nothing was carried
  failed
};
std::string_view to_string(FileOutcome);

struct FileReport {
  std::string name = {};
  Bytes size{0};
  Bytes reused{0};
  FileOutcome outcome = FileOutcome::stored;
  Failure failure = {};  // with `failed`
};

struct Report {
  std::vector<FileReport> files;
  Bytes total{0};
  Bytes carried{0};  // content that crossed the network, each time that it did
  Bytes reused{0};   // content that was there before
  Bytes resent{0};   // of `carried`: known to be at the receiver, or damaged, and carried again
  Bytes wire{0};     // bytes written to (sender) or read from (receiver) sockets
  Duration time{0};
  std::uint64_t reconnects = 0;  // sessions after the first
  hde::ClassStats classes;       // sender only
  unsigned streams = 0;
  std::string congestion;                                    // sender only, of the last session: amst::congestion_of()
  std::uint64_t congestion_trials = 0, congestion_kept = 0;  // sender only, of all sessions
  std::string security;                                      // of the last session: amst::security_of()

  bool all_well() const;
  // Of the first file that failed; empty when none did.
  Failure first_failure() const;
};

using OnProgress = std::function<void(const Progress&)>;
using OnFile = std::function<void(const FileReport&)>;

// Turns a growing count into a rate over the last seconds and the time that is left.
class RateMeter {
 public:
  void observe(TimePoint now, Bytes done);
  BitRate rate() const { return rate_; }
  std::optional<Duration> remaining(Bytes left) const;

 private:
  std::optional<TimePoint> last_;
  Bytes last_done_{0};
  BitRate rate_{0};
};

}  // namespace dwcp::transfer
