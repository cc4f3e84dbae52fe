//! An instruction with its inputs, and what came of it.

use crate::layout;
use uemu_abi::signal::SigInfo;
use uemu_cpu::{CpuState, Exit};

/// One instruction and all it can depend on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    /// Its bytes, at `cpu.rip`: the whole instruction and nothing more.
    pub code: Vec<u8>,
    /// The registers before.
    pub cpu: CpuState,
    /// Data bytes that are not zero: (address, bytes), within the data pages.
    pub memory: Vec<(u64, Vec<u8>)>,
}

impl Case {
    /// The data pages before.
    pub fn data(&self) -> Vec<u8> {
        let mut data = vec![0; layout::DATA_LEN as usize];
        for (addr, bytes) in &self.memory {
            let at = addr.wrapping_sub(layout::DATA) as usize;
            if let Some(part) = at.checked_add(bytes.len()).and_then(|end| data.get_mut(at..end)) {
                part.copy_from_slice(bytes);
            }
        }
        data
    }

    /// Where the instruction ends.
    pub fn next_rip(&self) -> u64 {
        self.cpu.rip.wrapping_add(self.code.len() as u64)
    }
}

/// How an instruction ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// It ran, and RIP is where execution would go on. (An INT3 of the test's own met there ends it.)
    Ran,
    /// With this signal.
    Signal(SigInfo),
    /// The engine came back with this, which is no signal. A vector never says so.
    Exit(Exit),
}

/// What came of a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The registers after. The x87 unit's instruction, operand and opcode pointers are zero: processors differ in
    /// when they record them.
    pub cpu: CpuState,
    /// The writable data pages after.
    pub data: Vec<u8>,
    /// How it ended.
    pub end: End,
}

/// A case and what has to come of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vector {
    /// The inputs.
    pub case: Case,
    /// What has to come of them.
    pub outcome: Outcome,
    /// Arithmetic flags that the instruction leaves undefined, as bits of RFLAGS.
    pub undefined: u64,
}
