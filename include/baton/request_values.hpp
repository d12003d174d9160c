// What middleware leaves with a request for the handlers behind it: values found by their type. A request that
// carries none pays for one null pointer. Rejected: names for values (a typing mistake compiles), and
// std::any in a map (two allocations a value).
#pragma once

#include <concepts>
#include <memory>
#include <typeinfo>
#include <utility>
#include <vector>

namespace baton {

/// One value of each type at most. A handful is expected: they are looked through one by one.
class request_values {
 public:
  /// Puts `value` in the place of the one of the same type, if there is one. The reference is valid until
  /// the next `set` of that type or the end of the request.
  template <class T>
  T& set(T value) {
    static_assert(std::same_as<T, std::remove_cvref_t<T>>);
    auto made = std::make_unique<holder<T>>(std::move(value));
    T& result = made->held;
    for (auto& each : all_) {
      if (*each->type != typeid(T)) continue;
      each = std::move(made);
      return result;
    }
    all_.push_back(std::move(made));
    return result;
  }

  /// Null if there is none.
  template <class T>
  [[nodiscard]] T* get() const noexcept {
    for (const auto& each : all_) {
      if (*each->type == typeid(T)) return &static_cast<holder<T>&>(*each).held;
    }
    return nullptr;
  }

 private:
  struct base {
    explicit base(const std::type_info& of) noexcept : type{&of} {}
    base(const base&) = delete;
    base& operator=(const base&) = delete;
    virtual ~base() = default;
    const std::type_info* type;
  };
  template <class T>
  struct holder final : base {
    explicit holder(T&& value) : base{typeid(T)}, held{std::move(value)} {}
    T held;
  };

  std::vector<std::unique_ptr<base>> all_;
};

}  // namespace baton
