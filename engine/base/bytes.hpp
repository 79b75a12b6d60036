// Views and owned pieces of memory, and little-endian fields within them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace dwcp {

using ByteSpan = std::span<const std::byte>;
using MutableByteSpan = std::span<std::byte>;
using ByteVector = std::vector<std::byte>;

inline ByteSpan as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(ByteSpan bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Immutable bytes with shared ownership: may cross executors and be held by several queues at once without copying.
class Slice {
 public:
  Slice() = default;
  // `owner` keeps `bytes` alive and unchanged.
  Slice(std::shared_ptr<const void> owner, ByteSpan bytes) : owner_(std::move(owner)), bytes_(bytes) {}
  static Slice adopt(ByteVector bytes);
  static Slice copy_of(ByteSpan bytes);

  ByteSpan bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  Slice sub(std::size_t offset, std::size_t length) const { return {owner_, bytes_.subspan(offset, length)}; }

 private:
  std::shared_ptr<const void> owner_;
  ByteSpan bytes_;
};

// Little-endian (the project's wire) and big-endian (QEMU's stream) integers at unaligned places.
template <class T>
T load_le(const std::byte* from) {
  static_assert(std::endian::native == std::endian::little, "the engine runs on little-endian hosts");
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class T>
void store_le(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof value);
}
template <class T>
T load_be(const std::byte* from) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>((value << 8) | std::to_integer<T>(from[i]));
  return value;
}
template <class T>
void store_be(std::byte* to, T value) {
  for (std::size_t i = sizeof(T); i-- > 0; value = static_cast<T>(value >> 8))
    to[i] = static_cast<std::byte>(value & 0xff);
}

// Appends fields to a message; the reader's counterpart is FieldReader.
class FieldWriter {
 public:
  template <class T>
  FieldWriter& put(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    store_le(bytes_.data() + at, value);
    return *this;
  }
  FieldWriter& put_bytes(ByteSpan bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  // 16-bit length, then the text. Precondition: text.size() < 65536.
  FieldWriter& put_text(std::string_view text);
  ByteVector take() { return std::move(bytes_); }
  std::size_t size() const { return bytes_.size(); }

 private:
  ByteVector bytes_;
};

// Reads fields written by FieldWriter from foreign bytes. Reading past the end yields zeroes and makes ok() false:
// check once, after the last field.
class FieldReader {
 public:
  explicit FieldReader(ByteSpan bytes) : rest_(bytes) {}
  template <class T>
  T get() {
    if (rest_.size() < sizeof(T)) {
      ok_ = false;
      rest_ = {};
      return T{};
    }
    const T value = load_le<T>(rest_.data());
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }
  ByteSpan get_bytes(std::size_t length);
  std::string_view get_text();
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  ByteSpan rest() const { return rest_; }

 private:
  ByteSpan rest_;
  bool ok_ = true;
};

}  // namespace dwcp
