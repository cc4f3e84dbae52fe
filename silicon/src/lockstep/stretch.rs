//! A stretch: the instructions of one basic block, executed natively one by one, with the state after each.

use super::facts::{Facts, Span, Way};
use super::guest::Guest;
use super::maps::Origin;
use super::native::{Native, Went};
use super::ptrace::Raised;
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory};
use uemu_cpu::CpuState;
use uemu_mem::{AddrRange, GuestAddr};

/// Instructions of a block at most, as the engine has it: a stretch that is shorter than the engine's block would be
/// stepped there, not run.
pub(crate) const LONGEST: usize = 64;
/// The longest instruction, in bytes.
const MAX_LEN: usize = 15;
/// Writes larger than this are compared by themselves.
const LARGE: usize = 1 << 20;

/// One instruction as it went natively.
pub(crate) struct Record {
    pub insn: Instruction,
    pub facts: Facts,
    /// The registers after it.
    pub after: CpuState,
    /// The bytes after it of what it may have written, by span.
    pub bytes: Vec<Vec<u8>>,
    /// The signal it raised instead of retiring.
    pub fault: Option<Raised>,
}

/// A piece of the program that both sides run.
pub(crate) struct Stretch {
    /// uemu's registers before it.
    pub start: CpuState,
    pub records: Vec<Record>,
    /// uemu's bytes before it of everything it writes.
    pub undo: Vec<(Span, Vec<u8>)>,
    /// Whether others may have written what it read.
    pub shared: bool,
}

impl Stretch {
    /// Instructions that retired.
    pub(crate) fn retired(&self) -> u64 {
        self.records.iter().filter(|r| r.fault.is_none()).count() as u64
    }

    /// What the first `n` instructions left in memory, later writes over earlier ones.
    pub(crate) fn written(&self, n: usize) -> Vec<(Span, Vec<u8>)> {
        let mut out: Vec<(Span, Vec<u8>)> = Vec::new();
        for record in self.records.iter().take(n) {
            for (span, bytes) in record.facts.writes.iter().zip(&record.bytes) {
                for (old, old_bytes) in out.iter_mut().filter(|(old, _)| old.overlaps(span.addr, bytes.len())) {
                    for (i, byte) in old_bytes.iter_mut().enumerate() {
                        let at = old.addr.wrapping_add(i as u64).wrapping_sub(span.addr);
                        if let Some(new) = usize::try_from(at).ok().and_then(|at| bytes.get(at)) {
                            *byte = *new;
                        }
                    }
                }
                out.push((*span, bytes.clone()));
            }
        }
        out
    }

    /// The arithmetic flags that are undefined after the first `n` instructions.
    pub(crate) fn undefined(&self, n: usize) -> u64 {
        self.records.iter().take(n).fold(0, |u, r| u & !r.facts.flags_written | r.facts.undefined)
    }
}

/// What comes next.
pub(crate) enum Next {
    /// A stretch has run natively; something may have ended it.
    Ran(Box<Stretch>, Option<Went>),
    /// A system call is to be made.
    Syscall(Instruction, Facts),
    /// An instruction whose result only the processor knows.
    Native(Instruction, Facts),
}

/// The basic block at RIP, as the engine will decode it: at least one instruction, which may be invalid.
fn decode(native: &Native, guest: &mut Guest) -> Vec<Instruction> {
    let mut bytes = [0; LONGEST * MAX_LEN];
    let rip = native.cpu.rip;
    let n = guest.code(&native.tracee, rip, &mut bytes);
    let mut decoder = Decoder::with_ip(64, &bytes[..n], rip, DecoderOptions::NONE);
    let mut out = Vec::with_capacity(16);
    while out.len() < LONGEST {
        let insn = decoder.decode();
        if insn.is_invalid() && !out.is_empty() {
            break;
        }
        out.push(insn);
        if insn.is_invalid() || insn.flow_control() != FlowControl::Next {
            break;
        }
    }
    out
}

/// Memory that changes without the program's doing, or that uemu cannot see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Foreign {
    No,
    Shared,
    Opaque,
}

fn foreign(guest: &Guest, facts: &Facts) -> Foreign {
    let mut found = Foreign::No;
    for span in facts.reads.iter().chain(&facts.writes) {
        match guest.region(span.addr) {
            Some(r) if r.origin == Origin::Opaque => return Foreign::Opaque,
            Some(r) if r.shared => found = Foreign::Shared,
            _ => {}
        }
    }
    found
}

/// Runs the next stretch natively: at most `most` instructions. `threads`: any memory may change at any time.
pub(crate) fn next(
    native: &mut Native,
    guest: &mut Guest,
    factory: &mut InstructionInfoFactory,
    most: u64,
    threads: bool,
) -> Result<Next, String> {
    let block = decode(native, guest);
    let end = block.last().map_or(0, Instruction::next_ip);
    let mut stretch =
        Box::new(Stretch { start: guest.cpu.clone(), records: Vec::new(), undo: Vec::new(), shared: false });
    let mut undefined = 0;
    for insn in block {
        if stretch.records.len() as u64 >= most {
            break;
        }
        let facts = Facts::of(&insn, &native.cpu, factory);
        let foreign = if threads { Foreign::Shared } else { foreign(guest, &facts) };
        let large = facts.writes.iter().any(|s| s.len > LARGE);
        // Flags that were left undefined are made the same at the end of a stretch.
        let alone = facts.way != Way::Both || foreign != Foreign::No || large || facts.flags_read & undefined != 0;
        if alone && !stretch.records.is_empty() {
            break;
        }
        match facts.way {
            Way::Syscall => return Ok(Next::Syscall(insn, facts)),
            Way::Native => return Ok(Next::Native(insn, facts)),
            _ if foreign == Foreign::Opaque => return Ok(Next::Native(insn, facts)),
            _ => {}
        }
        if foreign == Foreign::Shared {
            stretch.shared = true;
            for span in facts.reads.iter().chain(&facts.writes) {
                guest.take(&native.tracee, span.addr, span.len);
            }
        }
        let went = native.advance(&insn, &facts)?;
        let fault = match went {
            Went::Retired => None,
            Went::Signal(raised) if raised.is_fault() => Some(raised),
            // The instruction waits for the signal to be delivered.
            Went::Signal(_) | Went::Ended(_) => return Ok(Next::Ran(stretch, Some(went))),
        };
        undefined = undefined & !facts.flags_written | facts.undefined;
        let changes_code = facts.writes.iter().any(|s| {
            let range = AddrRange::new(GuestAddr(s.addr), s.len as u64);
            s.overlaps(insn.next_ip(), end.wrapping_sub(insn.next_ip()) as usize)
                || range.is_some_and(|r| guest.is_code(r))
        });
        record(&mut stretch, native, guest, insn, facts, fault);
        if fault.is_some() {
            return Ok(Next::Ran(stretch, Some(went)));
        }
        if alone || changes_code || native.cpu.rip != insn.next_ip() {
            break;
        }
    }
    Ok(Next::Ran(stretch, None))
}

fn record(
    stretch: &mut Stretch,
    native: &Native,
    guest: &Guest,
    insn: Instruction,
    facts: Facts,
    fault: Option<Raised>,
) {
    let mut bytes = Vec::with_capacity(facts.writes.len());
    for span in &facts.writes {
        stretch.undo.push((*span, guest.peek(span.addr, span.len)));
        let mut b = vec![0; span.len];
        let n = native.tracee.read(span.addr, &mut b);
        b.truncate(n);
        bytes.push(b);
    }
    stretch.records.push(Record { insn, facts, after: native.cpu.clone(), bytes, fault });
}

#[cfg(test)]
mod tests {
    use super::*;
    use uemu_cpu::Flags;

    fn wrote(addr: u64, bytes: &[u8], flags_written: u64, undefined: u64) -> Record {
        let writes = vec![Span { addr, len: bytes.len() }];
        let facts = Facts {
            way: Way::Both,
            reads: Vec::new(),
            writes,
            flags_read: 0,
            flags_written,
            undefined,
            extended: false,
        };
        Record { insn: Instruction::default(), facts, after: CpuState::new(), bytes: vec![bytes.to_vec()], fault: None }
    }

    #[test]
    fn later_writes_lie_over_earlier_ones() {
        let records = vec![
            wrote(0x1000, &[1; 8], Flags::ARITH, Flags::AF),
            wrote(0x1006, &[2; 4], Flags::CF, 0),
            wrote(0x0fff, &[3; 2], Flags::AF | Flags::OF, Flags::OF),
        ];
        let stretch = Stretch { start: CpuState::new(), records, undo: Vec::new(), shared: false };
        let bytes = |n| stretch.written(n).into_iter().map(|(_, b)| b).collect::<Vec<_>>();
        assert_eq!(bytes(1), [vec![1; 8]]);
        assert_eq!(bytes(2), [vec![1, 1, 1, 1, 1, 1, 2, 2], vec![2; 4]]);
        assert_eq!(bytes(3), [vec![3, 1, 1, 1, 1, 1, 2, 2], vec![2; 4], vec![3; 2]]);
        assert_eq!([1, 2, 3].map(|n| stretch.undefined(n)), [Flags::AF, Flags::AF, Flags::OF]);
    }
}
