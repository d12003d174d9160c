#include <baton/websocket.hpp>

#include <exception>
#include <utility>

#include <baton/options.hpp>

#include "http/exchange.hpp"
#include "http/request_access.hpp"
#include "http/response_access.hpp"
#include "http/websocket_handshake.hpp"
#include "session/websocket_session.hpp"

namespace baton {

using session::websocket_session;
using session::websocket_terms;

bool websocket_handle::send(std::string data, websocket_kind kind) const {
  session::tighten(data);
  return link_ && link_->send({std::make_shared<const std::string>(std::move(data)), kind});
}

bool websocket_handle::send(std::shared_ptr<const std::string> data, websocket_kind kind) const {
  return link_ && data && link_->send({std::move(data), kind});
}

void websocket_handle::close(std::uint16_t code, std::string reason) const {
  if (link_) link_->close(code, std::move(reason));
}

namespace {

// Only connections give tunnels.
task<void> run_websocket(upgraded_stream& stream, websocket_handler run, websocket_terms terms) {
  auto& tunnel = static_cast<session::tunnel_stream&>(stream);
  const bool late = tunnel.draining();
  const auto socket = std::make_shared<websocket_session>(tunnel.owner(), std::move(terms));
  socket->begin();
  if (late) socket->close(1001, "going away");
  std::exception_ptr error;
  try {
    co_await run(*socket);
  } catch (...) {
    error = std::current_exception();
  }
  co_await socket->finish(error != nullptr ? 1011 : 1000);
  if (error != nullptr) std::rethrow_exception(error);
}

response upgrade_wanted() {
  response answer =
      response::problem(status::upgrade_required, "websocket_wanted", "this is a WebSocket of version 13");
  http::response_access::append_unchecked(answer, "Upgrade", "websocket");
  answer.set("Sec-WebSocket-Version", "13");
  return answer;
}

// Why the client gets no WebSocket, if so.
std::optional<response> refusal_of(const request& req, const websocket_route& route) {
  if (req.method() != method::get) {
    response answer = response::problem(status::method_not_allowed);
    answer.set("Allow", "GET");
    return answer;
  }
  if (!http::asks_for_websocket(req) || !http::has_websocket_version(req)) return upgrade_wanted();
  if (http::websocket_key(req).empty()) {
    return response::problem(status::bad_request, "bad_websocket_key", "Sec-WebSocket-Key is not 16 bytes in base64");
  }
  const auto origin = req.get(field::origin);
  if (!origin) return std::nullopt;
  const bool allowed = route.allow_origin ? route.allow_origin(*origin, req) : http::is_same_origin(*origin, req);
  if (allowed) return std::nullopt;
  return response::problem(status::forbidden, "foreign_origin", "pages of this origin may not connect");
}

websocket_terms terms_of(const request& req, websocket_route route) {
  const http::exchange* const exchange = http::request_access::exchange(req);
  const options* const settings = exchange != nullptr ? exchange->settings() : nullptr;
  const websocket_options usual = settings != nullptr ? settings->websocket : websocket_options{};
  websocket_terms terms;
  if (route.deflate.value_or(usual.deflate)) terms.deflate = http::choose_deflate(req);
  terms.subprotocol = http::choose_subprotocol(req, route.subprotocols);
  terms.message = route.message.value_or(usual.message);
  terms.queue = route.queue.value_or(usual.queue);
  terms.ping = route.ping.value_or(usual.ping);
  terms.close = route.close.value_or(usual.close);
  terms.route = std::move(route);
  return terms;
}

}  // namespace

response accept_websocket(const request& req, websocket_handler run, websocket_route route) {
  if (auto refused = refusal_of(req, route)) return std::move(*refused);
  websocket_terms terms = terms_of(req, std::move(route));
  const std::string protocol = terms.subprotocol;
  const std::string extension = terms.deflate ? terms.deflate->text() : std::string{};
  response answer =
      response::upgrade("websocket", [run = std::move(run), terms = std::move(terms)](upgraded_stream& stream) {
        return run_websocket(stream, run, terms);
      });
  answer.set(field::sec_websocket_accept, http::websocket_accept(http::websocket_key(req)));
  if (!protocol.empty()) answer.set(field::sec_websocket_protocol, protocol);
  if (!extension.empty()) answer.set(field::sec_websocket_extensions, extension);
  return answer;
}

}  // namespace baton
