//! Restartable sequences (rseq(2)): a critical section that was interrupted starts over.

use crate::kernel::Kernel;
use crate::task::Tid;
use uemu_abi::plain::Scalar;
use uemu_abi::signal::{SigInfo, Signal};
use uemu_mem::GuestAddr;

/// `rseq_cs` within `struct rseq`.
const CS_FIELD: u64 = 8;

impl Kernel {
    /// The task was preempted, or is about to run a signal handler: if it stood within a critical section, it goes
    /// on at the section's abort handler. A bad descriptor is SIGSEGV, as in Linux.
    pub(crate) fn abort_rseq(&mut self, tid: Tid) {
        let Some(task) = self.tasks.get_mut(&tid) else { return };
        let Some(rseq) = task.rseq else { return };
        let rip = task.cpu.rip;
        let field = GuestAddr(rseq.addr).wrapping_add(CS_FIELD);
        let Some(mem) = self.spaces.get_mut(task.space).and_then(|s| s.mem.as_mut()) else { return };
        let mut step = || -> Option<Option<u64>> {
            let section = mem.read_u64(field).ok()?;
            if section == 0 {
                return Some(None);
            }
            // struct rseq_cs: version, flags, start_ip, post_commit_offset, abort_ip.
            let mut cs = [0; 32];
            mem.read(GuestAddr(section), &mut cs).ok()?;
            let [start, length, abort] = [8, 16, 24].map(|at| u64::get(&cs, at));
            let inside = rip.wrapping_sub(start) < length;
            if u32::get(&cs, 0) != 0 || abort.wrapping_sub(start) < length {
                return None;
            }
            if inside && mem.read_u32(GuestAddr(abort.wrapping_sub(4))).ok()? != rseq.signature {
                return None;
            }
            mem.write_u64(field, 0).ok()?;
            Some(inside.then_some(abort))
        };
        match step() {
            Some(None) => {}
            Some(Some(abort)) => task.cpu.rip = abort,
            None => self.force(tid, SigInfo::kernel(Signal::SIGSEGV)),
        }
    }
}
