// Serves the files of a directory: `baton-files --root DIR`. Everything else is what every program with Baton
// has: --listen, --config, --help, limits, upgrades.
#include <cstdio>
#include <exception>

#include <baton/baton.hpp>

namespace {

baton::static_options options_from(const baton::application& app) {
  baton::static_options options;
  options.listing = app.option("listing") == "yes";
  options.fallback = app.option("fallback");
  options.cache_control = app.option("cache_control");
  return options;
}

void serve(baton::application& app) {
  const baton::static_files files{app.option("root"), options_from(app)};
  app.routes().use(baton::compression());
  app.routes().get("/{path...}", files);
  app.on_reload([files] { files.reopen(); });
}

}  // namespace

int main(int argc, char** argv) {
  baton::application app{argc, argv};
  app.add_option("root", "directory whose files are served", ".");
  app.add_option("listing", "yes: shows what is in a directory without an index.html", "no");
  app.add_option("fallback", "file for paths without one, as single-page programs want it", "");
  app.add_option("cache_control", "Cache-Control of every file", "");
  if (!app.parse()) return app.exit_status();
  try {
    serve(app);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "baton-files: %s\n", error.what());
    return 2;
  }
  return app.run();
}
