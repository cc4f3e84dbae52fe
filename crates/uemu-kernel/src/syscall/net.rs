//! Sockets: pairs of unix(7) within the machine. The network is closed.

use super::args::{ArgRegs, Fd, MsgHdrArg, Phase, PtrOut, Show, SyscallArg, UserBuf, UserBufMut, bits};
use super::fd::{install, install_pair};
use super::fsargs::{Family, FdPairOut, MsgFlags, ShutHow, read_iov};
use super::io::{Pieces, broken_pipe, gather, scatter, would_block};
use crate::arena::Id;
use crate::context::TaskCtx;
use crate::fd::socket::{CAPACITY, Socket, SocketType};
use crate::fd::{FileId, FileKind, OpenFile};
use crate::stop::{Stop, SysResult};
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_abi::poll::Ready;
use uemu_mem::GuestAddr;

const AF_UNIX: u32 = 1;
const MSG_PEEK: u32 = 2;
const MSG_CTRUNC: u32 = 8;
const MSG_TRUNC: u32 = 0x20;
const MSG_DONTWAIT: u32 = 0x40;
const MSG_NOSIGNAL: u32 = 0x4000;
const MSG_CMSG_CLOEXEC: u32 = 0x4000_0000;
const SOL_SOCKET: u32 = 1;
const SCM_RIGHTS: u32 = 1;
/// Descriptors in one message (SCM_MAX_FD).
const SCM_MAX: usize = 253;

/// The type argument of socket(2): a type and two flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeArg(pub u32);

impl SyscallArg for TypeArg {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        TypeArg(regs.pull_one() as u32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        let kind = u64::from(self.0 & 0xf);
        let names = [(1, "SOCK_STREAM"), (2, "SOCK_DGRAM"), (3, "SOCK_RAW"), (5, "SOCK_SEQPACKET")];
        super::args::choice(kind, &names, "SOCK_???", out);
        if self.0 & !0xf != 0 {
            out.push('|');
            bits(u64::from(self.0 & !0xf), &[(0o2000000, "SOCK_CLOEXEC"), (0o4000, "SOCK_NONBLOCK")], "SOCK_???", out);
        }
    }
}

impl TypeArg {
    fn parts(self) -> SysResult<(SocketType, OpenFlags)> {
        let flags = OpenFlags::from_bits_retain(self.0 & !0xf);
        if !(flags - (OpenFlags::NONBLOCK | OpenFlags::CLOEXEC)).is_empty() {
            return Err(Errno::EINVAL.into());
        }
        let kind = match self.0 & 0xf {
            1 => SocketType::Stream,
            2 => SocketType::Datagram,
            5 => SocketType::SeqPacket,
            _ => return Err(Errno::ESOCKTNOSUPPORT.into()),
        };
        Ok((kind, flags | OpenFlags::RDWR))
    }
}

/// socket(2): unix(7) only; there is no network.
pub fn socket(t: &mut TaskCtx<'_>, domain: Family, kind: TypeArg, protocol: u32) -> SysResult<Fd> {
    if domain.0 != AF_UNIX {
        return Err(Errno::EAFNOSUPPORT.into());
    }
    if protocol > 1 {
        return Err(Errno::EPROTONOSUPPORT.into());
    }
    let (kind, flags) = kind.parts()?;
    let s = t.k.files.sockets.add(Socket::new(kind));
    install(t, OpenFile::new(FileKind::Socket(s), flags))
}

/// socketpair(2)
pub fn socketpair(t: &mut TaskCtx<'_>, domain: Family, kind: TypeArg, protocol: u32, sv: FdPairOut) -> SysResult<()> {
    if domain.0 != AF_UNIX {
        // inet sockets cannot be paired, whether there are any or not.
        return Err(if matches!(domain.0, 2 | 10) { Errno::EOPNOTSUPP } else { Errno::EAFNOSUPPORT }.into());
    }
    if protocol > 1 {
        return Err(Errno::EPROTONOSUPPORT.into());
    }
    let (kind, flags) = kind.parts()?;
    let sockets = &mut t.k.files.sockets;
    let (a, b) = (sockets.add(Socket::new(kind)), sockets.add(Socket::new(kind)));
    for (s, peer) in [(a, b), (b, a)] {
        if let Some(s) = sockets.get_mut(s) {
            s.peer = Some(peer);
            s.connected = true;
        }
    }
    let file = |s| OpenFile::new(FileKind::Socket(s), flags);
    install_pair(t, file(a), file(b), sv)
}

/// The socket behind a descriptor; ENOTSOCK.
fn socket_of(t: &TaskCtx<'_>, file: FileId) -> SysResult<Id<Socket>> {
    match &t.k.files.file(file)?.kind {
        FileKind::Socket(s) => Ok(*s),
        _ => Err(Errno::ENOTSOCK.into()),
    }
}

/// What a receive gave.
pub(crate) struct Received {
    /// Bytes in the buffers.
    pub(crate) copied: usize,
    /// MSG_TRUNC happened.
    cut: bool,
    files: Vec<FileId>,
}

fn wait_or_again(t: &mut TaskCtx<'_>, file: FileId, ready: Ready, flags: u32) -> Stop {
    if flags & MSG_DONTWAIT != 0 { Errno::EAGAIN.into() } else { would_block(t, file, ready) }
}

/// Receives into the pieces.
pub(crate) fn receive(t: &mut TaskCtx<'_>, file: FileId, to: &Pieces, flags: u32) -> SysResult<Received> {
    let id = socket_of(t, file)?;
    let s = t.k.files.sockets.get(id).ok_or(Errno::EBADF)?;
    let want = usize::try_from(to.iter().map(|p| p.1).sum::<u64>()).unwrap_or(usize::MAX);
    let none = Received { copied: 0, cut: false, files: Vec::new() };
    if want == 0 && !s.keeps_messages() {
        return Ok(none);
    }
    if s.inbox.is_empty() {
        if s.no_read || s.peer_done {
            return Ok(none);
        }
        if !s.connected && s.kind != SocketType::Datagram {
            return Err(if s.kind == SocketType::Stream { Errno::EINVAL } else { Errno::ENOTCONN }.into());
        }
        return Err(wait_or_again(t, file, Ready::READ, flags));
    }
    let available = s.inbox.front().map_or(0, |m| m.bytes.len());
    super::io::check_room(t, to, available.min(want))?;
    let peek = flags & MSG_PEEK != 0;
    let taken = t.k.files.sockets.get_mut(id).map(|s| s.take(want, peek));
    let (bytes, cut, files) = taken.unwrap_or_default();
    let copied = scatter(t, to, &bytes)?;
    Ok(Received { copied, cut, files })
}

/// Sends the pieces with the files (each already counted for the message).
pub(crate) fn send(
    t: &mut TaskCtx<'_>,
    file: FileId,
    from: &Pieces,
    flags: u32,
    files: Vec<FileId>,
) -> SysResult<usize> {
    let id = socket_of(t, file)?;
    let s = t.k.files.sockets.get(id).ok_or(Errno::EBADF)?;
    let want = usize::try_from(from.iter().map(|p| p.1).sum::<u64>()).unwrap_or(usize::MAX);
    if !s.connected {
        return Err(Errno::ENOTCONN.into());
    }
    let keeps = s.keeps_messages();
    let Some(peer) = s.peer.filter(|_| !s.no_write && !s.peer_deaf) else {
        if s.kind == SocketType::Datagram && !s.no_write {
            return Err(Errno::ECONNREFUSED.into());
        }
        return Err(if flags & MSG_NOSIGNAL != 0 { Errno::EPIPE.into() } else { broken_pipe(t) });
    };
    if keeps && want > CAPACITY {
        return Err(Errno::EMSGSIZE.into());
    }
    let mut done = match t.task().resume.progress {
        crate::task::Progress::Moved(n) => n,
        _ => 0,
    };
    let mut files = files;
    loop {
        let room = t.k.files.sockets.get(peer).map_or(0, |p| p.room_for(want - done));
        if room == 0 && (want > done || (keeps && t.k.files.sockets.get(peer).is_some_and(|p| p.queued >= CAPACITY))) {
            if done > 0 && (flags & MSG_DONTWAIT != 0 || t.k.files.file(file)?.nonblocking()) {
                return Ok(done);
            }
            if done > 0 {
                t.task().resume.progress = crate::task::Progress::Moved(done);
            }
            return Err(wait_or_again(t, file, Ready::WRITE, flags));
        }
        let bytes = gather(t, from, done as u64, room)?;
        if keeps && bytes.len() < want {
            return Err(Errno::EFAULT.into());
        }
        if bytes.is_empty() && !keeps {
            return Ok(done);
        }
        done += bytes.len();
        for f in &files {
            t.k.files.open.share(*f);
        }
        if let Some(p) = t.k.files.sockets.get_mut(peer) {
            p.arrive(&bytes, std::mem::take(&mut files));
        }
        if done >= want {
            return Ok(done);
        }
    }
}

/// sendto(2); on a connected socket an address is EISCONN.
pub fn sendto(
    t: &mut TaskCtx<'_>,
    sockfd: Fd,
    buf: UserBuf,
    flags: MsgFlags,
    dest_addr: GuestAddr,
    addrlen: u32,
) -> SysResult<usize> {
    let file = t.file(sockfd.0)?;
    socket_of(t, file)?;
    if dest_addr != GuestAddr::NULL && addrlen > 0 {
        return Err(Errno::EISCONN.into());
    }
    send(t, file, &vec![(buf.addr, buf.len)], flags.0, Vec::new())
}

/// recvfrom(2); the peers of pairs have no names.
pub fn recvfrom(
    t: &mut TaskCtx<'_>,
    sockfd: Fd,
    buf: UserBufMut,
    flags: MsgFlags,
    src_addr: GuestAddr,
    addrlen: GuestAddr,
) -> SysResult<usize> {
    let file = t.file(sockfd.0)?;
    let got = receive(t, file, &vec![(buf.addr, buf.len)], flags.0)?;
    for f in got.files {
        t.k.files.close_file(f, t.host);
    }
    if src_addr != GuestAddr::NULL {
        t.mem.write_u32(addrlen, 0)?;
    }
    Ok(got.copied)
}

/// `struct msghdr`.
struct MsgHdr {
    iov: GuestAddr,
    iov_len: u64,
    control: GuestAddr,
    control_len: u64,
}

fn read_msghdr(t: &mut TaskCtx<'_>, at: GuestAddr) -> SysResult<MsgHdr> {
    let field = |t: &mut TaskCtx<'_>, offset| t.mem.read_u64(at.wrapping_add(offset)).map_err(Stop::from);
    let h = MsgHdr {
        iov: GuestAddr(field(t, 16)?),
        iov_len: field(t, 24)?,
        control: GuestAddr(field(t, 32)?),
        control_len: field(t, 40)?,
    };
    if h.iov_len > super::fsargs::IOV_MAX {
        return Err(Errno::EMSGSIZE.into());
    }
    Ok(h)
}

/// The files that SCM_RIGHTS of a control buffer names. Not yet counted.
fn rights(t: &mut TaskCtx<'_>, h: &MsgHdr) -> SysResult<Vec<FileId>> {
    let mut out = Vec::new();
    if h.control == GuestAddr::NULL {
        return Ok(out);
    }
    if h.control_len > 65536 {
        return Err(Errno::ENOBUFS.into());
    }
    let mut at = 0;
    while h.control_len.saturating_sub(at) >= 16 {
        let base = h.control.wrapping_add(at);
        let len = t.mem.read_u64(base)?;
        let (level, kind) = (t.mem.read_u32(base.wrapping_add(8))?, t.mem.read_u32(base.wrapping_add(12))?);
        if len < 16 || len > h.control_len - at {
            return Err(Errno::EINVAL.into());
        }
        if level == SOL_SOCKET {
            if kind != SCM_RIGHTS {
                return Err(Errno::EINVAL.into());
            }
            for i in 0..(len - 16) / 4 {
                if out.len() >= SCM_MAX {
                    return Err(Errno::EINVAL.into());
                }
                let fd = t.mem.read_u32(base.wrapping_add(16 + i * 4))? as i32;
                out.push(t.file(fd)?);
            }
        }
        at += len.next_multiple_of(8);
    }
    Ok(out)
}

/// sendmsg(2)
pub fn sendmsg(t: &mut TaskCtx<'_>, sockfd: Fd, msg: MsgHdrArg<false>, flags: MsgFlags) -> SysResult<usize> {
    let file = t.file(sockfd.0)?;
    socket_of(t, file)?;
    let h = read_msghdr(t, msg.0)?;
    let pieces = read_iov(t, h.iov, h.iov_len)?;
    let files = rights(t, &h)?;
    // A socket sent over itself could never be freed.
    if files.contains(&file) {
        return Err(Errno::EINVAL.into());
    }
    send(t, file, &pieces, flags.0, files)
}

/// recvmsg(2)
pub fn recvmsg(t: &mut TaskCtx<'_>, sockfd: Fd, msg: MsgHdrArg<true>, flags: MsgFlags) -> SysResult<usize> {
    let msg = msg.0;
    let file = t.file(sockfd.0)?;
    socket_of(t, file)?;
    let h = read_msghdr(t, msg)?;
    let pieces = read_iov(t, h.iov, h.iov_len)?;
    let got = receive(t, file, &pieces, flags.0)?;
    let mut out_flags = if got.cut { MSG_TRUNC } else { 0 };
    let mut control = Vec::new();
    if !got.files.is_empty() {
        let room = if h.control == GuestAddr::NULL { 0 } else { h.control_len.saturating_sub(16) / 4 };
        let (table, limit) = (t.fd_table(), t.fd_limit());
        let cloexec = flags.0 & MSG_CMSG_CLOEXEC != 0;
        for f in got.files {
            let free = t.k.files.table(table)?.free_from(0, limit);
            match free {
                Ok(fd) if (control.len() as u64) / 4 < room => {
                    t.k.files.table_mut(table)?.put(fd, crate::fd::Descriptor { file: f, cloexec });
                    control.extend_from_slice(&fd.to_le_bytes());
                }
                _ => {
                    out_flags |= MSG_CTRUNC;
                    t.k.files.close_file(f, t.host);
                }
            }
        }
    }
    let mut used = 0;
    if !control.is_empty() {
        let len = 16 + control.len() as u64;
        t.mem.write_u64(h.control, len)?;
        t.mem.write_u32(h.control.wrapping_add(8), SOL_SOCKET)?;
        t.mem.write_u32(h.control.wrapping_add(12), SCM_RIGHTS)?;
        t.mem.write(h.control.wrapping_add(16), &control)?;
        used = len.next_multiple_of(8).min(h.control_len);
    }
    t.mem.write_u32(msg.wrapping_add(8), 0)?;
    t.mem.write_u64(msg.wrapping_add(40), used)?;
    t.mem.write_u32(msg.wrapping_add(48), out_flags)?;
    Ok(got.copied)
}

/// shutdown(2)
pub fn shutdown(t: &mut TaskCtx<'_>, sockfd: Fd, how: ShutHow) -> SysResult<()> {
    let file = t.file(sockfd.0)?;
    let id = socket_of(t, file)?;
    if how.0 > 2 {
        return Err(Errno::EINVAL.into());
    }
    let s = t.k.files.sockets.get_mut(id).ok_or(Errno::EBADF)?;
    if !s.connected {
        return Err(Errno::ENOTCONN.into());
    }
    let (read, write) = (how.0 != 1, how.0 != 0);
    s.no_read |= read;
    s.no_write |= write;
    s.edge += 1;
    if let Some(p) = s.peer.and_then(|p| t.k.files.sockets.get_mut(p)) {
        p.peer_done |= write;
        p.peer_deaf |= read;
        p.edge += 1;
    }
    Ok(())
}

/// An option's value: shown as a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OptOut(pub GuestAddr);

impl SyscallArg for OptOut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        OptOut(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 4];
        if cx.failed() || cx.view.mem.peek(self.0, &mut b) < 4 {
            return self.0.show(cx, out);
        }
        out.push_str(&format!("[{}]", i32::from_le_bytes(b)));
    }
}

crate::named_args! {
    /// Levels of getsockopt(2).
    choice OptLevel(u32) "SOL_???" { 0 => "SOL_IP", 1 => "SOL_SOCKET", 6 => "SOL_TCP", 17 => "SOL_UDP", 41 => "SOL_IPV6", }
    /// Options of SOL_SOCKET.
    choice OptName(u32) "SO_???" {
        1 => "SO_DEBUG", 2 => "SO_REUSEADDR", 3 => "SO_TYPE", 4 => "SO_ERROR", 6 => "SO_BROADCAST", 7 => "SO_SNDBUF", 8 => "SO_RCVBUF",
        9 => "SO_KEEPALIVE", 13 => "SO_LINGER", 15 => "SO_REUSEPORT", 16 => "SO_PASSCRED", 17 => "SO_PEERCRED", 18 => "SO_RCVLOWAT",
        20 => "SO_RCVTIMEO", 21 => "SO_SNDTIMEO", 30 => "SO_ACCEPTCONN", 38 => "SO_PROTOCOL", 39 => "SO_DOMAIN",
    }
}

/// getsockopt(2)
pub fn getsockopt(
    t: &mut TaskCtx<'_>,
    sockfd: Fd,
    level: OptLevel,
    optname: OptName,
    optval: OptOut,
    optlen: PtrOut<u32>,
) -> SysResult<()> {
    let optlen = optlen.addr();
    let file = t.file(sockfd.0)?;
    let id = socket_of(t, file)?;
    let s = t.k.files.sockets.get(id).ok_or(Errno::EBADF)?;
    if level.0 != SOL_SOCKET {
        return Err(Errno::EOPNOTSUPP.into());
    }
    let kind = match s.kind {
        SocketType::Stream => 1,
        SocketType::Datagram => 2,
        SocketType::SeqPacket => 5u32,
    };
    let mut value = match optname.0 {
        3 => kind,
        7 | 8 => CAPACITY as u32,
        39 => AF_UNIX,
        18 => 1,
        1 | 2 | 4 | 6 | 9 | 15 | 16 | 30 | 38 => 0,
        17 => t.pid().0,
        _ => return Err(Errno::ENOPROTOOPT.into()),
    }
    .to_le_bytes()
    .to_vec();
    if optname.0 == 17 {
        // struct ucred: pid, uid, gid.
        value.extend([0; 8]);
    }
    let room = t.mem.read_u32(optlen)? as i32;
    let room = usize::try_from(room).map_err(|_| Errno::EINVAL)?;
    value.truncate(room);
    t.mem.write(optval.0, &value)?;
    t.mem.write_u32(optlen, value.len() as u32)?;
    Ok(())
}

/// setsockopt(2): options that change nothing here are accepted.
pub fn setsockopt(
    t: &mut TaskCtx<'_>,
    sockfd: Fd,
    level: OptLevel,
    optname: OptName,
    optval: UserBuf,
) -> SysResult<()> {
    let file = t.file(sockfd.0)?;
    socket_of(t, file)?;
    if level.0 != SOL_SOCKET {
        return Err(Errno::EOPNOTSUPP.into());
    }
    if optval.len < 4 {
        return Err(Errno::EINVAL.into());
    }
    t.mem.read_u32(optval.addr)?;
    match optname.0 {
        1 | 2 | 6 | 7 | 8 | 9 | 13 | 15 => Ok(()),
        _ => Err(Errno::ENOPROTOOPT.into()),
    }
}
