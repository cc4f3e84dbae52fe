//! Static ELF images into guest memory, and the System V entry contract.
//!
//! [`Image::parse`] says whether bytes are a program and what it asks for; [`load`] maps it as Linux's
//! `fs/binfmt_elf.c` does; [`stack::build`] lays out arguments, environment and auxiliary vector above the stack
//! pointer; [`symbols`] names addresses for messages. All of it takes hostile bytes: nothing is allocated but
//! in proportion to the file, and the file's own sizes are never trusted before they are checked against it.
//! goblin is used here and nowhere else.
#![forbid(unsafe_code)]

mod error;
mod image;
mod load;
pub mod stack;
pub mod symbols;

pub use error::{Class, LoadError};
pub use image::{Image, Segment};
pub use load::{FileIdentity, Loaded, PIE_BASE, load};
