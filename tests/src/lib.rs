//! End-to-end tests of uemu; see `tests/`.
