// The vocabulary that every other public header speaks: methods, status codes and field names are
// Beast's enumerations, a coroutine is Asio's awaitable. Nothing else of either library appears in
// the public API, so that a file which only holds routes compiles in about a second.
#pragma once

#include <ostream>  // Boost 1.81's string_view needs it before the enumerations below

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>

namespace baton {

/// A request method (RFC 9110 section 9). `method::unknown` stands for a token that Beast does not list.
using method = boost::beast::http::verb;

/// A response status code (RFC 9110 section 15).
using status = boost::beast::http::status;

/// A registered field name (RFC 9110 section 5). `field::unknown` stands for every other name.
using field = boost::beast::http::field;

/// What a coroutine handler returns. It runs on the worker thread of its connection; whatever Asio
/// operation it awaits with `boost::asio::use_awaitable` resumes it on that same thread.
template <class T>
using task = boost::asio::awaitable<T>;

}  // namespace baton
