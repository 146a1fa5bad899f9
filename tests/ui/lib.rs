//! What the compiler says of mistakes: see `main.rs`.
