#include "engine/node/control_session.hpp"

#include "engine/node/control_reply.hpp"
#include "engine/node/control_request.hpp"

namespace dwcp::node {

ControlSession::ControlSession(Node& node)
    : node_(node),
      jobs_(node.jobs()),
      changed_(node.platform(), node.platform().control()),
      watch_(node.jobs()->watch([this](const Job& job) {
        if (!followed_.contains(job.id)) return;
        news_.insert(job.id);
        changed_.notify_all();
      })) {}

ControlSession::~ControlSession() { jobs_->stop_watching(watch_); }

Task<void> ControlSession::handle(std::string line) {
  while (answers_.size() >= answers_waiting_max) co_await changed_.wait();
  std::string reply = co_await answer(std::move(line));
  answers_.push_back(std::move(reply));
  changed_.notify_all();
}

void ControlSession::reject(const Failure& failure) {
  answers_.push_back(error_reply({}, failure));
  end_of_requests();
}

void ControlSession::end_of_requests() {
  requests_ended_ = true;
  changed_.notify_all();
}

Task<std::string> ControlSession::answer(std::string line) {
  RequestId id;
  Failure failure;
  try {
    const ControlRequest request = parse_request(line, id).value();
    const std::string& node = node_.config().agent.node.text;
    if (const auto* status = std::get_if<StatusRequest>(&request.what)) {
      Status now;
      if (status->vm)
        now = co_await node_.status(*status->vm);
      else
        now = co_await node_.status();
      co_return status_reply(id, now, node_.platform().now());
    }
    JobPtr job;
    if (const auto* migrate = std::get_if<MigrateRequest>(&request.what)) {
      if (migrate->follow && followed_.size() >= followed_max)
        throw Error(Errc::out_of_budget, "this client follows " + std::to_string(followed_max) + " migrations already");
      Order order = migrate->order;
      job = co_await node_.start(std::move(order));
      if (migrate->follow) follow(job);
    } else if (const auto* cancel = std::get_if<CancelRequest>(&request.what)) {
      node_.cancel(cancel->vm);
      job = node_.jobs()->latest(cancel->vm);
    } else {
      const VmId& vm = std::get<FollowRequest>(request.what).vm;
      job = node_.jobs()->latest(vm);
      if (!job) throw Error(Errc::not_found, "VM '" + vm.text + "' has no migration on node '" + node + "'");
      if (followed_.size() >= followed_max)
        throw Error(Errc::out_of_budget, "this client follows " + std::to_string(followed_max) + " migrations already");
      follow(job);
    }
    co_return job_reply(id, *job, node, node_.platform().now());
  } catch (const Error& error) {
    failure = Failure(error.code(), error.detail());
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    failure = Failure(error.code(), error.what());
  }
  node_.platform().record("node.request_refused", {{"reason", failure.message()}});
  co_return error_reply(id, failure);
}

// The end of one that has ended is news as well.
void ControlSession::follow(const JobPtr& job) {
  followed_[job->id] = job;
  if (job->state == JobState::ended) news_.insert(job->id);
}

Task<std::string> ControlSession::next() {
  for (;;) {
    if (!answers_.empty()) {
      std::string line = std::move(answers_.front());
      answers_.pop_front();
      changed_.notify_all();
      co_return line;
    }
    if (!news_.empty()) {
      const JobPtr job = followed_.at(*news_.begin());
      news_.erase(news_.begin());
      if (job->state == JobState::ended) followed_.erase(job->id);
      co_return job_event(*job, node_.config().agent.node.text, node_.platform().now());
    }
    if (requests_ended_ && followed_.empty()) co_return std::string();
    co_await changed_.wait();
  }
}

}  // namespace dwcp::node
