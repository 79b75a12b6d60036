// A TAP device in a network namespace. It vanishes with the object.
#pragma once

#include <optional>
#include <string>

#include "tests/lab/wan/link.hpp"

namespace dwcp::wan {

class Tap {
 public:
  static constexpr std::size_t frame_max = 65600;
  // Creates `device` in the named namespace of /run/netns and sets it up. Needs CAP_NET_ADMIN. Errors name what failed.
  static Result<Tap> create(const std::string& network_namespace, const std::string& device);
  Tap(Tap&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Tap& operator=(Tap&&) = delete;
  ~Tap();

  int descriptor() const { return descriptor_; }
  std::optional<Link::Frame> read() const;  // empty when nothing is waiting
  // False when the device takes no more for now. A frame that it refuses for good counts as written.
  bool write(const Link::Frame& frame) const;

 private:
  explicit Tap(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace dwcp::wan
