#!/usr/bin/env bash
# Compiles RocksDB's C++ from the sources that crate librocksdb-sys brings, as a few large translation units: most of the
# time of its 343 small ones goes into reading the same headers. scripts/env.sh has the crate link the archive made here.
# Where this fails, the crate compiles RocksDB itself, as it does for a plain `cargo build`; that takes five times as long.
# usage: scripts/rocksdb.sh        compiles unless it is done already
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

UNITS=5

fallback() {
    echo "rocksdb: $*; crate librocksdb-sys will compile it file by file, which takes about 15 minutes on 2 cores"
    exit 0
}

archive="$(wend_rocksdb_directory)/librocksdb.a"
[ "$archive" != /librocksdb.a ] || fallback "scripts/env.sh knows no flags for this system"
if [ -f "$archive" ]; then exit 0; fi

cargo fetch --locked --quiet || fallback "cargo fetch failed"
source_of() { # CRATE: its directory in cargo's registry
    local directory
    for directory in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$1-$(wend_locked_version "$1")"; do
        if [ -d "$directory" ]; then echo "$directory"; return 0; fi
    done
    return 1
}
crate="$(source_of librocksdb-sys)" && lz4="$(source_of lz4-sys)" && zstd="$(source_of zstd-sys)" ||
    fallback "its sources are not in cargo's registry"

# The flags of the crate's build.rs, with the features that Cargo.toml asks for.
flags=(-std=c++20 -O2 -fPIC -fno-omit-frame-pointer -ffunction-sections -fdata-sections -w -include cstdint
    -I "$crate" -I "$crate/rocksdb" -I "$crate/rocksdb/include" -I "$lz4/liblz4/lib" -I "$zstd/zstd/lib"
    -DNDEBUG=1 -DHAVE_ALIGNED_NEW -DHAVE_UINT128_EXTENSION -DLZ4=1 -DZSTD=1 -DROCKSDB_PLATFORM_POSIX -DROCKSDB_LIB_IO_POSIX)
case "$(uname -s)" in
    Linux) flags+=(-DOS_LINUX -DROCKSDB_SCHED_GETCPU_PRESENT -DROCKSDB_AUXV_GETAUXVAL_PRESENT -DROCKSDB_FALLOCATE_PRESENT
        -DROCKSDB_RANGESYNC_PRESENT) ;;
    Darwin)
        flags+=(-DOS_MACOSX)
        if [ "$(uname -m)" = arm64 ]; then flags+=(-march=armv8-a+crc+aes+crypto); fi
        ;;
esac

compiler="${CXX:-c++}"
work="$(mktemp -d "${TMPDIR:-/tmp}/wend-rocksdb.XXXXXX")"
trap 'rm -rf "$work"' EXIT

# The crate's list, in its order, cut into units of equal length.
{ grep -v '^util/build_version.cc$' "$crate/rocksdb_lib_sources.txt" | sed 's|^|rocksdb/|'; echo build_version.cc; } >"$work/sources"
awk -v units="$UNITS" -v total="$(wc -l <"$work/sources")" -v work="$work" \
    '{ print "#include \"" $1 "\"" > (work "/unit" int((NR - 1) * units / total) ".cc") }' "$work/sources"

# A unit takes about 2 GiB while it is compiled.
jobs="$( (nproc || sysctl -n hw.ncpu || echo 1) 2>/dev/null | head -n 1)"
available="$(awk '/^MemAvailable:/ { print int($2 / 2300000) }' /proc/meminfo 2>/dev/null || true)"
if [ -n "$available" ] && [ "$available" -lt "$jobs" ]; then jobs=$((available > 0 ? available : 1)); fi
[ "$jobs" -le "$UNITS" ] || jobs=$UNITS

echo "rocksdb: compiling RocksDB $(wend_locked_version librocksdb-sys) in $UNITS units, $jobs at a time (about 4 minutes on 2 cores)"
seq 0 $((UNITS - 1)) | xargs -P "$jobs" -I{} "$compiler" "${flags[@]}" -c "$work/unit{}.cc" -o "$work/unit{}.o" ||
    fallback "$compiler failed"
ar crs "$work/librocksdb.a" "$work"/unit*.o || fallback "ar failed"
mkdir -p "$(dirname "$archive")"
mv "$work/librocksdb.a" "$archive.new"
mv "$archive.new" "$archive"
echo "rocksdb: compiled in $SECONDS s"
