#include "engine/node/control_request.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace dwcp::node {
namespace {

using Json = nlohmann::json;

constexpr double duration_max_s = 7 * 24 * 3600.0;
constexpr std::size_t value_shown_max = 80;  // characters of a client's value in an answer
constexpr unsigned throttle_percent_max = 99;

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > value_shown_max) text.replace(value_shown_max, std::string::npos, "...");
  return text;
}

[[noreturn]] void object_to(const std::string& field, const Json& value, const std::string& right) {
  throw Error(Errc::bad_value, "'" + field + "' is " + shown(value) + "; " + right + " would be right");
}

// The fields of one request, each asked for once; what was not asked for is unknown.
class Fields {
 public:
  explicit Fields(const Json& json) : json_(json) {}

  const Json* find(const std::string& field) {
    known_.push_back(field);
    const auto found = json_.find(field);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }
  std::optional<std::string> name(const std::string& field) {
    const Json* value = find(field);
    if (!value) return {};
    if (!value->is_string()) object_to(field, *value, "a text");
    auto text = value->get<std::string>();
    if (text.empty() || text.size() > name_size_max)
      object_to(field, *value, "a text of 1 to " + std::to_string(name_size_max) + " bytes");
    return text;
  }
  std::string required_name(const std::string& field) {
    auto text = name(field);
    if (!text) throw Error(Errc::bad_value, "'" + field + "' is missing; a text would be right");
    return std::move(*text);
  }
  bool flag(const std::string& field) {
    const Json* value = find(field);
    if (value && !value->is_boolean()) object_to(field, *value, "true or false");
    return value && value->get<bool>();
  }
  std::optional<Duration> seconds(const std::string& field) {
    const Json* value = find(field);
    if (!value) return {};
    const double number = value->is_number() ? value->get<double>() : -1;
    if (!(number >= 0 && number <= duration_max_s)) object_to(field, *value, "seconds from 0 to 604800");
    return from_seconds(number);
  }
  std::optional<unsigned> percent(const std::string& field) {
    const Json* value = find(field);
    if (!value) return {};
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > throttle_percent_max)
      object_to(field, *value, "a whole number from 0 to 99");
    return value->get<unsigned>();
  }
  void expect_no_other() const {
    for (const auto& [key, value] : json_.items()) {
      if (std::ranges::find(known_, key) != known_.end()) continue;
      std::string known;
      for (const std::string& name : known_) known += (known.empty() ? "" : ", ") + name;
      throw Error(Errc::bad_value, "unknown field " + shown(key) + "; known here: " + known);
    }
  }

 private:
  const Json& json_;
  std::vector<std::string> known_;
};

std::optional<migration::OnTimeout> on_timeout(Fields& fields) {
  const Json* value = fields.find("on_timeout");
  if (!value) return {};
  if (*value == "cancel") return migration::OnTimeout::cancel;
  if (*value == "pause") return migration::OnTimeout::stop_guest;
  if (*value == "post-copy") return migration::OnTimeout::post_copy;
  object_to("on_timeout", *value, "cancel, pause or post-copy");
}

MigrateRequest migrate_request(Fields& fields) {
  MigrateRequest request;
  Order& order = request.order;
  order.vm = VmId(fields.required_name("vm"));
  order.to = fields.required_name("to");
  if (fields.flag("post_copy")) order.movement = migration::Movement::post_copy;
  order.copy_disks = fields.flag("copy_storage");
  order.downtime_max = fields.seconds("downtime_max_s");
  order.timeout = fields.seconds("timeout_s");
  order.on_timeout = on_timeout(fields);
  order.throttle_max = fields.percent("throttle_max_percent");
  request.follow = fields.flag("follow");
  return request;
}

ControlRequest read(const Json& json) {
  Fields fields(json);
  const Json* version = fields.find("dwcp");
  if (!version)
    throw Error(Errc::version_mismatch, "the request does not say \"dwcp\":" + std::to_string(control_version));
  if (*version != control_version)
    throw Error(Errc::version_mismatch, "the request is of version " + shown(*version) + "; this agent speaks " +
                                            std::to_string(control_version));
  if (const Json* id = fields.find("id"); id && !id->is_number_unsigned()) object_to("id", *id, "a whole number");
  const Json* what = fields.find("do");
  constexpr const char* possible = "status, migrate, cancel or follow";
  if (!what) throw Error(Errc::bad_value, std::string("'do' is missing; ") + possible + " would be right");

  ControlRequest request;
  if (*what == "status") {
    StatusRequest status;
    if (auto vm = fields.name("vm")) status.vm = VmId(std::move(*vm));
    request.what = std::move(status);
  } else if (*what == "migrate") {
    request.what = migrate_request(fields);
  } else if (*what == "cancel") {
    request.what = CancelRequest{VmId(fields.required_name("vm"))};
  } else if (*what == "follow") {
    request.what = FollowRequest{VmId(fields.required_name("vm"))};
  } else {
    object_to("do", *what, possible);
  }
  fields.expect_no_other();
  return request;
}

}  // namespace

Result<ControlRequest> parse_request(std::string_view line, std::optional<std::uint64_t>& id) {
  id.reset();
  if (line.size() > request_size_max)
    return Failure(Errc::frame_too_large, "a request of " + std::to_string(line.size()) + " bytes; at most " +
                                              std::to_string(request_size_max) + " would be right");
  try {
    const Json json = Json::parse(line);
    if (!json.is_object()) return Failure(Errc::protocol_error, "a request is one JSON object on a line");
    if (const auto found = json.find("id"); found != json.end() && found->is_number_unsigned())
      id = found->get<std::uint64_t>();
    return read(json);
  } catch (const Json::exception& error) {
    // "[json.exception.parse_error.101] parse error at ...": the library's own mark is of no use to a client.
    std::string why = error.what();
    if (const auto mark = why.find("] "); mark != std::string::npos) why.erase(0, mark + 2);
    return Failure(Errc::protocol_error, "no JSON object: " + why);
  } catch (const Error& error) {
    return Failure(error.code(), error.detail());
  }
}

}  // namespace dwcp::node
