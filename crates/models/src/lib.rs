//! What threads share without a lock in `acx` and `vdma`, in every order of their memory accesses:
//! the models are in `tests/`.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p models --release --target-dir target/loom
//! ```
//!
//! Those of private parts are beside them: `RUSTFLAGS="--cfg loom" cargo test -p vdma --lib`.
