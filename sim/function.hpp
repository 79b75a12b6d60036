// A move-only void() of fixed size: what a simulated process's run queue holds. Asio's erased functions are one pointer
// wide, so that posting to the queue allocates nothing.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace dwcp::sim {

class Function {
 public:
  template <class F>
  requires(!std::is_same_v<std::decay_t<F>, Function>) explicit Function(F&& f) {
    using Target = std::decay_t<F>;
    if constexpr (fits<Target>) {
      ::new (static_cast<void*>(storage_)) Target(std::forward<F>(f));
      operations_ = &local<Target>;
    } else {
      ::new (static_cast<void*>(storage_)) Target*(new Target(std::forward<F>(f)));
      operations_ = &remote<Target>;
    }
  }
  Function(Function&& other) noexcept : operations_(std::exchange(other.operations_, nullptr)) {
    if (operations_) operations_->relocate(other.storage_, storage_);
  }
  Function& operator=(Function&&) = delete;
  ~Function() {
    if (operations_) operations_->destroy(storage_);
  }
  // Runs and destroys the target; its memory is free before it runs. Precondition: not yet run.
  void operator()() { std::exchange(operations_, nullptr)->run(storage_); }

 private:
  static constexpr std::size_t room = 24;
  template <class T>
  static constexpr bool fits = sizeof(T) <= room &&
                               alignof(T) <= alignof(void*) && std::is_nothrow_move_constructible_v<T>;

  struct Operations {
    void (*run)(std::byte*);
    void (*relocate)(std::byte* from, std::byte* to) noexcept;
    void (*destroy)(std::byte*) noexcept;
  };
  template <class T>
  static T& at(std::byte* storage) {
    return *std::launder(reinterpret_cast<T*>(storage));
  }
  template <class T>
  static constexpr Operations local = {[](std::byte* s) {
                                         T target(std::move(at<T>(s)));
                                         at<T>(s).~T();
                                         target();
                                       },
                                       [](std::byte* from, std::byte* to) noexcept {
                                         ::new (static_cast<void*>(to)) T(std::move(at<T>(from)));
                                         at<T>(from).~T();
                                       },
                                       [](std::byte* s) noexcept { at<T>(s).~T(); }};
  template <class T>
  static constexpr Operations remote = {
      [](std::byte* s) { (*std::unique_ptr<T>(at<T*>(s)))(); },
      [](std::byte* from, std::byte* to) noexcept { ::new (static_cast<void*>(to)) T*(at<T*>(from)); },
      [](std::byte* s) noexcept { delete at<T*>(s); }};

  const Operations* operations_;
  alignas(void*) std::byte storage_[room];
};

}  // namespace dwcp::sim
