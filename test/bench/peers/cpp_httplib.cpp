// cpp-httplib with what of the workloads it can do: PORT FILES. It gives each connection a thread.
#include <cstdlib>
#include <string>

#include <httplib.h>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  httplib::Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool{128}; };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000'000);
  server.set_mount_point("/static", argv[2]);
  server.Get("/plaintext", [](const httplib::Request&, httplib::Response& answer) {
    answer.set_content("Hello, World!", "text/plain; charset=utf-8");
  });
  server.Get("/json", [](const httplib::Request&, httplib::Response& answer) {
    std::string body{"{\"message\":\""};
    body.append("Hello, World!").append("\"}");
    answer.set_content(std::move(body), "application/json");
  });
  server.Post("/echo", [](const httplib::Request& req, httplib::Response& answer) {
    answer.set_content(req.body, "application/octet-stream");
  });
  return server.listen("127.0.0.1", std::atoi(argv[1])) ? 0 : 1;
}
