#include "cli/security/credential_files.hpp"

#include <chrono>
#include <fstream>
#include <sstream>

namespace dwcp::cli {
namespace {

constexpr std::uintmax_t text_max = 1 << 20;  // bytes

Failure naming(const std::filesystem::path& file, const Failure& failure) {
  return {failure.code, file.string() + ": " + failure.detail};
}

}  // namespace

CredentialFiles files_in(const std::filesystem::path& folder) {
  return {folder / "node.pem", folder / "node.key", folder / "ca.pem"};
}

Result<std::string> read_text(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return Failure(Errc::not_found, file.string() + ": " + error.message());
  if (size > text_max)
    return Failure(Errc::bad_value, file.string() + " has " + to_string(Bytes(size)) + "; no certificate is so long");
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  if (text.view().size() != size) return Failure(Errc::storage_failed, file.string() + " cannot be read");
  return std::move(text).str();
}

Result<std::shared_ptr<const security::Credentials>> load(const CredentialFiles& files, security::WallTime now) {
  auto certificate = read_text(files.certificate), key = read_text(files.key),
       authorities = read_text(files.authorities);
  for (const auto* text : {&certificate, &key, &authorities})
    if (!*text)
      return Failure(text->error().code,
                     text->error().detail + "; dwcp pki makes certificates, and plain text must be asked for");
  using std::filesystem::perms;
  std::error_code error;
  const auto mode = std::filesystem::status(files.key, error).permissions();
  if (!error && (mode & perms::others_all) != perms::none)
    return Failure(Errc::bad_configuration, files.key.string() + " is open to everybody; chmod 600 would be right");
  auto credentials = security::Credentials::load({*certificate, *key, *authorities}, now);
  if (!credentials) return naming(files.certificate, credentials.error());
  return credentials;
}

security::WallTime today() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

}  // namespace dwcp::cli
