//! fork(2), and snapshots.

use super::code::CodeState;
use super::{AddressSpace, Kind, Prot, next_instance};
use crate::SharedCopier;
use std::sync::atomic::{AtomicU64, Ordering};

impl AddressSpace {
    /// fork(2): private pages copied on write by both, shared ones shared.
    #[must_use]
    pub fn fork(&mut self) -> AddressSpace {
        // The child would go on using the cache that the waiting changes speak of before they are taken.
        if self.code.has_changes() {
            self.code.renew();
        }
        self.twin()
    }

    /// A copy that shares nothing that can change: as [`AddressSpace::fork`], but shared objects are copied too, by
    /// `copier`, which keeps their identity among all spaces and files it is used for.
    #[must_use]
    pub fn snapshot(&self, copier: &mut SharedCopier) -> AddressSpace {
        let mut copy = self.twin();
        for m in copy.mappings.values_mut() {
            if let Kind::Shared { object, .. } = &mut m.kind {
                *object = copier.copy(object);
            }
        }
        if copy.code.has_changes() {
            copy.code.renew();
        }
        copy
    }

    fn twin(&self) -> AddressSpace {
        // Code in shared objects is watched by those who decoded it: the copy decodes its own.
        let runs_shared =
            self.mappings.values().any(|m| matches!(m.kind, Kind::Shared { .. }) && m.prot.contains(Prot::EXEC));
        // Pages now have two owners: no TLB may write them in place.
        self.shared_times.fetch_add(1, Ordering::AcqRel);
        AddressSpace {
            instance: next_instance(),
            max_bytes: self.max_bytes,
            mappings: self.mappings.clone(),
            table: self.table.clone(),
            // A TLB of another instance empties itself first, so the log may start anew.
            stale: Default::default(),
            shared_times: AtomicU64::new(0),
            code: if runs_shared { CodeState::new() } else { self.code.share() },
        }
    }
}
