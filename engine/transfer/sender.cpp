#include "engine/transfer/sender.hpp"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <set>

#include "engine/platform/deadline.hpp"
#include "engine/transfer/names.hpp"
#include "engine/transfer/send_session.hpp"

namespace dwcp::transfer {
namespace {

constexpr Duration redial_pause = std::chrono::milliseconds(500);

Task<void> look_at_sources(platform::Platform& platform, std::vector<SourceFile> files, SendState& state) {
  if (files.empty()) throw Error(Errc::bad_value, "no file to send");
  if (files.size() > Limits::files_max)
    throw Error(Errc::bad_value, std::to_string(files.size()) + " files; at most " + std::to_string(Limits::files_max) +
                                     " in one transfer");
  std::set<std::string> names;
  for (SourceFile& file : files) {
    check_name(file.name).value();
    if (!names.insert(file.name).second)
      throw Error(Errc::bad_value, "two files are to be named " + in_quotes(file.name) + " at the receiver");
    const auto opened = co_await platform.storage().open(file.path, platform::OpenMode::read);
    Source source;
    source.size = co_await opened->size();
    if (source.size > Limits::file_size_max)
      throw Error(Errc::bad_value,
                  file.path + " has " + to_string(source.size) + "; at most " + to_string(Limits::file_size_max));
    source.acknowledged.resize(blocks_of(source.size));
    source.report.name = file.name;
    source.report.size = source.size;
    source.file = std::move(file);
    state.report.total += source.size;
    state.sources.push_back(std::move(source));
  }
  state.progress.total = state.report.total;
  state.progress.files = state.sources.size();
}

// The peer, or the way to it, is gone; everything else is somebody's decision and final.
bool worth_dialing_again(const ErrorCode& code) {
  return code == make_error_code(Errc::session_lost) || code == make_error_code(Errc::unreachable) ||
         code == make_error_code(Errc::timed_out);
}

Task<void> one_session(platform::Platform& platform, const SendOptions& options, SendState& state, bool& reached) {
  auto session = co_await amst::connect(platform, options.to, options.self, options.session);
  if (reached) ++state.report.reconnects;
  reached = true;
  SendSession sending(platform, std::move(session), options, state);
  co_await sending.run();
}

}  // namespace

Task<Report> send(platform::Platform& platform, std::vector<SourceFile> files, SendOptions options,
                  OnProgress on_progress, OnFile on_file) {
  SendState state;
  state.on_progress = std::move(on_progress);
  state.on_file = std::move(on_file);
  const TimePoint begin = platform.now();
  co_await look_at_sources(platform, std::move(files), state);

  bool reached = false;
  TimePoint last_heard = platform.now();
  for (bool finished = false; !finished;) {
    std::optional<Failure> lost;
    const bool before = reached;
    try {
      co_await one_session(platform, options, state, reached);
      finished = true;
    } catch (const Error& error) {
      if (!reached || !worth_dialing_again(error.code())) throw;
      lost.emplace(error.code(), error.detail());
    }
    if (finished) break;
    if (reached && (!before || lost->code == make_error_code(Errc::session_lost))) last_heard = platform.now();
    if (platform.now() - last_heard > options.patience) throw Error(*lost);
    state.progress.suspended = true;
    if (state.on_progress) state.on_progress(state.progress);
    co_await platform::sleep_for(platform, redial_pause);
  }
  state.report.wire = state.wire_before;
  state.report.time = platform.now() - begin;
  for (Source& source : state.sources) state.report.files.push_back(std::move(source.report));
  co_return std::move(state.report);
}

}  // namespace dwcp::transfer
