# Benchmarks: tests/run bench NAME. Each prints a table and writes tests/bench/results/NAME.json.
# sourced by tests/run

bench() {
    local name=${1:-}
    if [[ -z $name || ! -x tests/bench/$name.py ]]; then
        printf 'tests/run bench: which one? %s\n' "$(cd tests/bench && find . -name '*.py' -executable | sed 's/^\.\///; s/\.py$//' | sort | tr '\n' ' ')" >&2
        exit 2
    fi
    shift
    python3 "tests/bench/$name.py" "$@"
}
