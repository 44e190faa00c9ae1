# The judges that no one here wrote, each against the released binary's own simulator. Sourced by .ci/run after steps.sh.

toapis="$CARGO_TARGET_DIR/release/toapis"

# background WORD LOG PROGRAM...: starts a server that ends with the calling subshell, and waits until WORD stands in its LOG. A program
# and no function: the signal would reach the shell around it and not the server.
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

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Every phase, every check, always the same cases; the stateful phase follows the contract's links. Two checks are left out by name:
# - unsupported_method: it asks for 405. What the service answers to a method that the contract does not name is not known from any
#   source; known is only its 404 `Invalid URL (METHOD path)` for a wrong path, and the simulator says that of a wrong method too.
# - positive_data_acceptance: replaced by one that knows the rules across fields, in schemathesis_hooks.py.
schemathesis_run() (
    simulator --speed 1000 --no-rate-limits --accept-unknown-models "$@" || exit
    python_tool schemathesis --config-file .ci/judges/schemathesis.toml run openapi.yaml \
        --url "$TOAPIS_BASE_URL" --header "Authorization: Bearer $TOAPIS_API_KEY" \
        --phases examples,coverage,fuzzing,stateful \
        --checks all --exclude-checks unsupported_method,positive_data_acceptance \
        --max-examples 25 --seed 20261123 --generation-deterministic --no-color
)

# Prism stands between the command and the simulator, and answers 500 to what breaks the contract either way.
prism_run() (
    local port log
    log=$(mktemp -p "$work" prism.XXXX)
    simulator --speed 50 "$@" || exit
    port=$(free_port)
    background 'is listening' "$log" "$tools/node_modules/.bin/prism" proxy openapi.yaml "$TOAPIS_BASE_URL" --errors --port "$port" || exit
    export TOAPIS_BASE_URL="http://127.0.0.1:$port"
    through_the_proxy || { tail -30 "$log"; exit 1; }
)

# Each operation by the command, and what is refused. The reference is text that begins as a WebP does: Prism passes a form on as
# text, and no real picture survives that.
through_the_proxy() {
    printf 'RIFF....WEBPVP8 , all of it text' >"$work/text.webp"
    "$toapis" models >"$work/models.txt" &&
        "$toapis" balance &&
        "$toapis" balance --account &&
        "$toapis" generate "A cat in a spacesuit walking on the moon" --size 16:9 --poll-interval 1 --timeout 10 -o "$work/prism.png" --force &&
        "$toapis" generate "The same cat, asleep" --reference "$work/text.webp" --poll-interval 1 --timeout 10 -o "$work/prism.png" --force &&
        "$toapis" generate "A red helmet" --model grok-imagine-1.0-edit --reference "$work/text.webp" --poll-interval 1 --timeout 10 -o "$work/prism.png" --force &&
        ends_with 4 env TOAPIS_API_KEY=sk-wrong "$toapis" balance &&
        ends_with 1 "$toapis" status no_such_task
}

# ends_with CODE COMMAND...
ends_with() {
    local code=0
    "${@:2}" || code=$?
    [[ $code == "$1" ]] || { echo "ended with $code instead of $1: ${*:2}"; return 1; }
}

# The main job by the client that another generator writes from the contract.
second_client() (
    local crate="$work/second"
    if [[ ! -e $crate ]]; then
        cp -r .ci/judges/second-client "$crate"
        cp -r "$work/second-client" "$crate/generated" || exit
    fi
    simulator --speed 50 "$@" || exit
    CARGO_TARGET_DIR="$CARGO_TARGET_DIR/second-client" cargo run --quiet --locked --manifest-path "$crate/Cargo.toml"
)

# A judge that never finds anything is none: each must find an answer that is made wrong on purpose, and so must ours.
each_judge_finds_a_broken_answer() (
    local fault='getImageTask => wrong-type progress' judge code=0
    for judge in schemathesis_run prism_run second_client contract_run; do
        if "$judge" --fault "$fault" >"$work/broken-$judge.log" 2>&1; then
            echo "$judge saw nothing wrong:"
            tail -20 "$work/broken-$judge.log"
            code=1
        else
            echo "$judge: found"
            # The first line names the fault itself, and proves nothing. One program reads the log: of two in a pipe the first fails
            # when the second has seen enough.
            awk '!/^simulator / && /VIOLATIONS|invalid type|\/progress|"progress"/ { print substr($0, 1, 200); found = 1; exit } END { exit !found }' \
                "$work/broken-$judge.log" || { echo "but not for the right reason:"; tail -20 "$work/broken-$judge.log"; code=1; }
        fi
    done
    exit "$code"
)

# Our own judge on a service that no one here wrote. Prism's mock answers from the same contract and forgets each request, so what there is
# to find is known: any key will do, any id is a task, none ever ends, a picture is not looked into; and of the contract's extensions it
# knows neither the rules across fields nor that case does not matter to a resolution.
contract_on_prisms_mock() (
    local port
    port=$(free_port)
    background 'is listening' "$(mktemp -p "$work" prism.XXXX)" "$tools/node_modules/.bin/prism" mock openapi.yaml --port "$port" || exit
    TOAPIS_API_KEY=sk-any ends_with 1 "$toapis" contract "http://127.0.0.1:$port" --max-tasks 5000 --timeout 1 --quiet --json >"$work/prisms-mock.json" || exit
    python3 - "$work/prisms-mock.json" <<'PY'
import collections, json, sys
report = json.load(open(sys.argv[1]))
known = {
    "any key will do": lambda case: case["category"] == "credential" and case["variant"] == "with an unknown API key",
    "any id is a task": lambda case: case["variant"] == "with an unknown value",
    "no task ends": lambda case: case["category"] == "link" and "is still" in (case["message"] or ""),
    "a picture is not looked into": lambda case: case["category"] == "multipart" and case["subject"] == "file",
    "no rule across fields": lambda case: case["category"] == "model_rule",
    "case matters": lambda case: case["category"] == "constraint" and case["subject"].lower().endswith("resolution"),
}
found = collections.Counter()
for case in report["cases"]:
    if case["outcome"] == "failed":
        whys = [why for why, fits in known.items() if fits(case)]
        assert whys, f"not a known lack of the mock: {case}"
        found[whys[0]] += 1
assert set(found) == set(known), f"not found any more: {set(known) - set(found)}"
print(report["summary"])
print(dict(found))
PY
)

# Our own judge, on the same simulator.
contract_run() (
    simulator --speed 1000 --no-rate-limits "$@" || exit
    "$toapis" contract "$TOAPIS_BASE_URL" --max-tasks 5000
)
