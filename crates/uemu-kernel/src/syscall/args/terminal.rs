//! `struct termios` (termios(3)) as strace(1) writes it.

use super::{Show, bits};
use uemu_abi::ioctl::Termios;

const INPUT: &[(u64, &str)] = &[
    (0o1, "IGNBRK"),
    (0o2, "BRKINT"),
    (0o4, "IGNPAR"),
    (0o10, "PARMRK"),
    (0o20, "INPCK"),
    (0o40, "ISTRIP"),
    (0o100, "INLCR"),
    (0o200, "IGNCR"),
    (0o400, "ICRNL"),
    (0o1000, "IUCLC"),
    (0o2000, "IXON"),
    (0o4000, "IXANY"),
    (0o10000, "IXOFF"),
    (0o20000, "IMAXBEL"),
    (0o40000, "IUTF8"),
];

/// Delays: always shown, zero or not. Mask, unit, name.
const DELAYS: &[(u32, u32, &str)] = &[
    (0o400, 0o400, "NL"),
    (0o3000, 0o1000, "CR"),
    (0o14000, 0o4000, "TAB"),
    (0o20000, 0o20000, "BS"),
    (0o40000, 0o40000, "VT"),
    (0o100000, 0o100000, "FF"),
];

const OUTPUT: &[(u64, &str)] = &[
    (0o1, "OPOST"),
    (0o2, "OLCUC"),
    (0o4, "ONLCR"),
    (0o10, "OCRNL"),
    (0o20, "ONOCR"),
    (0o40, "ONLRET"),
    (0o100, "OFILL"),
    (0o200, "OFDEL"),
];

const SPEEDS: &[&str] = &[
    "B0", "B50", "B75", "B110", "B134", "B150", "B200", "B300", "B600", "B1200", "B1800", "B2400", "B4800", "B9600",
    "B19200", "B38400",
];

const CONTROL: &[(u64, &str)] = &[
    (0o100, "CSTOPB"),
    (0o200, "CREAD"),
    (0o400, "PARENB"),
    (0o1000, "PARODD"),
    (0o2000, "HUPCL"),
    (0o4000, "CLOCAL"),
    (1 << 30, "CMSPAR"),
    (1 << 31, "CRTSCTS"),
];

const LOCAL: &[(u64, &str)] = &[
    (0o1, "ISIG"),
    (0o2, "ICANON"),
    (0o4, "XCASE"),
    (0o10, "ECHO"),
    (0o20, "ECHOE"),
    (0o40, "ECHOK"),
    (0o100, "ECHONL"),
    (0o200, "NOFLSH"),
    (0o100000, "IEXTEN"),
    (0o1000, "ECHOCTL"),
    (0o2000, "ECHOPRT"),
    (0o4000, "ECHOKE"),
    (0o10000, "FLUSHO"),
    (0o40000, "PENDIN"),
    (0o400, "TOSTOP"),
    (0o200000, "EXTPROC"),
];

/// The structure at `bytes`, abbreviated unless everything is wanted.
pub(crate) fn show_termios(cx: &Show<'_>, bytes: &[u8; 36], out: &mut String) {
    const SPEED_MASK: u32 = 0o10017;
    const SIZE_MASK: u32 = 0o60;
    let t = Termios::from_bytes(bytes);
    out.push_str("{c_iflag=");
    bits(t.iflag.into(), INPUT, "", out);
    out.push_str(", c_oflag=");
    let mut rest = t.oflag;
    let mut names: Vec<String> = Vec::new();
    for &(mask, unit, name) in DELAYS {
        names.push(format!("{name}{}", (t.oflag & mask) / unit));
        rest &= !mask;
    }
    if rest != 0 {
        let mut flags = String::new();
        bits(rest.into(), OUTPUT, "", &mut flags);
        names.push(flags);
    }
    out.push_str(&names.join("|"));
    out.push_str(", c_cflag=");
    let speed = usize::try_from(t.cflag & SPEED_MASK).ok().and_then(|s| SPEEDS.get(s));
    match speed {
        Some(name) => out.push_str(name),
        None => out.push_str(&format!("{:#x}", t.cflag & SPEED_MASK)),
    }
    out.push_str(["|CS5", "|CS6", "|CS7", "|CS8"].get(((t.cflag & SIZE_MASK) >> 4) as usize).unwrap_or(&""));
    let rest = t.cflag & !SPEED_MASK & !SIZE_MASK;
    if rest != 0 {
        out.push('|');
        bits(rest.into(), CONTROL, "", out);
    }
    out.push_str(", c_lflag=");
    bits(t.lflag.into(), LOCAL, "", out);
    if cx.verbose {
        let cc: Vec<String> = t.cc.iter().map(|c| format!("{c:#04x}")).collect();
        out.push_str(&format!(", c_line={}, c_cc=[{}]}}", t.line, cc.join(", ")));
    } else {
        out.push_str(", ...}");
    }
}
