//! THE table of system calls.

use super::{chmod, copy, epoll, fd, fs, io, net, poll, tty};
use super::row::{Row, syscalls};

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
    16 => tty::ioctl(fd, op, arg);
    17 => io::pread64(fd, buf, offset);
    18 => io::pwrite64(fd, buf, offset);
    19 => io::readv(fd, iov);
    20 => io::writev(fd, iov);
    21 => fs::access(pathname, mode);
    22 => fd::pipe(pipefd);
    23 => poll::select(nfds, readfds, writefds, exceptfds, timeout);
    32 => fd::dup(oldfd);
    33 => fd::dup2(oldfd, newfd);
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
    132 => chmod::utime(filename, times);
    133 => fs::mknod(pathname, mode, dev);
    137 => fs::statfs(path, buf);
    138 => fs::fstatfs(fd, buf);
    162 => chmod::sync();
    213 => epoll::epoll_create(size);
    217 => fs::getdents64(fd, dirp);
    221 => chmod::fadvise64(fd, offset, len, advice);
    232 => epoll::epoll_wait(epfd, events, maxevents, timeout);
    233 => epoll::epoll_ctl(epfd, op, fd, event);
    235 => chmod::utimes(filename, times);
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
    316 => fs::renameat2(olddirfd, oldpath, newdirfd, newpath, flags);
    326 => copy::copy_file_range(fd_in, off_in, fd_out, off_out, size, flags);
    332 => fs::statx(dirfd, pathname, flags, mask, statxbuf);
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
