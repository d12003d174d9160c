// Handlers in a shared object, which a running server loads, and exchanges for a rebuilt one without
// losing a request. A plugin is one variable:
//
//     #include <baton/plugin.hpp>
//
//     static void load(baton::plugin_host& host) {
//       host.routes().get("/hello", [](baton::request&) { return baton::response::text("hello\n"); });
//     }
//     const baton::plugin_descriptor baton_plugin = baton::describe_plugin("hello", "1.0", load);
//
// built with the CMake function `baton_plugin(hello hello.cpp)` and named by the option `plugin`. The
// plugin uses the program's Baton and must have been built with the same headers, compiler and Boost: the
// stamp in the descriptor is compared before any of its code is called. The descriptor itself is plain C and
// does not change, so that every plugin of whatever age can be asked for its stamp.
//
// The two are one program to the linker: where both define a name with external linkage, the program's is
// taken. Keep a plugin's own functions and classes in an unnamed namespace.
//
// Rejected: a `create` function that returns an object with virtual functions (its layout would be judged
// by the very ABI that is in question).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <boost/version.hpp>

#include <baton/router.hpp>

namespace baton {

/// What a plugin is given while it is loaded.
class plugin_host {
 public:
  /// Filled by `load`. A route that conflicts with the program's or with another plugin's refuses the
  /// plugin. Its middleware (`use`) goes around its own routes only, within the program's.
  [[nodiscard]] router& routes() noexcept { return routes_; }

  /// Keeps the object's code loaded. For what outlives a request on the server's own threads: a timer, a
  /// coroutine that was spawned. Whoever drops it on a thread of the plugin's own must not run plugin code
  /// afterwards; join such threads in `unload` instead. May be kept, copied and dropped anywhere.
  [[nodiscard]] std::shared_ptr<const void> hold() const noexcept { return hold_; }

 protected:
  plugin_host(router& routes, std::shared_ptr<const void> hold) noexcept : routes_{routes}, hold_{std::move(hold)} {}
  ~plugin_host() = default;
  plugin_host(const plugin_host&) = delete;
  plugin_host& operator=(const plugin_host&) = delete;

 private:
  router& routes_;
  std::shared_ptr<const void> hold_;
};

namespace plugin_abi {

/// One more whenever a type that plugins see changes its layout or its meaning.
inline constexpr unsigned number = 2;
/// "batonplg" as a big-endian number.
inline constexpr std::uint64_t magic = 0x6261746f6e706c67;

/// Text put together at compile time.
struct text {
  std::array<char, 160> bytes{};
  std::size_t size = 0;

  [[nodiscard]] constexpr std::string_view view() const { return {bytes.data(), size}; }
  constexpr void add(std::string_view more) {
    for (const char c : more) bytes.at(size++) = c;
    static_cast<void>(bytes.at(size));  // zero; a longer text does not compile
  }
  constexpr void add(unsigned long value) {
    if (value >= 10) add(value / 10);
    const char digit = static_cast<char>('0' + value % 10);
    add(std::string_view{&digit, 1});
  }
};

/// Of whoever includes this; the program's and the plugin's must be equal.
constexpr text make_stamp() {
  text made;
  const auto pair = [&made](std::string_view name, unsigned long value) {
    made.add(name);
    made.add(value);
  };
  pair("baton plugin abi ", number);
#if defined(__clang__)
  pair("; clang ", __clang_major__);
#else
  pair("; gcc ", __GNUC__);
#endif
  pair("; c++ ", __cplusplus);
#if defined(_GLIBCXX_USE_CXX11_ABI)
  pair("; libstdc++ ", _GLIBCXX_RELEASE);
  pair(" cxx11abi ", _GLIBCXX_USE_CXX11_ABI);
#endif
#if defined(_GLIBCXX_DEBUG)
  made.add(" debug");
#endif
  pair("; boost ", BOOST_VERSION);
#if defined(__SANITIZE_ADDRESS__)
  made.add("; address sanitizer");
#endif
#if defined(__SANITIZE_THREAD__)
  made.add("; thread sanitizer");
#endif
  return made;
}

}  // namespace plugin_abi

/// What a plugin tells of itself. Every pointer stays valid while the object is loaded.
struct plugin_descriptor {
  std::uint64_t magic;  ///< plugin_abi::magic
  char stamp[160];      ///< zero at its end; in here by value, or the program's symbol would stand in for it
  const char* name;     ///< for logs
  const char* version;  ///< for logs; any text

  /// Registers the routes. Runs on the control thread while the server serves: should not take long. An
  /// exception refuses the plugin, and whatever it would have replaced stays. It may run without the
  /// plugin ever being used: for `--check-config`, or when another plugin is refused.
  void (*load)(plugin_host& host);

  /// Null, or called on the control thread when the last request of the plugin has ended and before the
  /// object is unloaded, which happens when nobody holds it any more: ask what still runs to end, join
  /// threads. Also called for a plugin that has been loaded and was not used. Not called if `load` threw.
  void (*unload)() noexcept;
};

/// The descriptor of a plugin built with these headers. `name` and `version` must be literals or live as long.
[[nodiscard]] constexpr plugin_descriptor describe_plugin(const char* name, const char* version,
                                                          void (*load)(plugin_host&),
                                                          void (*unload)() noexcept = nullptr) noexcept {
  plugin_descriptor made{plugin_abi::magic, {}, name, version, load, unload};
  const plugin_abi::text stamp = plugin_abi::make_stamp();
  for (std::size_t i = 0; i < stamp.size; ++i) made.stamp[i] = stamp.bytes[i];
  return made;
}

}  // namespace baton

/// Defined by the plugin, found by this name.
extern "C" [[gnu::visibility("default")]] const baton::plugin_descriptor baton_plugin;
