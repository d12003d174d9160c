#include "net/asio_services.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_timer.hpp>

namespace baton::net {

namespace asio = boost::asio;

void make_services(asio::io_context& context) {
  // An object of each kind asks for its service.
  const asio::steady_timer steady{context};
  const asio::system_timer system{context};
  const asio::ip::tcp::socket tcp{context};
  const asio::ip::tcp::acceptor acceptor{context};
  const asio::ip::udp::socket udp{context};
  const asio::ip::tcp::resolver tcp_names{context};
  const asio::ip::udp::resolver udp_names{context};
  const asio::local::stream_protocol::socket local{context};
  const asio::local::datagram_protocol::socket local_datagrams{context};
  const asio::posix::stream_descriptor descriptor{context};
  const asio::signal_set signals{context};
  const auto strand = asio::make_strand(context);
  static_cast<void>(strand);
}

}  // namespace baton::net
