// One client of a node's control protocol, without a socket.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/node/control_session.hpp"
#include "tests/unit/engine/node/node_host.hpp"

namespace dwcp::node::test {

using Json = nlohmann::json;

class Client {
 public:
  explicit Client(NodeHost& host) : host_(host) {
    session_ = host_.call<std::shared_ptr<ControlSession>>(
        [](Node& node) -> Task<std::shared_ptr<ControlSession>> { co_return std::make_shared<ControlSession>(node); });
  }
  ~Client() {
    if (session_) go_away();
  }
  // The session leaves its node on the node's own executor: before the node ends.
  void go_away() {
    host_.call<bool>([session = std::move(session_)](Node&) mutable -> Task<bool> {
      session.reset();
      co_return true;
    });
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send_line(const std::string& line) {
    host_.call<bool>([session = session_, line](Node&) -> Task<bool> {
      co_await session->handle(line);
      co_return true;
    });
  }
  Json next() {
    const auto line =
        host_.call<std::string>([session = session_](Node&) -> Task<std::string> { return session->next(); });
    return line.empty() ? Json() : Json::parse(line);
  }
  // The answer; what is followed may be told of before it.
  Json ask(Json request) {
    request["dwcp"] = 1;
    send_line(request.dump());
    for (;;)
      if (Json answer = next(); !answer.contains("event")) return answer;
  }
  // The first job that satisfies `wanted`, of those that are told of.
  Json until(const std::function<bool(const Json& event)>& wanted) {
    for (;;) {
      Json event = next();
      if (event.is_null() || (event.contains("event") && wanted(event))) return event.is_null() ? event : event["job"];
    }
  }
  Json until_ended() {
    return until([](const Json& event) { return event["event"] == "ended"; });
  }
  Json until_moving() {
    return until([](const Json& event) {
      return event["job"].contains("progress") && event["job"]["progress"]["phase"] == "copying";
    });
  }
  Json status() { return ask({{"do", "status"}})["status"]; }

 private:
  NodeHost& host_;
  std::shared_ptr<ControlSession> session_;
};

}  // namespace dwcp::node::test
