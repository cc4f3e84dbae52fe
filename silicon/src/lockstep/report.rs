//! A difference, for people.

use super::guest::{Bytes, Guest};
use super::maps::Origin;
use super::state;
use super::stretch::{Record, Stretch};
use super::verify::{Found, Tier, rewind};
use iced_x86::{Instruction, InstructionInfoFactory, Register};
use std::sync::Arc;
use uemu::disassembly;
use uemu_cpu::{CpuState, Exception, Exit};
use uemu_loader::Image;
use uemu_loader::symbols::Symbols;

/// How far the program had come.
pub(crate) struct Where {
    /// Instructions since its start, this one included.
    pub number: u64,
    /// System calls.
    pub calls: u64,
    /// Whether others may have written what it read.
    pub shared: bool,
}

/// A row of the table: name, before, natively after, under uemu after.
type Row = (String, [String; 3]);

/// The difference after one instruction.
pub(crate) fn instruction(found: &Found, stretch: &Stretch, guest: &mut Guest, place: &Where) -> String {
    let Some(record) = stretch.records.get(found.index) else { return String::new() };
    let before = match found.index.checked_sub(1).and_then(|i| stretch.records.get(i)) {
        Some(previous) => &previous.after,
        None => &stretch.start,
    };
    rewind(guest, stretch);
    for (span, bytes) in stretch.written(found.index) {
        guest.put(span.addr, &bytes);
    }
    let insn = &record.insn;
    let code = guest.peek(insn.ip(), insn.len().max(1));
    let mut out =
        format!("lockstep: difference after instruction {}, after {} system calls\n", place.number, place.calls);
    out += &format!("  {}\n", location(guest, insn.ip()));
    out += &format!("  {}    {}\n", hex(&code), disassembly(insn));
    out += &format!("  engine {}{}\n", found.tier.name(), circumstances(found));
    out += &ends(found, record);
    let undefined = stretch.undefined(found.index + 1);
    out += &table(rows(found, record, before, undefined, guest));
    if place.shared {
        out += "  Other threads or processes may have written in the meantime what it read and wrote.\n";
    }
    if !insn.is_invalid() {
        out += &format!("  next: cargo xtask oracle --code {:?}\n", insn.code());
    }
    out
}

fn circumstances(found: &Found) -> String {
    match (found.tier, found.block) {
        (Tier::Step, _) => String::new(),
        (Tier::Interp, n) => {
            let block = if n == 1 { "alone".to_owned() } else { format!("as the last of a block of {n} instructions") };
            let step = if found.step_agrees { "; the generic step agrees with the processor" } else { "" };
            format!(", {block}{step}")
        }
    }
}

/// How each side ended, where that is not the usual way.
fn ends(found: &Found, record: &Record) -> String {
    if record.fault.is_none() && found.exit == Exit::OutOfFuel {
        return String::new();
    }
    let native = match record.fault {
        None => "goes on".to_owned(),
        Some(f) => {
            let name = uemu_abi::signal::Signal::new(f.signal as u64).map_or("?".to_owned(), |s| s.name());
            format!("raises {name}, code {}, address {:#x}", f.code, f.addr)
        }
    };
    let uemu = match found.exit {
        Exit::OutOfFuel => "goes on".to_owned(),
        Exit::Fault(fault) => format!("faults: {fault}"),
        Exit::Exception(Exception::InvalidOpcode { unimplemented: true }) => "does not implement it".to_owned(),
        Exit::Exception(e) => format!("raises an exception: {e:?}"),
        other => format!("{other:?}"),
    };
    format!("  natively it {native}\n  under uemu: it {uemu}\n")
}

/// Registers that the instruction uses or that differ, and its memory.
fn rows(found: &Found, record: &Record, before: &CpuState, undefined: u64, guest: &Guest) -> Vec<Row> {
    let mut uemu = found.uemu.clone();
    state::adopt_flags(&mut uemu, &record.after, undefined);
    let used = used(&record.insn);
    let (before, native, uemu) = (state::show(before), state::show(&record.after), state::show(&uemu));
    let mut rows: Vec<Row> = before
        .into_iter()
        .zip(native.into_iter().zip(uemu))
        .map(|((name, b), ((_, n), (_, u)))| short(name, [b, n, u]))
        .filter(|(name, [_, n, u])| n != u || used.contains(&name.replace("xmm", "ymm")))
        .collect();
    for span in &record.facts.reads {
        if !record.facts.writes.contains(span) {
            let bytes = digits(&guest.peek(span.addr, span.len));
            rows.push((format!("[{:#x}]", span.addr), [bytes.clone(), bytes.clone(), bytes]));
        }
    }
    for (span, native) in record.facts.writes.iter().zip(&record.bytes) {
        let before = digits(&guest.peek(span.addr, span.len));
        let uemu = found.memory.as_ref().filter(|m| m.addr == span.addr && m.native.len() == native.len());
        let uemu = uemu.map_or(digits(native), |m| digits(&m.uemu));
        rows.push((format!("[{:#x}]", span.addr), [before, digits(native), uemu]));
    }
    if let Some(m) = &found.memory
        && !record.facts.writes.iter().any(|s| s.addr == m.addr)
    {
        rows.push((format!("[{:#x}]", m.addr), ["?".to_owned(), digits(&m.native), digits(&m.uemu)]));
    }
    rows
}

/// A vector register whose upper half is clear before and after, by its lower one.
fn short(name: String, cells: [String; 3]) -> Row {
    const CLEAR: &str = "0000000000000000_0000000000000000_";
    match (name.strip_prefix("ymm"), cells.each_ref().map(|c| c.strip_prefix(CLEAR))) {
        (Some(n), [Some(a), Some(b), Some(c)]) => (format!("xmm{n}"), [a, b, c].map(str::to_owned)),
        _ => (name, cells),
    }
}

/// Names, as `state::show` has them, of the registers an instruction uses.
fn used(insn: &Instruction) -> Vec<String> {
    let mut factory = InstructionInfoFactory::new();
    let mut names: Vec<String> = factory.info(insn).used_registers().iter().map(|u| name(u.register())).collect();
    if insn.rflags_read() | insn.rflags_modified() != 0 {
        names.push("flags".to_owned());
    }
    names.push("rip".to_owned());
    names
}

fn name(r: Register) -> String {
    match r {
        r if r.is_gpr() => format!("{:?}", r.full_register()).to_lowercase(),
        r if r.is_vector_register() => format!("ymm{}", r.number()),
        r => format!("{r:?}").to_lowercase(),
    }
}

fn table(rows: Vec<Row>) -> String {
    let heads = ["before", "native", "uemu"].map(str::to_owned);
    let all: Vec<Row> = std::iter::once((String::new(), heads)).chain(rows).collect();
    let width = |column: usize| {
        all.iter()
            .map(|(name, cells)| if column == 0 { name.len() } else { cells[column - 1].len() })
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let mut out = String::new();
    for (i, (name, [before, native, uemu])) in all.iter().enumerate() {
        let mark = if i > 0 && native != uemu { '*' } else { ' ' };
        let [a, b, c] = widths;
        out += &format!("  {mark} {name:a$}  {before:b$}  {native:c$}  {uemu}\n");
    }
    out
}

/// A difference that no instruction's own comparison has shown.
pub(crate) fn everything(native: &CpuState, uemu: &CpuState, memory: Option<&Bytes>, place: &Where) -> String {
    let mut out = format!(
        "lockstep: difference after instruction {}, seen when all was compared before the next system call (number {})\n  \
         Some instruction since the call before it has changed what it should not.\n",
        place.number,
        place.calls + 1,
    );
    let rows = state::show(native).into_iter().zip(state::show(uemu)).filter(|(n, u)| n != u);
    let mut rows: Vec<Row> = rows.map(|((name, n), (_, u))| (name, ["?".to_owned(), n, u])).collect();
    if let Some(m) = memory {
        rows.push((format!("[{:#x}]", m.addr), ["?".to_owned(), digits(&m.native), digits(&m.uemu)]));
    }
    out += &table(rows);
    out
}

/// uemu does not see the system call.
pub(crate) fn no_call(tier: Tier, insn: &Instruction, exit: Exit, place: &Where) -> String {
    let (n, ip) = (place.number + 1, insn.ip());
    format!(
        "lockstep: difference after instruction {n}: at {ip:#x} {} gives {exit:?}, engine {}\n",
        disassembly(insn),
        tier.name()
    )
}

/// Address, symbol and file.
fn location(guest: &Guest, address: u64) -> String {
    let Some(region) = guest.region(address) else { return format!("at {address:#x}") };
    let file = if region.name.is_empty() { "anonymous memory" } else { &region.name };
    let symbol = (|| {
        let bytes: Arc<[u8]> = Arc::from(std::fs::read(&region.name).ok()?);
        let offset = region.offset + (address - region.range.start.0);
        let linked = Image::parse(bytes.clone()).ok()?.address_of_offset(offset)?;
        Symbols::parse(&bytes).find(linked)
    })();
    match symbol.filter(|_| region.origin == Origin::File) {
        Some(s) => format!("at {address:#x} <{:#}+{:#x}> in {file}", rustc_demangle::demangle(&s.name), s.offset),
        None => format!("at {address:#x} in {file}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}

/// Bytes in the order of memory; the beginning of many.
fn digits(bytes: &[u8]) -> String {
    const MOST: usize = 64;
    let shown: String = bytes.iter().take(MOST).map(|b| format!("{b:02x}")).collect();
    match bytes.len() {
        0 => "not mapped".to_owned(),
        n if n > MOST => format!("{shown}... ({n} bytes)"),
        _ => shown,
    }
}
