//! Bytes: address and length, two registers that are one argument.

use super::int::show_addr;
use super::{ArgRegs, Phase, Show, SyscallArg};
use std::fmt::Write;
use uemu_mem::GuestAddr;

/// Bytes the call reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserBuf {
    /// Where.
    pub addr: GuestAddr,
    /// How many.
    pub len: u64,
}

/// Bytes the call fills: as many as it returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserBufMut {
    /// Where.
    pub addr: GuestAddr,
    /// Room.
    pub len: u64,
}

impl SyscallArg for UserBuf {
    fn pull(regs: &mut ArgRegs<'_>) -> UserBuf {
        UserBuf { addr: GuestAddr(regs.pull_one()), len: regs.pull_one() }
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        show_bytes(cx, self.addr, self.len, out);
        let _ = write!(out, ", {}", self.len);
    }
}

impl SyscallArg for UserBufMut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> UserBufMut {
        UserBufMut { addr: GuestAddr(regs.pull_one()), len: regs.pull_one() }
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        match cx.value() {
            Some(n) => show_bytes(cx, self.addr, n.min(self.len), out),
            None => show_addr(self.addr, out),
        }
        let _ = write!(out, ", {}", self.len);
    }
}

/// Bytes of the guest as strace(1) quotes them; a bare address if they cannot be read.
pub(crate) fn show_bytes(cx: &Show<'_>, addr: GuestAddr, len: u64, out: &mut String) {
    let shown = usize::try_from(len).unwrap_or(usize::MAX).min(cx.string_limit);
    let mut bytes = vec![0; shown];
    if addr == GuestAddr::NULL || cx.view.mem.peek(addr, &mut bytes) < shown {
        return show_addr(addr, out);
    }
    quote(&bytes, out);
    if (shown as u64) < len {
        out.push_str("...");
    }
}

/// A C string literal, with octal escapes no longer than needed.
pub fn quote(bytes: &[u8], out: &mut String) {
    out.push('"');
    let mut rest = bytes.iter().peekable();
    while let Some(&b) = rest.next() {
        match b {
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            0x0b => out.push_str("\\v"),
            0x0c => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            0x20..=0x7e => out.push(b as char),
            _ => {
                // A digit that follows would be taken for part of a short escape.
                let digit_follows = rest.peek().is_some_and(|b| b.is_ascii_digit());
                let _ = if digit_follows { write!(out, "\\{b:03o}") } else { write!(out, "\\{b:o}") };
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn escapes_are_as_short_as_can_be() {
        let mut s = String::new();
        quote(b"a\n\0b\x001\x7f\"", &mut s);
        assert_eq!(s, r#""a\n\0b\0001\177\"""#);
    }
}
