//! Where things are in the checkout.

use std::path::{Path, PathBuf};

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent").to_path_buf()
}

/// The folder of guest program sources, one folder a theme.
pub fn testbins() -> PathBuf {
    root().join("testbins")
}

/// Where built guest programs go.
pub fn out() -> PathBuf {
    testbins().join("out")
}

/// The `uemu` command under test: `$UEMU`, or the release build of this checkout.
///
/// # Panics
/// When there is none, with the command that makes one.
pub fn uemu() -> PathBuf {
    let path = match std::env::var_os("UEMU") {
        Some(path) => PathBuf::from(path),
        None => match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => root().join(dir).join("release/uemu"),
            None => root().join("target/release/uemu"),
        },
    };
    assert!(
        path.is_file(),
        "{} does not exist: run `cargo xtask test`, or build it with `cargo build --release`, \
         or name another in $UEMU",
        path.display()
    );
    path
}
