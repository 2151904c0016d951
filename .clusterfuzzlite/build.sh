#!/bin/bash -eu
# Builds every fuzz target into $OUT, each with its kept corpus and its options.
cd "$SRC/acxvad"
cargo fuzz build -O --debug-assertions
for target in $(cargo fuzz list); do
    # It loads drivers in C, which `cargo xtask c-driver` builds.
    if [ "$target" = several ]; then
        [ -f target/c-driver/parts.sys ] || continue
        cp target/c-driver/{parts,offers,asks}.sys "$OUT"
    fi
    cp "fuzz/target/x86_64-unknown-linux-gnu/release/$target" "$OUT/$target"
    # The loader's seeds are images, which are built and not kept.
    if [ -d "fuzz/seeds/$target" ]; then
        rm -f "$OUT/${target}_seed_corpus.zip"
        (cd "fuzz/seeds/$target" && zip -q "$OUT/${target}_seed_corpus.zip" ./*)
    fi
    if [ -f "fuzz/options/$target.options" ]; then
        cp "fuzz/options/$target.options" "$OUT/$target.options"
    fi
done
