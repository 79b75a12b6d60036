#include "cli/security/credential_watch.hpp"

#include "engine/platform/deadline.hpp"

namespace dwcp::cli {
namespace {

constexpr Duration look_every = std::chrono::seconds(10);
constexpr Duration warn_every = std::chrono::hours(24);
constexpr auto warn_before = std::chrono::days(7);

FileTimes times_of(const CredentialFiles& files) {
  FileTimes found;
  std::size_t i = 0;
  for (const auto* file : {&files.certificate, &files.key, &files.authorities}) {
    std::error_code gone;  // then it differs from what was seen, as it shall
    found.times[i++] = std::filesystem::last_write_time(*file, gone);
  }
  return found;
}

}  // namespace

bool renew(platform::Platform& platform, const CredentialFiles& files, security::CredentialStore& store,
           FileTimes& seen) {
  const FileTimes now = times_of(files);
  if (now == std::exchange(seen, now)) return false;
  auto fresh = load(files, platform.wall_time());
  Failure wrong = fresh ? Failure() : fresh.error();
  if (fresh && (*fresh)->name() != store.current()->name())
    wrong = Failure(Errc::bad_configuration, "the certificate is that of " + security::to_uri((*fresh)->name()) +
                                                 ", and this node is " + security::to_uri(store.current()->name()));
  if (wrong.code) {
    platform.record("security.not_renewed", {{"reason", wrong.message()}});
    return false;
  }
  store.replace(std::move(*fresh));
  platform.record(
      "security.renewed",
      {{"days_left",
        std::chrono::floor<std::chrono::days>(store.current()->valid_until() - platform.wall_time()).count()}});
  return true;
}

Task<void> watch_credentials(platform::Platform& platform, CredentialFiles files,
                             std::shared_ptr<security::CredentialStore> store) {
  FileTimes seen = times_of(files);
  std::optional<TimePoint> warned;
  for (;;) {
    const auto left = store->current()->valid_until() - platform.wall_time();
    if (left < warn_before && (!warned || platform.now() - *warned > warn_every)) {
      warned = platform.now();
      platform.record("security.expires", {{"hours_left", std::chrono::floor<std::chrono::hours>(left).count()}});
    }
    co_await platform::sleep_for(platform, look_every);
    renew(platform, files, *store, seen);
  }
}

}  // namespace dwcp::cli
