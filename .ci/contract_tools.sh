# Contract tools, mostly of other authors, against the simulator of the release build. Sourced by .ci/run after steps.sh.

toapis="$CARGO_TARGET_DIR/release/toapis"

# background WORD LOG PROGRAM...: starts a server that ends with the calling subshell, and waits until LOG contains WORD.
# PROGRAM must not be a function, because the signal would end only the shell that runs it.
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

# simulator ARGS...: starts a simulator and sets TOAPIS_BASE_URL and TOAPIS_API_KEY.
simulator() {
    local log
    log=$(mktemp -p "$work" sim.XXXX)
    background TOAPIS_API_KEY "$log" "$toapis" sim --quiet --port 0 --seed 7 "$@" || return
    source "$log"
    echo "simulator $TOAPIS_BASE_URL $*"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Runs all phases and checks with fixed cases; the stateful phase follows the contract's links. Two checks are excluded:
# - unsupported_method expects 405. No source says how the service responds to an unknown method; a wrong path gets 404
#   `Invalid URL (METHOD path)`, and the simulator responds to a wrong method in the same way.
# - positive_data_acceptance is replaced in schemathesis_hooks.py by a check that knows the rules across fields.
run_schemathesis() (
    simulator --speed 1000 --no-rate-limits --accept-unknown-models "$@" || exit
    python_tool schemathesis --config-file .ci/contract-tools/schemathesis.toml run openapi.yaml \
        --url "$TOAPIS_BASE_URL" --header "Authorization: Bearer $TOAPIS_API_KEY" \
        --phases examples,coverage,fuzzing,stateful \
        --checks all --exclude-checks unsupported_method,positive_data_acceptance \
        --max-examples 25 --seed 20261123 --generation-deterministic --no-color
)

# Runs the command through Prism's validating proxy, which responds with 500 to a violation in either direction.
run_prism_proxy() (
    local port log
    log=$(mktemp -p "$work" prism.XXXX)
    simulator --speed 50 "$@" || exit
    port=$(free_port)
    background 'is listening' "$log" "$tools/node_modules/.bin/prism" proxy openapi.yaml "$TOAPIS_BASE_URL" --errors --port "$port" || exit
    export TOAPIS_BASE_URL="http://127.0.0.1:$port"
    commands_through_proxy || { tail -30 "$log"; exit 1; }
)

# Runs each operation, and requests that are rejected. The reference is text with the header of a WebP file, because Prism
# forwards a form as text, which would corrupt a real image.
commands_through_proxy() {
    printf 'RIFF....WEBPVP8 , all of it text' >"$work/text.webp"
    "$toapis" models >"$work/models.txt" &&
        "$toapis" balance &&
        "$toapis" balance --account &&
        "$toapis" generate "A cat in a spacesuit walking on the moon" --size 16:9 --poll-interval 1 --timeout 10 -o "$work/prism.png" --force &&
        "$toapis" generate "The same cat, asleep" --reference "$work/text.webp" --poll-interval 1 --timeout 10 -o "$work/prism.png" --force &&
        "$toapis" generate "A red helmet" --model grok-imagine-1.0-edit --reference "$work/text.webp" --poll-interval 1 --timeout 10 -o "$work/prism.png" --force &&
        expect_exit 4 env TOAPIS_API_KEY=sk-wrong "$toapis" balance &&
        expect_exit 1 "$toapis" status no_such_task
}

# expect_exit CODE COMMAND...
expect_exit() {
    local code=0
    "${@:2}" || code=$?
    [[ $code == "$1" ]] || { echo "exit code $code instead of $1: ${*:2}"; return 1; }
}

# Generates an image with the client of openapi-generator.
run_second_client() (
    local crate="$work/second"
    if [[ ! -e $crate ]]; then
        cp -r .ci/contract-tools/second-client "$crate"
        cp -r "$work/second-client" "$crate/generated" || exit
    fi
    simulator --speed 50 "$@" || exit
    CARGO_TARGET_DIR="$CARGO_TARGET_DIR/second-client" cargo run --quiet --locked --manifest-path "$crate/Cargo.toml"
)

# Each tool must detect a response that is invalid on purpose; otherwise its success means nothing.
detect_invalid_response() (
    local fault='getImageTask => wrong-type progress' tool code=0
    for tool in run_schemathesis run_prism_proxy run_second_client run_toapis_contract; do
        if "$tool" --fault "$fault" >"$work/invalid-$tool.log" 2>&1; then
            echo "$tool detected nothing:"
            tail -20 "$work/invalid-$tool.log"
            code=1
        else
            echo "$tool: detected"
            # The first line names the fault itself. A single awk reads the log, because with pipefail the first program of a
            # pipe fails when the second one exits early.
            awk '!/^simulator / && /VIOLATIONS|invalid type|\/progress|"progress"/ { print substr($0, 1, 200); found = 1; exit } END { exit !found }' \
                "$work/invalid-$tool.log" || { echo "but for another reason:"; tail -20 "$work/invalid-$tool.log"; code=1; }
        fi
    done
    exit "$code"
)

# Runs the own contract tests on the mock of another author. Prism's mock is stateless, so its failures are known: it accepts
# any key and any task id, no task ends, and it does not inspect images. It knows neither the contract's rules across
# fields nor that resolutions ignore case.
run_toapis_contract_on_prism_mock() (
    local port
    port=$(free_port)
    background 'is listening' "$(mktemp -p "$work" prism.XXXX)" "$tools/node_modules/.bin/prism" mock openapi.yaml --port "$port" || exit
    TOAPIS_API_KEY=sk-any expect_exit 1 "$toapis" contract "http://127.0.0.1:$port" --max-tasks 5000 --timeout 1 --quiet --json >"$work/prism-mock.json" || exit
    python3 - "$work/prism-mock.json" <<'PY'
import collections, json, sys
report = json.load(open(sys.argv[1]))
known = {
    "accepts any key": lambda case: case["category"] == "credential" and case["variant"] == "with an unknown API key",
    "accepts any task id": lambda case: case["variant"] == "with an unknown value",
    "tasks do not end": lambda case: case["category"] == "link" and "is still" in (case["message"] or ""),
    "does not inspect images": lambda case: case["category"] == "multipart" and case["subject"] == "file",
    "ignores rules across fields": lambda case: case["category"] == "model_rule",
    "does not ignore case": lambda case: case["category"] == "constraint" and case["subject"].lower().endswith("resolution"),
}
found = collections.Counter()
for case in report["cases"]:
    if case["outcome"] == "failed":
        reasons = [reason for reason, fits in known.items() if fits(case)]
        assert reasons, f"unexpected failure: {case}"
        found[reasons[0]] += 1
assert set(found) == set(known), f"no longer detected: {set(known) - set(found)}"
print(report["summary"])
print(dict(found))
PY
)

# Runs the own contract tests on the simulator.
run_toapis_contract() (
    simulator --speed 1000 --no-rate-limits "$@" || exit
    "$toapis" contract "$TOAPIS_BASE_URL" --max-tasks 5000
)
