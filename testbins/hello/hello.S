// No libc: write and exit_group, with the entry contract checked on the way.
// build: nostdlib nostdlib-pie
// status: 7
        .intel_syntax noprefix
        .globl _start
        .text
_start: mov     r12, rdx                # a function for atexit: must be 0
        mov     r13, rsp
        mov     r14, [rsp]              # argc
        xor     r15d, r15d
        test    r12, r12
        setne   r15b                    # bit 0: rdx was not 0
        test    r13b, 15
        setne   al
        shl     al, 1
        or      r15b, al                # bit 1: stack not aligned
        cmp     r14, 1
        setne   al
        shl     al, 2
        or      r15b, al                # bit 2: argc is not 1
        mov     eax, 1
        mov     edi, 1
        lea     rsi, [rip + text]
        mov     edx, text_end - text
        syscall
        cmp     rax, text_end - text
        jne     fail
        lea     edi, [r15 + 7]
        mov     eax, 231
        syscall
fail:   mov     edi, 99
        mov     eax, 60
        syscall
        .section .rodata
text:   .ascii "hello from _start\n"
text_end:
        .section .note.GNU-stack,"",@progbits
