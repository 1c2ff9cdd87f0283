# The tracer: its own tests, the judges of its exports, its parsers under random bytes, the pages and pictures it makes.

stage_trace() {
    cargo test --locked -p bluekernel-tracer
    tests/exports/run.sh
}
