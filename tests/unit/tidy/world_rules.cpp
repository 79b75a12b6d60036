#include <algorithm>
#include <cctype>

#include "tests/unit/tidy/rules.hpp"

namespace dwcp::tidy {
namespace {

enum class Kind { clock, randomness, environment, thread, timer, socket, file, output, lifetime };

struct Banned {
  Kind kind;
  std::string_view token;  // found as a whole word, or as a header in angle brackets
};

const std::vector<Banned> banned = {
    {Kind::clock, "system_clock"},
    {Kind::clock, "steady_clock"},
    {Kind::clock, "high_resolution_clock"},
    {Kind::clock, "clock_gettime"},
    {Kind::clock, "gettimeofday"},
    {Kind::clock, "std::time"},
    {Kind::randomness, "random_device"},
    {Kind::randomness, "<random>"},
    {Kind::randomness, "mt19937"},
    {Kind::randomness, "srand"},
    {Kind::randomness, "std::rand"},
    {Kind::randomness, "getrandom"},
    {Kind::randomness, "RAND_bytes"},
    {Kind::environment, "getenv"},
    {Kind::environment, "secure_getenv"},
    {Kind::thread, "<thread>"},
    {Kind::thread, "std::thread"},
    {Kind::thread, "std::jthread"},
    {Kind::thread, "std::async"},
    {Kind::thread, "std::this_thread"},
    {Kind::thread, "pthread_create"},
    {Kind::thread, "thread_pool"},
    {Kind::timer, "steady_timer"},
    {Kind::timer, "system_timer"},
    {Kind::timer, "deadline_timer"},
    {Kind::timer, "high_resolution_timer"},
    {Kind::socket, "tcp::socket"},
    {Kind::socket, "tcp::acceptor"},
    {Kind::socket, "tcp::resolver"},
    {Kind::socket, "udp::socket"},
    {Kind::socket, "stream_protocol::socket"},
    {Kind::socket, "<sys/socket.h>"},
    {Kind::socket, "<netinet/in.h>"},
    {Kind::socket, "<boost/asio.hpp>"},
    {Kind::file, "<fstream>"},
    {Kind::file, "<filesystem>"},
    {Kind::file, "<unistd.h>"},
    {Kind::file, "<fcntl.h>"},
    {Kind::file, "fopen"},
    {Kind::output, "<iostream>"},
    {Kind::output, "std::cout"},
    {Kind::output, "std::cerr"},
    {Kind::output, "std::printf"},
    {Kind::lifetime, "detached"},
};

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::clock:
      return "a clock";
    case Kind::randomness:
      return "a source of randomness";
    case Kind::environment:
      return "the environment";
    case Kind::thread:
      return "a thread";
    case Kind::timer:
      return "a timer of Asio's";
    case Kind::socket:
      return "a socket";
    case Kind::file:
      return "a file";
    case Kind::output:
      return "an output stream";
    case Kind::lifetime:
      return "a coroutine that nobody waits for";
  }
  return "";
}

std::string_view remedy_for(Kind kind) {
  switch (kind) {
    case Kind::clock:
      return "take the time from Platform::now()";
    case Kind::randomness:
      return "draw from a stream of Platform::random(name), so that the seed decides";
    case Kind::environment:
      return "take it as configuration through the constructor";
    case Kind::thread:
      return "use Platform::compute() for heavy work, or a lane";
    case Kind::timer:
      return "use Platform::timer(): this one starts a real reactor thread in a simulated world";
    case Kind::socket:
      return "use Platform::connect(), listen() or datagram()";
    case Kind::file:
      return "use Platform::storage()";
    case Kind::output:
      return "emit an event";
    case Kind::lifetime:
      return "start it in a Scope, which cancels it and waits for it";
  }
  return "";
}

struct Area {
  std::string_view folder;
  std::string_view but_not;
  std::vector<Kind> kinds;
};

// hypervisor/model maps memory images, hence no rule on files there; sim/ is not bound to the port, but to virtual
// time.
const std::vector<Area> areas = {
    {"engine",
     "engine/platform/native",
     {Kind::clock, Kind::randomness, Kind::environment, Kind::thread, Kind::timer, Kind::socket, Kind::file,
      Kind::output}},
    {"engine", "engine/platform", {Kind::lifetime}},
    {"hypervisor/model", "", {Kind::clock, Kind::randomness, Kind::environment, Kind::thread, Kind::timer}},
    {"hypervisor/qemu_stream", "", {Kind::clock, Kind::randomness, Kind::environment, Kind::thread, Kind::file}},
    {"sim", "", {Kind::clock, Kind::randomness, Kind::environment, Kind::thread, Kind::timer}},
};

// What an area forbids and one file needs. It must be needed: an exception that nothing uses is a violation itself.
struct Exception {
  std::string_view path;
  Kind kind;
  std::string_view reason;
};

const std::vector<Exception> exceptions = {
    {"sim/isolate.cpp", Kind::clock, "ends a child process that hangs in real time"},
    {"sim/world.cpp", Kind::clock, "reports the processor time that a run costs"},
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool contains_token(const std::string& line, std::string_view token) {
  for (std::size_t at = line.find(token); at != std::string::npos; at = line.find(token, at + 1)) {
    const std::size_t end = at + token.size();
    const bool starts = at == 0 || !is_word(token.front()) || !is_word(line[at - 1]);
    const bool ends = end == line.size() || !is_word(token.back()) || !is_word(line[end]);
    if (starts && ends) return true;
  }
  return false;
}

bool is_excepted(const Source& source, Kind kind) {
  return std::any_of(exceptions.begin(), exceptions.end(),
                     [&](const Exception& e) { return e.path == source.path && e.kind == kind; });
}

bool uses(const Source& source, Kind kind) {
  return std::any_of(banned.begin(), banned.end(), [&](const Banned& ban) {
    return ban.kind == kind && std::any_of(source.code.begin(), source.code.end(),
                                           [&](const auto& line) { return contains_token(line, ban.token); });
  });
}

void check_in_area(const Source& source, const Area& area, std::vector<Violation>& violations) {
  for (std::size_t i = 0; i < source.code.size(); ++i)
    for (const Banned& ban : banned) {
      if (std::find(area.kinds.begin(), area.kinds.end(), ban.kind) == area.kinds.end()) continue;
      if (!contains_token(source.code[i], ban.token) || is_excepted(source, ban.kind)) continue;
      violations.push_back(
          {source.path, i + 1, "world",
           "'" + std::string(ban.token) + "' is " + std::string(name_of(ban.kind)) + " outside the Platform",
           std::string(remedy_for(ban.kind))});
    }
}

}  // namespace

std::vector<Violation> check_world(const std::vector<Source>& project) {
  std::vector<Violation> violations;
  for (const Source& source : project) {
    if (!source.is_cpp()) continue;
    for (const Area& area : areas)
      if (source.is_in(area.folder) && (area.but_not.empty() || !source.is_in(area.but_not)))
        check_in_area(source, area, violations);
    for (const Exception& e : exceptions)
      if (e.path == source.path && !uses(source, e.kind))
        violations.push_back({source.path, 0, "world", "no longer needs its exception (" + std::string(e.reason) + ")",
                              "take it out of tests/unit/tidy/world_rules.cpp"});
  }
  return violations;
}

}  // namespace dwcp::tidy
