#include "engine/transfer/receive_session.hpp"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>

#include "engine/platform/deadline.hpp"
#include "engine/transfer/failure.hpp"
#include "engine/transfer/names.hpp"

namespace dwcp::transfer {
namespace {

[[noreturn]] void sender_violated(const std::string& what) { throw Error(Errc::protocol_error, "the sender " + what); }

constexpr Duration claim_patience = std::chrono::seconds(5);
constexpr Duration claim_look_interval = std::chrono::milliseconds(50);

}  // namespace

Task<bool> NamesInUse::claim(std::string name, ReceiveSession& by) {
  const TimePoint deadline = platform_.now() + claim_patience;
  for (;;) {
    const auto [it, fresh] = users_.try_emplace(name, &by);
    if (fresh) co_return true;
    if (it->second == &by || platform_.now() >= deadline) co_return false;
    if (it->second->suspended())
      it->second->give_up({Errc::session_lost, "another session of the sender has taken over " + in_quotes(name)});
    co_await freed_.wait_until(platform_.now() + claim_look_interval);
  }
}

void NamesInUse::release(const ReceiveSession& by) {
  std::erase_if(users_, [&](const auto& user) { return user.second == &by; });
  freed_.notify_all();
}

void NamesInUse::release(const std::string& name) {
  users_.erase(name);
  freed_.notify_all();
}

ReceiveSession::ReceiveSession(platform::Platform& platform, std::shared_ptr<amst::Session> session,
                               const ReceiveOptions& options, NamesInUse& names, OnProgress on_progress, OnFile on_file)
    : platform_(platform),
      session_(std::move(session)),
      options_(options),
      names_(names),
      on_progress_(std::move(on_progress)),
      on_file_(std::move(on_file)),
      scope_(platform, platform.control(),
             [s = session_](const std::exception_ptr& thrown) { s->abort(failure_of(thrown)); }),
      changed_(platform, platform.control()),
      scratch_(platform, platform.control(), block_size,
               block_size * (2 * platform.compute().cores() + workers_extra + 1)),
      begin_(platform.now()) {}

Task<void> ReceiveSession::run() {
  std::exception_ptr failure;
  try {
    const ByteVector first = co_await platform::with_deadline(platform_, first_message_limit, "the sender's offer",
                                                              session_->receive_message());
    const Message message = decode(first).value();
    const auto* offer = std::get_if<Offer>(&message);
    if (offer == nullptr) sender_violated("did not begin with an offer");
    if (offer->version != protocol_version || offer->block != block_size)
      throw Error(Errc::version_mismatch, "the sender speaks version " + std::to_string(offer->version) +
                                              " of the transfer protocol, this is " + std::to_string(protocol_version));
    offer_ = *offer;
    report_.total = progress_.total = offer_.total;
    progress_.files = offer_.files;
    scope_.spawn(read_messages());
    scope_.spawn(prepare_files());
    scope_.spawn(claim_stored());
    scope_.spawn(tick());
    for (std::size_t i = 0; i < 2 * platform_.compute().cores() + workers_extra; ++i) scope_.spawn(receive_blocks());
    co_await scope_.join();
  } catch (...) {
    failure = std::current_exception();
  }
  // From here on nothing may interrupt: the children refer to this object.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const bool finished = closed_in_order_ && ended_ == offer_.files;
  if (failure && !finished) session_->abort(failure_of(failure));
  scope_.cancel();
  try {
    co_await scope_.join();
  } catch (const std::exception&) {  // it is `failure`
  }
  try {
    co_await flush_claims();         // what was stored until now is not to be sent again
  } catch (const std::exception&) {  // then it is sent again
  }
  names_.release(*this);
  if (!session_->ended().code) session_->abort({Errc::session_closed, "the transfer is over"});
  co_await session_->parted();
  const amst::Stats stats = session_->stats();
  report_.wire = stats.bytes_wire_received;
  report_.security = amst::security_of(session_->peer());
  report_.streams = static_cast<unsigned>(stats.streams.size());
  report_.time = platform_.now() - begin_;
  if (finished) {
    show_progress();  // a short transfer ends before the first tick
    co_return;
  }
  if (failure) std::rethrow_exception(failure);
  throw Error(Errc::session_closed, "the sender ended with " + std::to_string(offer_.files - ended_) + " of " +
                                        std::to_string(offer_.files) + " files unfinished");
}

Report ReceiveSession::take_report() { return std::move(report_); }

Task<void> ReceiveSession::read_messages() {
  for (;;) {
    ByteVector bytes;
    try {
      bytes = co_await session_->receive_message();
    } catch (const Error& error) {
      if (error.code() != make_error_code(Errc::session_closed)) throw;
    }
    if (bytes.empty()) break;  // closed in order: no message is empty
    const Message message = decode(bytes).value();
    std::visit(
        [this](const auto& m) {
          if constexpr (requires { handle(m); })
            handle(m);
          else
            sender_violated("sent a message that is not a sender's, or came too late");
        },
        message);
    changed_.notify_all();
  }
  closed_in_order_ = true;
  scope_.cancel();
}

void ReceiveSession::handle(const Files& files) {
  for (const FileEntry& entry : files.entries) {
    if (entry.index.value != next_entry_ || next_entry_ >= offer_.files)
      sender_violated("announced file " + std::to_string(entry.index.value) + " where " + std::to_string(next_entry_) +
                      " of " + std::to_string(offer_.files) + " was next");
    if (unprepared_.size() >= Limits::files_unanswered_max)
      sender_violated("announced more than " + std::to_string(Limits::files_unanswered_max) + " files ahead");
    ++next_entry_;
    unprepared_.push_back(entry);
  }
}

Task<void> ReceiveSession::prepare_files() {
  for (;;) {
    while (unprepared_.empty() || live_.size() >= files_open_max) co_await changed_.wait();
    FileEntry entry = std::move(unprepared_.front());
    unprepared_.pop_front();
    const bool ours = co_await claim(entry.name);
    std::shared_ptr<IncomingFile> file;
    if (ours) {
      file = co_await IncomingFile::prepare(platform_, std::move(entry), offer_.force, options_.may_replace);
    } else {
      file = std::make_shared<IncomingFile>(platform_, std::move(entry));
      file->refuse(Errc::already_exists,
                   in_quotes(file->entry().name) + " is being received from another sender, or twice");
    }
    progress_.file = file->entry().name;
    const Disposition what = file->answer().what;
    if (what == Disposition::refuse)
      report_file(*file, Outcome::failed, file->refusal());
    else
      live_[file->entry().index.value] = file;
    const Message message = file->answer();
    co_await say(message);
    if (what == Disposition::resume || what == Disposition::compare)
      scope_.spawn(scan(file));
    else
      file->scanned = true;
  }
}

// A name that will be refused anyway is claimed by nobody.
Task<bool> ReceiveSession::claim(const std::string& name) {
  if (!check_name(name)) co_return true;
  co_return co_await names_.claim(name, *this);
}

// Believes no claim: hashes what is stored. With `compare` every block counts as claimed.
Task<void> ReceiveSession::scan(std::shared_ptr<IncomingFile> file) {
  const bool resume = file->answer().what == Disposition::resume;
  const platform::Buffer scratch = co_await scratch_.acquire();
  BlockTable& table = file->table();
  Held found{.index = file->entry().index};
  for (BlockIndex block; block.value < table.blocks();) {
    if (resume && table.held(block)) {
      const Hash128 claimed = table.hash(block);
      if (co_await file->hash_stored(block, scratch.bytes()) != claimed) table.clear(block);
    } else if (!resume) {
      table.set(block, co_await file->hash_stored(block, scratch.bytes()));
    }
    const bool held = table.held(block);
    if (resume && held) found.hashes.push_back(table.hash(block));
    ++block;
    if (!resume) continue;
    // A message ends with a stretch of held blocks, when it is full, and with the file.
    const bool last = block.value == table.blocks();
    if (held && !last && found.hashes.size() < Limits::hashes_per_message_max) continue;
    if (!held && !last && found.hashes.empty() && block.value % Limits::hashes_per_message_max != 0) {
      found.first = block;
      continue;
    }
    found.scanned = block;
    const Message message = std::move(found);
    found = Held{.index = file->entry().index, .first = block};
    co_await say(message);
  }
  if (resume) {
    file->reused = table.held_bytes();
    report_.reused += file->reused;
    progress_.reused += file->reused;
    progress_.done += file->reused;
  }
  file->scanned = true;
  finish_if_ready(file);
}

void ReceiveSession::handle(const FileEnd& end) {
  const auto it = live_.find(end.index.value);
  if (it == live_.end() || it->second->end)
    sender_violated("ended file " + std::to_string(end.index.value) + ", which is not in work");
  it->second->end = end;
  finish_if_ready(it->second);
}

void ReceiveSession::finish_if_ready(const std::shared_ptr<IncomingFile>& file) {
  if (file->finishing || !file->end || !file->scanned) return;
  if (file->stored < file->end->sent || !file->table().complete()) return;
  file->finishing = true;
  scope_.spawn(finish(file));
}

Task<void> ReceiveSession::finish(std::shared_ptr<IncomingFile> file) {
  const bool agrees = file->table().manifest() == file->end->manifest;
  const bool compared = file->answer().what == Disposition::compare;
  if (!agrees) {
    if (!compared) co_await file->discard();
    co_await end(file, Outcome::failed, file->disagreement());
  } else if (compared) {
    co_await end(file, Outcome::same, Failure());
  } else {
    co_await file->publish();
    co_await end(file, Outcome::stored, Failure());
  }
}

Task<void> ReceiveSession::end(std::shared_ptr<IncomingFile> file, Outcome outcome, Failure failure) {
  live_.erase(file->entry().index.value);
  names_.release(file->entry().name);
  report_file(*file, outcome, failure);
  changed_.notify_all();
  const FileDone done{file->entry().index, outcome, failure.code.value(), failure.detail};
  const Message message = done;
  co_await say(message);
}

void ReceiveSession::report_file(const IncomingFile& file, Outcome outcome, Failure failure) {
  FileReport report{.name = file.entry().name, .size = file.entry().size, .reused = file.reused};
  report.failure = std::move(failure);
  switch (outcome) {
    case Outcome::stored:
      report.outcome = file.reused > Bytes(0) ? FileOutcome::completed : FileOutcome::stored;
      break;
    case Outcome::same:
      report.outcome = FileOutcome::same;
      report.reused = report.size;
      report_.reused += report.size;
      progress_.reused += report.size;
      progress_.done += report.size;
      break;
    case Outcome::failed:
      report.outcome = FileOutcome::failed;
      break;
  }
  ++ended_;
  ++progress_.files_done;
  if (on_file_) on_file_(report);
  report_.files.push_back(std::move(report));
}

Task<void> ReceiveSession::tick() {
  for (;;) {
    co_await platform::sleep_for(platform_, tick_interval);
    show_progress();
  }
}

void ReceiveSession::show_progress() {
  progress_.wire = session_->stats().bytes_wire_received;
  progress_.suspended = suspended();
  meter_.observe(platform_.now(), progress_.done);
  progress_.rate = meter_.rate();
  progress_.remaining = meter_.remaining(progress_.total - std::min(progress_.total, progress_.done));
  if (on_progress_) on_progress_(progress_);
}

}  // namespace dwcp::transfer
