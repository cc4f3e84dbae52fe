//! Observers that render what the machine does.
