#include "scenarios/runner/live_host.hpp"

#include <sched.h>
#include <time.h>

#include <boost/asio/posix/descriptor_base.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <filesystem>

#include "engine/platform/deadline.hpp"
#include "engine/platform/native/native_platform.hpp"
#include "engine/platform/scope.hpp"
#include "scenarios/runner/credentials.hpp"
#include "scenarios/runner/engine_config.hpp"
#include "scenarios/runner/event_log.hpp"
#include "scenarios/runner/guests.hpp"
#include "scenarios/runner/live_report.hpp"

namespace dwcp::scenarios {
namespace {

std::vector<platform::Endpoint> endpoints_from(const Json& list) {
  std::vector<platform::Endpoint> endpoints;
  for (const Json& text : list) endpoints.push_back(platform::parse_endpoint(text.get<std::string>()).value());
  return endpoints;
}

class LiveHost {
 public:
  LiveHost(const Job& job, const std::string& name, LineChannel conductor, std::int64_t began_ns)
      : job_(job),
        name_(name),
        conductor_(std::move(conductor)),
        began_ns_(began_ns),
        guests_(make_catalogue(job.scenario, job.seed), guest_host_options(job.scenario, name, job.seed),
                [this] { return now(); }) {}

  void serve() {
    guests_.observe([this](const VmId& vm, migration::GuestState state) {
      Json wrong = Json::array();
      for (const model::Frame frame : guests_.report(vm).wrong_pages) wrong.push_back(frame.value);
      conductor_.send({{"is", "guest"},
                       {"vm", vm.text},
                       {"state", static_cast<int>(state)},
                       {"time_ns", now().time_since_epoch().count()},
                       {"wrong_pages", std::move(wrong)}});
    });
    conductor_.send({{"is", "entered"}});
    while (auto order = next_order()) {
      if (order->at("do") == "quit") return;
      if (order->at("do") == "boot") guests_.boot(VmId(order->at("vm").get<std::string>()));
      if (order->at("do") == "start" && live(endpoints_from(order->at("listen"))) == End::quit) return;
    }
  }

 private:
  enum class End { killed, quit };

  TimePoint now() const { return TimePoint(Duration(monotonic_ns() - began_ns_)); }

  // What a life left undone comes first.
  std::optional<Json> next_order() {
    if (orders_.empty()) return conductor_.receive();
    std::optional<Json> order = std::move(orders_.front());
    orders_.pop_front();
    return order;
  }

  // One life of the agent. Leaving destroys its coroutines where they stand, as a kill does.
  End live(std::vector<platform::Endpoint> listen) {
    End end = End::quit;
    {
      const auto root = job_.folder / "storage" / name_;
      std::filesystem::create_directories(root);
      platform::native::NativePlatform platform({.process = name_ + "/agent",
                                                 .root = root,
                                                 .seed = job_.seed,
                                                 .on_record = [this](const platform::Record& r) { tell(r); }});
      const auto hypervisor = guests_.attach(platform);
      auto config = agent_config(job_.scenario, name_, std::move(listen));
      config.credentials = credentials_for(job_.scenario, job_.seed, name_);
      migration::Agent agent(platform, *hypervisor, std::move(config));
      agent.on_progress([this](const migration::Progress& p) {
        conductor_.send({{"is", "progress"}, {"attempt", attempt_of_[p.vm.text]}, {"progress", to_json(p)}});
      });
      platform.run(run_agent(platform, agent, end));
    }
    guests_.agent_died();
    return end;
  }

  Task<void> run_agent(platform::Platform& platform, migration::Agent& agent, End& end) {
    platform::Scope scope(platform, platform.control(), [this](std::exception_ptr failure) { failed(failure); });
    scope.spawn(agent.run());
    boost::asio::posix::basic_stream_descriptor<Executor> waiting(platform.control(), dup(conductor_.descriptor()));
    for (;;) {
      for (Json& order : conductor_.take()) orders_.push_back(std::move(order));
      while (!orders_.empty()) {
        const Json order = std::move(orders_.front());
        orders_.pop_front();
        const std::string what = order.at("do");
        if (what == "migrate") {
          attempt_of_[order.at("vm").get<std::string>()] = order.at("attempt").get<std::size_t>();
          scope.spawn(migrate(agent, order));
        } else if (what == "cancel") {
          agent.cancel(VmId(order.at("vm").get<std::string>()));
        } else if (what == "kill" || what == "quit") {
          end = what == "kill" ? End::killed : End::quit;
          co_return;
        }
      }
      if (conductor_.ended()) co_return;
      co_await waiting.async_wait(boost::asio::posix::descriptor_base::wait_read, asio::use_awaitable);
    }
  }

  Task<void> migrate(migration::Agent& agent, Json order) {
    const auto attempt = order.at("attempt").get<std::size_t>();
    const Event& event = job_.scenario.events.at(order.at("event").get<std::size_t>());
    migration::Request request{VmId(event.migrate->vm), endpoints_from(order.at("destination")),
                               policy_of(event.migrate->policy)};
    request.destination_node = NodeId(event.migrate->to);
    std::string why;
    try {
      const migration::Report report = co_await agent.migrate(std::move(request));
      conductor_.send({{"is", "report"}, {"attempt", attempt}, {"report", to_json(report)}});
    } catch (const Error& error) {
      why = Failure(error.code(), error.detail()).message();
    }
    if (!why.empty()) conductor_.send({{"is", "gave_up"}, {"attempt", attempt}, {"why", why}});
  }

  void failed(const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      conductor_.send({{"is", "failed"}, {"why", error.what()}});
    }
  }

  void tell(platform::Record record) {
    record.time = now();  // one clock for all hosts and lives
    conductor_.send({{"is", "record"}, {"line", to_json_line(record)}, {"ready", record.name == "agent.ready"}});
  }

  const Job& job_;
  std::string name_;
  LineChannel conductor_;
  std::int64_t began_ns_;
  model::GuestHost guests_;
  std::deque<Json> orders_;                        // taken and not yet followed
  std::map<std::string, std::size_t> attempt_of_;  // by VM
};

}  // namespace

std::int64_t monotonic_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

void serve_live_host(const Job& job, const std::string& host, LineChannel conductor, std::int64_t began_ns) {
  if (job.network_namespaces && unshare(CLONE_NEWNET) != 0)
    throw Error(Errc::bad_configuration, "no network namespace could be made; --netns needs root");
  LiveHost(job, host, std::move(conductor), began_ns).serve();
}

}  // namespace dwcp::scenarios
