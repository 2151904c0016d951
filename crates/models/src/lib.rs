//! loom models of the lock-free parts of `acx` and `vdma`, in every order of their memory accesses.
//! The models are in `tests/`.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p models --release --target-dir target/loom
//! ```
//!
//! The models of private parts are beside them: `RUSTFLAGS="--cfg loom" cargo test -p vdma --lib`.
