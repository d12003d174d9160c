#include "http/media_types.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "http/syntax.hpp"

namespace baton::http {
namespace {

using entry = std::pair<std::string_view, std::string_view>;

// By IANA's registry and what browsers want. Sorted by extension.
constexpr std::array types{
    entry{"7z", "application/x-7z-compressed"},
    entry{"aac", "audio/aac"},
    entry{"apng", "image/apng"},
    entry{"atom", "application/atom+xml"},
    entry{"avi", "video/x-msvideo"},
    entry{"avif", "image/avif"},
    entry{"bin", "application/octet-stream"},
    entry{"bmp", "image/bmp"},
    entry{"br", "application/octet-stream"},
    entry{"bz2", "application/x-bzip2"},
    entry{"cjs", "text/javascript; charset=utf-8"},
    entry{"css", "text/css; charset=utf-8"},
    entry{"csv", "text/csv; charset=utf-8"},
    entry{"deb", "application/vnd.debian.binary-package"},
    entry{"doc", "application/msword"},
    entry{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    entry{"eot", "application/vnd.ms-fontobject"},
    entry{"epub", "application/epub+zip"},
    entry{"flac", "audio/flac"},
    entry{"geojson", "application/geo+json"},
    entry{"gif", "image/gif"},
    entry{"gz", "application/gzip"},
    entry{"heic", "image/heic"},
    entry{"htm", "text/html; charset=utf-8"},
    entry{"html", "text/html; charset=utf-8"},
    entry{"ico", "image/vnd.microsoft.icon"},
    entry{"ics", "text/calendar; charset=utf-8"},
    entry{"iso", "application/octet-stream"},
    entry{"jar", "application/java-archive"},
    entry{"jpeg", "image/jpeg"},
    entry{"jpg", "image/jpeg"},
    entry{"js", "text/javascript; charset=utf-8"},
    entry{"json", "application/json"},
    entry{"jsonld", "application/ld+json"},
    entry{"jxl", "image/jxl"},
    entry{"log", "text/plain; charset=utf-8"},
    entry{"m3u8", "application/vnd.apple.mpegurl"},
    entry{"m4a", "audio/mp4"},
    entry{"map", "application/json"},
    entry{"md", "text/markdown; charset=utf-8"},
    entry{"mjs", "text/javascript; charset=utf-8"},
    entry{"mkv", "video/x-matroska"},
    entry{"mov", "video/quicktime"},
    entry{"mp3", "audio/mpeg"},
    entry{"mp4", "video/mp4"},
    entry{"mpd", "application/dash+xml"},
    entry{"mpeg", "video/mpeg"},
    entry{"odp", "application/vnd.oasis.opendocument.presentation"},
    entry{"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    entry{"odt", "application/vnd.oasis.opendocument.text"},
    entry{"oga", "audio/ogg"},
    entry{"ogg", "audio/ogg"},
    entry{"ogv", "video/ogg"},
    entry{"opus", "audio/ogg"},
    entry{"otf", "font/otf"},
    entry{"pdf", "application/pdf"},
    entry{"png", "image/png"},
    entry{"ppt", "application/vnd.ms-powerpoint"},
    entry{"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    entry{"rar", "application/vnd.rar"},
    entry{"rss", "application/rss+xml"},
    entry{"rtf", "application/rtf"},
    entry{"svg", "image/svg+xml"},
    entry{"svgz", "image/svg+xml"},
    entry{"tar", "application/x-tar"},
    entry{"tgz", "application/gzip"},
    entry{"tif", "image/tiff"},
    entry{"tiff", "image/tiff"},
    entry{"toml", "application/toml"},
    entry{"ts", "video/mp2t"},
    entry{"ttf", "font/ttf"},
    entry{"txt", "text/plain; charset=utf-8"},
    entry{"vtt", "text/vtt; charset=utf-8"},
    entry{"wasm", "application/wasm"},
    entry{"wav", "audio/wav"},
    entry{"weba", "audio/webm"},
    entry{"webm", "video/webm"},
    entry{"webmanifest", "application/manifest+json"},
    entry{"webp", "image/webp"},
    entry{"woff", "font/woff"},
    entry{"woff2", "font/woff2"},
    entry{"xhtml", "application/xhtml+xml"},
    entry{"xls", "application/vnd.ms-excel"},
    entry{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    entry{"xml", "application/xml"},
    entry{"xsl", "application/xml"},
    entry{"xz", "application/x-xz"},
    entry{"yaml", "application/yaml"},
    entry{"yml", "application/yaml"},
    entry{"zip", "application/zip"},
    entry{"zst", "application/zstd"},
};
static_assert(std::is_sorted(types.begin(), types.end()));

constexpr std::array<std::string_view, 18> compressible_types{"application/javascript",
                                                              "application/json",
                                                              "application/manifest+json",
                                                              "application/ndjson",
                                                              "application/rtf",
                                                              "application/toml",
                                                              "application/vnd.ms-fontobject",
                                                              "application/wasm",
                                                              "application/x-javascript",
                                                              "application/x-ndjson",
                                                              "application/x-tar",
                                                              "application/xml",
                                                              "application/yaml",
                                                              "font/otf",
                                                              "font/ttf",
                                                              "image/bmp",
                                                              "image/svg+xml",
                                                              "image/vnd.microsoft.icon"};

constexpr std::size_t longest_extension = 11;

}  // namespace

std::string_view extension_of(std::string_view path) noexcept {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view{} : name.substr(dot + 1);
}

std::string_view media_type_of(std::string_view path) noexcept {
  constexpr std::string_view unknown = "application/octet-stream";
  const std::string_view extension = extension_of(path);
  if (extension.empty() || extension.size() > longest_extension) return unknown;
  std::array<char, longest_extension> lower{};
  std::transform(extension.begin(), extension.end(), lower.begin(), to_lower);
  const std::string_view key{lower.data(), extension.size()};
  const auto found = std::lower_bound(types.begin(), types.end(), key,
                                      [](const entry& each, std::string_view wanted) { return each.first < wanted; });
  return found != types.end() && found->first == key ? found->second : unknown;
}

std::string_view bare_type(std::string_view type) noexcept {
  return trim(type.substr(0, type.find(';')));
}

bool is_compressible(std::string_view type) noexcept {
  const std::string_view bare = bare_type(type);
  if (iequals(bare.substr(0, 5), "text/")) return !iequals(bare, "text/event-stream");
  if (bare.size() > 5 &&
      (iequals(bare.substr(bare.size() - 5), "+json") || iequals(bare.substr(bare.size() - 4), "+xml")))
    return true;
  return std::any_of(compressible_types.begin(), compressible_types.end(),
                     [&](std::string_view each) { return iequals(each, bare); });
}

}  // namespace baton::http
