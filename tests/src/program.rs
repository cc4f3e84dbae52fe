//! The list of guest programs: one folder a theme, one file a program, and in its first
//! lines directives that say how it is built and run:
//!
//! ```c
//! // build: glibc musl static-pie     which variants (see `Variant`)
//! // flags: -fno-builtin              more flags for the compiler
//! // args: one two                    its arguments, split at spaces
//! // env: KEY=value                   one variable; may be given again
//! // stdin: a line\nanother\n         what it reads; without this, an empty file
//! // varies: yes                       natively no two runs agree: only built, for other tests
//! // status: 139                      the exit status it must have natively (128+N for signal N)
//! ```

use std::path::{Path, PathBuf};

/// A way of turning a source into a static program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// `gcc -static`: ET_EXEC with glibc.
    Glibc,
    /// `gcc -static-pie`: ET_DYN with glibc, which relocates itself.
    StaticPie,
    /// `musl-gcc -static`.
    Musl,
    /// `gcc -O0 -static`: code as a naive compiler writes it.
    Debug,
    /// `gcc -nostdlib -static`: no libc, no start files.
    Nostdlib,
    /// `gcc -nostdlib -static-pie`.
    NostdlibPie,
    /// `g++ -static`.
    Cpp,
    /// `rustc -C target-feature=+crt-static` with std, which gives a static-pie.
    Rust,
}

impl Variant {
    const ALL: [(&'static str, Variant); 8] = [
        ("glibc", Variant::Glibc),
        ("static-pie", Variant::StaticPie),
        ("musl", Variant::Musl),
        ("debug", Variant::Debug),
        ("nostdlib", Variant::Nostdlib),
        ("nostdlib-pie", Variant::NostdlibPie),
        ("cpp", Variant::Cpp),
        ("rust", Variant::Rust),
    ];

    fn parse(name: &str) -> Option<Variant> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|&(_, v)| v)
    }

    /// The name used in directives, file names and trial names.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|&&(_, v)| v == self).map_or("?", |(n, _)| n)
    }
}

/// One guest program: a source and its directives.
#[derive(Clone, Debug)]
pub struct Program {
    /// The source file.
    pub source: PathBuf,
    /// The folder it stands in.
    pub theme: String,
    /// The file's name without its extension.
    pub name: String,
    /// How it is built; at least one.
    pub variants: Vec<Variant>,
    /// More flags for the compiler.
    pub flags: Vec<String>,
    /// Its arguments, after argv[0].
    pub args: Vec<String>,
    /// Its whole environment, as `KEY=value`.
    pub env: Vec<String>,
    /// What it reads from descriptor 0.
    pub stdin: Vec<u8>,
    /// The exit status it must have natively: 128+N for signal N.
    pub status: i32,
    /// Natively no two runs of it agree, so that there is nothing to compare with.
    pub varies: bool,
}

impl Program {
    /// Reads the directives in the first lines of `source`.
    ///
    /// # Errors
    /// A text naming the file and the directive that is not understood.
    pub fn read(source: &Path) -> Result<Program, String> {
        let text = std::fs::read_to_string(source).map_err(|e| format!("{}: {e}", source.display()))?;
        let part = |p: Option<&std::ffi::OsStr>| p.map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let mut program = Program {
            source: source.to_path_buf(),
            theme: part(source.parent().and_then(Path::file_name)),
            name: part(source.file_stem()),
            variants: Vec::new(),
            flags: Vec::new(),
            args: Vec::new(),
            env: Vec::new(),
            stdin: Vec::new(),
            status: 0,
            varies: false,
        };
        for line in text.lines().map_while(|l| l.strip_prefix("//")) {
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let words = || value.split_whitespace().map(str::to_owned);
            let bad = |what: &str| format!("{}: directive `{}`: {what}", source.display(), line.trim());
            match key.trim() {
                "build" => {
                    for word in words() {
                        program.variants.push(Variant::parse(&word).ok_or_else(|| bad("no such variant"))?);
                    }
                }
                "flags" => program.flags.extend(words()),
                "args" => program.args.extend(words()),
                "env" => program.env.push(value.trim().to_owned()),
                "stdin" => program.stdin.extend(unescape(value.trim_start()).into_bytes()),
                "varies" => program.varies = value.trim() == "yes",
                "status" => program.status = value.trim().parse().map_err(|_| bad("not a number"))?,
                _ => {}
            }
        }
        // The order in which std passes them on natively.
        program.env.sort();
        if program.variants.is_empty() {
            return Err(format!("{}: no `// build:` directive", source.display()));
        }
        Ok(program)
    }

    /// Where the built program of this variant goes.
    pub fn binary(&self, variant: Variant) -> PathBuf {
        crate::paths::out().join(&self.theme).join(format!("{}.{}", self.name, variant.name()))
    }

    /// `theme/name[variant]`
    pub fn title(&self, variant: Variant) -> String {
        format!("{}/{}[{}]", self.theme, self.name, variant.name())
    }
}

fn unescape(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

/// Every guest program, sorted by theme and name.
///
/// # Errors
/// The first directive that is not understood.
pub fn all() -> Result<Vec<Program>, String> {
    let mut sources = Vec::new();
    for theme in list(&crate::paths::testbins())? {
        if theme.is_dir() && theme.file_name().is_some_and(|n| n != "out") {
            sources.extend(list(&theme)?);
        }
    }
    let is_source = |p: &PathBuf| p.extension().is_some_and(|e| ["c", "cc", "S", "rs"].iter().any(|x| e == *x));
    sources.retain(is_source);
    sources.sort();
    sources.iter().map(|s| Program::read(s)).collect()
}

fn list(dir: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    Ok(entries.filter_map(Result::ok).map(|e| e.path()).collect())
}
