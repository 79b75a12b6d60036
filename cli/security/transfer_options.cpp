#include "cli/security/transfer_options.hpp"

#include "cli/security/credential_files.hpp"
#include "cli/transfer/host.hpp"

namespace dwcp::cli {

void add_security_options(CLI::App& app, SecurityOptions& options) {
  options.pki = default_pki.string();
  app.add_option("--pki", options.pki, "folder with this host's node.pem, node.key and ca.pem (dwcp pki issue)")
      ->capture_default_str();
  app.add_option("--key-agreement", options.key_agreement,
                 "accept this one only, such as X25519MLKEM768 (OpenSSL 3.5 or newer)");
  app.add_flag("--plain-text", options.plain_text, "neither encrypt nor ask who is there; both sides must say so");
  app.add_option("--node", options.node, "with --plain-text: this host's name to the other");
  app.add_option("--cluster", options.cluster, "with --plain-text: must be the other's");
}

Result<amst::Self> self_of(const SecurityOptions& options) {
  if (options.plain_text) {
    if (!options.key_agreement.empty())
      return Failure(Errc::bad_value, "--key-agreement asks for TLS, and --plain-text for none");
    return amst::Self(amst::Identity(NodeId(options.node.empty() ? host_name() : options.node),
                                     options.cluster.empty() ? "dwcp" : options.cluster));
  }
  if (!options.node.empty() || !options.cluster.empty())
    return Failure(Errc::bad_value, "--node and --cluster go with --plain-text; else the certificate says who this is");
  auto credentials = load(files_in(options.pki), today());
  if (!credentials) return credentials.error();
  const security::PeerName& name = (*credentials)->name();
  return amst::Self(amst::Identity(name.node, name.cluster),
                    std::make_shared<security::CredentialStore>(std::move(*credentials)),
                    security::TlsOptions{.group_required = options.key_agreement});
}

}  // namespace dwcp::cli
