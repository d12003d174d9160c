// The middleware in the box. Each piece is a function of `baton::with` that makes a `baton::middleware`, for
// `router::use` of the whole router or of a group:
//
//     routes.use(baton::with::security_headers());
//     routes.use(baton::with::recoverer());
//     routes.group("/api", [](baton::router& api) {
//       api.use(baton::with::rate_limit({.requests = 100, .per = std::chrono::minutes{1}}));
//     });
//
// The first added is the outermost. A good order is: request_id, security_headers, cors, recoverer, rate_limit,
// concurrency_limit, authentication, then the limits of body and time. What an inner piece throws (a 429, a 401)
// becomes an answer at the recoverer, so that those outside of it adorn it as any other.
//
// What a piece remembers is shared by all routes that it goes around and by all workers.
#pragma once

#include <baton/middleware/authentication.hpp>
#include <baton/middleware/body_limit.hpp>
#include <baton/middleware/concurrency_limit.hpp>
#include <baton/middleware/cors.hpp>
#include <baton/middleware/method_override.hpp>
#include <baton/middleware/rate_limit.hpp>
#include <baton/middleware/recoverer.hpp>
#include <baton/middleware/request_id.hpp>
#include <baton/middleware/security_headers.hpp>
#include <baton/middleware/timeout.hpp>
