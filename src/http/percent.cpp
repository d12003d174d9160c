#include "http/percent.hpp"

#include "http/syntax.hpp"

namespace baton::http {

bool append_decoded(std::string& out, std::string_view text, plus_sign plus) {
  for (std::size_t i = 0; i != text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && plus == plus_sign::means_space) {
      out += ' ';
    } else if (c != '%') {
      out += c;
    } else {
      if (text.size() - i < 3) return false;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return true;
}

}  // namespace baton::http
