/* What the guest programs share: printing results in a form that is the same on every run. */
#ifndef SHOW_H
#define SHOW_H
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Lines come out one by one, so that output before a fork or a death is not lost or doubled. */
__attribute__((constructor)) static void line_buffered(void) { setvbuf(stdout, NULL, _IOLBF, 0); }

static inline const char *errno_name(int e)
{
    switch (e) {
#define E_(n) case n: return #n;
    E_(EPERM) E_(ENOENT) E_(ESRCH) E_(EINTR) E_(EIO) E_(ENXIO) E_(E2BIG) E_(ENOEXEC) E_(EBADF) E_(ECHILD)
    E_(EAGAIN) E_(ENOMEM) E_(EACCES) E_(EFAULT) E_(EBUSY) E_(EEXIST) E_(EXDEV) E_(ENODEV) E_(ENOTDIR)
    E_(EISDIR) E_(EINVAL) E_(ENFILE) E_(EMFILE) E_(ENOTTY) E_(ETXTBSY) E_(EFBIG) E_(ENOSPC) E_(ESPIPE)
    E_(EROFS) E_(EMLINK) E_(EPIPE) E_(EDOM) E_(ERANGE) E_(EDEADLK) E_(ENAMETOOLONG) E_(ENOSYS)
    E_(ENOTEMPTY) E_(ELOOP) E_(EOVERFLOW) E_(EILSEQ) E_(ENOTSOCK) E_(EMSGSIZE) E_(EOPNOTSUPP)
    E_(EAFNOSUPPORT) E_(EADDRINUSE) E_(ENOTCONN) E_(EISCONN) E_(ECONNREFUSED) E_(ECONNRESET) E_(ETIMEDOUT)
    E_(EALREADY) E_(EOWNERDEAD) E_(ENOTRECOVERABLE) E_(EPROTONOSUPPORT) E_(ENODATA) E_(EDESTADDRREQ)
#undef E_
    case 0: return "0";
    default: return "E?";
    }
}

/* The value of an integer expression. */
#define SHOW(e) printf("%s = %lld\n", #e, (long long)(e))
#define SHOWX(e) printf("%s = %#llx\n", #e, (unsigned long long)(e))
#define SHOWS(e) printf("%s = %s\n", #e, (e))
/* The result of a call: its value, or -1 and the name of errno. */
#define TRY(e)                                                            \
    do {                                                                  \
        errno = 0;                                                        \
        long r_ = (long)(e);                                              \
        if (r_ == -1)                                                     \
            printf("%s = -1 %s\n", #e, errno_name(errno));                \
        else                                                              \
            printf("%s = %ld\n", #e, r_);                                 \
    } while (0)
/* Like TRY for calls whose good result is not the same on every run (descriptors, addresses). */
#define TRYOK(e)                                                          \
    do {                                                                  \
        errno = 0;                                                        \
        long r_ = (long)(e);                                              \
        printf("%s = %s\n", #e, r_ == -1 ? errno_name(errno) : "ok");     \
    } while (0)
/* A relation that must hold; says so either way. */
#define HOLDS(e) printf("%s: %s\n", #e, (e) ? "yes" : "NO")

/* A checksum of bytes that reads as one number (FNV-1a). */
static inline uint64_t fnv(const void *p, size_t n)
{
    const unsigned char *b = p;
    uint64_t h = 0xcbf29ce484222325u;
    while (n--)
        h = (h ^ *b++) * 0x100000001b3u;
    return h;
}
#endif
