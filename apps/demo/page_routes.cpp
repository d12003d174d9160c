#include <baton/baton.hpp>

#include "routes.hpp"

namespace demo {
namespace {

constexpr baton::literal index_page{R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Baton</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}
code{background:#eee;padding:.1em .3em}</style>
<h1>Baton is serving</h1>
<p>Put a new binary in this one's place, send <code>kill -USR2</code> to <a href="/pid">this process</a>, and watch
<a href="/generation">the generation</a> go up while every request is answered.</p>
<ul>
<li><a href="/plaintext">/plaintext</a>, <a href="/json">/json</a>
<li><a href="/pid">/pid</a>, <a href="/generation">/generation</a>, <a href="/version">/version</a>
<li><a href="/sleep?ms=500">/sleep?ms=500</a>, <a href="/block?ms=500">/block?ms=500</a>
<li><a href="/users/42">/users/42</a>, <a href="/users/x">/users/x</a>
<li><a href="/download?bytes=4096&amp;chunk=64&amp;delay=20">/download?bytes=4096&amp;chunk=64&amp;delay=20</a>
<li><a href="/counter">/counter</a> (POST adds one), <code>POST /echo</code>, <code>POST /inflate</code>, <a href="/throw">/throw</a>
<li><a href="/static/">/static/</a>, with <code>--static_root</code>
<li><a href="/events">/events</a>, one a second; <code>/ws</code>, a WebSocket that echoes
</ul>
</html>
)"};

}  // namespace

void add_page_routes(baton::router& routes) {
  routes.get("/{$}", [](baton::request&) { return baton::response::html(std::string{index_page.view()}); });
}

}  // namespace demo
