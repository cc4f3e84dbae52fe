//! Numbers of system calls, for tests.

macro_rules! numbers {
    ($($name:ident = $nr:literal $text:literal;)*) => {
        $(pub(crate) const $name: u64 = $nr;)*
        #[test]
        fn numbers_are_those_of_the_table() {
            $(assert_eq!(crate::syscall::row($nr).map(|r| r.name), Some($text));)*
        }
    };
}
numbers! {
    READ = 0 "read";
    RT_SIGPROCMASK = 14 "rt_sigprocmask";
    RT_SIGRETURN = 15 "rt_sigreturn";
    PAUSE = 34 "pause";
    NANOSLEEP = 35 "nanosleep";
    SETITIMER = 38 "setitimer";
    CLONE = 56 "clone";
    VFORK = 58 "vfork";
    EXIT = 60 "exit";
    WAIT4 = 61 "wait4";
    KILL = 62 "kill";
    SIGSUSPEND = 130 "rt_sigsuspend";
    SIGTIMEDWAIT = 128 "rt_sigtimedwait";
    FUTEX = 202 "futex";
    CLOCK_GETTIME = 228 "clock_gettime";
    EXIT_GROUP = 231 "exit_group";
    TGKILL = 234 "tgkill";
    PIPE2 = 293 "pipe2";
    RSEQ = 334 "rseq";
}
