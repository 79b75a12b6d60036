#include "scenarios/runner/live_network.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/ip/address_v4.hpp>

#include "scenarios/runner/engine_config.hpp"

namespace dwcp::scenarios {
namespace {

using boost::asio::ip::address_v4;

// A port of that address that nobody has now.
std::uint16_t free_port(const address_v4& address) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(address.to_uint());
  socklen_t size = sizeof at;
  const bool bound = descriptor >= 0 && bind(descriptor, reinterpret_cast<sockaddr*>(&at), size) == 0 &&
                     getsockname(descriptor, reinterpret_cast<sockaddr*>(&at), &size) == 0;
  if (descriptor >= 0) close(descriptor);
  if (!bound) throw Error(Errc::bad_configuration, "no port is free on " + address.to_string());
  return ntohs(at.sin_port);
}

void add_end(LiveNetwork& network, const Link& link, const platform::Endpoint& first,
             const platform::Endpoint& second) {
  network.listen[link.between.front()].push_back(first);
  network.listen[link.between.back()].push_back(second);
  network.ends.emplace_back(first, second);
}

// Runs a program to its end; what it says on standard error, and whether it succeeded.
std::pair<bool, std::string> run_program(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error(Errc::out_of_budget, "no pipe to run " + command.front());
  const int pid = fork();
  if (pid == 0) {
    dup2(ends[1], STDERR_FILENO);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execvp(arguments.front(), arguments.data());
    _exit(127);
  }
  close(ends[1]);
  std::string said;
  char buffer[512];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;)
    said.append(buffer, static_cast<std::size_t>(count));
  close(ends[0]);
  int status = 0;
  if (pid > 0) waitpid(pid, &status, 0);
  if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127)
    said = "the program '" + command.front() + "' is missing";
  return {pid > 0 && status == 0, said};
}

void must_run(const std::vector<std::string>& command) {
  const auto [succeeded, said] = run_program(command);
  if (succeeded) return;
  std::string line;
  for (const std::string& word : command) line += (line.empty() ? "" : " ") + word;
  throw Error(Errc::bad_configuration, "network namespaces: '" + line + "' failed: " + said);
}

std::vector<std::string> inside(int pid, std::vector<std::string> command) {
  std::vector<std::string> whole{"nsenter", "--net=/proc/" + std::to_string(pid) + "/ns/net"};
  whole.insert(whole.end(), command.begin(), command.end());
  return whole;
}

std::string microseconds(Duration d) {
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(d).count()) + "us";
}

// Rate, and delay and loss where the kernel can.
void shape(int pid, const std::string& device, const Link& link) {
  const std::string rate = std::to_string(link.rate.value) + "bit";
  std::vector<std::string> netem{
      "tc",   "qdisc", "add",   "dev",   device, "root", "netem", "delay", microseconds(link.delay),
      "rate", rate,    "limit", "100000"};
  if (link.loss.value > 0) netem.insert(netem.end(), {"loss", to_string(link.loss)});
  if (run_program(inside(pid, netem)).first) return;
  const auto burst = std::max<std::uint64_t>(link.rate.value / 8 / 500, 65'000);  // 2 ms of the rate
  must_run(inside(pid, {"tc", "qdisc", "add", "dev", device, "root", "tbf", "rate", rate, "burst",
                        std::to_string(burst), "latency", "50ms"}));
}

}  // namespace

LiveNetwork loopback_network(const Topology& topology) {
  LiveNetwork network;
  for (std::size_t i = 0; i < topology.links.size(); ++i) {
    // Each end of each link has an address of its own, as in the simulation.
    const auto base = static_cast<std::uint32_t>(0x7f010000u + 4 * i);
    const address_v4 first(base + 1), second(base + 2);
    add_end(network, topology.links[i], {first, free_port(first)}, {second, free_port(second)});
  }
  return network;
}

LiveNetwork namespace_network(const Topology& topology, const std::map<std::string, int>& processes) {
  LiveNetwork network;
  network.shaped = true;
  for (std::size_t i = 0; i < topology.links.size(); ++i) {
    const Link& link = topology.links[i];
    const int first = processes.at(link.between.front()), second = processes.at(link.between.back());
    const std::string device = "dwcp" + std::to_string(i);
    const auto base = static_cast<std::uint32_t>(0x0a640000u + 4 * i);  // 10.100.0.0/16
    const address_v4 addresses[] = {address_v4(base + 1), address_v4(base + 2)};
    must_run({"ip", "link", "add", device, "netns", std::to_string(first), "mtu", std::to_string(topology.mtu.value),
              "type", "veth", "peer", "name", device, "netns", std::to_string(second), "mtu",
              std::to_string(topology.mtu.value)});
    for (const auto& [pid, address] : {std::pair(first, addresses[0]), std::pair(second, addresses[1])}) {
      must_run(inside(pid, {"ip", "address", "add", address.to_string() + "/30", "dev", device}));
      must_run(inside(pid, {"ip", "link", "set", device, "up"}));
      shape(pid, device, link);
    }
    add_end(network, link, {addresses[0], agent_port}, {addresses[1], agent_port});
  }
  return network;
}

}  // namespace dwcp::scenarios
