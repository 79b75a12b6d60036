#include "scenarios/checkers/session_accounts.hpp"

namespace dwcp::scenarios {
namespace {

template <class T>
T field_of(const platform::Record& record, std::string_view key) {
  for (const platform::Field& field : record.fields)
    if (const T* const value = field.key == key ? std::get_if<T>(&field.value) : nullptr) return *value;
  return {};
}

}  // namespace

void SessionAccounts::on_record(const platform::Record& record) {
  if (record.name != "amst.session_ended") return;
  const auto count = [&](std::string_view key) { return field_of<std::uint64_t>(record, key); };
  const End end{record.process,          count("sent_bytes"),  count("acknowledged_bytes"),
                count("received_bytes"), count("chunks_sent"), count("chunks_received")};
  const auto session = field_of<std::string>(record, "session");
  const Duration now = record.time.time_since_epoch();
  const auto other = waiting_.find(session);
  if (other == waiting_.end()) {
    waiting_.emplace(session, end);
    oldest_.push_back(session);
    if (oldest_.size() > waiting_max) {
      waiting_.erase(oldest_.front());
      oldest_.pop_front();
    }
    return;
  }
  compare(now, end, other->second);
  compare(now, other->second, end);
  waiting_.erase(other);
  ++compared_;
}

void SessionAccounts::compare(Duration time, const End& from, const End& to) {
  const auto wrong = [&](std::uint64_t received, const char* unit, const char* of_what, std::uint64_t other) {
    violated(time, to.whose + " received " + std::to_string(received) + unit + ", " + from.whose + " " + of_what + " " +
                       std::to_string(other));
  };
  if (to.received > from.sent) wrong(to.received, " bytes", "sent", from.sent);
  if (to.chunks_received > from.chunks_sent) wrong(to.chunks_received, " chunks", "sent", from.chunks_sent);
  if (to.received < from.acknowledged) wrong(to.received, " bytes", "was told of", from.acknowledged);
}

}  // namespace dwcp::scenarios
