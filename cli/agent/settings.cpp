#include "cli/agent/settings.hpp"

#include "cli/transfer/addresses.hpp"
#include "cli/transfer/host.hpp"
#include "engine/base/build_info.hpp"
#include "engine/node/control_request.hpp"
#include "engine/platform/native/tcp_tuning.hpp"

namespace dwcp::cli {
namespace {

using scenarios::Problem;

platform::CongestionControl congestion_of(Congestion congestion) {
  switch (congestion) {
    case Congestion::bbr:
      return platform::CongestionControl::bbr;
    case Congestion::cubic:
      return platform::CongestionControl::cubic;
    case Congestion::automatic:
      return platform::CongestionControl::by_path;
    case Congestion::platform_default:
      break;
  }
  return platform::CongestionControl::platform_default;
}

static_assert(static_cast<int>(TimeoutAction::cancel) == static_cast<int>(migration::OnTimeout::cancel) &&
              static_cast<int>(TimeoutAction::pause) == static_cast<int>(migration::OnTimeout::stop_guest) &&
              static_cast<int>(TimeoutAction::post_copy) == static_cast<int>(migration::OnTimeout::post_copy));

class Maker {
 public:
  explicit Maker(const LoadedFile& loaded) : file_(loaded.file), document_(loaded.document) {}

  Result<Settings> make() {
    Settings out;
    migration::AgentConfig& agent = out.node.agent;
    agent.node = NodeId(file_.node.empty() ? host_name() : file_.node);
    agent.cluster = file_.cluster.empty() ? "default" : file_.cluster;
    secure(out);
    check_name("/node", "node", agent.node.text);
    check_name("/cluster", "cluster", agent.cluster);
    agent.listen = endpoints("/listen", "listen", file_.listen);
    agent.session = session();
    const EncodingSection& encoding = file_.encoding;
    agent.encoding = {.memory = encoding.memory,
                      .delta_cache = encoding.delta_cache,
                      .match_window = encoding.match_window,
                      .kept_windows = encoding.kept_windows,
                      .keep_window = encoding.keep_window,
                      .share_windows = encoding.share_windows,
                      .compress = encoding.compress};
    check_size("delta_cache", encoding.delta_cache, migration::delta_cache_max);
    check_size("match_window", encoding.match_window, migration::match_window_max);
    agent.incoming_max = file_.limits.incoming;
    out.node.outgoing_max = file_.limits.outgoing;
    out.node.policy = policy();
    out.node.version = build_description();
    for (const auto& [name, addresses] : file_.peers) {
      const std::string at = "/peers/" + scenarios::escape_step(name);
      check_name(at, "peers." + name, name);
      out.node.peers[name] = endpoints(at, "peers." + name, addresses);
    }
    out.libvirt = file_.libvirt;
    out.state = file_.state;
    out.socket = file_.control.socket;
    out.socket_group = file_.control.group;
    out.log = file_.log;
    if (problems_.empty()) return out;
    return Failure(Errc::bad_configuration, scenarios::to_failure(std::move(problems_)).detail);
  }

 private:
  void problem(const std::string& pointer, const std::string& text) {
    problems_.push_back({document_.position(pointer), text});
  }

  void check_name(const std::string& pointer, const std::string& key, const std::string& name) {
    if (name.empty() || name.size() > node::name_size_max)
      problem(pointer, key + ": a name of 1 to " + std::to_string(node::name_size_max) +
                           " bytes would be right, got '" + name + "'");
  }

  std::vector<platform::Endpoint> endpoints(const std::string& pointer, const std::string& key,
                                            const std::vector<std::string>& texts) {
    std::vector<platform::Endpoint> all;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto found = resolve(texts[i]);
      if (!found)
        problem(pointer + "/" + std::to_string(i), key + ": " + found.error().detail);
      else
        all.insert(all.end(), found->begin(), found->end());
    }
    if (texts.empty()) problem(pointer, key + ": at least one ADDRESS:PORT would be right, got an empty list");
    if (all.size() > amst::Limits::endpoints_max)
      problem(pointer, key + ": " + std::to_string(all.size()) + " addresses; at most " +
                           std::to_string(amst::Limits::endpoints_max) + " would be right");
    return all;
  }

  void check_size(const std::string& key, Bytes size, Bytes most) {
    if (size > most)
      problem("/encoding/" + key, "encoding." + key + ": " + to_string(size) + "; other nodes keep at most " +
                                      to_string(most) + " for a migration");
  }

  amst::SessionConfig session() {
    amst::SessionConfig session;
    session.streams = file_.session.streams;
    session.streams_min = file_.session.streams_min.value_or(0);
    session.congestion = congestion_of(file_.session.congestion);
    session.rdma = file_.session.rdma;
    session.rate_limit = file_.session.rate_limit.value_or(BitRate(0));
    session.chunk_max = file_.session.chunk;
    session.send_window = session.receive_window = file_.session.window;
    session.resume_timeout = file_.session.resume_timeout;
    session.connect_timeout = file_.session.connect_timeout;
    if (const Failure wrong = amst::check(session); wrong.code) problem("/session", "session: " + wrong.detail);
    if (session.chunk_max < migration::chunk_least)
      problem("/session/chunk", "session.chunk: " + to_string(session.chunk_max) + "; a migration needs at least " +
                                    to_string(migration::chunk_least));
    return session;
  }

  void secure(Settings& out) {
    const SecuritySection& wanted = file_.security;
    if (wanted.plain_text) {
      if (!wanted.key_agreement.empty())
        problem("/security/key_agreement", "security.key_agreement: there is none with plain_text");
      return;
    }
    migration::AgentConfig& agent = out.node.agent;
    const CredentialFiles files{wanted.certificate, wanted.key, wanted.authorities};
    auto credentials = load(files, today());
    if (!credentials) return problem("/security", "security: " + credentials.error().detail);
    const security::PeerName& name = (*credentials)->name();
    if (file_.node.empty()) agent.node = name.node;
    if (file_.cluster.empty()) agent.cluster = name.cluster;
    agent.credentials = std::make_shared<security::CredentialStore>(std::move(*credentials));
    agent.tls.group_required = wanted.key_agreement;
    out.credential_files = files;
    const amst::Self self(amst::Identity(agent.node, agent.cluster), agent.credentials);
    if (const Failure wrong = amst::check(self); wrong.code) problem("/security", "security: " + wrong.detail);
  }

  migration::Policy policy() const {
    migration::Policy policy;
    policy.downtime_max = file_.migration.max_downtime;
    policy.timeout = file_.migration.timeout.value_or(Duration(0));
    policy.on_timeout = static_cast<migration::OnTimeout>(file_.migration.on_timeout);
    policy.throttle_max = file_.migration.throttle_max;
    return policy;
  }

  const AgentFile& file_;
  const scenarios::Document& document_;
  std::vector<Problem> problems_;
};

std::string joined(const std::vector<platform::Endpoint>& endpoints) {
  std::string text;
  for (const platform::Endpoint& endpoint : endpoints) text += (text.empty() ? "" : ", ") + to_string(endpoint);
  return text;
}

}  // namespace

Result<Settings> make_settings(const LoadedFile& loaded) { return Maker(loaded).make(); }

Result<Settings> load_settings(const std::filesystem::path& path, const Environment& environment) {
  const auto loaded = load_agent_file(path, environment);
  if (!loaded) return loaded.error();
  return make_settings(*loaded);
}

std::string describe(const Settings& s) {
  std::string text = "node     " + s.node.agent.node.text + ", cluster " + s.node.agent.cluster + "\n";
  text += "listen   " + joined(s.node.agent.listen) + "\n";
  for (const auto& [name, endpoints] : s.node.peers) text += "peer     " + name + " at " + joined(endpoints) + "\n";
  if (const auto& store = s.node.agent.credentials)
    text += "proves   " + security::to_uri(store->current()->name()) + " by " +
            s.credential_files->certificate.string() + "\n";
  else
    text += "proves   nothing: plain text\n";
  text += "state    " + s.state.string() + "\ncontrol  " + s.socket.string() + "\n";
  return text;
}

}  // namespace dwcp::cli
