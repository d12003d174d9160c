// Pistache with what of the workloads it can do: PORT. One thread.
#include <cstdlib>
#include <string>

#include <pistache/endpoint.h>

namespace {

class routes : public Pistache::Http::Handler {
 public:
  HTTP_PROTOTYPE(routes)

  void onRequest(const Pistache::Http::Request& req, Pistache::Http::ResponseWriter answer) override {
    using Pistache::Http::Code;
    if (req.resource() == "/plaintext") {
      answer.send(Code::Ok, "Hello, World!", MIME(Text, Plain));
    } else if (req.resource() == "/json") {
      std::string body{"{\"message\":\""};
      body.append("Hello, World!").append("\"}");
      answer.send(Code::Ok, body, MIME(Application, Json));
    } else if (req.resource() == "/echo") {
      answer.send(Code::Ok, req.body(), MIME(Application, OctetStream));
    } else {
      answer.send(Code::Not_Found);
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Pistache::Address address{Pistache::Ipv4::loopback(), Pistache::Port{static_cast<std::uint16_t>(std::atoi(argv[1]))}};
  Pistache::Http::Endpoint server{address};
  server.init(Pistache::Http::Endpoint::options()
                  .threads(1)
                  .flags(Pistache::Tcp::Options::ReuseAddr | Pistache::Tcp::Options::NoDelay)
                  .maxRequestSize(4 << 20)
                  .maxResponseSize(4 << 20));
  server.setHandler(Pistache::Http::make_handler<routes>());
  server.serve();
}
