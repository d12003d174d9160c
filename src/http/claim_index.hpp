// The patterns that are taken, as a tree of segments, so that a further one is compared only with those whose paths
// it may share, and not with all. Ten thousand routes took 1.5 s to register that way, and it grows with the square.
//
// Not the tree in which requests are looked up (route_tree): that one has no need of who claimed what, and this one is
// gone when the routes are finished.
#pragma once

#include <cstddef>
#include <memory>

#include "http/registration.hpp"

namespace baton::http {

class claim_index {
 public:
  claim_index();
  ~claim_index();
  claim_index(const claim_index&) = delete;
  claim_index& operator=(const claim_index&) = delete;

  /// `claim` must outlive this, and stay where it is.
  void put(const registration& claim);

  /// The first of those put in that cannot stand beside `shape` in one table; null if there is none.
  [[nodiscard]] const registration* conflicting(const pattern& shape) const;

  /// Throws std::invalid_argument, naming both places by file and line, if `made` conflicts with one put in.
  void refuse_conflict(const registration& made) const;

 private:
  struct node;
  class search;

  std::unique_ptr<node> root_;
  std::size_t count_ = 0;
};

}  // namespace baton::http
