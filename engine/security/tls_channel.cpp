#include "engine/security/tls_channel.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <boost/asio/error.hpp>

#include "engine/security/credentials_data.hpp"
#include "engine/security/record_bio.hpp"
#include "engine/security/record_framing.hpp"

namespace dwcp::security {
namespace {

constexpr std::size_t record_max = 16 * 1024;              // of plain bytes (RFC 8446, section 5.1)
constexpr std::size_t record_room = record_max + 256 + 5;  // with header and expansion
constexpr std::size_t rekey_room = 64;                     // a key update's record
constexpr std::size_t gathered_below = 4 * 1024;           // smaller buffers share a record with what follows

std::string group_of(SSL* ssl) {
  const int id = static_cast<int>(SSL_get_negotiated_group(ssl));
  const char* name = SSL_group_to_name(ssl, id);
  std::string text = name ? name : "group " + std::to_string(id);
  return text == "x25519" ? "X25519" : text;  // OpenSSL 3.0 spells it so
}

// SSL_get_error() takes what is in the error queue for the call's own. Emptying the queue costs more than looking.
void start_without_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

// Called for each certificate of the peer's chain that does not hold; OpenSSL itself keeps only the reason.
int remember_whose(int holds, X509_STORE_CTX* context) {
  if (holds == 1) return holds;
  const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  *static_cast<std::string*>(SSL_get_app_data(ssl)) = subject_of(X509_STORE_CTX_get0_cert(context));
  return holds;
}

}  // namespace

struct TlsChannel::State {
  std::shared_ptr<const Credentials> credentials;
  TlsOptions options;
  RecordBuffers wire{RecordBuffer(records_max), RecordBuffer(records_max)};
  RecordFraming framing;  // of what was received
  Ssl ssl;
  TlsAgreement agreement;
  Bytes sent_with_key{0};
  std::uint64_t rekeyed = 0;
  bool complete = false;
  std::string refused;  // whose certificate was not trusted

  Error failure() const;
  void agree();
  std::size_t write_record(ByteSpan bytes);
  bool has_room(std::size_t bytes) { return wire.outgoing.room().size() >= bytes; }
  void rekey_when_due();
};

TlsChannel::TlsChannel(std::shared_ptr<const Credentials> credentials, Side side, WallTime now, TlsOptions options)
    : state_(std::make_unique<State>()) {
  state_->credentials = std::move(credentials);
  state_->options = std::move(options);
  SSL* ssl = SSL_new(state_->credentials->data().context.get());
  state_->ssl.reset(ssl);
  must(ssl != nullptr, "a TLS channel");
  BIO* const wire = make_record_bio(state_->wire).release();
  SSL_set_bio(ssl, wire, wire);
  X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), now.time_since_epoch().count());
  if (!state_->options.group_required.empty() &&
      SSL_set1_groups_list(ssl, state_->options.group_required.c_str()) != 1) {
    take_errors();
    throw Error(Errc::bad_configuration, "this OpenSSL knows no key agreement '" + state_->options.group_required +
                                             "'; X25519, and from 3.5 on X25519MLKEM768, would be right");
  }
  SSL_set_app_data(ssl, &state_->refused);
  SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, remember_whose);
  if (side == Side::dialing)
    SSL_set_connect_state(ssl);
  else
    SSL_set_accept_state(ssl);
}

TlsChannel::~TlsChannel() = default;
TlsChannel::TlsChannel(TlsChannel&&) noexcept = default;

bool TlsChannel::handshake() {
  if (state_->complete) return true;
  start_without_errors();
  const int result = SSL_do_handshake(state_->ssl.get());
  if (result == 1) {
    state_->agree();
    return state_->complete = true;
  }
  const int why = SSL_get_error(state_->ssl.get(), result);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return false;
  throw state_->failure();
}

// Also of what comes behind a handshake that was over for us: the peer judges our certificate later.
Error TlsChannel::State::failure() const {
  const long verdict = SSL_get_verify_result(ssl.get());
  const int reason = ERR_GET_REASON(ERR_peek_error());
  const std::string words = take_errors();
  if (verdict != X509_V_OK)
    return Error(Errc::untrusted,
                 "the peer's certificate of " + refused + ": " + X509_verify_cert_error_string(verdict));
  if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) return Error(Errc::untrusted, "the peer has no certificate");
  // Alerts of the peer (RFC 8446, section 6.2): about certificates, or about the rest.
  if (reason > SSL_AD_REASON_OFFSET) {
    const int alert = reason - SSL_AD_REASON_OFFSET;
    const bool of_trust = (alert >= SSL_AD_BAD_CERTIFICATE && alert <= SSL_AD_CERTIFICATE_UNKNOWN) ||
                          alert == SSL_AD_UNKNOWN_CA || alert == SSL_AD_ACCESS_DENIED ||
                          alert == SSL_AD_CERTIFICATE_REQUIRED;
    return Error(of_trust ? Errc::untrusted : Errc::protocol_error, std::string("the peer refuses our ") +
                                                                        (of_trust ? "certificate: " : "TLS: ") +
                                                                        SSL_alert_desc_string_long(alert));
  }
  return Error(Errc::protocol_error, "TLS: " + (words.empty() ? "the connection ended early" : words));
}

void TlsChannel::State::agree() {
  const Certificate peer(SSL_get1_peer_certificate(ssl.get()));
  must(peer != nullptr, "the peer's certificate");
  auto name = name_in(peer.get());
  if (!name) throw Error(name.error());
  agreement.version = SSL_get_version(ssl.get());
  agreement.suite = SSL_get_cipher_name(ssl.get());
  agreement.group = group_of(ssl.get());
  agreement.peer = std::move(*name);
  agreement.peer_valid_until = time_of(X509_get0_notAfter(peer.get()));
}

const TlsAgreement& TlsChannel::agreement() const { return state_->agreement; }

std::array<std::byte, 32> TlsChannel::exported(const char* label) const {
  std::array<std::byte, 32> material{};
  must(SSL_export_keying_material(state_->ssl.get(), reinterpret_cast<unsigned char*>(material.data()), material.size(),
                                  label, std::char_traits<char>::length(label), nullptr, 0, 0) == 1,
       "keying material");
  return material;
}

void TlsChannel::State::rekey_when_due() {
  if (sent_with_key < options.rekey_after || !has_room(record_room + rekey_room)) return;
  must(SSL_key_update(ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1, "a key update");  // goes before the next record
  sent_with_key = Bytes(0);
  ++rekeyed;
}

// Precondition: has_room(record_room + rekey_room), so that OpenSSL never has to be asked again with the same bytes.
std::size_t TlsChannel::State::write_record(ByteSpan bytes) {
  std::size_t count = 0;
  start_without_errors();
  must(SSL_write_ex(ssl.get(), bytes.data(), bytes.size(), &count) == 1, "a TLS record");
  sent_with_key += Bytes(count);
  return count;
}

std::size_t TlsChannel::write(const platform::WriteBuffers& from) {
  State& s = *state_;
  std::array<std::byte, record_max> gathered;
  std::size_t gathered_size = 0, taken = 0;
  const auto room = [&] {
    s.rekey_when_due();
    return s.has_room(record_room + rekey_room);
  };
  const auto flush = [&] {
    if (gathered_size == 0) return true;
    if (!room()) return false;
    taken += s.write_record(ByteSpan(gathered).first(gathered_size));
    gathered_size = 0;
    return true;
  };
  for (const asio::const_buffer& buffer : from) {
    ByteSpan rest(static_cast<const std::byte*>(buffer.data()), buffer.size());
    if (gathered_size > 0 || rest.size() < gathered_below) {
      const std::size_t part = std::min(rest.size(), record_max - gathered_size);
      std::copy_n(rest.begin(), part, gathered.begin() + static_cast<std::ptrdiff_t>(gathered_size));
      gathered_size += part;
      rest = rest.subspan(part);
      if (gathered_size == record_max && !flush()) return taken;
    }
    while (!rest.empty()) {
      if (rest.size() < gathered_below) {  // the tail: with what follows
        std::copy(rest.begin(), rest.end(), gathered.begin());
        gathered_size = rest.size();
        break;
      }
      if (!room()) return taken;
      const std::size_t count = s.write_record(rest.first(std::min(rest.size(), record_max)));
      taken += count;
      rest = rest.subspan(count);
    }
  }
  flush();
  return taken;
}

std::size_t TlsChannel::read(const platform::ReadBuffers& into) {
  std::size_t total = 0;
  for (const asio::mutable_buffer& buffer : into) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      std::size_t count = 0;
      start_without_errors();
      auto* const at = static_cast<std::byte*>(buffer.data()) + filled;
      if (SSL_read_ex(state_->ssl.get(), at, buffer.size() - filled, &count) != 1) {
        const int why = SSL_get_error(state_->ssl.get(), 0);
        if (why == SSL_ERROR_WANT_READ || total + filled > 0) return total + filled;
        if (why == SSL_ERROR_ZERO_RETURN) throw boost::system::system_error(asio::error::eof);
        throw state_->failure();
      }
      filled += count;
    }
    total += filled;
  }
  return total;
}

ByteSpan TlsChannel::to_send() const { return state_->wire.outgoing.filled(); }
void TlsChannel::sent(std::size_t count) { state_->wire.outgoing.take(count); }
MutableByteSpan TlsChannel::room() { return state_->wire.incoming.room(); }

void TlsChannel::received(std::size_t count) { state_->framing.follow(state_->wire.incoming.fill(count)); }

std::size_t TlsChannel::missing() const { return std::min(state_->framing.missing(), record_room); }
std::uint64_t TlsChannel::rekeyed() const { return state_->rekeyed; }

}  // namespace dwcp::security
