// Asio makes its services (of timers, sockets, name resolution) with the code of whoever first asks an
// io_context for one, and keeps them as long as the context. A plugin must not be that one: its code goes
// earlier. So what plugins are likely to use is made by the program beforehand.
#pragma once

#include <boost/asio/io_context.hpp>

namespace baton::net {

/// Makes the services; again does nothing. On the context's thread, or before it runs.
void make_services(boost::asio::io_context& context);

}  // namespace baton::net
