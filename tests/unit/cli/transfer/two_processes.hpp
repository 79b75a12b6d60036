// A `dwcp receive` and whoever sends to it, in folders of one test.
#pragma once

#include <stdlib.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/unit/cli/transfer/process.hpp"

namespace dwcp::cli {

class TwoProcesses : public ::testing::Test {
 protected:
  TwoProcesses() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dwcp-cli-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
    folder_ = pattern;
    std::filesystem::create_directory(into());
    run({DWCP_PROGRAM, "pki", "init", "--folder", pki("")});
    run({DWCP_PROGRAM, "pki", "issue", "sender", "receiver", "--folder", pki("")});
  }
  ~TwoProcesses() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string pki(const std::string& node) const { return (folder_ / "pki" / node).string(); }
  void run(const std::vector<std::string>& arguments) {
    Process process(folder_, "run", arguments);
    EXPECT_EQ(process.wait(), 0) << process.diagnostics();
  }

  std::filesystem::path into() const { return folder_ / "into"; }

  // Half random, half text.
  std::string make_file(const std::string& name, std::size_t size) {
    const auto path = folder_ / name;
    std::ofstream file(path, std::ios::binary);
    std::mt19937_64 random(size);
    std::vector<std::uint64_t> block(1 << 13);
    for (std::size_t at = 0; at < size; at += block.size() * 8) {
      for (std::size_t i = 0; i < block.size(); ++i) block[i] = i % 1024 < 512 ? random() : 0x2079726f6d656d20 + i % 7;
      file.write(reinterpret_cast<const char*>(block.data()),
                 static_cast<std::streamsize>(std::min(size - at, block.size() * 8)));
    }
    return path.string();
  }
  bool same(const std::string& a, const std::filesystem::path& b) {
    std::ifstream one(a, std::ios::binary), two(b, std::ios::binary);
    if (!one || !two || std::filesystem::file_size(a) != std::filesystem::file_size(b)) return false;
    return std::equal(std::istreambuf_iterator<char>(one), {}, std::istreambuf_iterator<char>(two));
  }

  // Starts `dwcp receive`, by `prefix` if given, and waits until it listens. `port` 0 takes a free one.
  std::unique_ptr<Process> receiver(const std::string& name, std::vector<std::string> more = {}, int port = 0,
                                    const std::vector<std::string>& prefix = {}) {
    std::vector<std::string> arguments = prefix;
    for (const char* argument : {DWCP_PROGRAM, "receive", "--listen"}) arguments.emplace_back(argument);
    arguments.push_back("127.0.0.1:" + std::to_string(port));
    arguments.emplace_back("--into");
    arguments.push_back(into().string());
    arguments.emplace_back("--pki");
    arguments.push_back(pki("receiver"));
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto process = std::make_unique<Process>(folder_, name, arguments);
    const std::string announcement = "listening on 127.0.0.1:";
    EXPECT_TRUE(process->says(announcement)) << process->diagnostics();
    const std::string said = process->diagnostics();
    if (const auto at = said.find(announcement); at != std::string::npos)
      port_ = std::atoi(said.c_str() + at + announcement.size());
    return process;
  }
  std::unique_ptr<Process> sender(const std::string& name, const std::vector<std::string>& files,
                                  const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{DWCP_PROGRAM, "send"};
    arguments.insert(arguments.end(), files.begin(), files.end());
    arguments.push_back("127.0.0.1:" + std::to_string(port_));
    if (std::find(more.begin(), more.end(), "--plain-text") == more.end()) {
      arguments.emplace_back("--pki");
      arguments.push_back(pki("sender"));
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<Process>(folder_, name, arguments);
  }
  static nlohmann::json json_of(const Process& process) {
    return nlohmann::json::parse(process.output(), nullptr, false);
  }
  // Blocks until the partial file's table claims `blocks` blocks; false when `watched` ended before.
  bool claims(const std::string& name, std::size_t blocks, const Process& watched) {
    for (;;) {
      std::ifstream table(into() / (name + ".partial-blocks"), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(table), {}};
      std::size_t found = 0;
      for (std::size_t at = 32; at + 16 <= text.size(); at += 16)
        found += text.find_first_not_of('\0', at) < at + 16 ? 1 : 0;
      if (found >= blocks) return true;
      if (watched.ended()) return false;
      ::usleep(1000);
    }
  }

  std::filesystem::path folder_;
  int port_ = 0;
};

}  // namespace dwcp::cli
