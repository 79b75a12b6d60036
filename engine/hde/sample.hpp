// Tells from a few bytes of a page that compressing it is a waste of time.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace dwcp::hde {

// True when the page (4096 bytes) looks like noise: encrypted, compressed or random data. It reads 64 bytes of most
// pages and 192 of suspicious ones, under 3 % of the time that LZ4 takes for a page. A wrong "true" costs ratio, a
// wrong "false" costs time; neither costs correctness.
bool looks_incompressible(const std::byte* page);

// Which of these pages, neighbours for the most part, are worth compressing. Neighbours behave alike: where one page
// after the other is noise, only every 16th is looked at, until one is not; then those before it are, too.
std::vector<bool> worth_compressing(std::span<const std::byte* const> pages);

}  // namespace dwcp::hde
