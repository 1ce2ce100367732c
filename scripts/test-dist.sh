#!/usr/bin/env bash
# Tries the packages of `make dist`: installs the tar.gz and the .deb each into an empty root, runs `wend` there with nothing but the
# libraries that the package asks for, runs the tour of the README with it, does the steps of the Dockerfile's image, and checks the unit,
# the formula and the checksums. What this machine cannot try is said.
# usage: scripts/test-dist.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

dist="$CARGO_TARGET_DIR/dist"
work="$(mktemp -d "${TMPDIR:-/tmp}/wend-test-dist.XXXXXX")"
server=""
cleanup() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap cleanup EXIT
passed=0
skipped=0
ok() { passed=$((passed + 1)); echo "test-dist: ok: $*"; }
skip() { skipped=$((skipped + 1)); echo "test-dist: skipped: $*"; }
fail() { echo "test-dist: failed: $*" >&2; exit 1; }

version="$(awk -F '"' '/^version = / { print $2; exit }' Cargo.toml)"
target="$(rustc -vV | awk '/^host: / { print $2 }')"
name="wend-$version-$target"
[ -f "$dist/SHA256SUMS" ] || fail "there are no packages in $dist: make dist"

# --- checksums --------------------------------------------------------------------------------------------------------
(cd "$dist" && sha256sum --quiet --check SHA256SUMS) || fail "SHA256SUMS"
[ "$(wc -l <"$dist/SHA256SUMS")" = "$(find "$dist" -type f -not -name SHA256SUMS | wc -l)" ] || fail "a file is not in SHA256SUMS"
ok "SHA256SUMS"

# Copies the loader and the libraries of a binary into a root, those of the packages that it depends on and no others.
libraries() {
    local root="$1" file
    for file in $(ldd "$2" | grep -o '/[^ ]*'); do
        case "$(basename "$file")" in
            ld-linux*.so* | libc.so.* | libm.so.* | libgcc_s.so.* | libstdc++.so.*) install -D "$file" "$root$file" ;;
            *) fail "$2 needs $file, which no package is asked for" ;;
        esac
    done
}

# Runs the tour of the README with a binary, in an empty folder.
tour() {
    local bin="$1" place="$2" block number=0 status
    mkdir -p "$place"
    cp -r data "$place/data"
    awk -v place="$place" '
        /^<!-- run( fails)? -->$/ { wanted = /fails/ ? "fails" : "runs"; next }
        wanted && /^```sh$/ { file = sprintf("%s/.block-%02d-%s", place, ++count, wanted); inside = 1; wanted = ""; next }
        inside && /^```$/ { inside = 0; close(file); next }
        inside { print > file }
    ' README.md
    for block in "$place"/.block-*; do
        number=$((number + 1))
        status=0
        (cd "$place" && PATH="$bin:/usr/bin:/bin" bash -euo pipefail "$block" >"$place/.said" 2>&1) || status=$?
        case "$block" in
            *-fails) [ "$status" = 1 ] || fail "block $number of the README: exit status $status" ;;
            *) [ "$status" = 0 ] || { cat "$place/.said" >&2; fail "block $number of the README: exit status $status"; } ;;
        esac
    done
    [ "$number" -ge 8 ] || fail "the README has $number blocks to run"
}

# Runs a binary in a root that has nothing else.
alone() {
    local root="$1" path="$2"
    mkdir -p "$root/tmp"
    chroot "$root" "$path" --version | grep -q "^wend $version$" || fail "$path --version"
    chroot "$root" "$path" /tmp/alone.wend --format csv -c "INSERT (:A {_id: 'a'}); MATCH (n) RETURN n._id AS id" |
        grep -q '^a' || fail "$path on a database"
    chroot "$root" "$path" check /tmp/alone.wend >/dev/null || fail "$path check"
}
root_user() { [ "$(id -u)" = 0 ]; }

# --- tar.gz -----------------------------------------------------------------------------------------------------------
root="$work/tar"
mkdir -p "$root"
tar -C "$root" -xzf "$dist/$name.tar.gz"
for file in wend completions/wend.bash completions/_wend completions/wend.fish man/wend.1 man/wend-serve.1 LICENSE README.md wend.service; do
    [ -s "$root/$name/$file" ] || fail "$name.tar.gz has no $file"
done
bash -n "$root/$name/completions/wend.bash" || fail "the completions of bash"
libraries "$root" "$root/$name/wend"
if root_user; then alone "$root" "/$name/wend"; ok "$name.tar.gz in an empty root"; else skip "an empty root: not root"; fi
tour "$root/$name" "$work/tour-tar"
ok "$name.tar.gz runs the tour of the README"

# --- .deb -------------------------------------------------------------------------------------------------------------
deb="$(find "$dist" -name "wend_${version}_*.deb")"
if [ -n "$deb" ] && command -v dpkg >/dev/null 2>&1 && root_user; then
    root="$work/deb"
    mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
    : >"$root/var/lib/dpkg/status"
    # The root has no shell for the scripts and no packages for the dependencies.
    options=(--root="$root" --force-script-chrootless --force-depends --log=/dev/null)
    dpkg "${options[@]}" --install "$deb" >"$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log" >&2; fail "dpkg --install"; }
    grep -q "^Status: install ok installed$" "$root/var/lib/dpkg/status" || fail "the package is not installed"
    libraries "$root" "$root/usr/bin/wend"
    alone "$root" /usr/bin/wend
    gzip -t "$root/usr/share/man/man1/wend.1.gz" || fail "the manual page"
    ok "$(basename "$deb") in an empty root"
    tour "$root/usr/bin" "$work/tour-deb"
    ok "$(basename "$deb") runs the tour of the README"
    if command -v systemd-analyze >/dev/null 2>&1; then
        unit="$root/usr/lib/systemd/system/wend.service"
        # The command of the unit is in the root, and not here.
        sed "s|/usr/bin/wend|$root/usr/bin/wend|" "$unit" >"$work/wend.service"
        said="$(systemd-analyze verify --man=no "$work/wend.service" 2>&1 | grep -F wend.service || true)"
        [ -z "$said" ] || { echo "$said" >&2; fail "systemd-analyze verify"; }
        ok "the unit, for systemd-analyze"
    else
        skip "the unit: there is no systemd-analyze here"
    fi
    # The start line of the unit, with its settings, as a user of its own.
    mkdir -p "$root/var/lib/wend"
    chown 10001 "$root/var/lib/wend"
    start="$(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/wend.service")"
    # shellcheck disable=SC2086 # It is a line of words.
    chroot --userspec=10001:10001 "$root" $start --listen 127.0.0.1:0 2>"$work/serve.log" &
    server=$!
    for _ in $(seq 100); do
        [ -s "$root/var/lib/wend/main.wend/served-at" ] && break
        sleep 0.1
    done
    address="$(cat "$root/var/lib/wend/main.wend/served-at")" || { cat "$work/serve.log" >&2; fail "the start line of the unit"; }
    "$root/usr/bin/wend" ping "$address" >/dev/null || fail "ping"
    kill "$server"
    wait "$server" || fail "the server does not end well"
    server=""
    ok "the start line of the unit"
    dpkg "${options[@]}" --purge wend >"$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log" >&2; fail "dpkg --purge"; }
    [ ! -e "$root/usr/bin/wend" ] && [ ! -e "$root/etc/wend/wend.toml" ] || fail "purge leaves files"
    [ -d "$root/var/lib/wend/main.wend" ] || fail "purge removes databases"
    ok "purge, which leaves databases"
else
    skip "the .deb: it is not here, or dpkg or root is not"
fi

# --- the image --------------------------------------------------------------------------------------------------------
# Where docker has a daemon, it builds the image. Elsewhere the steps of its last stage are done by hand: that stage runs nothing.
if docker info >/dev/null 2>&1; then
    docker build --quiet -f packaging/Dockerfile -t "wend-test-dist:$version" . >/dev/null || fail "docker build"
    ok "docker build"
elif root_user && command -v unshare >/dev/null 2>&1; then
    root="$work/image"
    stage="$work/stage"
    mkdir -p "$root" "$stage/src" "$stage/data"
    cp "$work/tar/$name/wend" "$stage/wend"
    cp LICENSE NOTICE "$stage/src/"
    libraries "$root" "$stage/wend"
    user="" environment=() entry=() command=() health=()
    words() { python3 -c 'import json, sys; print(*json.loads(sys.argv[1]), sep="\n")' "$1"; }
    while read -r step rest; do
        case "$step" in
            FROM | EXPOSE | VOLUME) ;;
            COPY)
                owner=0:0
                files=()
                for word in $rest; do
                    case "$word" in
                        --from=build) ;;
                        --chown=*) owner="${word#--chown=}" ;;
                        *) files+=("$word") ;;
                    esac
                done
                to="$root${files[-1]}"
                unset 'files[-1]'
                case "$to" in */) mkdir -p "$to" ;; *) mkdir -p "$(dirname "$to")" ;; esac
                for file in "${files[@]}"; do
                    cp -r "$stage$file" "$to"
                    chown -R "$owner" "$to"
                done
                ;;
            USER) user="$rest" ;;
            ENV) environment+=("$rest") ;;
            HEALTHCHECK) mapfile -t health < <(words "${rest#*CMD }") ;;
            ENTRYPOINT) mapfile -t entry < <(words "$rest") ;;
            CMD) mapfile -t command < <(words "$rest") ;;
            *) fail "the Dockerfile's last stage has a step $step" ;;
        esac
    done < <(awk '/^FROM/ { text = "" } !/^#/ && NF { text = text $0 "\n" } END { printf "%s", text }' packaging/Dockerfile)
    echo 'a long password' >"$root/password"
    chown 10001 "$root/password"
    # A network of its own, in which the server listens on every address.
    status=0
    unshare --net bash -euo pipefail -c '
        root="$1" user="$2" log="$3"; shift 3
        ip link set lo up
        mode=environment environment=() entry=() health=()
        for word in "$@"; do
            case "$word" in
                --entry--) mode=entry ;;
                --health--) mode=health ;;
                *) case "$mode" in environment) environment+=("$word") ;; entry) entry+=("$word") ;; health) health+=("$word") ;; esac ;;
            esac
        done
        chroot="$(command -v chroot)"
        inside() { env -i "${environment[@]}" "$chroot" --userspec="$user" "$root" "$@"; }
        # Not by the function: env and chroot become the server, which is then the process that is ended.
        env -i "${environment[@]}" "$chroot" --userspec="$user" "$root" "${entry[@]}" 2>"$log" &
        server=$!
        trap "kill $server 2>/dev/null || true" EXIT
        for _ in $(seq 100); do
            if inside "${health[@]}" >/dev/null 2>&1; then break; fi
            sleep 0.1
        done
        inside "${health[@]}"
        kill "$server"
        wait "$server"
        ! inside "${health[@]}" 2>/dev/null
    ' bash "$root" "$user" "$work/image.log" "${environment[@]}" WEND_PASSWORD_FILE=/password \
        --entry-- "${entry[@]}" "${command[@]}" --health-- "${health[@]}" >"$work/image.said" 2>&1 || status=$?
    [ "$status" = 0 ] || { cat "$work/image.said" "$work/image.log" >&2; fail "the steps of the Dockerfile"; }
    grep -q "with the password in /password" "$work/image.log" || fail "the password of the file"
    ok "the steps of the Dockerfile, by hand (there is no docker here)"
else
    skip "the Dockerfile: there is neither docker nor unshare and root here"
fi

# --- the formula, the wheel -------------------------------------------------------------------------------------------
grep -q "$(sha256sum "$dist/$name.tar.gz" | cut -d ' ' -f 1)" "$dist/wend.rb" || fail "the checksum of the formula"
! grep -q '@[A-Z0-9]*@' "$dist/wend.rb" || fail "the formula has a blank"
if command -v ruby >/dev/null 2>&1; then
    ruby -c "$dist/wend.rb" >/dev/null || fail "the formula is not Ruby"
    ok "the formula"
else
    ok "the checksum of the formula (there is no ruby to read it)"
fi
wheel="$(find "$dist" -name 'wenddb-*.whl')"
if [ -n "$wheel" ] && python3 -m venv "$work/venv" 2>/dev/null && "$work/venv/bin/pip" install --quiet --disable-pip-version-check "$wheel" 2>/dev/null; then
    (cd "$work" && "$work/venv/bin/python" -c '
import wenddb
db = wenddb.connect()
db.gql("INSERT (:A {_id: $id})", id="a")
assert db.gql("MATCH (n) RETURN n._id").value() == "a"
') || fail "the wheel"
    # The program that it brings, and its exit status.
    [ "$(cd "$work" && "$work/venv/bin/wend" --format csv -c 'RETURN 40 + 2 AS answer' | tail -n 1)" = 42 ] || fail "wend of the wheel"
    status=0
    (cd "$work" && "$work/venv/bin/wend" -c 'RETURN' 2>/dev/null) || status=$?
    [ "$status" = 1 ] || fail "the exit status of the wheel's wend is $status"
    ok "$(basename "$wheel")"
else
    skip "the wheel: it is not here, or numpy cannot be installed"
fi
echo "$passed passed, 0 failed, $skipped skipped"
