//! Everything uemu itself says to its user goes to standard error through here.
//!
//! The first line of a message begins with `uemu: `, those that continue it with two spaces, so that people and tools can
//! tell it from what the guest writes there. What a guest chose (paths, names) is escaped before it gets here or here.

use std::io::Write;

/// Prints one message, of one or more lines; empty ones are left out.
pub(crate) fn say(message: &str) {
    let mut out = String::new();
    for (i, line) in message.lines().filter(|l| !l.trim().is_empty()).enumerate() {
        out.push_str(if i == 0 { "uemu: " } else { "  " });
        escape(line, &mut out);
        out.push('\n');
    }
    // Where standard error is gone there is nobody to tell.
    let _ = std::io::stderr().lock().write_all(out.as_bytes());
}

/// Control characters could be a terminal's commands: they are shown, not obeyed.
fn escape(line: &str, out: &mut String) {
    for c in line.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
}

/// Prints what was asked for (help, a table, the demo) to standard output. A reader that went away is no error.
pub(crate) fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    #[test]
    fn control_characters_are_shown() {
        let mut out = String::new();
        super::escape("a\x1b[31mb\tc\u{9b}é", &mut out);
        assert_eq!(out, "a\\u{1b}[31mb\\tc\\u{9b}é");
    }
}
