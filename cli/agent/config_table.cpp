// The one table of what the agent's configuration file may say.
#include "cli/agent/config.hpp"

namespace dwcp::scenarios {

using namespace dwcp::cli;

// Every type that is a field of another needs its table declared before the first use of its binding.
#define DWCP_TABLE(type) \
  template <>            \
  const ObjectTable<type>& table_of<type>()
DWCP_TABLE(SessionSection);
DWCP_TABLE(EncodingSection);
DWCP_TABLE(MigrationSection);
DWCP_TABLE(LimitsSection);
DWCP_TABLE(SecuritySection);
DWCP_TABLE(LibvirtSection);
DWCP_TABLE(ControlSection);
DWCP_TABLE(LogSection);

DWCP_TABLE(SessionSection) {
  static const auto table =
      ObjectTable<SessionSection>("session", "How this agent's migrations use the network.")
          .optional("streams", &SessionSection::streams, "Data streams of one migration.", Range{1, 64})
          .optional("streams_min", &SessionSection::streams_min,
                    "As many connections on each path as measure to carry the most, from so many up to `streams`; "
                    "always `streams` when left out.",
                    Range{1, 64})
          .optional("congestion", &SessionSection::congestion,
                    "Congestion control of the streams. `auto` takes `bbr`, which copes with loss, on paths of 2 ms "
                    "round trip and more where the kernel offers it, else the system's own, and tries the other one "
                    "where the path loses; `default` the system's own; what is asked for by name must be there.")
          .optional("rdma", &SessionSection::rdma,
                    "Whether data goes by RDMA where both hosts can; TCP carries on where that fails.")
          .optional("rate_limit", &SessionSection::rate_limit, "One rate that all streams of a migration share.")
          .optional("chunk", &SessionSection::chunk, "Largest piece that travels on one stream at once.")
          .optional("window", &SessionSection::window,
                    "Data under way at most, in each direction; at least the bandwidth-delay product of the path, and "
                    "twice `chunk`.")
          .optional("resume_timeout", &SessionSection::resume_timeout,
                    "How long a migration whose path is cut waits for it to come back. The smaller of both hosts'.")
          .optional("connect_timeout", &SessionSection::connect_timeout, "For the first connection to a peer.");
  return table;
}

DWCP_TABLE(EncodingSection) {
  static const auto table =
      ObjectTable<EncodingSection>("encoding", "How memory is made smaller, and what that may cost.")
          .optional("memory", &EncodingSection::memory, "Guest memory under way at the source, per migration.")
          .optional("delta_cache", &EncodingSection::delta_cache,
                    "Memory for the bases of deltas, per migration, on each side; 0B: no deltas.")
          .optional("match_window", &EncodingSection::match_window,
                    "Memory for contents that were sent and that others are copied from, per migration, on each side; "
                    "0B: none are.")
          .optional(
              "kept_windows", &EncodingSection::kept_windows,
              "Of these contents, what is kept when a migration is over, for the next one of the guest between the "
              "same two nodes: of all migrations together, on each side; 0B: none are.")
          .optional("keep_window", &EncodingSection::keep_window, "For how long.")
          .optional(
              "share_windows", &EncodingSection::share_windows,
              "Whether a guest may begin with what another one left. Who sees how many bytes a migration takes, and "
              "chooses contents of one guest, learns of those of another: only where all guests trust each other.")
          .optional("compress", &EncodingSection::compress, "Whether pages are compressed.");
  return table;
}

DWCP_TABLE(MigrationSection) {
  static const auto table =
      ObjectTable<MigrationSection>("migration", "What is wanted of a migration that says nothing else.")
          .optional("max_downtime", &MigrationSection::max_downtime,
                    "The switchover begins when it is predicted to be shorter.")
          .optional("timeout", &MigrationSection::timeout,
                    "Of a whole migration until the guest stops; none when left out.")
          .optional(
              "on_timeout", &MigrationSection::on_timeout,
              "`cancel`: the guest stays where it is; `pause`: it is stopped, and moved with the downtime that "
              "this costs; `post-copy`: it is moved at once, and fetches the rest of its memory (of migrations by "
              "post-copy only; others are cancelled).")
          .optional("throttle_max", &MigrationSection::throttle_max,
                    "Percent of processor time that a guest may lose when it writes faster than the path carries.",
                    Range{0, 99});
  return table;
}

DWCP_TABLE(LimitsSection) {
  static const auto table =
      ObjectTable<LimitsSection>("limits", "How much this host does at once.")
          .optional("incoming", &LimitsSection::incoming, "Migrations to this host; more are refused.", Range{1, 256})
          .optional("outgoing", &LimitsSection::outgoing, "Migrations out of this host; more wait their turn.",
                    Range{1, 256});
  return table;
}

DWCP_TABLE(SecuritySection) {
  static const auto table =
      ObjectTable<SecuritySection>("security", "How hosts know each other; `dwcp pki` makes the files.")
          .optional(
              "certificate", &SecuritySection::certificate,
              "PEM file: this host's, with the name `dwcp://CLUSTER/NODE`. New files are taken without a restart.")
          .optional("key", &SecuritySection::key, "PEM file of its key, not encrypted; closed to others.")
          .optional("authorities", &SecuritySection::authorities, "PEM file: whose certificates are trusted.")
          .optional("key_agreement", &SecuritySection::key_agreement,
                    "Accept this one only, such as `X25519MLKEM768` (OpenSSL 3.5 or newer); the best that both sides "
                    "know when left out.")
          .optional("plain_text", &SecuritySection::plain_text,
                    "Neither encrypt nor ask who is there. All hosts must say so, and every report does.");
  return table;
}

DWCP_TABLE(LibvirtSection) {
  static const auto table =
      ObjectTable<LibvirtSection>("libvirt", "The hypervisor of this host.")
          .optional("uri", &LibvirtSection::uri, "Of the host's own daemon.")
          .optional("socket", &LibvirtSection::socket,
                    "The daemon's socket for full access; virtqemud's or libvirtd's usual place when left out.")
          .optional("runtime", &LibvirtSection::runtime,
                    "Folder of the sockets between QEMU and the agent; QEMU's user must be able to enter it. Made when "
                    "it is not there.")
          .optional("disk_folders", &LibvirtSection::disk_folders,
                    "Where disks that travel with a guest may lie, or below: only there are they made, or written "
                    "over; other hosts say which.");
  return table;
}

DWCP_TABLE(ControlSection) {
  static const auto table =
      ObjectTable<ControlSection>("control", "Where `dwcp migrate`, `status` and `cancel` reach this agent.")
          .optional("socket", &ControlSection::socket, "A UNIX socket with mode 0660; its folder is made.")
          .optional("group", &ControlSection::group,
                    "Members of it may use the socket; the agent's own group when left out.");
  return table;
}

DWCP_TABLE(LogSection) {
  static const auto table =
      ObjectTable<LogSection>("log", "What is written to standard error.")
          .optional("format", &LogSection::format, "`text` for people, `json`: one object on a line.")
          .optional("detail", &LogSection::detail, "Also what happens several times a second.");
  return table;
}

DWCP_TABLE(AgentFile) {
  static const auto table =
      ObjectTable<AgentFile>("agent", "One file for each host.")
          .optional("node", &AgentFile::node,
                    "This host's name in the cluster; that of its certificate, or its host name, when left out.")
          .optional("cluster", &AgentFile::cluster,
                    "Agents of another one are refused; that of its certificate, or `default`, when left out.")
          .required("listen", &AgentFile::listen,
                    "`ADDRESS:PORT`s where other agents reach this one; several are several paths.", AtLeast{1})
          .optional("peers", &AgentFile::peers, "The other hosts by name, each with its `ADDRESS:PORT`s.")
          .optional("session", &AgentFile::session, "How migrations use the network.")
          .optional("encoding", &AgentFile::encoding, "How memory is made smaller.")
          .optional("migration", &AgentFile::migration, "What is wanted of a migration that says nothing else.")
          .optional("limits", &AgentFile::limits, "How much is done at once.")
          .optional("security", &AgentFile::security, "Certificates.")
          .optional("libvirt", &AgentFile::libvirt, "The hypervisor.")
          .optional("control", &AgentFile::control, "The socket for clients on this host.")
          .optional("log", &AgentFile::log, "What is written to standard error.")
          .optional(
              "state", &AgentFile::state,
              "Folder of the journal that says who owns which VM. It must outlive a crash of the machine: never on a "
              "tmpfs. Made when it is not there.");
  return table;
}
#undef DWCP_TABLE

}  // namespace dwcp::scenarios

namespace dwcp::cli {

const scenarios::Shape& agent_file_shape() { return scenarios::table_of<AgentFile>().shape(); }

AgentFile read_agent_file(const scenarios::Document& valid) {
  return scenarios::table_of<AgentFile>().read(valid.root);
}

}  // namespace dwcp::cli
