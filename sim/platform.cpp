#include "sim/platform.hpp"

#include <boost/asio/error.hpp>

#include "sim/addresses.hpp"
#include "sim/datagram.hpp"
#include "sim/fluid_listener.hpp"
#include "sim/packet_listener.hpp"
#include "sim/queue_pair.hpp"
#include "sim/timer.hpp"

namespace dwcp::sim {
namespace {

std::string stream_name(const std::string& process, unsigned life, std::string_view purpose) {
  return process + "#" + std::to_string(life) + "/" + std::string(purpose);
}

}  // namespace

Process::Process(Run& run, Machine& machine, Disk& disk, std::string name, std::uint64_t seed, unsigned life,
                 platform::RecordSink sink)
    : machine_(machine),
      name_(std::move(name)),
      seed_(seed),
      life_(life),
      sink_(std::move(sink)),
      rare_paths_(run.rare_paths),
      entropy_(seed, stream_name(name_, life, "entropy")),
      rare_(seed, stream_name(name_, life, "rare")),
      context_(machine.node()->GetId(), run),
      storage_(context_, disk),
      compute_(context_, machine.options().cores, machine.options().cpu_speed) {}

platform::WallTime Process::wall_time() const {
  return std::chrono::floor<std::chrono::seconds>(first_day + now().time_since_epoch() +
                                                  machine_.clock().date_offset());
}

platform::Timer Process::timer(Executor on) {
  return platform::Timer(std::make_unique<Timer>(context_, machine_.clock(), std::move(on)));
}

Task<platform::Stream> Process::connect(platform::Endpoint to, platform::StreamOptions options, Executor lane) {
  const auto address = to_ns3(to);
  const TcpOptions tcp = machine_.tcp_options(options);
  if (!machine_.routes().reaches(address.GetIpv4()))
    throw boost::system::system_error(asio::error::network_unreachable, "connect to " + to_string(to));
  if (machine_.flow()) {
    auto socket = machine_.flow()->open({address.GetIpv4().Get(), address.GetPort()}, tcp);
    if (!socket) throw boost::system::system_error(asio::error::network_unreachable, "connect to " + to_string(to));
    auto fluid = std::make_shared<FluidStream>(context_, lane, std::move(socket));
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(ErrorCode, std::size_t)>(
        [&](auto handler) { fluid->connect(platform::Handler(std::move(handler), lane)); }, asio::use_awaitable);
    co_return platform::Stream(std::move(fluid));
  }
  auto stream = std::make_shared<PacketStream>(context_, lane, make_tcp_socket(machine_.node(), tcp), tcp);
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(ErrorCode, std::size_t)>(
      [&](auto handler) { stream->connect(address, platform::Handler(std::move(handler), lane)); },
      asio::use_awaitable);
  co_return platform::Stream(std::move(stream));
}

std::unique_ptr<platform::Listener> Process::listen(platform::Endpoint at, platform::StreamOptions options) {
  const TcpOptions tcp = machine_.tcp_options(options);
  if (machine_.flow()) return std::make_unique<FluidListener>(context_, *machine_.flow(), at, tcp, control());
  return std::make_unique<PacketListener>(context_, machine_.node(), at, tcp, control());
}

platform::Datagram Process::datagram(platform::Endpoint at) {
  return platform::Datagram(std::make_shared<Datagram>(context_, control(), machine_.node(), at));
}

bool Process::has_rdma() const { return machine_.adapter() && machine_.adapter()->on(); }

std::shared_ptr<platform::QueuePair> Process::queue_pair(const asio::ip::address& at,
                                                         const platform::QueuePairOptions& options, Executor lane) {
  if (!machine_.adapter()) return nullptr;
  return QueuePair::open(context_, std::move(lane), *machine_.adapter(), at, options);
}

Random Process::random(std::string_view purpose) { return Random(seed_, stream_name(name_, life_, purpose)); }

void Process::entropy(MutableByteSpan into) {
  for (auto& byte : into) byte = static_cast<std::byte>(entropy_());
}

void Process::record(std::string_view name, platform::Fields fields) {
  if (!context_.dead()) sink_({virtual_now(), name_, name, std::move(fields)});
}

bool Process::maybe(std::string_view point) {
  if (!rare_paths_.take(point, rare_)) return false;
  record("sim.rare_path", {{"point", std::string(point)}});
  return true;
}

}  // namespace dwcp::sim
