# Debian packages that building and testing need, and how missing ones get in. Sourced by apps/run and
# test/run; sets nothing but functions and these lists.
# shellcheck shell=bash disable=SC2034

build_packages=(
  g++ cmake ninja-build ccache
  libboost1.81-dev libboost-json1.81-dev libboost-program-options1.81-dev libboost-test1.81-dev
  libspdlog-dev libfmt-dev libssl-dev prometheus-cpp-dev zlib1g-dev libbrotli-dev
)
# Servers to compare with, and what loads and traces them.
bench_packages=(
  nginx-light h2o haproxy golang-go golang-github-gorilla-websocket-dev nodejs
  libcpp-httplib-dev libpistache-dev libbenchmark-dev
  wrk nghttp2-client strace util-linux openssl python3
)
test_packages=(curl apache2-utils wrk openssl chromium nodejs)

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

missing_packages() {
  local package
  for package in "$@"; do
    [[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" == installed* ]] || printf '%s\n' "$package"
  done
}

apt_as_root() {
  local prefix=()
  [[ $EUID -eq 0 ]] || prefix=(sudo)
  "${prefix[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}

# Installs what is missing of the packages named. Asks nobody and touches nothing if all are there.
install_packages() {
  command -v dpkg-query >/dev/null || {
    say "this is no Debian system; expecting to find: $*"
    return 0
  }
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} > 0)) || return 0
  [[ $EUID -eq 0 ]] || command -v sudo >/dev/null || fail "cannot install ${missing[*]}: neither root nor sudo"

  say "installing ${missing[*]}"
  local log
  log="$(mktemp)"
  # The package lists may be absent or old; fetching them is needed only then.
  if ! apt_as_root install -y --no-install-recommends "${missing[@]}" </dev/null >"$log" 2>&1; then
    apt_as_root update </dev/null >"$log" 2>&1 || true
    apt_as_root install -y --no-install-recommends "${missing[@]}" </dev/null >>"$log" 2>&1 || {
      local reason
      reason="$(grep '^E: ' "$log" | tail -n 1)"
      rm -f "$log"
      fail "cannot install ${missing[*]}: ${reason:-apt-get failed}"
    }
  fi
  rm -f "$log"
}

# configure ROOT PRESET: quiet unless it fails. A build folder that came from elsewhere is made anew.
configure() {
  local log
  log="$(mktemp)"
  if ! (cd "$1" && cmake --preset "$2") >"$log" 2>&1 && ! (cd "$1" && cmake --fresh --preset "$2") >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "cannot configure preset $2"
  fi
  rm -f "$log"
}

# build ROOT PRESET [cmake --build arguments]
build() {
  local root="$1" preset="$2"
  shift 2
  (cd "$root" && cmake --build --preset "$preset" --parallel "$(nproc)" "$@") || fail "cannot build preset $preset"
}
