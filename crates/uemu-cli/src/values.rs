//! Values of options: sizes, times, grants.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// A number of bytes: `4096`, `64K`, `8M`, `2G` (powers of 1024).
///
/// # Errors
/// A sentence for the user.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1 << 10),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 1 << 20),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    let n: u64 = digits.parse().map_err(|_| "a size is a number of bytes, or of K, M or G: 512M".to_owned())?;
    n.checked_mul(unit).ok_or_else(|| "more bytes than 64 bits can count".to_owned())
}

/// A count, with K, M or G for thousands, millions and milliards: instructions, not bytes.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1_000),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 1_000_000),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 1_000_000_000),
        _ => (text, 1),
    };
    let n: u64 =
        digits.parse().map_err(|_| "a count is a number, or one of K, M or G (thousands...): 50M".to_owned())?;
    n.checked_mul(unit).ok_or_else(|| "more than 64 bits can count".to_owned())
}

/// A grant: `HOST[:GUEST][:ro|rw]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Bind {
    /// What of the host.
    pub host: PathBuf,
    /// Where in the guest; by default at its own absolute path.
    pub guest: Option<PathBuf>,
    /// Whether the guest may write.
    pub writable: bool,
}

/// Parses a grant.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn bind(text: OsString) -> Result<Bind, String> {
    let bytes = text.into_vec();
    let mut parts: Vec<&[u8]> = bytes.split(|&b| b == b':').collect();
    let writable = match parts.last() {
        Some(&b"ro") if parts.len() > 1 => false,
        Some(&b"rw") if parts.len() > 1 => true,
        _ => {
            parts.push(b"rw");
            true
        }
    };
    parts.pop();
    let path = |bytes: &[u8]| PathBuf::from(std::ffi::OsStr::from_bytes(bytes));
    match parts.as_slice() {
        [b"", ..] | [_, b""] => Err("a grant is HOST[:GUEST][:ro|rw], and neither path is empty".into()),
        [host] => Ok(Bind { host: path(host), guest: None, writable }),
        [host, guest] if guest.starts_with(b"/") => Ok(Bind { host: path(host), guest: Some(path(guest)), writable }),
        [_, guest] => Err(format!(
            "the guest's path is absolute, and {:?} is not (a grant is HOST[:GUEST][:ro|rw])",
            String::from_utf8_lossy(guest)
        )),
        _ => Err("a grant is HOST[:GUEST][:ro|rw], with at most two paths".into()),
    }
}

/// `KEY=value`, for the guest's environment.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn variable(text: OsString) -> Result<Vec<u8>, String> {
    let bytes = text.into_vec();
    match bytes.iter().position(|&b| b == b'=') {
        Some(0) | None => Err("a variable is KEY=value".into()),
        Some(_) => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("4096"), Ok(4096));
        assert_eq!(size("64K"), Ok(65536));
        assert_eq!(size("2g"), Ok(2 << 30));
        for bad in ["", "K", "-1", "1T", "1.5G", "99999999999G", "1 K"] {
            assert!(size(bad).is_err(), "{bad}");
        }
        assert_eq!(count("50M"), Ok(50_000_000));
    }

    #[test]
    fn binds() {
        let b = |s: &str| bind(s.into());
        let made = |host: &str, guest: Option<&str>, writable| {
            Ok(Bind { host: host.into(), guest: guest.map(Into::into), writable })
        };
        assert_eq!(b("d"), made("d", None, true));
        assert_eq!(b("d:ro"), made("d", None, false));
        assert_eq!(b("d:/g"), made("d", Some("/g"), true));
        assert_eq!(b("/d:/g:rw"), made("/d", Some("/g"), true));
        assert_eq!(b("/d:/g:ro"), made("/d", Some("/g"), false));
        // A file that is called so.
        assert_eq!(b("ro"), made("ro", None, true));
        for bad in ["", ":", "d:", "d:g", ":/g", "a:/b:/c", "d:ro:rw", "d::ro"] {
            assert!(b(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn variables() {
        assert_eq!(variable("A=".into()), Ok(b"A=".to_vec()));
        assert!(variable("A".into()).is_err());
        assert!(variable("=x".into()).is_err());
    }
}
