# Sourced by the other scripts: where cargo is, where build output goes, where libclang is.
# It sets a variable only when the default would not do, so that builds by hand and by make share their output.

if ! command -v cargo >/dev/null 2>&1 && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
fi

# Build output stays outside the clone: RocksDB is compiled once, whatever happens to the clone.
export CARGO_TARGET_DIR="${WEND_TARGET_DIR:-$HOME/.cache/wend-target}"

# Where scripts/deps.sh puts a libclang of its own when it cannot install the system's.
wend_libclang_cache="${XDG_CACHE_HOME:-$HOME/.cache}/wend-libclang"

# True when bindgen finds libclang by itself: in the loader's cache or in the usual directories.
wend_libclang_in_system() {
    if command -v ldconfig >/dev/null 2>&1 && ldconfig -p 2>/dev/null | grep -Eq 'libclang(-[0-9.]+)?\.so'; then
        return 0
    fi
    if command -v llvm-config >/dev/null 2>&1 && wend_libclang_in "$(llvm-config --libdir 2>/dev/null)"; then
        return 0
    fi
    local dir
    for dir in /usr/lib/llvm*/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/lib64/llvm*/lib /usr/lib /usr/local/lib /usr/local/llvm*/lib; do
        if wend_libclang_in "$dir"; then return 0; fi
    done
    return 1
}

# True when the directory $1 holds a libclang.
wend_libclang_in() {
    local file
    [ -n "${1:-}" ] && [ -d "$1" ] || return 1
    for file in "$1"/libclang.so "$1"/libclang.so.* "$1"/libclang-[0-9]*.so "$1"/libclang-[0-9]*.so.* "$1"/libclang.dylib; do
        if [ -e "$file" ]; then return 0; fi
    done
    return 1
}

# Prints the directory of a libclang that bindgen would not find by itself.
wend_libclang_elsewhere() {
    local dir
    if command -v brew >/dev/null 2>&1; then
        dir="$(brew --prefix llvm 2>/dev/null || true)/lib"
        if wend_libclang_in "$dir"; then echo "$dir"; return 0; fi
    fi
    if command -v xcode-select >/dev/null 2>&1; then
        dir="$(xcode-select -p 2>/dev/null || true)"
        for dir in "$dir/Toolchains/XcodeDefault.xctoolchain/usr/lib" "$dir/usr/lib"; do
            if wend_libclang_in "$dir"; then echo "$dir"; return 0; fi
        done
    fi
    # The Python package `libclang` brings one too.
    if wend_libclang_in "$wend_libclang_cache/clang/native"; then echo "$wend_libclang_cache/clang/native"; return 0; fi
    if command -v python3 >/dev/null 2>&1; then
        dir="$(python3 -c 'import clang, os; print(os.path.join(list(clang.__path__)[0], "native"))' 2>/dev/null || true)"
        if wend_libclang_in "$dir"; then echo "$dir"; return 0; fi
    fi
    return 1
}

# Sets LIBCLANG_PATH when needed; fails when there is no libclang.
wend_find_libclang() {
    if [ -n "${LIBCLANG_PATH:-}" ]; then
        if [ -f "$LIBCLANG_PATH" ] || wend_libclang_in "$LIBCLANG_PATH"; then return 0; fi
        echo "LIBCLANG_PATH is $LIBCLANG_PATH, but no libclang is there; looking elsewhere" >&2
        unset LIBCLANG_PATH
    fi
    if wend_libclang_in_system; then return 0; fi
    local dir
    if dir="$(wend_libclang_elsewhere)"; then
        export LIBCLANG_PATH="$dir"
        return 0
    fi
    return 1
}

# A libclang that comes without clang's own headers (stddef.h and the like) takes those of the C compiler.
wend_find_headers() {
    local file
    [ "$(uname -s)" = Linux ] && [ -z "${BINDGEN_EXTRA_CLANG_ARGS:-}" ] || return 0
    for file in /usr/lib/clang/*/include/stddef.h /usr/lib/llvm*/lib/clang/*/include/stddef.h /usr/lib64/clang/*/include/stddef.h \
        /usr/local/lib/clang/*/include/stddef.h "${LIBCLANG_PATH:-/nowhere}"/clang/*/include/stddef.h; do
        if [ -e "$file" ]; then return 0; fi
    done
    if command -v cc >/dev/null 2>&1 && [ -d "$(cc -print-file-name=include 2>/dev/null)" ]; then
        export BINDGEN_EXTRA_CLANG_ARGS="-isystem $(cc -print-file-name=include)"
    fi
}

if wend_find_libclang; then wend_find_headers; fi

# Version of the crate $1 in Cargo.lock. Called from the root of the clone.
wend_locked_version() {
    awk -v crate="$1" '$0 == "name = \"" crate "\"" { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock
}

# Where scripts/rocksdb.sh puts RocksDB for this version and compiler; nothing where that way is not tried.
wend_rocksdb_directory() {
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64 | Linux-aarch64 | Darwin-arm64 | Darwin-x86_64) ;;
        *) return 0 ;;
    esac
    local compiler="${CXX:-c++}"
    command -v "$compiler" >/dev/null 2>&1 || return 0
    echo "$CARGO_TARGET_DIR/rocksdb/$(wend_locked_version librocksdb-sys)-$("$compiler" -dumpversion)-$(uname -m)"
}

# RocksDB compiled by scripts/rocksdb.sh is linked in place of the crate's own.
if [ -f Cargo.lock ] && [ -z "${ROCKSDB_LIB_DIR:-}" ] && [ -f "$(wend_rocksdb_directory)/librocksdb.a" ]; then
    ROCKSDB_LIB_DIR="$(wend_rocksdb_directory)"
    export ROCKSDB_LIB_DIR ROCKSDB_STATIC=1
fi
