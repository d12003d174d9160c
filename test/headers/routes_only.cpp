// A file as an application has many: routes, and nothing else. What it includes is what every such
// file pays for.
#include <baton/handler.hpp>
#include <baton/request.hpp>
#include <baton/response.hpp>
#include <baton/router.hpp>

void add_shop_routes(baton::router& routes) {
  routes.get("/articles", [](baton::request&) { return baton::response::json("[]"); });
  routes.get("/articles/{id}",
             [](baton::request& req) { return baton::response::text(std::to_string(req.param<int>("id"))); });
  routes.post("/orders", [](baton::request& req) -> baton::task<baton::response> {
    co_return baton::response::text(std::string{req.body()}, baton::status::created);
  });
  routes.get("/report", baton::blocking([](baton::request&) { return baton::response::html("<p>done</p>"); }));
}
