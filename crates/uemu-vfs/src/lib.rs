//! The guest's virtual file system.
