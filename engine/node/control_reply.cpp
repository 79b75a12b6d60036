#include "engine/node/control_reply.hpp"

#include <nlohmann/json.hpp>

#include "engine/node/control_request.hpp"

namespace dwcp::node {
namespace {

using OrderedJson = nlohmann::ordered_json;  // keys stay in the order in which a person wants to read them

std::string line_of(const OrderedJson& json) {
  // A name or a hypervisor's words need not be UTF-8.
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

OrderedJson begin_reply(const RequestId& id, bool ok) {
  OrderedJson json{{"dwcp", control_version}};
  json["id"] = id ? OrderedJson(*id) : OrderedJson();
  json["ok"] = ok;
  return json;
}

double seconds_between(TimePoint from, TimePoint to) { return to_seconds(to - from); }

std::string_view name_of(JobState state) {
  switch (state) {
    case JobState::waiting:
      return "waiting";
    case JobState::running:
      return "running";
    case JobState::ended:
      break;
  }
  return "ended";
}

std::string_view name_of(migration::Phase phase) {
  switch (phase) {
    case migration::Phase::starting:
      return "starting";
    case migration::Phase::copying:
      return "copying";
    case migration::Phase::switching_over:
      return "switching_over";
    case migration::Phase::fetching:
      break;
  }
  return "fetching";
}

std::string_view name_of(migration::GuestState state) {
  switch (state) {
    case migration::GuestState::running:
      return "running";
    case migration::GuestState::paused:
      return "paused";
    case migration::GuestState::absent:
      break;
  }
  return "absent";
}

OrderedJson progress_json(const migration::Progress& p) {
  return {{"phase", name_of(p.phase)},
          {"round", p.round},
          {"bytes_sent", p.sent.value},
          {"bytes_remaining", p.remaining.value},
          {"bytes_wire", p.wire.value},
          {"disk_bytes_total", p.disk_total.value},
          {"disk_bytes_copied", p.disk_copied.value},
          {"goodput_bps", p.goodput.value},
          {"dirty_rate_bps", p.dirty_rate.value},
          {"downtime_predicted_s", to_seconds(p.downtime_predicted)},
          {"eta_s", p.eta > Duration(0) ? OrderedJson(to_seconds(p.eta)) : OrderedJson()},
          {"throttle_percent", p.throttle_percent}};
}

OrderedJson classes_json(const hde::ClassStats& stats) {
  OrderedJson classes = OrderedJson::object();
  for (std::size_t i = 0; i < hde::page_class_count; ++i) {
    const auto& totals = stats.by_class[i];
    classes[std::string(hde::to_string(static_cast<hde::PageClass>(i)))] = {{"bytes_in", totals.in.value},
                                                                            {"bytes_out", totals.out.value}};
  }
  classes["overhead"] = {{"bytes_in", 0}, {"bytes_out", stats.overhead.value}};
  return classes;
}

// As one of result.json's migrations.
OrderedJson report_json(const Job& job, const std::string& node) {
  const migration::Report r = job.report.value_or(migration::Report{});
  return {{"vm", job.order.vm.text},
          {"from", node},
          {"to", job.order.to},
          {"outcome", outcome_of(job)},
          {"reason", job.report ? r.reason : job.failure.message()},
          {"total_time_s", to_seconds(r.total_time)},
          {"downtime_s", to_seconds(r.downtime)},
          {"rounds", r.rounds},
          {"throttle_percent", r.throttle_percent_max},
          {"forced_stop", r.forced_stop},
          {"security", r.security},
          {"bytes_guest", r.bytes_guest.value},
          {"bytes_wire", r.bytes_wire.value},
          {"bytes_resent", r.bytes_resent.value},
          {"goodput_bps", rate_of(r.bytes_acknowledged, r.transfer_time).value},
          {"forecast",
           {{"downtime_s", to_seconds(r.downtime_predicted)}, {"downtime_max_s", to_seconds(job.policy.downtime_max)}}},
          {"classes", classes_json(r.classes)}};
}

OrderedJson job_json(const Job& job, const std::string& node, TimePoint now) {
  OrderedJson json{{"id", job.id.value},
                   {"vm", job.order.vm.text},
                   {"to", job.order.to},
                   {"movement", job.order.movement == migration::Movement::post_copy ? "post-copy" : "pre-copy"},
                   {"copy_storage", job.order.copy_disks},
                   {"state", name_of(job.state)},
                   {"cancel_asked", job.cancel_asked},
                   {"asked_s_ago", seconds_between(job.asked, now)}};
  if (job.state == JobState::running) json["running_for_s"] = seconds_between(job.began, now);
  if (job.state == JobState::running) json["progress"] = progress_json(job.progress);
  if (job.state == JobState::ended) json["ended_s_ago"] = seconds_between(job.ended, now);
  if (job.state == JobState::ended) json["report"] = report_json(job, node);
  return json;
}

OrderedJson status_json(const Status& status, TimePoint now) {
  OrderedJson json{{"node", status.node},
                   {"cluster", status.cluster},
                   {"version", status.version},
                   {"uptime_s", to_seconds(status.uptime)},
                   {"ready", status.ready}};
  json["processor_time_s"] = OrderedJson::object();
  for (const auto& [stage, time] : status.processor_times)
    json["processor_time_s"][std::string(stage)] = to_seconds(time);
  json["guests"] = OrderedJson::array();
  for (const GuestStatus& guest : status.guests)
    json["guests"].push_back({{"vm", guest.vm.text},
                              {"state", name_of(guest.info.state)},
                              {"memory_bytes", guest.info.memory.value},
                              {"vcpus", guest.info.vcpus},
                              {"owner_here", guest.note.empty()},
                              {"note", guest.note}});
  json["guests_left_off"] = status.guests_left_off;
  if (!status.guests_unknown.empty()) json["guests_unknown"] = status.guests_unknown;
  json["migrations"] = OrderedJson::array();
  for (const JobPtr& job : status.jobs) json["migrations"].push_back(job_json(*job, status.node, now));
  json["incoming"] = OrderedJson::array();
  for (const VmId& vm : status.incoming) json["incoming"].push_back({{"vm", vm.text}});
  json["unsettled"] = OrderedJson::array();
  for (const Status::HandOver& over : status.unsettled)
    json["unsettled"].push_back({{"vm", over.what.vm.text},
                                 {"epoch", over.what.epoch.value},
                                 {"direction", over.what.outgoing ? "outgoing" : "incoming"},
                                 {"decided", over.what.decided},
                                 {"peer", over.peer},
                                 {"text", over.text}});
  return json;
}

}  // namespace

std::string_view outcome_of(const Job& job) {
  if (job.state != JobState::ended) return "";
  const ErrorCode cancelled = make_error_code(Errc::cancelled);
  if (!job.report) return job.failure.code == cancelled ? "cancelled" : "failed";
  switch (job.report->outcome) {
    case migration::Outcome::completed:
      return "completed";
    case migration::Outcome::undecided:
      return "undecided";
    case migration::Outcome::rolled_back:
      break;
  }
  // The reason of a migration that the user, or the agent's end, called off begins with the error table's words.
  return job.report->reason.starts_with(Failure(cancelled, "").message()) ? "cancelled" : "rolled_back";
}

std::string status_reply(RequestId id, const Status& status, TimePoint now) {
  OrderedJson json = begin_reply(id, true);
  json["status"] = status_json(status, now);
  return line_of(json);
}

std::string job_reply(RequestId id, const Job& job, const std::string& node, TimePoint now) {
  OrderedJson json = begin_reply(id, true);
  json["job"] = job_json(job, node, now);
  return line_of(json);
}

std::string error_reply(RequestId id, const Failure& failure) {
  OrderedJson json = begin_reply(id, false);
  json["error"] = {{"code", failure.code.category() == error_category() ? failure.code.value() : 0},
                   {"detail", failure.detail.empty() ? failure.message() : failure.detail},
                   {"text", failure.message()}};
  return line_of(json);
}

std::string job_event(const Job& job, const std::string& node, TimePoint now) {
  OrderedJson json{{"dwcp", control_version}, {"event", job.state == JobState::ended ? "ended" : "progress"}};
  json["job"] = job_json(job, node, now);
  return line_of(json);
}

}  // namespace dwcp::node
