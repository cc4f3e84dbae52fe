//! A deterministic user-space machine for x86-64 Linux programs.
