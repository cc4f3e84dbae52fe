//! Numbers with names: flags joined by `|`, and choices.

use std::fmt::Write;

/// Flags as strace(1) writes them: names in the table's order joined by `|`, the rest in hexadecimal, `0` for none.
/// `unknown` is what strace says when no name fits, such as `O_???`.
pub fn bits(value: u64, names: &[(u64, &str)], unknown: &str, out: &mut String) {
    let mut rest = value;
    let mut any = false;
    for &(bit, name) in names {
        if bit != 0 && rest & bit == bit {
            if any {
                out.push('|');
            }
            out.push_str(name);
            rest &= !bit;
            any = true;
        }
    }
    let _ = match (any, rest) {
        (true, 0) => Ok(()),
        (true, rest) => write!(out, "|{rest:#x}"),
        (false, 0) => write!(out, "0"),
        (false, rest) if unknown.is_empty() => write!(out, "{rest:#x}"),
        (false, rest) => write!(out, "{rest:#x} /* {unknown} */"),
    };
}

/// One of several: its name, or `0x7 /* WHAT_??? */`.
pub fn choice(value: u64, names: &[(u64, &str)], unknown: &str, out: &mut String) {
    let _ = match names.iter().find(|(v, _)| *v == value) {
        Some((_, name)) => write!(out, "{name}"),
        None if unknown.is_empty() => write!(out, "{value:#x}"),
        None => write!(out, "{value:#x} /* {unknown} */"),
    };
}

/// Declares an argument type that is flags or a choice, with the names strace(1) gives.
///
/// `flags Type(u32) "O_???" { 1 = "A", 2 = "B" }` or `choice Type(i32) "CLOCK_???" { ... }`.
#[macro_export]
macro_rules! named_args {
    ($($(#[$doc:meta])* $how:ident $name:ident($t:ty) $unknown:literal { $($value:expr => $text:expr,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct $name(pub $t);

        impl $name {
            /// The names, in strace's order.
            pub const NAMES: &'static [(u64, &'static str)] = &[$(($value as u64, $text),)*];
            /// As strace(1) writes it.
            pub fn write(self, out: &mut String) {
                $crate::named_args!(@ $how)(self.0 as u64, Self::NAMES, $unknown, out);
            }
        }

        impl $crate::syscall::SyscallArg for $name {
            fn pull(regs: &mut $crate::syscall::ArgRegs<'_>) -> $name {
                $name(regs.pull_one() as $t)
            }
            fn show(&self, _: &$crate::syscall::Show<'_>, out: &mut String) {
                self.write(out);
            }
        }
    )*};
    (@ flags) => { $crate::syscall::args::bits };
    (@ choice) => { $crate::syscall::args::choice };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_read_as_in_strace() {
        let show = |v| {
            let mut s = String::new();
            bits(v, &[(1, "A"), (2, "B")], "X_???", &mut s);
            s
        };
        assert_eq!([show(0), show(3), show(6), show(8)], ["0", "A|B", "B|0x4", "0x8 /* X_??? */"]);
    }
}
