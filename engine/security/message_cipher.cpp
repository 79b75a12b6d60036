#include "engine/security/message_cipher.hpp"

#include <openssl/hmac.h>

#include <algorithm>

#include "engine/security/openssl.hpp"

namespace dwcp::security {
namespace {

constexpr std::size_t nonce_size = 12, key_size = 16;  // bytes
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;

unsigned char* bytes_of(std::byte* at) { return reinterpret_cast<unsigned char*>(at); }
const unsigned char* bytes_of(const std::byte* at) { return reinterpret_cast<const unsigned char*>(at); }

// HKDF-Expand (RFC 5869, section 2.3) of one block: the secret is already uniform, an exporter's value.
Secret derived(const Secret& from, std::string_view label) {
  ByteVector info(label.size() + 1);
  std::ranges::copy(as_bytes(label), info.begin());
  info.back() = std::byte{1};
  Secret result{};
  unsigned length = 0;
  must(HMAC(EVP_sha256(), from.data(), static_cast<int>(from.size()), bytes_of(info.data()), info.size(),
            bytes_of(result.data()), &length) != nullptr &&
           length == result.size(),
       "HMAC-SHA-256");
  return result;
}

// The keys of one direction and where in them we are; the same at both ends.
class KeySchedule {
 public:
  enum class Use { sealing, opening };
  KeySchedule(const Secret& secret, Bytes rekey_after, Use use)
      : secret_(secret), rekey_after_(rekey_after), use_(use), context_(EVP_CIPHER_CTX_new()) {
    must(context_ != nullptr, "a cipher");
    set_key();
  }

  // Readies the cipher for the next message.
  EVP_CIPHER_CTX* next_message(std::uint32_t associated) {
    if (with_key_ >= rekey_after_) {
      secret_ = derived(secret_, "dwcp rdma next secret");
      set_key();
    }
    std::array<std::byte, nonce_size> nonce = nonce_;
    std::array<std::byte, sizeof number_> number{};
    store_be(number.data(), number_++);
    for (std::size_t i = 0; i < number.size(); ++i) nonce[nonce_size - number.size() + i] ^= number[i];
    std::array<std::byte, sizeof associated> extra{};
    store_le(extra.data(), associated);
    int ignored = 0;
    must(EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, bytes_of(nonce.data()), direction()) == 1 &&
             EVP_CipherUpdate(context_.get(), nullptr, &ignored, bytes_of(extra.data()), extra.size()) == 1,
         "a message's cipher");
    return context_.get();
  }
  void count(std::size_t bytes) { with_key_ += Bytes(bytes); }

 private:
  int direction() const { return use_ == Use::sealing ? 1 : 0; }
  void set_key() {
    const Secret key = derived(secret_, "dwcp rdma key"), nonce = derived(secret_, "dwcp rdma nonce");
    std::copy_n(nonce.begin(), nonce_.size(), nonce_.begin());
    static_assert(key_size <= std::tuple_size_v<Secret>);
    must(EVP_CipherInit_ex(context_.get(), EVP_aes_128_gcm(), nullptr, bytes_of(key.data()), nullptr, direction()) == 1,
         "AES-128-GCM");
    number_ = 0;
    with_key_ = Bytes(0);
  }

  Secret secret_;
  const Bytes rekey_after_;
  const Use use_;
  CipherContext context_;
  std::array<std::byte, nonce_size> nonce_{};
  std::uint64_t number_ = 0;
  Bytes with_key_{0};
};

}  // namespace

struct MessageSealer::State : KeySchedule {
  using KeySchedule::KeySchedule;
};
struct MessageOpener::State : KeySchedule {
  using KeySchedule::KeySchedule;
};

MessageSealer::MessageSealer(const Secret& secret, Bytes rekey_after)
    : state_(std::make_unique<State>(secret, rekey_after, KeySchedule::Use::sealing)) {}
MessageSealer::~MessageSealer() = default;
MessageSealer::MessageSealer(MessageSealer&&) noexcept = default;

std::size_t MessageSealer::seal(std::span<const boost::asio::const_buffer> pieces, std::uint32_t associated,
                                MutableByteSpan out) {
  EVP_CIPHER_CTX* context = state_->next_message(associated);
  std::size_t at = 0;
  int count = 0;
  for (const boost::asio::const_buffer& piece : pieces) {
    must(EVP_EncryptUpdate(context, bytes_of(out.data() + at), &count, static_cast<const unsigned char*>(piece.data()),
                           static_cast<int>(piece.size())) == 1,
         "sealing a message");
    at += static_cast<std::size_t>(count);
  }
  must(EVP_EncryptFinal_ex(context, bytes_of(out.data() + at), &count) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, MessageCipher::tag_size, out.data() + at) == 1,
       "sealing a message");
  state_->count(at);
  return at + MessageCipher::tag_size;
}

MessageOpener::MessageOpener(const Secret& secret, Bytes rekey_after)
    : state_(std::make_unique<State>(secret, rekey_after, KeySchedule::Use::opening)) {}
MessageOpener::~MessageOpener() = default;
MessageOpener::MessageOpener(MessageOpener&&) noexcept = default;

std::size_t MessageOpener::open(ByteSpan sealed, std::uint32_t associated, MutableByteSpan out) {
  EVP_CIPHER_CTX* context = state_->next_message(associated);
  const ByteSpan text = sealed.first(sealed.size() - MessageCipher::tag_size);
  std::array<std::byte, MessageCipher::tag_size> tag{};
  std::ranges::copy(sealed.last(tag.size()), tag.begin());
  int count = 0;
  must(EVP_DecryptUpdate(context, bytes_of(out.data()), &count, bytes_of(text.data()), static_cast<int>(text.size())) ==
           1,
       "opening a message");
  must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag.size()), tag.data()) == 1,
       "opening a message");
  if (EVP_DecryptFinal_ex(context, bytes_of(out.data() + text.size()), &count) != 1) {
    take_errors();
    throw Error(Errc::checksum_mismatch, "of an RDMA message: it is not what the peer sealed as its next");
  }
  state_->count(text.size());
  return text.size();
}

}  // namespace dwcp::security
