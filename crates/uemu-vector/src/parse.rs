//! A line of text as a vector.

use crate::layout::{self, CODE, CODE_LEN, DATA, DATA_LEN, WRITABLE};
use crate::write::{ARITH, CODES, CONTROL, GPR, SELECTORS};
use crate::{Case, End, Outcome, Vector};
use std::fmt;
use uemu_abi::signal::{SigFields, SigInfo};
use uemu_cpu::{CpuState, Mxcsr};

/// Why a line is no vector.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadVector(String);

impl fmt::Display for BadVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for BadVector {}

fn bad(why: &str, what: &str) -> BadVector {
    BadVector(format!("{why}: '{what}'"))
}

impl Vector {
    /// Reads a line that [`Vector::line`] wrote.
    ///
    /// # Errors
    /// Names the token that makes no sense.
    pub fn parse(line: &str) -> Result<Vector, BadVector> {
        let text = line.split(';').next().unwrap_or_default();
        let (inputs, results) = text.split_once("=>").ok_or_else(|| bad("no '=>'", line))?;
        let mut tokens = inputs.split_whitespace();
        let code = bytes(tokens.next().unwrap_or_default())?;
        if code.is_empty() || code.len() > 15 {
            return Err(bad("no instruction has this length", line));
        }
        let mut case = Case { code, cpu: layout::default_state(), memory: Vec::new() };
        for token in tokens {
            let (name, value) = token.split_once('=').ok_or_else(|| bad("no value", token))?;
            if name.starts_with('[') {
                let addr = address(name)?;
                let bytes = bytes(value)?;
                if addr < DATA || addr.saturating_add(bytes.len() as u64) > DATA + DATA_LEN {
                    return Err(bad("not among the data", token));
                }
                case.memory.push((addr, bytes));
            } else if set(&mut case.cpu, name, value)? != 0 {
                return Err(bad("inputs are defined", token));
            }
        }
        if !(CODE..CODE + CODE_LEN).contains(&case.cpu.rip) {
            return Err(bad("RIP is not in the code pages", line));
        }
        let mut outcome = Outcome { cpu: case.cpu.clone(), data: case.data(), end: End::Ran };
        outcome.data.truncate(WRITABLE as usize);
        outcome.cpu.rip = case.next_rip();
        let mut undefined = 0;
        for token in results.split_whitespace() {
            let Some((name, value)) = token.split_once('=') else {
                outcome.end = End::Signal(signal(token)?);
                outcome.cpu.rip = case.cpu.rip;
                continue;
            };
            if name.starts_with('[') {
                let (at, bytes) = (address(name)?.wrapping_sub(DATA) as usize, bytes(value)?);
                let part = at.checked_add(bytes.len()).and_then(|end| outcome.data.get_mut(at..end));
                part.ok_or_else(|| bad("cannot be written", token))?.copy_from_slice(&bytes);
            } else {
                undefined |= set(&mut outcome.cpu, name, value)?;
            }
        }
        Ok(Vector { case, outcome, undefined })
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, BadVector> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or("?"));
    pairs
        .map(|p| u8::from_str_radix(p, 16).ok().filter(|_| p.len() == 2).ok_or_else(|| bad("no bytes", text)))
        .collect()
}

fn number(text: &str) -> Result<u64, BadVector> {
    u64::from_str_radix(text, 16).map_err(|_| bad("no number of 64 bits", text))
}

fn narrow<T: TryFrom<u64>>(text: &str) -> Result<T, BadVector> {
    T::try_from(number(text)?).map_err(|_| bad("too large", text))
}

fn address(name: &str) -> Result<u64, BadVector> {
    number(name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).ok_or_else(|| bad("no address", name))?)
}

fn signal(token: &str) -> Result<SigInfo, BadVector> {
    let unknown = || bad("no signal", token);
    let (name, addr) = token.split_once('@').ok_or_else(unknown)?;
    let (signal, code) = name.split_once('/').ok_or_else(unknown)?;
    let known = CODES.iter().find(|(s, _, c)| s.name() == signal && *c == code);
    let &(signal, code, _) = known.ok_or_else(unknown)?;
    Ok(SigInfo { signal, code, fields: SigFields::Fault { addr: number(addr)? } })
}

/// Sets what a token names; the flags it calls undefined.
fn set(cpu: &mut CpuState, name: &str, value: &str) -> Result<u64, BadVector> {
    let index = |prefix: &str, count: usize| {
        name.strip_prefix(prefix).and_then(|n| n.parse::<usize>().ok()).filter(|n| *n < count)
    };
    if let Some(i) = GPR.iter().position(|r| *r == name) {
        cpu.gpr[i] = number(value)?;
    } else if let Some(i) = SELECTORS.iter().position(|s| *s == name) {
        cpu.selectors[i] = narrow(value)?;
    } else if let Some(i) = index("xmm", 16) {
        (cpu.vector[i].0[1], cpu.vector[i].0[0]) = wide(value)?;
    } else if let Some(i) = index("ymm", 16) {
        let (high, low) = value.split_at_checked(value.len().saturating_sub(32)).unwrap_or(("", value));
        (cpu.vector[i].0[1], cpu.vector[i].0[0]) = wide(low)?;
        (cpu.vector[i].0[3], cpu.vector[i].0[2]) = if high.is_empty() { (0, 0) } else { wide(high)? };
    } else if let Some(i) = index("fpr", 8) {
        let (exponent, significand) = value.split_once('_').ok_or_else(|| bad("no '_'", value))?;
        cpu.x87.sign_exponent[i] = narrow(exponent)?;
        cpu.x87.significand[i] = number(significand)?;
    } else {
        match name {
            "rip" => cpu.rip = number(value)?,
            "fsbase" => cpu.fs_base = number(value)?,
            "gsbase" => cpu.gs_base = number(value)?,
            "mxcsr" => cpu.mxcsr = Mxcsr(narrow(value)?),
            "cw" => cpu.x87.control = narrow(value)?,
            "sw" => {
                let word: u16 = narrow(value)?;
                cpu.x87.top = (word >> 11 & 7) as u8;
                cpu.x87.status = word & !(7 << 11);
            }
            "tags" => cpu.x87.in_use = narrow(value)?,
            "flags" => return set_flags(cpu, value),
            _ => return Err(bad("nothing is called so", name)),
        }
    }
    Ok(0)
}

/// 128 bits, high half first.
fn wide(text: &str) -> Result<(u64, u64), BadVector> {
    let v = u128::from_str_radix(text, 16).map_err(|_| bad("no number of 128 bits", text))?;
    Ok(((v >> 64) as u64, v as u64))
}

fn set_flags(cpu: &mut CpuState, text: &str) -> Result<u64, BadVector> {
    let mut parts = text.split('+');
    let letters: Vec<char> = parts.next().unwrap_or_default().chars().collect();
    if letters.len() != ARITH.len() {
        return Err(bad("not six flags", text));
    }
    let (mut rflags, mut undefined) = (0, 0);
    for ((letter, bit), c) in ARITH.into_iter().zip(letters) {
        match c {
            '-' => {}
            '?' => undefined |= bit,
            c if c == letter => rflags |= bit,
            _ => return Err(bad("flags out of order", text)),
        }
    }
    for part in parts {
        let (_, bit) = CONTROL.into_iter().find(|(name, _)| *name == part).ok_or_else(|| bad("no flag", part))?;
        rflags |= bit;
    }
    cpu.flags.set_rflags(rflags);
    Ok(undefined)
}
