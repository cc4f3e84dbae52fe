//! MAP_SHARED of files the host holds: their bytes live in an object that mappings, read(2) and write(2) share; what
//! mappings stored goes to the host when it is asked for (msync(2), munmap(2), the end of a process).

use crate::contents::PAGE;
use crate::mount::place;
use crate::node::Node;
use crate::{Cx, File, FsResult, Opened, Vfs};
use uemu_abi::Errno;
use uemu_host::{Host, HostFile, OpenHow};
use uemu_mem::SharedObject;

/// Host files mapped shared at once, at most.
const MOST: usize = 1024;

/// A host file by device and inode.
pub(crate) type Key = (u64, u64);

/// One whose bytes are shared.
#[derive(Clone, Debug)]
pub(crate) struct HostShared {
    pub(crate) object: SharedObject,
    /// Open for reading and writing.
    file: HostFile,
}

impl Vfs {
    /// The object behind MAP_SHARED mappings of a regular file; its bytes are at most `most` (ENOMEM beyond). ENODEV for
    /// what is no regular file.
    pub fn shared_object(&mut self, cx: &mut Cx<'_>, file: &File, most: u64) -> FsResult<SharedObject> {
        match (&file.opened, &file.node) {
            (Opened::Mem(id), _) => self.share_mem(*id),
            (Opened::Host(f), Node::Host { grant, path }) => {
                let stat = cx.host.file_stat(*f)?;
                let key = (stat.dev, stat.ino);
                if let Some(s) = self.host_shared.get(&key) {
                    return Ok(s.object.clone());
                }
                if stat.size > most || self.host_shared.len() >= MOST {
                    return Err(Errno::ENOMEM);
                }
                // A handle of its own: mappings outlive descriptors.
                let how = OpenHow { read: true, write: true, ..OpenHow::default() };
                let own = cx.host.open(place(*grant, path), how)?;
                let there = cx.host.file_stat(own)?;
                if (there.dev, there.ino) != key {
                    // Another file has taken the name meanwhile.
                    cx.host.close(own);
                    return Err(Errno::ENODEV);
                }
                let object = SharedObject::new(stat.size);
                let mut buf = vec![0; 1 << 16];
                let mut at = 0;
                while at < stat.size {
                    let n = cx.host.read_at(own, at, &mut buf)?;
                    if n == 0 {
                        break;
                    }
                    let left = usize::try_from(stat.size - at).unwrap_or(usize::MAX);
                    object.write_at(at, buf.get(..n.min(left)).unwrap_or_default());
                    at += n as u64;
                }
                self.host_shared.insert(key, HostShared { object: object.clone(), file: own });
                Ok(object)
            }
            _ => Err(Errno::ENODEV),
        }
    }

    /// The object of an open host file, if it is mapped shared.
    pub(crate) fn host_object(&self, host: &mut dyn Host, file: HostFile) -> Option<SharedObject> {
        if self.host_shared.is_empty() {
            return None;
        }
        let stat = host.file_stat(file).ok()?;
        self.host_shared.get(&(stat.dev, stat.ino)).map(|s| s.object.clone())
    }

    /// Writes to the host what mappings have stored. Only pages that differ are written.
    pub fn flush_shared(&mut self, host: &mut dyn Host) {
        for s in self.host_shared.values() {
            let (mut ours, mut theirs) = ([0; PAGE], [0; PAGE]);
            let len = s.object.len();
            let mut at = 0;
            while at < len {
                let n = s.object.read_at(at, &mut ours);
                // What cannot be read is written anew; what cannot be written is lost, as with a full disk.
                let same = host.read_at(s.file, at, &mut theirs).is_ok_and(|m| m == n) && ours[..n] == theirs[..n];
                if !same {
                    let _ = host.write_at(s.file, at, &ours[..n]);
                }
                at += PAGE as u64;
            }
        }
    }
}
