#include <baton/baton.hpp>

int main(int argc, char** argv) {
  baton::application app{argc, argv};
  app.routes().get("/", [](baton::request&) { return baton::response::text("hello\n"); });
  return app.run();
}
