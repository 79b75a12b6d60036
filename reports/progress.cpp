#include "reports/terminal.hpp"

namespace dwcp::reports {
std::string render_progress(const RunProgress& p, const std::string& name, const Style& style) {
  std::string figures = " " + pad_left(percent_text(p.migrated), 6) + "   " + dwcp::to_string(p.virtual_time) + " in " +
                        wall_text(p.wall_s);
  if (p.eta_s) figures += " · " + wall_text(*p.eta_s) + " left";
  if (!p.phase.empty()) figures += " · " + p.phase;
  if (p.events_per_second > 0) figures += " · " + count_text(p.events_per_second) + " events/s";
  constexpr std::size_t bar_width = 20;
  const std::size_t room = style.width > bar_width + 5 ? style.width - bar_width - 5 : 0;
  const std::string title = cut(name, 28);
  const std::size_t rest = room > columns(title) + 2 ? room - columns(title) - 2 : 0;
  return "  " + paint(style, Ink::bold, title) + "  " + bar(style, p.migrated, bar_width) +
         paint(style, Ink::dim, cut(figures, rest));
}

std::string render_progress(std::size_t done, std::size_t failed, std::size_t total, double wall_s,
                            const std::string& name, const Style& style) {
  const double share = total == 0 ? 0 : static_cast<double>(done) / static_cast<double>(total);
  std::string figures = " " + std::to_string(done) + " of " + std::to_string(total) + " runs";
  if (failed > 0) figures += ", " + std::to_string(failed) + " failed";
  figures += " · " + wall_text(wall_s);
  if (done > 0 && done < total)
    figures += " · " + wall_text(wall_s / static_cast<double>(done) * static_cast<double>(total - done)) + " left";
  return "  " + paint(style, Ink::bold, cut(name, 28)) + "  " + bar(style, share, 20) +
         paint(style, failed > 0 ? Ink::bad : Ink::dim, figures);
}

}  // namespace dwcp::reports
