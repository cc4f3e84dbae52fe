//! The emulated Linux kernel.
