//! The one door to the host: clock, entropy, console, granted directories.
