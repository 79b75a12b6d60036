#include "engine/platform/native/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace dwcp::platform::native {
namespace {

using std::filesystem::path;

// A quota and a limit on a file's size are to the writer what a full disk is.
bool means_full(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

[[noreturn]] void fail(const char* action, const path& file, int error) {
  throw Error(means_full(error) ? Errc::storage_full : Errc::storage_failed,
              std::string(action) + " " + file.string() + ": " + std::strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

void sync_folder(const path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) fail("opening folder", folder, errno);
  // Some file systems cannot sync a folder and say so; there is nothing to be gained there.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) fail("syncing folder", folder, errno);
}

// Makes `folder` and its parents. A new folder's entry must be as durable as the file that is going to lie in it.
void make_folders(const path& folder) {
  if (folder.empty() || std::filesystem::is_directory(folder)) return;
  make_folders(folder.parent_path());
  if (::mkdir(folder.c_str(), 0777) == 0)
    sync_folder(folder.parent_path().empty() ? path(".") : folder.parent_path());
  else if (errno != EEXIST)
    fail("making folder", folder, errno);
}

class HostFile final : public File {
 public:
  HostFile(path name, Descriptor fd, bool fresh, Workers& workers)
      : path_(std::move(name)), fd_(std::move(fd)), entry_durable_(!fresh), workers_(workers) {}

  Task<Bytes> size() override {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) fail("asking the size of", path_, errno);
    co_return Bytes(static_cast<std::uint64_t>(status.st_size));
  }
  Task<std::size_t> read_at(std::uint64_t offset, MutableByteSpan into) override {
    std::size_t done = 0;
    co_await workers_.run([&] { done = read_now(offset, into); });
    co_return done;
  }
  Task<void> write_at(std::uint64_t offset, ByteSpan bytes) override {
    co_await workers_.run([&] { write_now(offset, bytes); }, &writing_);
  }
  Task<void> resize(Bytes size) override {
    co_await workers_.run([&] {
      if (::ftruncate(fd_.get(), static_cast<off_t>(size.value)) != 0) fail("resizing", path_, errno);
    });
  }
  Task<void> sync() override {
    co_await workers_.run([&] {
      if (::fdatasync(fd_.get()) != 0 && errno != EINVAL) fail("syncing", path_, errno);
      if (entry_durable_) return;
      sync_folder(path_.parent_path());
      entry_durable_ = true;
    });
  }

 private:
  std::size_t read_now(std::uint64_t offset, MutableByteSpan into) {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto n = ::pread(fd_.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("reading", path_, errno);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }
  void write_now(std::uint64_t offset, ByteSpan bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto n = ::pwrite(fd_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("writing", path_, errno);
      done += static_cast<std::size_t>(n);
    }
  }

  const path path_;
  const Descriptor fd_;
  Workers::Turn writing_;  // the kernel lets one write at a time into a file; the others would spin on its lock
  std::atomic<bool> entry_durable_;  // false until the folder that names a new file was synced
  Workers& workers_;
};

std::shared_ptr<File> open_now(const path& name, OpenMode mode, Workers& workers) {
  const int flags = O_CLOEXEC | (mode == OpenMode::read ? O_RDONLY : O_RDWR);
  Descriptor fd(::open(name.c_str(), flags));
  bool fresh = false;
  if (!fd.valid() && errno == ENOENT && mode == OpenMode::create) {
    make_folders(name.parent_path());
    fresh = true;
    fd = Descriptor(::open(name.c_str(), flags | O_CREAT, 0666));
  }
  if (!fd.valid()) fail("opening", name, errno);
  return std::make_shared<HostFile>(name, std::move(fd), fresh, workers);
}

}  // namespace

path FolderStorage::path_of(const std::string& name) const {
  const auto bad = [&](const char* why) {
    throw Error(Errc::bad_value,
                "file name '" + name + "' " + why + "; names are relative, with '/' between components");
  };
  if (name.empty()) bad("is empty");
  if (name.find('\0') != std::string::npos) bad("holds a zero byte");
  if (name.front() == '/') bad("is absolute");
  for (const path& part : path(name))
    if (part == "..") bad("leaves its folder");
  return root_ / name;
}

Task<std::shared_ptr<File>> FolderStorage::open(std::string name, OpenMode mode) {
  std::shared_ptr<File> file;
  co_await workers_.run([&] { file = open_now(path_of(name), mode, workers_); });
  co_return file;
}

Task<bool> FolderStorage::exists(std::string name) {
  bool found = false;
  co_await workers_.run([&] { found = ::access(path_of(name).c_str(), F_OK) == 0; });
  co_return found;
}

Task<void> FolderStorage::remove(std::string name) {
  co_await workers_.run([&] {
    const path file = path_of(name);
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) fail("removing", file, errno);
  });
}

Task<void> FolderStorage::rename(std::string from, std::string to) {
  co_await workers_.run([&] {
    const path source = path_of(from), target = path_of(to);
    make_folders(target.parent_path());
    if (::rename(source.c_str(), target.c_str()) != 0)
      fail(("renaming " + source.string() + " to").c_str(), target, errno);
    sync_folder(target.parent_path());
    if (source.parent_path() != target.parent_path()) sync_folder(source.parent_path());
  });
}

Task<std::vector<std::string>> FolderStorage::list(std::string folder) {
  std::vector<std::string> names;
  co_await workers_.run([&] {
    const path where = folder.empty() ? root_ : path_of(folder);
    std::error_code error;
    for (std::filesystem::directory_iterator it(where, error), end; !error && it != end; it.increment(error))
      if (it->is_regular_file(error)) names.push_back(it->path().filename().string());
    if (error && error != std::errc::no_such_file_or_directory) fail("listing", where, error.value());
    std::ranges::sort(names);
  });
  co_return names;
}

}  // namespace dwcp::platform::native
