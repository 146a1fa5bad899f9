//! The compiler's messages for mistakes: see `main.rs`.
