//! Structures as strace(1) writes them.

use super::ShowPlain;
use std::fmt::Write;
use uemu_abi::process::{Rlimit, Rusage, Sysinfo, rlimit};
use uemu_abi::time::{Itimerval, Timespec, Timeval, Timezone, Tms};

impl ShowPlain for Timespec {
    fn show(&self, out: &mut String) {
        let _ = write!(out, "{{tv_sec={}, tv_nsec={}}}", self.sec, self.nsec as u64);
    }
}

impl ShowPlain for Timeval {
    fn show(&self, out: &mut String) {
        let _ = write!(out, "{{tv_sec={}, tv_usec={}}}", self.sec, self.usec as u64);
    }
}

impl ShowPlain for Itimerval {
    fn show(&self, out: &mut String) {
        out.push_str("{it_interval=");
        self.interval.show(out);
        out.push_str(", it_value=");
        self.value.show(out);
        out.push('}');
    }
}

impl ShowPlain for Timezone {
    fn show(&self, out: &mut String) {
        let _ = write!(out, "{{tz_minuteswest={}, tz_dsttime={}}}", self.minutes_west, self.dst);
    }
}

impl ShowPlain for Tms {
    fn show(&self, out: &mut String) {
        let (u, s, cu, cs) = (self.utime, self.stime, self.cutime, self.cstime);
        let _ = write!(out, "{{tms_utime={u}, tms_stime={s}, tms_cutime={cu}, tms_cstime={cs}}}");
    }
}

impl ShowPlain for Rlimit {
    fn show(&self, out: &mut String) {
        out.push_str("{rlim_cur=");
        limit(self.cur, out);
        out.push_str(", rlim_max=");
        limit(self.max, out);
        out.push('}');
    }
}

fn limit(v: u64, out: &mut String) {
    let _ = match v {
        rlimit::INFINITY => write!(out, "RLIM64_INFINITY"),
        v if v > 1024 && v.is_multiple_of(1024) => write!(out, "{}*1024", v / 1024),
        v => write!(out, "{v}"),
    };
}

impl ShowPlain for Rusage {
    fn show(&self, out: &mut String) {
        out.push_str("{ru_utime=");
        self.utime.show(out);
        out.push_str(", ru_stime=");
        self.stime.show(out);
        out.push_str(", ...}");
    }
}

impl ShowPlain for Sysinfo {
    fn show(&self, out: &mut String) {
        let s = self;
        let _ = write!(
            out,
            "{{uptime={}, loads=[{}, {}, {}], totalram={}, freeram={}, sharedram={}, bufferram={}, totalswap={}, \
             freeswap={}, procs={}, totalhigh={}, freehigh={}, mem_unit={}}}",
            s.uptime,
            s.loads[0],
            s.loads[1],
            s.loads[2],
            s.totalram,
            s.freeram,
            s.sharedram,
            s.bufferram,
            s.totalswap,
            s.freeswap,
            s.procs,
            s.totalhigh,
            s.freehigh,
            s.mem_unit
        );
    }
}
