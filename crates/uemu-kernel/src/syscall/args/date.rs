//! Times to give a file, which strace(1) shows with their dates.

use super::info::date;
use super::int::show_addr;
use super::{ArgRegs, Show, SyscallArg};
use std::fmt::Write;
use uemu_mem::GuestAddr;

/// UTIME_NOW
const NOW: i64 = 0x3fff_ffff;
/// UTIME_OMIT
const OMIT: i64 = 0x3fff_fffe;

/// Two times to give a file (utimensat(2), utimes(2)).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileTimes(pub u64);

/// utimensat(2)
const UTIMENSAT: u64 = 280;

impl SyscallArg for FileTimes {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        FileTimes(regs.pull_one())
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 32];
        if self.0 == 0 || cx.view.mem.peek(GuestAddr(self.0), &mut b) < b.len() {
            return show_addr(GuestAddr(self.0), out);
        }
        let mut words = b.chunks_exact(8).map(|w| i64::from_le_bytes(w.try_into().unwrap_or_default()));
        let precise = cx.call.nr == UTIMENSAT;
        for open in ["[", ", "] {
            let (sec, part) = (words.next().unwrap_or(0), words.next().unwrap_or(0));
            out.push_str(open);
            match part {
                NOW if precise => out.push_str("UTIME_NOW"),
                OMIT if precise => out.push_str("UTIME_OMIT"),
                _ => {
                    let (unit, digits, limit) =
                        if precise { ("tv_nsec", 9, 1_000_000_000) } else { ("tv_usec", 6, 1_000_000) };
                    let _ = write!(out, "{{tv_sec={sec}, {unit}={part}}}");
                    if (0..limit).contains(&part) {
                        // The parts of a second stand before the zone, unless there are none.
                        let fraction = if part == 0 { String::new() } else { format!(".{part:0digits$}") };
                        let _ = write!(out, " /* {} */", date(sec).replace("+0000", &(fraction + "+0000")));
                    }
                }
            }
        }
        out.push(']');
    }
}
