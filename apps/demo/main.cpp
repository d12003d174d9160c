// The reference server: one route for each thing that a client, a load tool or a test wants to see.

#include <baton/baton.hpp>

#include "routes.hpp"

int main(int argc, char** argv) {
  baton::application app{argc, argv};
  app.add_option("version", "text that GET /version answers", "dev");
  app.add_option("static_root", "directory whose files GET /static/... answers; none if empty", "");
  if (!app.parse()) return app.exit_status();

  demo::add_page_routes(app.routes());
  const auto version = std::make_shared<demo::shared_text>(app.option("version"));
  app.on_reload([&app, version] { version->set(app.option("version")); });
  demo::add_basic_routes(app.routes(), {version, app.generation()}, app.counter("demo"));
  demo::add_stream_routes(app.routes());
  const auto files = std::make_shared<demo::shared_files>();
  files->serve_from(app.option("static_root"));
  app.on_reload([&app, files] { files->serve_from(app.option("static_root")); });
  demo::add_file_routes(app.routes(), files);
  demo::add_live_routes(app.routes());
  return app.run();
}
