// Room inside the connection for the one read operation that it has under way, or the wait of a parked one, so that
// re-arming allocates nothing. Asio's own cache holds two blocks a thread: too few for a batch of reads. The room is
// what a read with TLS takes (144 bytes on 64-bit Linux; 120 without, a wait 88): every idle connection has it.
#pragma once

#include <cstddef>
#include <new>

namespace baton::session {

/// One block at a time; what does not fit or comes second is allocated as usual.
class handler_memory {
 public:
  handler_memory() = default;
  handler_memory(const handler_memory&) = delete;
  handler_memory& operator=(const handler_memory&) = delete;

  void* take(std::size_t size) {
    if (used_ || size > sizeof block_) return ::operator new(size);
    used_ = true;
    return block_;
  }
  void give(void* pointer) noexcept {
    if (pointer == block_) {
      used_ = false;
    } else {
      ::operator delete(pointer);
    }
  }

 private:
  alignas(void*) std::byte block_[144];
  bool used_ = false;
};

template <class T>
class handler_allocator {
 public:
  using value_type = T;
  explicit handler_allocator(handler_memory& memory) noexcept : memory_{&memory} {}
  template <class U>
  handler_allocator(const handler_allocator<U>& other) noexcept : memory_{other.memory_} {}  // NOLINT

  T* allocate(std::size_t count) { return static_cast<T*>(memory_->take(sizeof(T) * count)); }
  void deallocate(T* pointer, std::size_t) noexcept { memory_->give(pointer); }
  friend bool operator==(const handler_allocator&, const handler_allocator&) noexcept = default;

 private:
  template <class>
  friend class handler_allocator;
  handler_memory* memory_;
};

}  // namespace baton::session
