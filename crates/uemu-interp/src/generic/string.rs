//! MOVS, STOS, LODS, SCAS and CMPS, alone and repeated.
//!
//! Repeated ones work in pieces that stay within one page of each operand. After each piece the registers say what is
//! done, so that a fault leaves them at the element that faulted, and one more try goes on from there.

use super::{Cx, Flow, Outcome, Stop};
use iced_x86::{Instruction, Mnemonic as M, OpKind, Register as R};
use uemu_cpu::Flags;
use uemu_cpu::flags::Kind;
use uemu_mem::{GuestAddr, MemFault, PAGE_SIZE};

const PAGE: usize = PAGE_SIZE as usize;

/// Pieces (of a page at most) that one retired instruction may do. A longer run retires as a jump to itself, so that no
/// instruction, however much memory it walks, keeps the machine from its clock and its limits.
const MAX_PIECES: u32 = 4096;

/// Executes a string instruction; `None` if it is none of these.
pub(super) fn execute(cx: &mut Cx<'_>) -> Option<Outcome> {
    use M::*;
    if !cx.insn.is_string_instruction() {
        return None;
    }
    Some(match cx.insn.mnemonic() {
        Movsb | Movsw | Movsd | Movsq => Run::new(cx).movs(),
        Stosb | Stosw | Stosd | Stosq => Run::new(cx).stos(),
        Lodsb | Lodsw | Lodsd | Lodsq => Run::new(cx).lods(),
        Scasb | Scasw | Scasd | Scasq => Run::new(cx).compare(false),
        Cmpsb | Cmpsw | Cmpsd | Cmpsq => Run::new(cx).compare(true),
        _ => return None,
    })
}

/// How the instruction is repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    No,
    /// REP, REPE
    WhileEqual,
    /// REPNE (plain REP for those that do not compare)
    WhileUnequal,
}

/// One execution of a string instruction.
struct Run<'c, 'a> {
    cx: &'c mut Cx<'a>,
    size: usize,
    repeat: Repeat,
    counter: R,
    source: R,
    destination: R,
    /// Base of the source's segment.
    base: u64,
    down: bool,
    /// Pieces it may still do.
    pieces: u32,
    /// A single-step trap comes after each element.
    stepped: bool,
}

fn width(insn: &Instruction) -> usize {
    use M::*;
    match insn.mnemonic() {
        Movsb | Stosb | Lodsb | Scasb | Cmpsb => 1,
        Movsw | Stosw | Lodsw | Scasw | Cmpsw => 2,
        Movsd | Stosd | Lodsd | Scasd | Cmpsd => 4,
        _ => 8,
    }
}

impl<'c, 'a> Run<'c, 'a> {
    fn new(cx: &'c mut Cx<'a>) -> Self {
        let i = cx.insn;
        let short = (0..i.op_count()).any(|n| matches!(i.op_kind(n), OpKind::MemorySegESI | OpKind::MemoryESEDI));
        let (counter, source, destination) = if short { (R::ECX, R::ESI, R::EDI) } else { (R::RCX, R::RSI, R::RDI) };
        let repeat = if i.has_repne_prefix() {
            Repeat::WhileUnequal
        } else if i.has_rep_prefix() {
            Repeat::WhileEqual
        } else {
            Repeat::No
        };
        let base = cx.segment_base(i.memory_segment());
        let down = cx.cpu.flags.control & Flags::DF != 0;
        let stepped = cx.cpu.flags.control & Flags::TF != 0;
        let pieces = if stepped { 1 } else { MAX_PIECES };
        Run { size: width(i), repeat, counter, source, destination, base, down, pieces, stepped, cx }
    }

    /// Elements still to do.
    fn left(&self) -> u64 {
        let most = if self.stepped { 1 } else { u64::MAX };
        if self.repeat == Repeat::No { 1 } else { self.cx.reg(self.counter).min(most) }
    }

    /// Linear address of the next source element.
    fn from(&self) -> u64 {
        self.cx.reg(self.source).wrapping_add(self.base)
    }

    /// Linear address of the next destination element (ES, whose base is zero).
    fn to(&self) -> u64 {
        self.cx.reg(self.destination)
    }

    /// Elements from `addr` on, in the direction of DF, that lie within its page; 0 if the first crosses its end.
    fn in_page(&self, addr: u64) -> u64 {
        let at = addr % PAGE_SIZE;
        let size = self.size as u64;
        if at + size > PAGE_SIZE {
            0
        } else if self.down {
            at / size + 1
        } else {
            (PAGE_SIZE - at) / size
        }
    }

    /// The lowest address of `n` elements from `addr` on, in the direction of DF.
    fn lowest(&self, addr: u64, n: u64) -> u64 {
        if self.down { addr.wrapping_sub((n - 1) * self.size as u64) } else { addr }
    }

    /// Moves the index registers on by `n` elements and counts them off.
    fn advance(&mut self, n: u64, source: bool, destination: bool) {
        self.pieces -= 1;
        let bytes = n.wrapping_mul(self.size as u64);
        let step = if self.down { bytes.wrapping_neg() } else { bytes };
        for r in [source.then_some(self.source), destination.then_some(self.destination)].into_iter().flatten() {
            let v = self.cx.reg(r).wrapping_add(step);
            self.cx.set_reg(r, v);
        }
        if self.repeat != Repeat::No {
            let v = self.cx.reg(self.counter).wrapping_sub(n);
            self.cx.set_reg(self.counter, v);
        }
    }

    /// Whether it has done all that one retired instruction may, and is not finished.
    fn is_spent(&self) -> bool {
        self.pieces == 0 && self.left() != 0
    }

    /// Goes on from the registers as they are, as another instruction.
    fn again(&self) -> Outcome {
        Ok(Flow::Jump(self.cx.insn.ip()))
    }

    /// Reads the `buf.len()` bytes of elements from `addr` on, in the direction of DF.
    fn read(&mut self, addr: u64, buf: &mut [u8]) -> Result<(), Stop> {
        let lowest = self.lowest(addr, (buf.len() / self.size) as u64);
        self.cx.mem.read(GuestAddr(lowest), buf).map_err(|f| self.first(f, addr, buf.len()))
    }

    /// Writes likewise.
    fn write(&mut self, addr: u64, bytes: &[u8]) -> Result<(), Stop> {
        let lowest = self.lowest(addr, (bytes.len() / self.size) as u64);
        self.cx.mem.write(GuestAddr(lowest), bytes).map_err(|f| self.first(f, addr, bytes.len()))
    }

    /// The fault of a piece of `bytes` bytes: that of its first element. Going down, that is not the lowest one.
    fn first(&self, fault: MemFault, addr: u64, bytes: usize) -> Stop {
        // A piece of several elements lies in one page, so if any faults, the first does.
        let addr = if bytes > self.size { GuestAddr(addr) } else { fault.addr };
        MemFault { addr, ..fault }.into()
    }

    fn movs(mut self) -> Outcome {
        let mut buf = [0; PAGE];
        let size = self.size as u64;
        loop {
            let left = self.left();
            if left == 0 {
                return Ok(Flow::Next);
            }
            let (from, to) = (self.from(), self.to());
            let fit = left.min(self.in_page(from)).min(self.in_page(to));
            // How far ahead of the source, in the direction of the copy, the destination lies: closer than the
            // piece is long, elements are read that this very instruction has written.
            let ahead = if self.down { from.wrapping_sub(to) } else { to.wrapping_sub(from) };
            if fit < 2 || ahead >= fit * size || ahead == 0 {
                let n = fit.max(1);
                let bytes = (n * size) as usize;
                let piece = &mut buf[..bytes];
                self.read(from, piece)?;
                self.write(to, piece)?;
                self.advance(n, true, true);
            } else if !self.down && ahead.is_multiple_of(size) {
                // The source repeats itself with a period of `ahead` bytes.
                let (period, bytes) = (ahead as usize, (fit * size) as usize);
                self.cx.mem.read(GuestAddr(from), &mut buf[..period])?;
                for i in period..bytes {
                    buf[i] = buf[i - period];
                }
                self.cx.mem.write(GuestAddr(to), &buf[..bytes])?;
                self.advance(fit, true, true);
            } else {
                let v = self.cx.load_uint(from, self.size)?;
                self.cx.store_uint(to, self.size, v)?;
                self.advance(1, true, true);
            }
            if self.repeat == Repeat::No {
                return Ok(Flow::Next);
            }
            if self.is_spent() {
                return self.again();
            }
        }
    }

    fn stos(mut self) -> Outcome {
        let mut buf = [0; PAGE];
        let element = self.cx.cpu.gpr[0].to_le_bytes();
        for chunk in buf.chunks_exact_mut(self.size) {
            chunk.copy_from_slice(&element[..self.size]);
        }
        loop {
            let left = self.left();
            if left == 0 {
                return Ok(Flow::Next);
            }
            let to = self.to();
            let n = left.min(self.in_page(to)).max(1);
            self.write(to, &buf[..n as usize * self.size])?;
            self.advance(n, false, true);
            if self.repeat == Repeat::No {
                return Ok(Flow::Next);
            }
            if self.is_spent() {
                return self.again();
            }
        }
    }

    fn accumulator(&self) -> R {
        match self.size {
            1 => R::AL,
            2 => R::AX,
            4 => R::EAX,
            _ => R::RAX,
        }
    }

    fn lods(mut self) -> Outcome {
        let mut buf = [0; PAGE];
        loop {
            let left = self.left();
            if left == 0 {
                return Ok(Flow::Next);
            }
            let from = self.from();
            let n = left.min(self.in_page(from)).max(1);
            let bytes = n as usize * self.size;
            self.read(from, &mut buf[..bytes])?;
            let last = element(&buf, if self.down { 0 } else { n as usize - 1 }, self.size);
            self.cx.set_reg(self.accumulator(), last);
            self.advance(n, true, false);
            if self.repeat == Repeat::No {
                return Ok(Flow::Next);
            }
            if self.is_spent() {
                return self.again();
            }
        }
    }

    /// CMPS (two strings) and SCAS (the accumulator and a string).
    fn compare(mut self, two: bool) -> Outcome {
        let (mut left_buf, mut right_buf) = ([0; PAGE], [0; PAGE]);
        let fixed = self.cx.reg(self.accumulator());
        loop {
            let left = self.left();
            if left == 0 {
                return Ok(Flow::Next);
            }
            let (from, to) = (self.from(), self.to());
            let mut n = left.min(self.in_page(to));
            if two {
                n = n.min(self.in_page(from));
            }
            let n = n.max(1) as usize;
            let bytes = n * self.size;
            if two {
                self.read(from, &mut left_buf[..bytes])?;
            }
            self.read(to, &mut right_buf[..bytes])?;
            let mut done = 0;
            let (mut a, mut b) = (0, 0);
            let mut stop = false;
            while done < n && !stop {
                let at = if self.down { n - 1 - done } else { done };
                a = if two { element(&left_buf, at, self.size) } else { fixed };
                b = element(&right_buf, at, self.size);
                done += 1;
                stop = match self.repeat {
                    Repeat::No => true,
                    Repeat::WhileEqual => a != b,
                    Repeat::WhileUnequal => a == b,
                };
            }
            self.cx.cpu.flags.note(Kind::SUB, self.size, a, b);
            self.advance(done as u64, two, true);
            if stop {
                return Ok(Flow::Next);
            }
            if self.is_spent() {
                return self.again();
            }
        }
    }
}

/// Element `i` of a buffer.
fn element(buf: &[u8; PAGE], i: usize, size: usize) -> u64 {
    let mut b = [0; 8];
    b[..size].copy_from_slice(&buf[i * size..(i + 1) * size]);
    u64::from_le_bytes(b)
}
