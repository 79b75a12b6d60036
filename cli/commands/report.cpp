// dwcp report: the report of results that are there.
#include "reports/report.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "reports/compare/comparison_html.hpp"

namespace dwcp::cli {
namespace {

struct ReportCommand {
  std::filesystem::path folder, other, out;
  bool open = false;
};

// The desktop's own choice of a browser. It may take its time: nobody waits for more than the hand-over.
void open_in_browser(const std::filesystem::path& file) {
  const std::string path = std::filesystem::absolute(file).string();
  const int pid = fork();
  if (pid < 0) throw Error(Errc::out_of_budget, "no process to open '" + path + "' with");
  if (pid == 0) {
    execlp("xdg-open", "xdg-open", path.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw Error(Errc::not_found, "xdg-open could not open '" + path + "'; the report is there, open it by hand");
}

std::filesystem::path default_file(const ReportCommand& options) {
  return options.other.empty() ? options.folder / reports::report_file : options.other / "comparison.html";
}

void make(const ReportCommand& options, const std::filesystem::path& file) {
  if (!options.other.empty()) {
    const reports::NamedRuns a{options.folder.string(), reports::read_runs(options.folder).value()};
    const reports::NamedRuns b{options.other.string(), reports::read_runs(options.other).value()};
    reports::write_report(file, reports::comparison_report(reports::compare(a, b, {}).value(), a, b));
    return;
  }
  if (std::filesystem::exists(options.folder / "result.json")) {
    reports::write_report(file, reports::run_report(options.folder));
    return;
  }
  const auto found = reports::find_runs(options.folder);
  const auto beside = std::filesystem::absolute(file).parent_path();
  reports::write_report(file, reports::runs_report(found.runs, beside, found.older));
}

}  // namespace

Run setup_report(CLI::App& app) {
  auto options = std::make_shared<ReportCommand>();
  app.add_option("DIR", options->folder, "folder of one run, or one with runs below it: the newest of each scenario")
      ->required();
  app.add_option("B", options->other,
                 "a second folder: what is better or worse in it than in DIR, as dwcp compare --html");
  app.add_option("--out", options->out, "file to write, instead of DIR/report.html, or B/comparison.html");
  app.add_flag("--open", options->open, "open it in the browser (xdg-open)");
  return [options] {
    for (const auto& folder : {options->folder, options->other})
      if (!folder.empty() && !std::filesystem::is_directory(folder))
        throw Error(Errc::not_found, "'" + folder.string() + "' is no folder");
    const auto file = options->out.empty() ? default_file(*options) : options->out;
    make(*options, file);
    std::cout << file.string() << '\n';
    if (options->open) open_in_browser(file);
    return ExitCode::passed;
  };
}

}  // namespace dwcp::cli
