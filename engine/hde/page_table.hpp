// State by page, for blocks of any size of which any part is used: pieces of 512 neighbouring pages, made when touched.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>

#include "engine/hde/page.hpp"

namespace dwcp::hde {

template <class State>
class PageTable {
 public:
  // Made with State{} when it is new. References stay valid.
  State& at(const PageKey& key) {
    const std::uint64_t piece = piece_of(key);
    if (last_ == nullptr || piece != last_piece_) {
      auto& slot = pieces_[piece];
      if (!slot) slot = std::make_unique<Piece>();
      last_ = slot.get();
      last_piece_ = piece;
    }
    return (*last_)[key.index.value % piece_pages];
  }
  State* find(const PageKey& key) {
    const auto found = pieces_.find(piece_of(key));
    return found == pieces_.end() ? nullptr : &(*found->second)[key.index.value % piece_pages];
  }

 public:
  static constexpr std::uint64_t piece_pages = 512;
  // With its node in the map, a place of a bucket twice over, since that grows so, and the allocator's share.
  static constexpr std::uint64_t piece_cost = piece_pages * sizeof(State) + 16 + 48 + 16;

 private:
  static_assert(max_page_index.value / piece_pages < (std::uint64_t{1} << 32));
  using Piece = std::array<State, piece_pages>;

  static std::uint64_t piece_of(const PageKey& key) {
    return std::uint64_t{key.block} << 32 | key.index.value / piece_pages;
  }

  std::unordered_map<std::uint64_t, std::unique_ptr<Piece>> pieces_;
  Piece* last_ = nullptr;  // pages come in runs: most look-ups hit the same piece again
  std::uint64_t last_piece_ = 0;
};

}  // namespace dwcp::hde
