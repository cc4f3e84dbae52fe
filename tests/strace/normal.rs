//! A listing made comparable: one list of lines for each task, each call on one line, and without what differs from
//! run to run.

use std::collections::BTreeMap;

/// The lines of each task, in the order in which the tasks appear.
pub(crate) type Tasks = Vec<Vec<String>>;

/// Lines about ids: numbers in them that are tasks' are given names.
const ABOUT_IDS: [&str; 20] = [
    "getpid(",
    "gettid(",
    "set_tid_address(",
    "kill(",
    "tkill(",
    "tgkill(",
    "rt_sigqueueinfo(",
    "wait4(",
    "waitid(",
    "clone(",
    "clone3(",
    "fork(",
    "vfork(",
    "futex(",
    "getpgid(",
    "getpgrp(",
    "setpgid(",
    "getsid(",
    "setsid(",
    "--- ",
];

/// Reads a listing; `follow` says that each line begins with its task.
pub(crate) fn tasks(text: &str, follow: bool) -> Tasks {
    let mut order: Vec<&str> = Vec::new();
    let mut lines: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let (task, line) = if follow { line.split_once(' ').unwrap_or(("?", line)) } else { ("", line) };
        if !order.contains(&task) {
            order.push(task);
        }
        join(lines.entry(task).or_default(), line.trim_start());
    }
    let mut ids: Vec<String> = order.iter().map(|t| (*t).to_owned()).filter(|t| !t.is_empty()).collect();
    if !follow {
        // The only task tells its id, if at all, in the result of this.
        let id = lines.values().flatten().find_map(|l| l.strip_prefix("set_tid_address(")?.split("= ").nth(1));
        ids.extend(id.map(str::to_owned));
    }
    order.iter().filter_map(|t| lines.remove(t)).map(|l| finish(l, &ids)).collect()
}

/// Adds a line, or what it resumes to the line that was cut.
fn join(lines: &mut Vec<String>, line: &str) {
    let rest = line.strip_prefix("<... ").and_then(|l| l.split_once(" resumed>")).map(|(_, rest)| rest);
    match (rest, lines.last_mut()) {
        (Some(rest), Some(last)) if last.ends_with("<unfinished ...>") => {
            last.truncate(last.len() - " <unfinished ...>".len());
            last.push_str(rest);
        }
        _ => lines.push(line.to_owned()),
    }
}

fn finish(lines: Vec<String>, ids: &[String]) -> Vec<String> {
    let lines: Vec<String> = lines.iter().map(|l| normal(l, ids)).collect();
    // When a parent gets to know of a child's end depends on the host's timing.
    let (children, mut rest): (Vec<String>, _) = lines.into_iter().partition(|l| l.starts_with("--- SIGCHLD"));
    rest.extend(children);
    rest
}

/// A line without what differs from run to run.
fn normal(line: &str, ids: &[String]) -> String {
    if line.starts_with("getrandom(\"") {
        let end = line.rfind('"').unwrap_or(line.len());
        return format!("getrandom(RANDOM{}", &line[end..]);
    }
    if line.starts_with("getppid()") {
        return "getppid() = PARENT".to_owned();
    }
    let mut out = addresses(line);
    // The results stand in a column that depends on how long the addresses were.
    while let Some(at) = out.find("  = ") {
        out.remove(at);
    }
    out = between(&out, "nodename=\"", "\"", "NODE");
    out = between(&out, "si_uid=", ",", "UID");
    // What the host's file system knows of a file beyond what was asked for.
    out = between(&out, "{stx_mask=", ", stx_mode", "...");
    // What a user runs the tests as.
    for call in ["getuid()", "geteuid()", "getgid()", "getegid()"] {
        if out.starts_with(call) {
            return format!("{call} = ID");
        }
    }
    // waitid(2) leaves the caller's bytes in these.
    if out.starts_with("waitid(") {
        out = between(&out, "si_utime=", ", si_stime=", "T");
        out = between(&out, "si_stime=", "}", "T");
    }
    // What is left of a sleep.
    if out.contains("ERESTART_RESTARTBLOCK")
        && let Some(at) = out.rfind("{tv_sec=")
    {
        let end = out[at..].find('}').map_or(out.len(), |e| at + e);
        out.replace_range(at..end, "{LEFT");
    }
    if ABOUT_IDS.iter().any(|call| out.starts_with(call)) { named(&out, ids) } else { out }
}

/// Long hexadecimal numbers are addresses.
fn addresses(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("0x") {
        let (before, number) = rest.split_at(at);
        let digits = number.bytes().skip(2).take_while(u8::is_ascii_hexdigit).count();
        out += before;
        out += if digits >= 6 { "ADDRESS" } else { &number[..2 + digits] };
        rest = &number[2 + digits..];
    }
    out + rest
}

/// Replaces what stands between two texts.
fn between(line: &str, left: &str, right: &str, by: &str) -> String {
    let Some(start) = line.find(left).map(|at| at + left.len()) else { return line.to_owned() };
    let Some(end) = line[start..].find(right).map(|at| start + at) else { return line.to_owned() };
    format!("{}{by}{}", &line[..start], &line[end..])
}

/// Gives the numbers that are ids names.
fn named(line: &str, ids: &[String]) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        let (before, word) = rest.split_at(at);
        let end = word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len());
        out += before;
        match ids.iter().position(|id| *id == word[..end]) {
            Some(n) => out += &format!("TASK{n}"),
            None => out += &word[..end],
        }
        rest = &word[end..];
    }
    out + rest
}

#[test]
fn a_listing_becomes_comparable() {
    let text = "7 read(3,  <unfinished ...>\n\
                8 exit(0)   = ?\n\
                7 <... read resumed>\"\", 9)            = 0\n\
                7 kill(8, SIGTERM)   = 0\n\
                7 mmap(NULL, 8, 0x8)   = 0x7ffff0000000\n";
    let expected = vec![
        vec!["read(3, \"\", 9) = 0", "kill(TASK1, SIGTERM) = 0", "mmap(NULL, 8, 0x8) = ADDRESS"],
        vec!["exit(0) = ?"],
    ];
    assert_eq!(tasks(text, true), expected);
}
