#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "config/parser.hpp"

namespace baton::config {

file_content read_file(const std::string& path) {
  constexpr std::size_t most = 1 << 20;
  constexpr auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file{std::fopen(path.c_str(), "re")};
  if (!file) return {{}, std::strerror(errno)};

  file_content content;
  content.text.resize(most + 1);
  content.text.resize(std::fread(content.text.data(), 1, content.text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return {{}, std::strerror(errno)};
  if (content.text.size() > most) return {{}, "larger than 1 MiB, which no conf file is"};
  return content;
}

file_content read_file_again(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error) return {{}, error.message()};
  if (!std::filesystem::is_regular_file(status)) return {{}, "no regular file, so it cannot be read again"};
  return read_file(path);
}

}  // namespace baton::config
