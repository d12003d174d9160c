// A connection_fsm in any phase, reached by the events that lead there.
#pragma once

#include <ostream>

#include "fsm/connection_fsm.hpp"

namespace baton::fsm {

inline std::ostream& operator<<(std::ostream& out, connection_phase phase) {
  return out << to_string(phase);
}
inline std::ostream& operator<<(std::ostream& out, connection_action action) {
  return out << "action " << static_cast<int>(action);
}

inline connection_fsm handling(connection_fsm machine = connection_fsm{}) {
  machine.bytes_received();
  machine.head_complete(false);
  return machine;
}

inline connection_fsm answering(bool closes, bool body_unread) {
  connection_fsm machine = handling();
  machine.answered(closes, body_unread);
  return machine;
}

inline connection_fsm in(connection_phase phase) {
  connection_fsm machine;
  switch (phase) {
    case connection_phase::handshake:
      machine.begin_handshake();
      break;
    case connection_phase::fresh:
      break;
    case connection_phase::head:
      machine.bytes_received();
      break;
    case connection_phase::body:
      machine.bytes_received();
      machine.head_complete(true);
      break;
    case connection_phase::handling:
      return handling();
    case connection_phase::answering:
      return answering(false, false);
    case connection_phase::discarding:
      machine = answering(false, true);
      machine.flushed(false);
      break;
    case connection_phase::idle:
      machine = answering(false, false);
      machine.flushed(false);
      break;
    case connection_phase::lingering:
      machine = answering(true, false);
      machine.flushed(false);
      break;
    case connection_phase::upgraded:
      machine = handling();
      machine.answered_upgrade();
      machine.flushed(false);
      break;
    case connection_phase::closed:
      machine.abort();
      break;
  }
  return machine;
}

}  // namespace baton::fsm
