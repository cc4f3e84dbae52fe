//! The program on both sides, from its first instruction to the end, the limit or the first difference.

use super::facts::{Facts, Way};
use super::guest::Guest;
use super::native::{Native, Went};
use super::report::{self, Where};
use super::state;
use super::stretch::{self, Next, Stretch};
use super::tracee::Ended;
use super::verify::{Engines, Found, rewind, verify};
use iced_x86::{Decoder, DecoderOptions, Instruction, InstructionInfoFactory};
use uemu_cpu::{Exit, Gpr};

/// The page of vsyscalls, which the kernel executes in the program's stead.
const VSYSCALL: u64 = 0xffff_ffff_ff60_0000;

/// How it ended.
pub(crate) enum Verdict {
    /// No difference; the program's end, unless the limit came first.
    Agree(Option<Ended>),
    /// A difference, described.
    Differ(String),
}

/// The program on both sides.
pub(crate) struct Session {
    native: Native,
    guest: Guest,
    engines: Engines,
    factory: InstructionInfoFactory,
    /// Instructions compared.
    pub instructions: u64,
    /// Instructions before those.
    pub skipped: u64,
    /// System calls among both.
    pub calls: u64,
    /// Whether the program has threads besides the first.
    threads: bool,
    /// Whether it was said that there are other processes or threads.
    said: bool,
}

impl Session {
    /// Begins at the program's first instruction, or after `skip` of them.
    ///
    /// # Errors
    /// Also when it ends before that.
    pub(crate) fn start(mut native: Native, engines: Engines, skip: u64) -> Result<Session, String> {
        let mut factory = InstructionInfoFactory::new();
        let (mut skipped, mut calls) = (0, 0);
        while skipped < skip {
            let insn = here(&native);
            let facts = Facts::of(&insn, &native.cpu, &mut factory);
            let number = native.cpu.get(Gpr::Rax);
            let mut went = native.advance(&insn, &facts)?;
            skipped += 1;
            if facts.way == Way::Syscall {
                calls += 1;
                if went == Went::Retired && is_exec(number) && native.cpu.rip != insn.next_ip() {
                    native.renew()?;
                }
            }
            while let Went::Signal(raised) = went {
                went = native.deliver(raised.signal)?.unwrap_or(Went::Retired);
            }
            if matches!(went, Went::Ended(_)) {
                return Err(format!("the program ended after {skipped} instructions, within those to skip"));
            }
        }
        native.refresh(true)?;
        let mut guest = Guest::copy(&native.tracee)?;
        guest.cpu.clone_from(&native.cpu);
        let threads = native.tracee.has_threads();
        Ok(Session { native, guest, engines, factory, instructions: 0, skipped, calls, threads, said: false })
    }

    /// Compares at most `limit` instructions.
    pub(crate) fn run(&mut self, limit: u64) -> Result<Verdict, String> {
        while self.instructions < limit {
            if self.native.cpu.rip >= VSYSCALL {
                let insn = Instruction::default();
                let facts = Facts::of(&insn, &self.native.cpu, &mut self.factory);
                let went = self.native.advance(&insn, &facts)?;
                if let Some(verdict) = self.follow(went)? {
                    return Ok(verdict);
                }
                continue;
            }
            let most = if self.threads { 1 } else { limit - self.instructions };
            let next = stretch::next(&mut self.native, &mut self.guest, &mut self.factory, most, self.threads)?;
            let verdict = match next {
                Next::Ran(stretch, event) => {
                    if let Some(found) = self.verify(&stretch) {
                        let number = self.skipped + self.instructions + found.index as u64 + 1;
                        let place = Where { number, calls: self.calls, shared: stretch.shared };
                        return Ok(Verdict::Differ(report::instruction(&found, &stretch, &mut self.guest, &place)));
                    }
                    self.instructions += stretch.retired();
                    match event {
                        Some(went) => self.follow(went)?,
                        None => None,
                    }
                }
                Next::Syscall(insn, facts) => self.system_call(&insn, &facts)?,
                Next::Native(insn, facts) => self.take_native(&insn, &facts)?,
            };
            if let Some(verdict) = verdict {
                return Ok(verdict);
            }
        }
        Ok(Verdict::Agree(None))
    }

    /// Whether uemu does the same. What others may write is looked at twice: they may have written it after we took it,
    /// and before the processor read it.
    fn verify(&mut self, stretch: &Stretch) -> Option<Found> {
        let found = verify(&mut self.engines, &mut self.guest, stretch, !self.threads)?;
        if !stretch.shared {
            return Some(found);
        }
        rewind(&mut self.guest, stretch);
        for facts in stretch.records.iter().map(|r| &r.facts) {
            for span in facts.reads.iter().filter(|s| !facts.writes.contains(s)) {
                self.guest.take(&self.native.tracee, span.addr, span.len);
            }
        }
        verify(&mut self.engines, &mut self.guest, stretch, !self.threads)
    }

    /// Takes over what the kernel did, after signals are delivered.
    fn follow(&mut self, mut went: Went) -> Result<Option<Verdict>, String> {
        loop {
            match went {
                Went::Ended(how) => return Ok(Some(Verdict::Agree(Some(how)))),
                Went::Retired => break,
                Went::Signal(raised) => match self.native.deliver(raised.signal)? {
                    Some(next) => went = next,
                    None => break,
                },
            }
        }
        self.native.refresh(true)?;
        self.guest.follow(&self.native.tracee)?;
        self.guest.cpu.clone_from(&self.native.cpu);
        Ok(None)
    }

    /// An instruction whose result is the processor's alone.
    fn take_native(&mut self, insn: &Instruction, facts: &Facts) -> Result<Option<Verdict>, String> {
        let went = self.native.advance(insn, facts)?;
        if went != Went::Retired {
            return self.follow(went);
        }
        self.instructions += 1;
        for span in &facts.writes {
            self.guest.take(&self.native.tracee, span.addr, span.len);
        }
        self.guest.cpu.clone_from(&self.native.cpu);
        Ok(None)
    }

    fn system_call(&mut self, insn: &Instruction, facts: &Facts) -> Result<Option<Verdict>, String> {
        if let Some(text) = self.compare_all(insn)? {
            return Ok(Some(Verdict::Differ(text)));
        }
        let number = self.native.cpu.get(Gpr::Rax);
        let went = self.native.advance(insn, facts)?;
        self.calls += 1;
        self.instructions += 1;
        if went == Went::Retired && is_exec(number) && self.native.cpu.rip != insn.next_ip() {
            self.native.renew()?;
            self.guest = Guest::copy(&self.native.tracee)?;
        }
        let forks = [libc::SYS_fork, libc::SYS_vfork, libc::SYS_clone, libc::SYS_clone3].contains(&(number as i64));
        if (forks || self.threads) && !matches!(went, Went::Ended(_)) {
            self.threads = self.native.tracee.has_threads();
            if forks && !self.said {
                self.said = true;
                eprintln!(
                    "lockstep: the program has started another process or thread: only the first thread is followed"
                );
            }
        }
        self.follow(went)
    }

    /// Before a system call everything is compared, and uemu must see a system call too.
    fn compare_all(&mut self, insn: &Instruction) -> Result<Option<String>, String> {
        self.native.refresh(true)?;
        let place = Where { number: self.skipped + self.instructions, calls: self.calls, shared: self.threads };
        let memory = if self.threads { None } else { self.guest.first_difference(&self.native.tracee)? };
        if memory.is_some() || !state::same(&self.native.cpu, &self.guest.cpu, 0, true) {
            return Ok(Some(report::everything(&self.native.cpu, &self.guest.cpu, memory.as_ref(), &place)));
        }
        let before = self.guest.cpu.clone();
        for (tier, engine) in &mut self.engines {
            self.guest.cpu.clone_from(&before);
            let mut fuel = 1;
            let exit = engine.run(&mut self.guest.cpu, &mut self.guest.mem, &mut fuel);
            if exit != Exit::Syscall || self.guest.cpu.rip != insn.next_ip() {
                return Ok(Some(report::no_call(*tier, insn, exit, &place)));
            }
        }
        Ok(None)
    }
}

/// The instruction at RIP.
fn here(native: &Native) -> Instruction {
    let mut bytes = [0; 15];
    let n = native.tracee.read(native.cpu.rip, &mut bytes);
    Decoder::with_ip(64, &bytes[..n], native.cpu.rip, DecoderOptions::NONE).decode()
}

fn is_exec(number: u64) -> bool {
    [libc::SYS_execve, libc::SYS_execveat].contains(&(number as i64))
}
