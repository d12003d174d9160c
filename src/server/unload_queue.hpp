// Where plugins end: route tables with their handlers, and then the loaded code itself. Whoever lets go of
// the last reference may be anywhere, on a worker below a handler of the very plugin. So what is given here
// is destroyed later and on the control thread, after every worker has begun a new turn of its loop: no code
// of the plugin's can be on a stack then.
//
// Destroying a table may let go of code, which is given here in turn: one more round.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace baton {

/// Any thread, except where said.
class unload_queue : public std::enable_shared_from_this<unload_queue> {
 public:
  /// Calls what it is given once every worker has come by; on any thread.
  using await_turns = std::function<void(std::function<void()>)>;

  /// A pointer whose last copy gives the object to this queue, wherever it is dropped.
  template <class T>
  [[nodiscard]] std::shared_ptr<T> guard(std::unique_ptr<T> object) {
    return {object.release(), [queue = shared_from_this()](T* dead) {
              queue->take({dead, [](void* p) { delete static_cast<T*>(p); }});
            }};
  }

  /// From now on the queue is worked off, on `control`'s thread.
  void attach(boost::asio::io_context& control, await_turns turns);
  /// What is in the queue stays there. Before `control` goes.
  void detach() noexcept;
  /// Destroys everything now, and nothing that comes later: the process ends. When no thread runs any more
  /// that could be in a plugin's code.
  void finish() noexcept;

 private:
  using burial = std::unique_ptr<void, void (*)(void*)>;

  void take(burial dead) noexcept;
  void schedule();
  void begin();
  void turned();
  void end();

  std::mutex mutex_;
  boost::asio::io_context* control_ = nullptr;  // guarded by mutex_, as is all that follows
  await_turns turns_;
  std::vector<burial> waiting_;
  std::vector<burial> ending_;  // since `begin`: destroyed once every worker has come by
  bool running_ = false;        // between `schedule` and `end`
  bool finished_ = false;
};

}  // namespace baton
