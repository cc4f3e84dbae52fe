//! The call that started the first program: nobody made it, but a listing begins with it.

use std::fmt::Write;
use uemu::Gpr;
use uemu::kernel::syscall::args::quote;
use uemu::kernel::{Kernel, Tid};

/// Most arguments shown, as strace(1) has it.
const MAX_ARGS: usize = 32;

/// `execve("/bin/ls", ["ls"], 0x7ffc... /* 2 vars */)`
pub(crate) fn execve(kernel: &Kernel, tid: Tid, string_limit: usize) -> Option<String> {
    let task = kernel.tasks.get(&tid)?;
    let space = kernel.space(task.space)?;
    let arguments = strings(&space.cmdline);
    let mut out = "execve(".to_owned();
    // What a shell would have passed: the path as it was typed, if one was.
    let typed = arguments.first().copied().filter(|typed| typed.contains(&b'/'));
    quote(typed.unwrap_or(&space.exe), &mut out);
    out.push_str(", [");
    for (i, argument) in arguments.iter().take(MAX_ARGS).enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        quote(argument.get(..string_limit).unwrap_or(argument), &mut out);
        if argument.len() > string_limit {
            out.push_str("...");
        }
    }
    if arguments.len() > MAX_ARGS {
        out.push_str(", ...");
    }
    let vars = strings(&space.environ).len();
    // envp lies above argc, argv and its NULL.
    let envp = task.cpu.get(Gpr::Rsp).wrapping_add(8 * (arguments.len() as u64 + 2));
    let plural = if vars == 1 { "" } else { "s" };
    // Writing to a String cannot fail.
    let _ = write!(out, "], {envp:#x} /* {vars} var{plural} */)");
    Some(out)
}

/// Strings that each end in NUL.
fn strings(block: &[u8]) -> Vec<&[u8]> {
    let mut parts: Vec<&[u8]> = block.split(|&b| b == 0).collect();
    parts.pop();
    parts
}

#[cfg(test)]
mod tests {
    use super::strings;

    #[test]
    fn strings_end_in_nul() {
        assert_eq!(strings(b"a\0\0bc\0"), [&b"a"[..], b"", b"bc"]);
        assert!(strings(b"").is_empty());
    }
}
