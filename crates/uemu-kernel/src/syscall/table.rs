//! THE table of system calls.

use super::row::{Row, syscalls};
use super::{chmod, copy, epoll, fd, fs, futex, ids, info, io, mm, net, poll, signal, task, time, tty, wait};

syscalls! {
    0 => io::read(fd, buf);
    1 => io::write(fd, buf);
    2 => fs::open(pathname, flags, mode);
    3 => fd::close(fd);
    4 => fs::stat(pathname, statbuf);
    5 => fs::fstat(fd, statbuf);
    6 => fs::lstat(pathname, statbuf);
    7 => poll::poll(fds, timeout);
    8 => io::lseek(fd, offset, whence);
    9 => mm::mmap(addr, length, prot, flags, fd, offset);
    10 => mm::mprotect(addr, len, prot);
    11 => mm::munmap(addr, length);
    12 => mm::brk(addr);
    13 => signal::rt_sigaction(signum, act, oldact, sigsetsize);
    14 => signal::rt_sigprocmask(how, set, oldset, sigsetsize);
    15 => signal::rt_sigreturn(frame);
    16 => tty::ioctl(fd, op, arg);
    17 => io::pread64(fd, buf, offset);
    18 => io::pwrite64(fd, buf, offset);
    19 => io::readv(fd, iov);
    20 => io::writev(fd, iov);
    21 => fs::access(pathname, mode);
    22 => fd::pipe(pipefd);
    23 => poll::select(nfds, readfds, writefds, exceptfds, timeout);
    24 => task::sched_yield();
    25 => mm::mremap(old_address, old_size, new_size, flags, new_address);
    26 => mm::msync(addr, length, flags);
    27 => mm::mincore(addr, length, vec);
    28 => mm::madvise(addr, length, advice);
    32 => fd::dup(oldfd);
    33 => fd::dup2(oldfd, newfd);
    34 => time::pause();
    35 => time::nanosleep(duration, rem);
    36 => time::getitimer(which, curr_value);
    37 => time::alarm(seconds);
    38 => time::setitimer(which, new_value, old_value);
    39 => ids::getpid();
    40 => copy::sendfile(out_fd, in_fd, offset, count);
    41 => net::socket(domain, kind, protocol);
    44 => net::sendto(sockfd, buf, flags, dest_addr, addrlen);
    45 => net::recvfrom(sockfd, buf, flags, src_addr, addrlen);
    46 => net::sendmsg(sockfd, msg, flags);
    47 => net::recvmsg(sockfd, msg, flags);
    48 => net::shutdown(sockfd, how);
    53 => net::socketpair(domain, kind, protocol, sv);
    54 => net::setsockopt(sockfd, level, optname, optval);
    55 => net::getsockopt(sockfd, level, optname, optval, optlen);
    56 => task::clone(flags, tids);
    57 => task::fork();
    58 => task::vfork();
    59 => task::execve(pathname, argv, envp);
    60 => task::exit(status);
    61 => wait::wait4(pid, wstatus, options, rusage);
    62 => signal::kill(pid, sig);
    63 => info::uname(buf);
    72 => fd::fcntl(fd, cmd, arg);
    73 => fd::flock(fd, operation);
    74 => chmod::fsync(fd);
    75 => chmod::fdatasync(fd);
    76 => chmod::truncate(path, length);
    77 => chmod::ftruncate(fd, length);
    78 => fs::getdents(fd, dirp);
    79 => fs::getcwd(buf);
    80 => fs::chdir(path);
    81 => fs::fchdir(fd);
    82 => fs::rename(oldpath, newpath);
    83 => fs::mkdir(pathname, mode);
    84 => fs::rmdir(pathname);
    85 => fs::creat(pathname, mode);
    86 => fs::link(oldpath, newpath);
    87 => fs::unlink(pathname);
    88 => fs::symlink(target, linkpath);
    89 => fs::readlink(pathname, buf);
    90 => chmod::chmod(pathname, mode);
    91 => chmod::fchmod(fd, mode);
    92 => chmod::chown(pathname, owner, group);
    93 => chmod::fchown(fd, owner, group);
    94 => chmod::lchown(pathname, owner, group);
    95 => fs::umask(mask);
    96 => time::gettimeofday(tv, tz);
    97 => info::getrlimit(resource, rlim);
    98 => info::getrusage(who, usage);
    99 => info::sysinfo(info);
    100 => time::times(buf);
    102 => ids::getuid();
    104 => ids::getgid();
    105 => ids::setuid(uid);
    106 => ids::setgid(gid);
    107 => ids::geteuid();
    108 => ids::getegid();
    109 => ids::setpgid(pid, pgid);
    110 => ids::getppid();
    111 => ids::getpgrp();
    112 => ids::setsid();
    113 => ids::setreuid(ruid, euid);
    114 => ids::setregid(rgid, egid);
    115 => ids::getgroups(size, list);
    116 => ids::setgroups(size, list);
    117 => ids::setresuid(ruid, euid, suid);
    118 => ids::getresuid(ruid, euid, suid);
    119 => ids::setresgid(rgid, egid, sgid);
    120 => ids::getresgid(rgid, egid, sgid);
    121 => ids::getpgid(pid);
    124 => ids::getsid(pid);
    125 => ids::capget(hdrp, datap);
    127 => signal::rt_sigpending(set, sigsetsize);
    128 => signal::rt_sigtimedwait(set, info, timeout, sigsetsize);
    129 => signal::rt_sigqueueinfo(tgid, sig, info);
    130 => signal::rt_sigsuspend(mask, sigsetsize);
    131 => signal::sigaltstack(ss, old_ss);
    132 => chmod::utime(filename, times);
    133 => fs::mknod(pathname, mode, dev);
    135 => info::personality(persona);
    137 => fs::statfs(path, buf);
    138 => fs::fstatfs(fd, buf);
    140 => info::getpriority(which, who);
    141 => info::setpriority(which, who, prio);
    142 => info::sched_setparam(pid, param);
    143 => info::sched_getparam(pid, param);
    144 => info::sched_setscheduler(pid, policy, param);
    145 => info::sched_getscheduler(pid);
    146 => info::sched_get_priority_max(policy);
    147 => info::sched_get_priority_min(policy);
    148 => info::sched_rr_get_interval(pid, tp);
    149 => mm::mlock(addr, len);
    150 => mm::munlock(addr, len);
    151 => mm::mlockall(flags);
    152 => mm::munlockall();
    157 => info::prctl(call);
    158 => task::arch_prctl(code, addr);
    160 => info::setrlimit(resource, rlim);
    162 => chmod::sync();
    170 => info::sethostname(name);
    186 => ids::gettid();
    200 => signal::tkill(tid, sig);
    201 => time::time(tloc);
    202 => futex::futex(call);
    203 => ids::sched_setaffinity(pid, cpusetsize, mask);
    204 => ids::sched_getaffinity(pid, cpusetsize, mask);
    213 => epoll::epoll_create(size);
    217 => fs::getdents64(fd, dirp);
    218 => task::set_tid_address(tidptr);
    219 => signal::restart_syscall();
    221 => chmod::fadvise64(fd, offset, len, advice);
    227 => time::clock_settime(clockid, tp);
    228 => time::clock_gettime(clockid, tp);
    229 => time::clock_getres(clockid, res);
    230 => time::clock_nanosleep(clockid, flags, duration, rem);
    231 => task::exit_group(status);
    232 => epoll::epoll_wait(epfd, events, maxevents, timeout);
    233 => epoll::epoll_ctl(epfd, op, fd, event);
    234 => signal::tgkill(tgid, tid, sig);
    235 => chmod::utimes(filename, times);
    239 => mm::get_mempolicy(mode, nodemask, maxnode, addr, flags);
    247 => wait::waitid(idtype, id, infop, options, rusage);
    257 => fs::openat(dirfd, pathname, flags, mode);
    258 => fs::mkdirat(dirfd, pathname, mode);
    259 => fs::mknodat(dirfd, pathname, mode, dev);
    260 => chmod::fchownat(dirfd, pathname, owner, group, flags);
    261 => chmod::futimesat(dirfd, pathname, times);
    262 => fs::newfstatat(dirfd, pathname, statbuf, flags);
    263 => fs::unlinkat(dirfd, pathname, flags);
    264 => fs::renameat(olddirfd, oldpath, newdirfd, newpath);
    265 => fs::linkat(olddirfd, oldpath, newdirfd, newpath, flags);
    266 => fs::symlinkat(target, newdirfd, linkpath);
    267 => fs::readlinkat(dirfd, pathname, buf);
    268 => chmod::fchmodat(dirfd, pathname, mode);
    269 => fs::faccessat(dirfd, pathname, mode);
    270 => poll::pselect6(nfds, readfds, writefds, exceptfds, timeout, sigmask);
    271 => poll::ppoll(fds, tmo_p, sigmask, sigsetsize);
    273 => task::set_robust_list(head, len);
    274 => task::get_robust_list(pid, head_ptr, len_ptr);
    280 => chmod::utimensat(dirfd, pathname, times, flags);
    281 => epoll::epoll_pwait(epfd, events, maxevents, timeout, sigmask, sigsetsize);
    284 => fd::eventfd(initval);
    285 => chmod::fallocate(fd, mode, offset, len);
    290 => fd::eventfd2(initval, flags);
    291 => epoll::epoll_create1(flags);
    292 => fd::dup3(oldfd, newfd, flags);
    293 => fd::pipe2(pipefd, flags);
    295 => io::preadv(fd, iov, offset);
    296 => io::pwritev(fd, iov, offset);
    297 => signal::rt_tgsigqueueinfo(tgid, tid, sig, info);
    302 => info::prlimit64(pid, resource, new_limit, old_limit);
    309 => task::getcpu(cpu, node, cache);
    316 => fs::renameat2(olddirfd, oldpath, newdirfd, newpath, flags);
    318 => mm::getrandom(buf, flags);
    322 => task::execveat(dirfd, pathname, argv, envp, flags);
    324 => task::membarrier(cmd, flags, cpu_id);
    325 => mm::mlock2(addr, len, flags);
    326 => copy::copy_file_range(fd_in, off_in, fd_out, off_out, size, flags);
    332 => fs::statx(dirfd, pathname, flags, mask, statxbuf);
    334 => task::rseq(rseq, rseq_len, flags, sig);
    435 => task::clone3(cl_args);
    436 => fd::close_range(first, last, flags);
    439 => fs::faccessat2(dirfd, pathname, mode, flags);
    441 => epoll::epoll_pwait2(epfd, events, maxevents, timeout, sigmask, sigsetsize);
}

/// Numbers the index below covers.
const INDEX_LEN: usize = 512;

/// Row index + 1 by number; 0 where there is none.
static INDEX: [u16; INDEX_LEN] = {
    let mut index = [0; INDEX_LEN];
    let mut i = 0;
    while i < TABLE.len() {
        let nr = TABLE[i].nr as usize;
        assert!(nr < INDEX_LEN && index[nr] == 0, "each number stands once in the table");
        i += 1;
        index[nr] = i as u16;
    }
    index
};

/// The row of a system call; `None` if the kernel lacks it.
pub fn row(nr: u64) -> Option<&'static Row> {
    let i = *INDEX.get(usize::try_from(nr).ok()?)?;
    TABLE.get(usize::from(i).checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_linux_names() {
        for r in TABLE {
            assert_eq!(uemu_abi::sysno::name(r.nr), Some(r.name), "row {}", r.nr);
            assert!(std::ptr::eq(row(r.nr).unwrap(), r));
        }
    }
}
