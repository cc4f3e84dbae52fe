//! `uemu syscalls`: what is supported, from the table that dispatches it.

use crate::options::Syscalls;
use crate::say::print;
use std::fmt::Write;
use uemu::kernel::syscall::TABLE;

pub(crate) fn run(args: &Syscalls) -> u8 {
    if args.count {
        print(&format!("{}\n", TABLE.len()));
        return 0;
    }
    let mut rows: Vec<_> = TABLE.iter().collect();
    rows.sort_by_key(|r| r.nr);
    let mut out = String::new();
    for row in &rows {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:>4}  {}({})", row.nr, row.name, row.params.join(", "));
    }
    let _ =
        writeln!(out, "{} system calls; any other gives ENOSYS and is named once at the end of the run", rows.len());
    print(&out);
    0
}
