// bench_peers_encoding peer NAME CORPUS | hde CORPUS --link BITS_PER_S:RTT_S... [--codec NAME] | after FORMER CAPTURE
// CORPUS CAPTURE --link ... | pages CORPUS CAPTURE BEFORE NOW | synthetic FOLDER: one encoding of one corpus, as JSON.
// Every process measures one thing, so that none finds another's heap.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/peers/encoding/hde.hpp"
#include "bench/peers/encoding/peer.hpp"
#include "bench/peers/encoding/synthetic.hpp"
#include "engine/base/checksum.hpp"

namespace dwcp::bench {
namespace {

using nlohmann::json;

json head(const Round& round) {
  return {{"guest_s", round.guest_seconds}, {"pages", round.pages.size()}, {"content_bytes", round.content_bytes()}};
}

json of_peer(const std::string& name, const std::vector<Round>& rounds) {
  const auto peer = make_peer(name);
  if (!peer) throw std::runtime_error("there is no peer '" + name + "'");
  json list = json::array();
  for (const Round& round : rounds) {
    json entry = head(round);
    if (round.before != nullptr || peer->takes_full_copy()) {
      const Outcome outcome = peer->run(round);
      entry["bytes"] = outcome.bytes;
      entry["encode_s"] = outcome.encode_seconds;
      entry["decode_s"] = outcome.decode_seconds;
      entry["heap_bytes"] = outcome.heap_peak;
      entry["sampled"] = outcome.sampled;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

json of_classes(const hde::ClassStats& stats) {
  json classes = json::object();
  for (std::size_t i = 0; i < hde::page_class_count; ++i) {
    const auto page_class = static_cast<hde::PageClass>(i);
    const hde::ClassTotals& totals = stats[page_class];
    classes[std::string(to_string(page_class))] = {
        {"pages", totals.pages}, {"in", totals.in.value}, {"out", totals.out.value}};
  }
  return classes;
}

json of_time(double copy, const Busy& busy) {
  return {{"copy_s", copy}, {"encoder_s", busy.encoder}, {"link_s", busy.link}, {"decoder_s", busy.decoder}};
}

json of_outcome(const Round& round, const HdeOutcome& outcome) {
  json entry = head(round);
  entry.update(of_time(outcome.copy_seconds, outcome.busy));
  entry["bytes"] = outcome.wire;
  entry["classes"] = of_classes(outcome.classes);
  entry["overhead_bytes"] = outcome.classes.overhead.value;
  entry["cpu_s"] = {{"plan", outcome.plan_seconds},
                    {"encode", outcome.encode_seconds},
                    {"acknowledge", outcome.acknowledge_seconds},
                    {"unpack", outcome.unpack_seconds},
                    {"apply", outcome.apply_seconds}};
  entry["batches"] = outcome.batches;
  entry["rejected"] = outcome.rejected;
  entry["encoder_heap_bytes"] = outcome.encoder_heap;
  entry["decoder_heap_bytes"] = outcome.decoder_heap;
  return entry;
}

Link parse_link(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) throw std::runtime_error("link '" + text + "': BITS_PER_S:RTT_S would be right");
  const Link link{std::stod(text.substr(0, colon)), std::stod(text.substr(colon + 1))};
  if (link.bit_rate <= 0 || link.rtt < 0) throw std::runtime_error("link '" + text + "': its rate must be above 0");
  return link;
}

// A fixed codec makes the same of the pages on every link: it runs once.
json of_hde(const std::vector<Round>& rounds, HdeSetup setup, const std::vector<std::string>& links) {
  json all = json::object();
  std::vector<HdeOutcome> outcomes;
  for (const std::string& text : links) {
    setup.link = parse_link(text);
    const bool again = setup.fixed && !outcomes.empty();
    if (!again) outcomes = run_hde(rounds, setup);
    const std::vector<Replay> replays = again ? replay(outcomes, setup.link) : std::vector<Replay>();
    json list = json::array();
    for (std::size_t i = 0; i < rounds.size(); ++i) {
      json entry = of_outcome(rounds[i], outcomes[i]);
      if (again) entry.update(of_time(replays[i].copy_seconds, replays[i].busy));
      list.push_back(std::move(entry));
    }
    all[text] = std::move(list);
  }
  return all;
}

json of_after(const Corpus& former, std::size_t former_capture, const Corpus& corpus, std::size_t capture,
              const HdeSetup& setup) {
  const Round before = full_copy(former, former_capture), round = full_copy(corpus, capture);
  std::set<Hash128> held;
  for (const std::uint64_t page : before.non_zero) held.insert(hash128(before.now->page(page)));
  std::uint64_t changed = 0;
  Round shared;
  shared.now = round.now;
  shared.part = true;
  for (const std::uint64_t page : round.non_zero) {
    if (held.contains(hash128(round.now->page(page)))) shared.non_zero.push_back(page);
    changed += differ(*before.now, *round.now, page) ? page_size.value : 0;
  }
  shared.pages = shared.non_zero;
  const HdeOutcome lone = run_hde({round}, setup).front(), after = run_hde_after(before, round, setup);
  // Nothing but what is common, so that nothing else is found.
  const HdeOutcome common_after = run_hde_after(before, shared, setup), common_lone = run_hde({shared}, setup).front();
  return {{"content_bytes", round.content_bytes()},
          {"common_bytes", shared.content_bytes()},
          {"changed_bytes", changed},
          {"bytes", after.wire},
          {"matched_bytes", after.classes.matched.value},
          {"lone_bytes", lone.wire},
          {"common_after_bytes", common_after.wire},
          {"common_lone_bytes", common_lone.wire}};
}

void write_pages(const std::string& path, const Capture& capture, std::span<const std::uint64_t> pages) {
  const ByteVector bytes = joined(capture, pages);
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw std::runtime_error(path + " cannot be written");
}

int run(int argc, char** argv) {
  CLI::App app("one encoding of one corpus");
  app.require_subcommand(1);
  std::string corpus_path, peer, codec, before, now;
  std::vector<std::string> links;
  std::uint64_t delta_cache = GiB(1).value;
  std::uint64_t match_window = MiB(256).value;
  bool windowed = false;
  std::size_t captures = 100, capture = 1;
  app.add_option("--captures", captures, "at most so many of the corpus")->check(CLI::PositiveNumber);
  auto* const peer_command = app.add_subcommand("peer", "another encoding");
  peer_command->add_option("name", peer)->required();
  auto* const hde_command = app.add_subcommand("hde", "the engine's");
  auto* const pages_command = app.add_subcommand("pages", "writes the pages that changed to two files");
  auto* const after_command = app.add_subcommand("after", "a whole capture, after another one between the same ends");
  std::string former_path, link;
  std::size_t former_capture = 0;
  after_command->add_option("former", former_path)->required()->check(CLI::ExistingDirectory);
  after_command->add_option("former-capture", former_capture)->required();
  after_command->add_option("corpus", corpus_path)->required()->check(CLI::ExistingDirectory);
  after_command->add_option("capture", capture)->required();
  after_command->add_option("--link", link, "BITS_PER_S:RTT_S")->required();
  after_command->add_option("--match-window", match_window, "bytes, on each side");
  auto* const synthetic_command = app.add_subcommand("synthetic", "writes a corpus of made-up memory");
  std::string folder;
  std::uint64_t mib = 64;
  synthetic_command->add_option("folder", folder)->required();
  synthetic_command->add_option("--mib", mib)->check(CLI::Range(1, 65536));
  for (auto* command : {peer_command, hde_command, pages_command})
    command->add_option("corpus", corpus_path)->required()->check(CLI::ExistingDirectory);
  hde_command->add_option("--link", links, "BITS_PER_S:RTT_S")->required();
  auto* const codec_option = hde_command->add_option("--codec", codec, "instead of what is chosen");
  hde_command->add_flag("--windowed", windowed, "batches may copy from earlier ones")->needs(codec_option);
  hde_command->add_option("--delta-cache", delta_cache, "bytes, on each side");
  pages_command->add_option("capture", capture)->required();
  pages_command->add_option("before", before)->required();
  pages_command->add_option("now", now)->required();
  CLI11_PARSE(app, argc, argv);

  if (*synthetic_command) {
    write_synthetic(folder, MiB(mib));
    return 0;
  }
  const Corpus corpus = read_corpus(corpus_path, captures);
  const std::vector<Round> rounds = rounds_of(corpus);
  json result;
  if (*pages_command) {
    if (capture == 0 || capture >= rounds.size())
      throw std::runtime_error("there is no round to capture " + std::to_string(capture));
    write_pages(before, *rounds[capture].before, rounds[capture].non_zero);
    write_pages(now, *rounds[capture].now, rounds[capture].non_zero);
    result = head(rounds[capture]);
  } else if (*after_command) {
    const Corpus former = read_corpus(former_path, captures);
    result = of_after(former, former_capture, corpus, capture,
                      {.link = parse_link(link), .fixed = {}, .match_window = Bytes(match_window)});
  } else if (*peer_command) {
    result = of_peer(peer, rounds);
  } else {
    HdeSetup setup{.link = {}, .fixed = {}, .delta_cache = Bytes(delta_cache)};
    if (!codec.empty()) {
      const auto parsed = hde::parse_codec(codec);
      if (!parsed) throw std::runtime_error("there is no codec '" + codec + "'");
      setup.fixed = {*parsed, windowed};
    }
    result = of_hde(rounds, setup, links);
  }
  std::printf("%s\n", result.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace dwcp::bench

int main(int argc, char** argv) {
  try {
    return dwcp::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_peers_encoding: %s\n", error.what());
    return 1;
  }
}
