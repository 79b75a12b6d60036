// dwcp pki: a private certificate authority for the nodes of a cluster.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/security/credential_files.hpp"
#include "engine/platform/native/native_platform.hpp"
#include "engine/security/authority.hpp"

namespace dwcp::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr unsigned authority_days = 3650, node_days = 365, days_max = 36500;
const char* const default_folder = "dwcp-pki";

struct PkiCommand {
  std::string cluster = "default", folder = default_folder, into, file;
  std::vector<std::string> nodes;
  unsigned days = 0;
  bool json = false, replace = false;
};

std::string date(security::WallTime time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  const auto two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(static_cast<int>(day.year())) + "-" + two(static_cast<unsigned>(day.month())) + "-" +
         two(static_cast<unsigned>(day.day()));
}

// A clock that is a little behind shall take it as well.
security::Validity validity_of(unsigned days) {
  return {today() - std::chrono::hours(1), today() + std::chrono::days(days)};
}

security::Entropy entropy() {
  return [](MutableByteSpan into) { platform::native::fill_with_entropy(into); };
}

// Before the first is written: a key beside another key's certificate would be of no use.
void check_free(std::initializer_list<fs::path> files, bool replace) {
  std::error_code error;
  for (const fs::path& file : files)
    if (!replace && fs::exists(file, error))
      throw Error(Errc::already_exists, file.string() + "; --replace writes over it");
}

// Whole, or not at all; a key is never open to others, not even for a moment.
void write(const fs::path& file, const std::string& text, bool secret) {
  std::error_code error;
  const fs::path fresh = file.string() + ".new";
  const mode_t before = ::umask(secret ? 077 : 022);
  {
    fs::remove(fresh, error);
    std::ofstream out(fresh, std::ios::binary);
    out << text;
    out.close();
    ::umask(before);
    if (!out) throw Error(Errc::storage_failed, fresh.string() + " cannot be written");
  }
  fs::rename(fresh, file, error);
  if (error) throw Error(Errc::storage_failed, file.string() + ": " + error.message());
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(Errc::storage_failed, folder.string() + ": " + error.message());
}

Json facts_as_json(const security::CertificateFacts& facts) {
  return {{"name", facts.name},
          {"subject", facts.subject},
          {"issuer", facts.issuer},
          {"authority", facts.authority},
          {"key", facts.key},
          {"serial", facts.serial},
          {"fingerprint_sha256", facts.fingerprint},
          {"valid_from", date(facts.valid_from)},
          {"valid_until", date(facts.valid_until)},
          {"days_left", std::chrono::floor<std::chrono::days>(facts.valid_until - today()).count()}};
}

void show_one(const fs::path& file, const security::CertificateFacts& facts) {
  const auto left = std::chrono::floor<std::chrono::days>(facts.valid_until - today()).count();
  std::cout << file.string() << "\n  "
            << (facts.authority
                    ? "authority    " + facts.subject
                    : "node         " + (facts.name.empty() ? facts.subject + ", no node's name" : facts.name))
            << "\n  issued by    " << facts.issuer << "\n  valid        " << date(facts.valid_from) << " to "
            << date(facts.valid_until)
            << (left < 0 ? ", EXPIRED" : ", " + std::to_string(left) + (left == 1 ? " day left" : " days left"))
            << "\n  key          " << facts.key << "\n  SHA-256      " << facts.fingerprint << "\n";
}

// Certificates of a folder, or one file.
std::vector<fs::path> certificates_at(const fs::path& place) {
  std::error_code error;
  if (!fs::exists(place, error)) throw Error(Errc::not_found, place.string());
  if (!fs::is_directory(place, error)) return {place};
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(place))
    if (entry.path().extension() == ".pem") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  if (found.empty()) throw Error(Errc::not_found, "no .pem file in " + place.string());
  return found;
}

ExitCode init(const PkiCommand& o) {
  if (o.cluster.empty() || o.cluster.size() > 255 || o.cluster.find('\n') != std::string::npos)
    throw Error(Errc::bad_value, "cluster '" + o.cluster + "'; a name of 1 to 255 bytes on one line would be right");
  const fs::path folder(o.folder);
  make_folder(folder);
  const auto own = security::Authority::create(o.cluster, validity_of(o.days ? o.days : authority_days), entropy());
  check_free({folder / "ca.key", folder / "ca.pem"}, o.replace);
  write(folder / "ca.key", own.key, true);
  write(folder / "ca.pem", own.certificate, false);
  write(folder / "cluster", o.cluster + "\n", false);
  if (o.json)
    std::cout << facts_as_json(security::describe(own.certificate).value()).dump(2) << std::endl;
  else
    std::cout << "authority of cluster '" << o.cluster << "' in " << folder.string()
              << "\nkeep ca.key to yourself; next: dwcp pki issue NODE...\n";
  return ExitCode::passed;
}

std::string first_line(std::string text) { return text.substr(0, text.find('\n')); }

ExitCode issue(const PkiCommand& o) {
  const fs::path folder(o.folder);
  const security::Issued own{read_text(folder / "ca.pem").value(), read_text(folder / "ca.key").value()};
  const auto authority = security::Authority::load(own).value();
  const std::string cluster = first_line(read_text(folder / "cluster").value());
  Json list = Json::array();
  for (const std::string& node : o.nodes) {
    if (node.empty() || node.size() > 255 || node.find('/') != std::string::npos || node == "." || node == "..")
      throw Error(Errc::bad_value,
                  "node '" + node + "'; a name of 1 to 255 bytes, which is a folder's too, would be right");
    const fs::path into = (o.into.empty() ? folder : fs::path(o.into)) / node;
    make_folder(into);
    const auto issued =
        authority.issue(security::PeerName(cluster, NodeId(node)), validity_of(o.days ? o.days : node_days), entropy());
    const CredentialFiles files = files_in(into);
    check_free({files.key, files.certificate}, o.replace);
    write(files.key, issued.key, true);
    write(files.certificate, issued.certificate, false);
    write(files.authorities, own.certificate, false);
    const auto facts = security::describe(issued.certificate).value();
    if (o.json)
      list.push_back(facts_as_json(facts));
    else
      std::cout << facts.name << " until " << date(facts.valid_until) << ": copy " << into.string() << "/* to "
                << default_pki.string() << " of that host\n";
  }
  if (o.json) std::cout << list.dump(2) << std::endl;
  return ExitCode::passed;
}

ExitCode show_all(const PkiCommand& o) {
  Json list = Json::array();
  bool expired = false;
  for (const fs::path& file : certificates_at(o.file)) {
    const auto facts = security::describe(read_text(file).value());
    if (!facts) throw Error(Failure(facts.error().code, file.string() + ": " + facts.error().detail));
    expired = expired || facts->valid_until < today();
    if (o.json) {
      Json one{{"file", file.string()}};
      one.update(facts_as_json(*facts));
      list.push_back(std::move(one));
    } else {
      show_one(file, *facts);
    }
  }
  if (o.json) std::cout << list.dump(2) << std::endl;
  return expired ? ExitCode::failed : ExitCode::passed;
}

}  // namespace

Run setup_pki(CLI::App& app) {
  auto options = std::make_shared<PkiCommand>();
  auto chosen = std::make_shared<ExitCode (*)(const PkiCommand&)>(nullptr);
  app.require_subcommand(1);
  const auto subcommand = [&](const char* name, const char* about, ExitCode (*function)(const PkiCommand&)) {
    CLI::App* sub = app.add_subcommand(name, about);
    sub->add_flag("--json", options->json, "print what was made, or is there, as JSON");
    sub->callback([chosen, function] { *chosen = function; });
    return sub;
  };
  CLI::App* first = subcommand("init", "make an authority", init);
  first->add_option("--cluster", options->cluster, "whose nodes it vouches for")->capture_default_str();
  CLI::App* next = subcommand("issue", "make a certificate and its key for each node", issue);
  next->add_option("NODE", options->nodes, "names, as in the agent's configuration")->required();
  next->add_option("--into", options->into, "folder for a folder of each node; the authority's when left out");
  for (CLI::App* sub : {first, next}) {
    sub->add_option("--folder", options->folder, "of the authority: ca.pem, ca.key")->capture_default_str();
    sub->add_option("--days", options->days, "validity; 3650 for an authority and 365 for a node when left out")
        ->check(CLI::Range(1U, days_max));
    sub->add_flag("--replace", options->replace, "write over what is there");
  }
  CLI::App* last = subcommand("show", "tell what certificates say; exit status 1 when one has expired", show_all);
  last->add_option("FILE", options->file, "a certificate, or a folder of them")->required();
  return [options, chosen] { return (*chosen)(*options); };
}

}  // namespace dwcp::cli
