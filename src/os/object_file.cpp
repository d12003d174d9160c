#include "os/object_file.hpp"

#include <cstdint>
#include <cstring>
#include <optional>

#include <elf.h>
#include <link.h>

namespace baton::os {
namespace {

using header = ElfW(Ehdr);
using segment = ElfW(Phdr);
using section = ElfW(Shdr);

constexpr std::string_view cut_short = "it is not complete";

template <class T>
std::optional<T> part(std::string_view file, std::uint64_t offset) noexcept {
  if (offset > file.size() || file.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return value;
}

bool inside(std::string_view file, std::uint64_t offset, std::uint64_t size) noexcept {
  return offset <= file.size() && size <= file.size() - offset;
}

// This process's own machine, from the vector that the kernel gave for it.
#if defined(__x86_64__)
constexpr unsigned machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned machine = EM_AARCH64;
#elif defined(__riscv)
constexpr unsigned machine = EM_RISCV;
#else
constexpr unsigned machine = EM_NONE;  // any: the dynamic linker knows
#endif

std::string_view problem_of_header(const header& h) noexcept {
  const unsigned char width = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  if (std::memcmp(h.e_ident, ELFMAG, SELFMAG) != 0) return "it is no ELF file";
  if (h.e_ident[EI_CLASS] != width || (machine != EM_NONE && h.e_machine != machine))
    return "it is for another machine";
  if (h.e_type != ET_DYN || h.e_phentsize != sizeof(segment)) return "it is no shared object";
  return {};
}

bool segments_inside(std::string_view file, const header& h) noexcept {
  for (unsigned i = 0; i < h.e_phnum; ++i) {
    const auto one = part<segment>(file, h.e_phoff + std::uint64_t{i} * sizeof(segment));
    if (!one) return false;
    if (one->p_type == PT_LOAD && !inside(file, one->p_offset, one->p_filesz)) return false;
  }
  return h.e_phnum != 0;
}

bool sections_inside(std::string_view file, const header& h) noexcept {
  if (h.e_shoff == 0) return true;  // stripped of them
  for (unsigned i = 0; i < h.e_shnum; ++i) {
    const auto one = part<section>(file, h.e_shoff + std::uint64_t{i} * sizeof(section));
    if (!one) return false;
    if (one->sh_type != SHT_NOBITS && !inside(file, one->sh_offset, one->sh_size)) return false;
    if (i == h.e_shstrndx && one->sh_type != SHT_STRTAB) return false;  // a hole where the table should be
  }
  return true;
}

}  // namespace

std::string problem_of_object(std::string_view file) {
  const auto head = part<header>(file, 0);
  if (!head) return std::string{file.empty() ? "it is empty" : cut_short};
  if (const auto wrong = problem_of_header(*head); !wrong.empty()) return std::string{wrong};
  if (!segments_inside(file, *head) || !sections_inside(file, *head)) return std::string{cut_short};
  return {};
}

}  // namespace baton::os
