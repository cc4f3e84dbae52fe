//! A batch of cases here and under uemu, compared.

use super::allowed::{self, Verdict};
use super::form;
use super::inputs::summarise;
use super::native::{Lost, Native};
use std::io;
use uemu_cpu::CpuModel;
use uemu_interp::{Interpreter, StepEngine};
use uemu_vector::{Bench, Case, Outcome, Vector, differences, layout};

/// The processor and both engines.
pub(crate) struct Judge {
    native: Native,
    bench: Bench,
    fast: Interpreter,
    step: StepEngine,
}

/// What a case showed.
pub(crate) enum Found {
    /// Everyone agrees: this is what has to come of it. (What the architecture leaves open is as uemu has it.)
    Agreed(Vector),
    /// Somebody is wrong: what has to come of it, and what came.
    Differs(Vector, String),
    /// No answer that binds.
    Nothing,
    /// The processor gave no answer.
    Lost(Case, Lost),
}

impl Judge {
    /// Starts the native process and the engines.
    ///
    /// # Errors
    /// What the host's kernel refuses.
    pub(crate) fn new() -> io::Result<Judge> {
        Ok(Judge {
            native: Native::new()?,
            bench: Bench::new(),
            fast: Interpreter::new(CpuModel::MAX),
            step: StepEngine::new(CpuModel::MAX),
        })
    }

    /// Compares at most [`super::native::BATCH`] cases.
    ///
    /// # Errors
    /// The native process cannot be reached or started again.
    pub(crate) fn compare(&mut self, cases: Vec<Case>) -> io::Result<Vec<Found>> {
        self.native.start(&cases)?;
        // While the other process works.
        let ours: Vec<(Outcome, Outcome)> = cases
            .iter()
            .map(|case| (self.bench.run(&mut self.fast, case), self.bench.run(&mut self.step, case)))
            .collect();
        let native = self.native.finish(cases.len())?;
        let all = cases.into_iter().zip(native).zip(ours);
        Ok(all.map(|((case, native), (fast, step))| found(case, native, &fast, &step)).collect())
    }

    /// A smaller case that shows a difference too: what can be as by default is.
    ///
    /// # Errors
    /// As [`Judge::compare`].
    pub(crate) fn shrink(&mut self, vector: Vector, why: String) -> io::Result<(Vector, String)> {
        let mut best = (vector, why);
        // Once more, since some things matter only together with others.
        for _ in 0..2 {
            for reduce in reductions() {
                let mut case = best.0.case.clone();
                reduce(&mut case);
                summarise(&mut case.cpu.x87);
                if case == best.0.case {
                    continue;
                }
                if let Some(Found::Differs(vector, why)) = self.compare(vec![case])?.pop() {
                    best = (vector, why);
                }
            }
        }
        Ok(best)
    }
}

fn found(case: Case, native: Result<Outcome, Lost>, fast: &Outcome, step: &Outcome) -> Found {
    let mut native = match native {
        Ok(native) => native,
        Err(Lost::ForeignMxcsr) => return Found::Nothing,
        Err(lost) => return Found::Lost(case, lost),
    };
    let insn = form::decode(&case.code, case.cpu.rip);
    let Verdict::Binding(undefined) = allowed::reconcile(&case, &insn, &mut native, step) else {
        return Found::Nothing;
    };
    let why = differences(&case, step, &native, undefined)
        .map(|d| format!("generic step: {d}"))
        .or_else(|| differences(&case, fast, &native, undefined).map(|d| format!("fast handlers: {d}")));
    let vector = Vector { case, outcome: native, undefined };
    match why {
        None => Found::Agreed(vector),
        Some(why) => Found::Differs(vector, why),
    }
}

/// Brings one part of a case to its default.
type Reduction = Box<dyn Fn(&mut Case)>;

/// Every reduction there is.
fn reductions() -> Vec<Reduction> {
    let mut all: Vec<Reduction> = vec![
        Box::new(|c| c.cpu.x87 = layout::default_state().x87),
        Box::new(|c| c.cpu.x87.status = 0),
        Box::new(|c| c.cpu.x87.control = layout::default_state().x87.control),
        Box::new(|c| c.cpu.mxcsr = layout::default_state().mxcsr),
        Box::new(|c| c.cpu.flags = layout::default_state().flags),
        Box::new(|c| c.memory.clear()),
    ];
    for n in 0..16 {
        all.push(Box::new(move |c| c.cpu.gpr[n] = 0));
        all.push(Box::new(move |c| c.cpu.vector[n].0 = [0; 8]));
        all.push(Box::new(move |c| c.cpu.vector[n].0[2..].fill(0)));
    }
    for n in 0..8 {
        all.push(Box::new(move |c| (c.cpu.x87.sign_exponent[n], c.cpu.x87.significand[n]) = (0, 0)));
        all.push(Box::new(move |c| {
            if c.memory.len() > n {
                c.memory.remove(n);
            }
        }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(code: &[u8], prepare: fn(&mut Case)) -> Case {
        let mut case = Case { code: code.to_vec(), cpu: layout::default_state(), memory: Vec::new() };
        prepare(&mut case);
        case
    }

    /// `jmp $`, `syscall` that exits, and instructions around them that must not suffer.
    #[test]
    fn the_process_is_replaced_when_a_case_hangs_or_kills_it() {
        let mut native = Native::new().unwrap();
        let add = case(&[0x48, 0x01, 0xd8], |c| (c.cpu.gpr[0], c.cpu.gpr[3]) = (40, 2));
        let hang = case(&[0xeb, 0xfe], |_| {});
        let exit = case(&[0x0f, 0x05], |c| c.cpu.gpr[0] = 60);
        let cases = [add.clone(), hang, add.clone(), exit, add];
        native.start(&cases).unwrap();
        let found = native.finish(cases.len()).unwrap();
        let sums: Vec<_> = found.iter().map(|f| f.as_ref().map(|o| o.cpu.gpr[0]).map_err(|e| *e)).collect();
        assert_eq!(sums, [Ok(42), Err(Lost::Hung), Ok(42), Err(Lost::Killed), Ok(42)]);
    }

    /// Registers, flags, memory, faults and vector state come back as the processor left them.
    #[test]
    fn a_native_outcome_is_the_processors() {
        for line in [
            "480fafc3 rax=2 rbx=3 => rax=6 flags=-????- ; imul rax,rbx",
            "488901 rax=1122 rcx=10001000 => [10001000]=2211 ; mov [rcx],rax",
            "488901 rcx=10002000 => SIGSEGV/SEGV_ACCERR@10002000 ; mov [rcx],rax",
            "488b01 rcx=10003000 => SIGSEGV/SEGV_MAPERR@10003000 ; mov rax,[rcx]",
            "488b01 rcx=800000000000 => SIGSEGV/SI_KERNEL@0 ; mov rax,[rcx]",
            "488b0424 rsp=800000000000 => SIGBUS/SI_KERNEL@0 ; mov rax,[rsp]",
            "f7f1 rax=1 => SIGFPE/FPE_INTDIV@11000800 ; div ecx",
            "0f0b => SIGILL/ILL_ILLOPN@11000800 ; ud2",
            "90 flags=------+TF => SIGTRAP/TRAP_TRACE@11000801 rip=11000801 ; nop",
            "648b0425a0badc0e [10000000]=78563412 => rax=12345678 ; mov eax,fs:[0EDCBAA0h]",
            "0f58c1 xmm0=3f800000 xmm1=3f800000 => xmm0=40000000 ; addps xmm0,xmm1",
            "d9e8 => sw=3800 tags=80 fpr7=3fff_8000000000000000 ; fld1",
            "eb7e => rip=11000880 ; jmp short 11000880h",
        ] {
            let vector = Vector::parse(line).unwrap();
            let mut judge = Judge::new().unwrap();
            match judge.compare(vec![vector.case.clone()]).unwrap().pop() {
                Some(Found::Agreed(found)) => assert_eq!(found, vector, "{line}"),
                Some(Found::Differs(found, why)) => panic!("{line}\n{}: {why}", found.line("")),
                _ => panic!("{line}: nothing"),
            }
        }
    }

    /// An instruction that uemu gets wrong on purpose: the outcome of another.
    #[test]
    fn a_wrong_outcome_is_told() {
        let mut judge = Judge::new().unwrap();
        let sub = case(&[0x48, 0x29, 0xd8], |c| (c.cpu.gpr[0], c.cpu.gpr[3]) = (40, 2));
        let add = Case { code: vec![0x48, 0x01, 0xd8], ..sub.clone() };
        let ours = judge.bench.run(&mut judge.step, &sub);
        judge.native.start(std::slice::from_ref(&add)).unwrap();
        let native = judge.native.finish(1).unwrap().remove(0);
        let Found::Differs(vector, why) = found(add, native, &ours, &ours) else { panic!("not told") };
        assert!(vector.line("").starts_with("4801d8 rax=28 rbx=2 => rax=2a"), "{}", vector.line(""));
        assert!(why.contains("got rax=26"), "{why}");
    }
}
