//! Lines on their way out: one may be begun, shown while its call waits, and ended later.

use std::io::{self, Write};

/// A listing under construction.
#[derive(Debug)]
pub(crate) struct Lines<W> {
    out: W,
    error: Option<io::Error>,
    /// What is begun and not written yet.
    text: String,
    /// Columns of the line that is begun, written or not.
    column: usize,
}

impl<W: Write> Lines<W> {
    pub(crate) fn new(out: W) -> Lines<W> {
        Lines { out, error: None, text: String::new(), column: 0 }
    }

    /// Columns of the line that is begun; 0 if none is.
    pub(crate) fn column(&self) -> usize {
        self.column
    }

    /// Adds to the line. Arguments render what the guest chose as escapes; should one ever not, its control characters
    /// would be commands to the user's terminal: they are escaped here.
    pub(crate) fn push(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_control() {
                let start = self.text.len();
                self.text.extend(c.escape_default());
                self.column += self.text.len() - start;
            } else {
                self.text.push(c);
                self.column += 1;
            }
        }
    }

    /// Ends the line and writes it, whole, so that what the guest writes to the same terminal stands between lines.
    pub(crate) fn end(&mut self) {
        self.text.push('\n');
        self.show();
        self.column = 0;
    }

    /// Writes what is begun: its call waits, and nobody knows for how long.
    pub(crate) fn show(&mut self) {
        let text = std::mem::take(&mut self.text);
        if self.error.is_none()
            && let Err(e) = self.out.write_all(text.as_bytes())
        {
            self.error = Some(e);
        }
    }

    /// Writes what is left; the first error there was.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.show();
        match self.error.take() {
            Some(e) => Err(e),
            None => self.out.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_get_out() {
        let mut out = Vec::new();
        let mut lines = Lines::new(&mut out);
        lines.push("a\x1b[2J\u{9b}");
        assert_eq!(lines.column(), "a\\u{1b}[2J\\u{9b}".len());
        lines.end();
        assert_eq!(lines.column(), 0);
        lines.finish().unwrap();
        assert_eq!(out, b"a\\u{1b}[2J\\u{9b}\n");
    }

    #[test]
    fn an_error_is_told_at_the_end() {
        let mut small = [0u8; 2];
        let mut lines = Lines::new(&mut small[..]);
        lines.push("abc");
        lines.end();
        lines.push("d");
        assert_eq!(lines.finish().unwrap_err().kind(), io::ErrorKind::WriteZero);
    }
}
