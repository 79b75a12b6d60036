#include "engine/transfer/receiver.hpp"

#include <boost/asio/cancellation_state.hpp>

#include "engine/platform/scope.hpp"
#include "engine/transfer/failure.hpp"
#include "engine/transfer/receive_session.hpp"

namespace dwcp::transfer {
namespace {

// With `once`: a storage that fails here will fail the next attempt too.
bool is_ours(const ErrorCode& code) {
  return code == make_error_code(Errc::storage_full) || code == make_error_code(Errc::storage_failed);
}

}  // namespace

struct Receiver::State {
  State(platform::Platform& p, ReceiveOptions o, OnProgress progress, OnFile file)
      : platform(p),
        options(std::move(o)),
        on_progress(std::move(progress)),
        on_file(std::move(file)),
        acceptor(p, options.listen, options.self, options.session),
        names(p),
        changed(p, p.control()),
        scope(p, p.control()) {}

  Task<void> accept_all() {
    for (;;) {
      while (serving >= sessions_max) co_await changed.wait();
      auto session = co_await acceptor.accept();
      ++serving;
      scope.spawn(serve_one(std::move(session)));
    }
  }

  Task<void> serve_one(std::shared_ptr<amst::Session> session) {
    ReceiveSession receiving(platform, std::move(session), options, names, on_progress, on_file);
    Failure failure;
    bool finished = false;
    try {
      co_await receiving.run();
      finished = true;
    } catch (...) {
      failure = failure_of(std::current_exception());
    }
    --serving;
    Report report = receiving.take_report();
    if (!failure.code) failure = report.first_failure();
    if (on_end) on_end(report, failure);
    if (options.once && (finished || is_ours(failure.code)) && !result) {
      if (is_ours(failure.code)) result_failure = failure;
      result = std::move(report);
    }
    changed.notify_all();
  }

  platform::Platform& platform;
  const ReceiveOptions options;
  OnProgress on_progress;
  OnFile on_file;
  OnEnd on_end;
  amst::Acceptor acceptor;
  NamesInUse names;
  platform::Event changed;
  unsigned serving = 0;
  std::optional<Report> result;
  Failure result_failure;
  platform::Scope scope;
};

Receiver::Receiver(platform::Platform& platform, ReceiveOptions options, OnProgress on_progress, OnFile on_file)
    : state_(std::make_unique<State>(platform, std::move(options), std::move(on_progress), std::move(on_file))) {}
Receiver::~Receiver() = default;

std::vector<platform::Endpoint> Receiver::local() const { return state_->acceptor.local(); }

Task<Report> Receiver::serve(OnEnd on_end) {
  State& state = *state_;
  state.on_end = std::move(on_end);
  std::exception_ptr failure;
  try {
    state.scope.spawn(state.accept_all());
    while (!state.result) co_await state.changed.wait();
  } catch (...) {
    failure = std::current_exception();
  }
  // Sessions write to files: they end in order, whatever ended this.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  state.acceptor.close();
  state.scope.cancel();
  try {
    co_await state.scope.join();
  } catch (const std::exception&) {
    if (!failure && !state.result) failure = std::current_exception();
  }
  if (failure) std::rethrow_exception(failure);
  if (state.result_failure.code) throw Error(state.result_failure);
  co_return std::move(*state.result);
}

}  // namespace dwcp::transfer
