#include "sim/storage.hpp"

#include <algorithm>

#include "sim/timer.hpp"

namespace dwcp::sim {
namespace {

using Op = Disk::Operation;

Task<void> until(Context& context, TimePoint t) {
  platform::Timer timer(std::make_unique<Timer>(context, co_await asio::this_coro::executor));
  timer.expires_at(t);
  co_await timer.async_wait(asio::use_awaitable);
}

void check_name(const std::string& name) {
  const auto fail = [&](const char* why) {
    throw Error(Errc::storage_failed, "file name '" + name + "' " + why + "; it must be relative and stay inside");
  };
  if (name.empty() || name.front() == '/') fail("is empty or absolute");
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    const std::string_view part = std::string_view(name).substr(at, end - at);
    if (part.empty() || part == "." || part == "..") fail("has an empty, '.' or '..' component");
    at = end + 1;
  }
}

class File final : public platform::File {
 public:
  File(Context& context, Disk& disk, std::shared_ptr<Disk::File> file, bool writable)
      : context_(context), disk_(disk), file_(std::move(file)), writable_(writable) {}

  Task<Bytes> size() override { co_return Bytes(file_->content.size()); }

  Task<std::size_t> read_at(std::uint64_t offset, MutableByteSpan into) override {
    disk_.check_failure(Op::read, file_->name);
    const std::size_t size = file_->content.size();
    const std::size_t count = offset < size ? std::min<std::size_t>(into.size(), size - offset) : 0;
    co_await until(context_, disk_.done_at(Op::read, Bytes(count)));
    const std::size_t now = file_->content.size();  // the file may have shrunk meanwhile
    const std::size_t there = offset < now ? std::min<std::size_t>(count, now - offset) : 0;
    std::copy_n(file_->content.begin() + static_cast<std::ptrdiff_t>(offset), there, into.begin());
    co_return there;
  }
  Task<void> write_at(std::uint64_t offset, ByteSpan bytes) override {
    check_writable();
    disk_.check_failure(Op::write, file_->name);
    disk_.write(*file_, offset, bytes);
    co_await until(context_, disk_.done_at(Op::write, Bytes(bytes.size())));
  }
  Task<void> resize(Bytes size) override {
    check_writable();
    disk_.check_failure(Op::resize, file_->name);
    disk_.resize(*file_, size.value);
    co_await until(context_, disk_.done_at(Op::resize, Bytes(0)));
  }
  Task<void> sync() override {
    disk_.check_failure(Op::sync, file_->name);
    // What is written during the sync waits for the next.
    const std::uint64_t change_number = file_->changes_synced + file_->unsynced.size();
    co_await until(context_, disk_.done_at(Op::sync, Bytes(0)));
    disk_.synced(*file_, change_number);
  }

 private:
  void check_writable() const {
    if (!writable_) throw Error(Errc::storage_failed, "'" + file_->name + "' was opened for reading");
  }

  Context& context_;
  Disk& disk_;
  std::shared_ptr<Disk::File> file_;
  const bool writable_;
};

}  // namespace

Task<std::shared_ptr<platform::File>> Storage::open(std::string name, platform::OpenMode mode) {
  check_name(name);
  disk_.check_failure(Op::open, name);
  auto file = mode == platform::OpenMode::create ? disk_.create(name) : disk_.find(name);
  if (!file) throw Error(Errc::storage_failed, "there is no file '" + name + "'");
  co_await until(context_, disk_.done_at(Op::open, Bytes(0)));
  co_return std::make_shared<File>(context_, disk_, std::move(file), mode != platform::OpenMode::read);
}

Task<bool> Storage::exists(std::string name) {
  check_name(name);
  co_return disk_.find(name) != nullptr;
}

Task<void> Storage::remove(std::string name) {
  check_name(name);
  disk_.check_failure(Op::remove, name);
  co_await until(context_, disk_.done_at(Op::remove, Bytes(0)));
  disk_.remove(name);
}

Task<void> Storage::rename(std::string from, std::string to) {
  check_name(from);
  check_name(to);
  disk_.check_failure(Op::rename, from);
  co_await until(context_, disk_.done_at(Op::rename, Bytes(0)));
  if (!disk_.find(from)) throw Error(Errc::storage_failed, "there is no file '" + from + "' to rename to '" + to + "'");
  disk_.rename(from, to);
}

Task<std::vector<std::string>> Storage::list(std::string folder) { co_return disk_.list(folder); }

}  // namespace dwcp::sim
