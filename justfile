# Short names for what is done often; `just` lists them. Each is a plain command that works without just.

_list:
    @just --list --unsorted

# Compile and lint
check:
    cargo clippy --locked --all-targets -- -D warnings

# Run all tests, or those whose name holds FILTER
test FILTER='':
    cargo nextest run --locked {{ FILTER }}
    cargo test --locked --doc

# Format everything
fmt:
    cargo fmt --all

# Migrate the reference platform on a disposable server
demo *ARGS:
    ./setup demo {{ ARGS }}

# Write the generated pages and the expected outputs anew; review the difference
update:
    UPDATE=1 cargo test --locked --test docs --test report_cases --test splitter_cases

# Licences, sources and duplicates of the dependencies
deny:
    cargo deny check

# What a change must pass
ci:
    .ci/run
