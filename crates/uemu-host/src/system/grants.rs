//! What was granted.

use super::SystemHost;
use crate::GrantId;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use std::path::{Path, PathBuf};

/// A grant as its maker learns of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Where it really is, links resolved.
    pub path: PathBuf,
}

/// Why a path cannot be granted.
#[derive(Debug, thiserror::Error)]
#[error("cannot grant {}: {source}", path.display())]
pub struct GrantError {
    /// The path as given.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

pub(super) struct Granted {
    /// The directory granted, or the one that holds the file granted.
    pub(super) dir: Dir,
    /// The file's name, if a file is granted.
    pub(super) file: Option<Vec<u8>>,
}

impl SystemHost {
    /// Grants a file or directory of the host. Its links are resolved now, once.
    pub fn grant(&mut self, path: &Path) -> Result<Grant, GrantError> {
        self.try_grant(path).map_err(|source| GrantError { path: path.to_path_buf(), source })
    }

    fn try_grant(&mut self, path: &Path) -> std::io::Result<Grant> {
        use std::os::unix::ffi::OsStrExt;
        let real = path.canonicalize()?;
        let is_dir = real.is_dir();
        let granted = if is_dir {
            Granted { dir: Dir::open_ambient_dir(&real, ambient_authority())?, file: None }
        } else {
            let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
                return Err(std::io::ErrorKind::NotFound.into());
            };
            let dir = Dir::open_ambient_dir(parent, ambient_authority())?;
            Granted { dir, file: Some(name.as_bytes().to_vec()) }
        };
        let id = GrantId(u32::try_from(self.grants.len()).map_err(|_| std::io::ErrorKind::OutOfMemory)?);
        self.grants.push(granted);
        Ok(Grant { id, is_dir, path: real })
    }

    /// Whether the host has something at this absolute path: asked by the command, after the run, for its advice.
    pub fn exists(&self, path: &Path) -> bool {
        path.symlink_metadata().is_ok()
    }
}
