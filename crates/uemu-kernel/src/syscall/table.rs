//! THE table of system calls.

use super::io;
use super::row::{Row, syscalls};

syscalls! {
    0 => io::read(fd, buf);
    1 => io::write(fd, buf);
    3 => io::close(fd);
}

/// Numbers the index below covers.
const INDEX_LEN: usize = 512;

/// Row index + 1 by number; 0 where there is none.
static INDEX: [u16; INDEX_LEN] = {
    let mut index = [0; INDEX_LEN];
    let mut i = 0;
    while i < TABLE.len() {
        let nr = TABLE[i].nr as usize;
        assert!(nr < INDEX_LEN && index[nr] == 0, "each number stands once in the table");
        i += 1;
        index[nr] = i as u16;
    }
    index
};

/// The row of a system call; `None` if the kernel lacks it.
pub fn row(nr: u64) -> Option<&'static Row> {
    let i = *INDEX.get(usize::try_from(nr).ok()?)?;
    TABLE.get(usize::from(i).checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_linux_names() {
        for r in TABLE {
            assert_eq!(uemu_abi::sysno::name(r.nr), Some(r.name), "row {}", r.nr);
            assert!(std::ptr::eq(row(r.nr).unwrap(), r));
        }
    }
}
