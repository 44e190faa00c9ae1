# The judges that no one here wrote, each against the released binary's own simulator. Sourced by .ci/run after steps.sh.

toapis="$CARGO_TARGET_DIR/release/toapis"

# background WORD LOG COMMAND...: starts a server that ends with the calling subshell, and waits until WORD stands in its LOG.
servers=()
background() {
    local word=$1 log=$2
    shift 2
    "$@" >"$log" 2>&1 &
    servers+=($!)
    trap 'kill "${servers[@]}" 2>/dev/null; true' EXIT
    until grep -q "$word" "$log"; do
        kill -0 "${servers[-1]}" 2>/dev/null || { cat "$log"; return 1; }
        sleep 0.1
    done
}

# simulator ARGS...: starts one and sets TOAPIS_BASE_URL and TOAPIS_API_KEY.
simulator() {
    local log
    log=$(mktemp -p "$work" sim.XXXX)
    background TOAPIS_API_KEY "$log" "$toapis" sim --quiet --port 0 --seed 7 "$@" || return
    source "$log"
    echo "simulator $TOAPIS_BASE_URL $*"
}

# Every phase, every check, by a fixed seed; the stateful phase follows the contract's links.
schemathesis_run() (
    simulator --speed 100 "$@" || exit
    python_tool schemathesis run openapi.yaml --url "$TOAPIS_BASE_URL" \
        --header "Authorization: Bearer $TOAPIS_API_KEY" \
        --phases examples,coverage,fuzzing,stateful --checks all \
        --max-examples 25 --seed 20261123 --generation-deterministic --no-color
)

# Prism stands between the command and the simulator, and answers 500 to what breaks the contract either way.
prism_run() (
    local port log="$work/prism.log"
    simulator --speed 50 "$@" || exit
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    background 'is listening' "$log" node_tool prism proxy openapi.yaml "$TOAPIS_BASE_URL" --errors --port "$port" || exit
    export TOAPIS_BASE_URL="http://127.0.0.1:$port"
    through_the_proxy || { tail -30 "$log"; exit 1; }
)

# One call of each operation that the command knows, and a few that are refused.
through_the_proxy() {
    set -e
    "$toapis" models
    "$toapis" balance
    "$toapis" balance --account
    "$toapis" generate "A cat in a spacesuit walking on the moon" --size 16:9 -o "$work/prism.png" --force
    "$toapis" upload "$work/prism.png"
    "$toapis" generate "The same cat, asleep" --reference "$work/prism.png" -o "$work/prism-2.png" --force
    ! TOAPIS_API_KEY=sk-wrong "$toapis" balance
    ! "$toapis" status no_such_task
}

# The main job by the client that another generator writes from the contract.
second_client() (
    local crate="$work/second"
    cp -r .ci/judges/second-client "$crate"
    mv "$work/second-client" "$crate/generated" || exit
    simulator --speed 50 "$@" || exit
    cargo run --locked --manifest-path "$crate/Cargo.toml" --target-dir "$CARGO_TARGET_DIR/second-client"
)
