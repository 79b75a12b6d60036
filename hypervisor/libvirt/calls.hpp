// Blocking libvirt calls off the control executor, with their results and errors as the engine has them.
#pragma once

#include <libvirt/libvirt.h>

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>

#include "engine/platform/crossing.hpp"
#include "engine/platform/platform.hpp"

namespace dwcp::libvirt {

using Connection = std::shared_ptr<virConnect>;
struct FreeDomain {
  void operator()(virDomainPtr domain) const { virDomainFree(domain); }
};
using Domain = std::unique_ptr<virDomain, FreeDomain>;

// What libvirt said last on this thread, as an error that begins with `what`.
[[noreturn]] void throw_last(Errc code, const std::string& what);
// Whether libvirt's last error on this thread says that there is no such domain.
bool last_is_no_domain();

// Throws Error(unreachable).
Connection open_connection(const std::string& uri);
// Null when there is none.
Domain look_up(virConnectPtr connection, const VmId& vm);
// Throws Error(not_found).
Domain must_find(virConnectPtr connection, const VmId& vm);

// The host's daemon. Calls run on a few threads of its own; a connection that broke is opened anew, once a call.
class Calls {
 public:
  static constexpr std::size_t threads = 4;  // the most calls at once

  explicit Calls(std::string uri);
  ~Calls();

  // Runs call(connection) and returns what it returned, or rethrows. When the daemon turns out to have gone since the
  // last call, as when it was restarted, the call runs once more on a new connection: it must bear that. A cancelled
  // caller waits for its end.
  template <class Call>
  Task<std::invoke_result_t<Call, virConnectPtr>> run(Call call) {
    const Executor there = asio::make_strand(pool_.get_executor());
    co_return co_await platform::on(there, body(std::move(call)));
  }
  const std::string& uri() const { return uri_; }

 private:
  template <class Call>
  Task<std::invoke_result_t<Call, virConnectPtr>> body(Call call) {
    const Connection connection = live_connection();
    std::exception_ptr failure;
    try {
      co_return call(connection.get());
    } catch (const Error&) {
      failure = std::current_exception();
    }
    if (virConnectIsAlive(connection.get()) == 1) std::rethrow_exception(failure);
    co_return call(live_connection().get());
  }
  Connection live_connection();

  std::string uri_;
  std::mutex opening_;
  Connection connection_;
  asio::thread_pool pool_;
};

}  // namespace dwcp::libvirt
