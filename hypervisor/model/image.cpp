#include "hypervisor/model/image.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dwcp::model {

Result<Slice> map_image(const std::filesystem::path& file) {
  const auto failure = [&](Errc code, std::string_view what) {
    return Failure(code, "memory image '" + file.string() + "': " + std::string(what));
  };
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return failure(errno == ENOENT ? Errc::not_found : Errc::storage_failed, std::generic_category().message(errno));
  const std::shared_ptr<const void> closer(nullptr, [descriptor](const void*) { ::close(descriptor); });
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return failure(Errc::storage_failed, std::generic_category().message(errno));
  const auto size = static_cast<std::size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size == 0) return failure(Errc::bad_value, "not a file with contents");
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (address == MAP_FAILED) return failure(Errc::storage_failed, std::generic_category().message(errno));
  std::shared_ptr<const void> owner(address, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
  return Slice(std::move(owner), ByteSpan(static_cast<const std::byte*>(address), size));
}

}  // namespace dwcp::model
