#!/bin/sh
# Stands in for the program it is named after: writes down what it was called with, one line each
# call. `cargo` and `rust-script` also do what the flow goes on with.
set -eu
name=$(basename "$0")
log() { printf '%s\n' "$*" >> "$FLOW_LOG"; }
value() { printenv "$1" || echo unset; }
forward() {
    echo 'FORWARDING ARGS TO CARGO-MAKE:'
    printf '%s\n' "$@"
    echo 'END OF FORWARDING ARGS TO CARGO-MAKE'
}

case "$name $*" in
'cargo make '*)
    log "$name $* (in $PWD)"
    for variable in CARGO_MAKE_WORKSPACE_WORKING_DIRECTORY \
        CARGO_MAKE_CRATE_CUSTOM_TRIPLE_TARGET_DIRECTORY CARGO_MAKE_CRATE_TARGET_DIRECTORY; do
        log "$variable: $(value "$variable")"
    done
    exec "$FLOW_CARGO_MAKE" "$@" ;;
'cargo build'* | 'cargo xtask '* | 'cargo run '* | 'cargo test '* | 'cargo bench '*)
    log "$name $* (in $PWD)" ;;
'cargo install '*) log "$name $*" ;;
'cargo '*) exec "$FLOW_CARGO" "$@" ;;
'rust-script --version') echo 'rust-script 0.30.0' ;;
'rust-script '*)
    for file; do case $file in *.rs) break ;; esac done
    # What wdk-build 0.6.0 does with the environment in each of these scripts.
    if grep -q load_rust_driver_makefile "$file"; then
        folder=$CARGO_MAKE_WORKSPACE_WORKING_DIRECTORY/target
        mkdir -p "$folder"
        ln -sf "$FLOW_MAKEFILE" "$folder/rust-driver-makefile.toml"
        log "link in $folder"
    elif grep -q validate_command_line_args "$file"; then
        [ "$CARGO_MAKE_PROFILE" = release ]
        forward 'CARGO_MAKE_CARGO_BUILD_TEST_FLAGS=--profile release' \
            CARGO_MAKE_CARGO_PROFILE=release \
            "WDK_BUILD_OUTPUT_DIRECTORY=$CARGO_MAKE_CRATE_CUSTOM_TRIPLE_TARGET_DIRECTORY/release"
    elif grep -q to_map_with_prefix "$file"; then
        forward WDK_BUILD_METADATA-DRIVER_MODEL-DRIVER_TYPE=KMDF \
            WDK_BUILD_METADATA-DRIVER_MODEL-KMDF_VERSION_MAJOR=1 \
            WDK_BUILD_METADATA-DRIVER_MODEL-TARGET_KMDF_VERSION_MINOR=31
    fi ;;
*) log "$name $*" ;;
esac
[ "$name" != "${FLOW_FAILS:-}" ]
