#!/usr/bin/env bash
# Checks what a build needs (Rust, a C++ compiler, libclang), installs what is missing, saying so, and compiles RocksDB.
# usage: scripts/deps.sh [--lint]     --lint: rustfmt and clippy too
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

say() { echo "deps: $*"; }

have_cxx() { [ -n "${CXX:-}" ] && command -v "$CXX" >/dev/null 2>&1 || command -v c++ >/dev/null 2>&1 || command -v g++ >/dev/null 2>&1 || command -v clang++ >/dev/null 2>&1; }
have_cc() { [ -n "${CC:-}" ] && command -v "$CC" >/dev/null 2>&1 || command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1; }

# --- Rust -------------------------------------------------------------------------------------------------------------
if ! command -v cargo >/dev/null 2>&1; then
    cat >&2 <<'TEXT'
deps: no cargo found. WendDB is written in Rust; install it with
          curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh
      open a new terminal (or: . "$HOME/.cargo/env") and run the command again.
TEXT
    exit 1
fi
wanted="$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' Cargo.toml | head -n 1)"
found="$(cargo --version | awk '{print $2}')"
if [ -n "$wanted" ] && ! awk -v a="$found" -v b="$wanted" 'BEGIN { split(a, x, "."); split(b, y, "."); exit !(x[1] > y[1] || (x[1] == y[1] && x[2] + 0 >= y[2] + 0)) }'; then
    say "cargo $found is too old: Rust $wanted or newer is needed. Run: rustup update stable" >&2
    exit 1
fi

# --- C++ and libclang -------------------------------------------------------------------------------------------------
missing=""
have_cc && have_cxx || missing="a C++ compiler"
wend_find_libclang || missing="${missing:+$missing and }libclang (RocksDB's bindings are made with it)"

# Runs a command as root when that is possible without a question.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        say "running: $*"
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        say "running: sudo $*"
        if [ -t 0 ]; then sudo "$@"; else sudo -n "$@"; fi
    else
        say "not root and no sudo: cannot run $*"
        return 1
    fi
}

install_debian() {
    export DEBIAN_FRONTEND=noninteractive
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y libclang-dev g++ make </dev/null && return 0
    say "that failed; the package lists may be old or absent"
    as_root apt-get update </dev/null && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y libclang-dev g++ make </dev/null
}

install_macos() {
    if ! have_cxx; then
        say "running: xcode-select --install (a window opens; run make again when it is done)"
        xcode-select --install || true
    fi
    if ! wend_find_libclang; then
        command -v brew >/dev/null 2>&1 || return 1
        say "running: brew install llvm"
        brew install llvm
    fi
}

if [ -n "$missing" ]; then
    say "missing: $missing"
    case "$(uname -s)" in
        Linux)
            if command -v apt-get >/dev/null 2>&1; then
                install_debian || say "the installation did not succeed"
            else
                say "no apt-get here, so nothing is installed automatically"
            fi
            ;;
        Darwin) install_macos || say "the installation did not succeed" ;;
        *) say "this system is not known, so nothing is installed automatically" ;;
    esac
    hash -r
    # Without root, libclang comes as a Python package, into a folder of its own.
    if [ "$(uname -s)" = Linux ] && have_cc && have_cxx && ! wend_find_libclang && python3 -m pip --version >/dev/null 2>&1; then
        say "running: python3 -m pip install --target $wend_libclang_cache libclang"
        python3 -m pip install --quiet --disable-pip-version-check --target "$wend_libclang_cache" libclang </dev/null ||
            say "the installation did not succeed"
    fi
    if ! { have_cc && have_cxx && wend_find_libclang; }; then
        cat >&2 <<'TEXT'
deps: still missing. Install a C++ compiler, make and libclang by hand, then run the command again:
          Debian, Ubuntu    sudo apt-get install libclang-dev g++ make
          Fedora, RHEL      sudo dnf install clang-devel gcc-c++ make
          Arch              sudo pacman -S clang gcc make
          Alpine            sudo apk add clang-dev g++ make
          macOS             xcode-select --install && brew install llvm
      Without root, libclang also comes as a Python package:
          python3 -m pip install --user libclang
          export LIBCLANG_PATH="$(python3 -c 'import clang, os; print(os.path.join(list(clang.__path__)[0], "native"))')"
TEXT
        exit 1
    fi
    wend_find_headers
    say "installed"
fi

# --- rustfmt and clippy -----------------------------------------------------------------------------------------------
if [ "${1:-}" = --lint ]; then
    for tool in fmt clippy; do
        if ! cargo "$tool" --version >/dev/null 2>&1; then
            component=$tool
            [ "$tool" = fmt ] && component=rustfmt
            if ! command -v rustup >/dev/null 2>&1; then
                say "cargo $tool is missing and there is no rustup to add it: install $component" >&2
                exit 1
            fi
            say "running: rustup component add $component"
            rustup component add "$component"
        fi
    done
fi

say "cargo $found, $( (c++ --version 2>/dev/null || g++ --version 2>/dev/null || clang++ --version) | head -n 1), libclang ${LIBCLANG_PATH:-of the system}"
scripts/rocksdb.sh
