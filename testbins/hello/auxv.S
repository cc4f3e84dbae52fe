// Walks the initial stack: argv, the environment and the auxiliary vector, and writes one
// letter for each thing found as it should be.
// build: nostdlib nostdlib-pie
// args: first second
// env: A=1
        .intel_syntax noprefix
        .globl _start
        .text
_start: mov     rbx, rsp
        mov     rcx, [rbx]              # argc
        lea     rsi, [rbx + rcx*8 + 8]
        cmp     qword ptr [rsi], 0      # argv ends in NULL
        mov     al, 'a'
        call    verdict
        add     rsi, 8
        xor     edx, edx
env:    cmp     qword ptr [rsi], 0
        lea     rsi, [rsi + 8]
        je      aux
        inc     edx
        jmp     env
aux:    cmp     edx, 1
        mov     al, 'e'
        call    verdict
        xor     r8d, r8d                # bit set of the AT_ numbers below 64 that were seen
next:   mov     rcx, [rsi]
        mov     rdx, [rsi + 8]
        add     rsi, 16
        test    rcx, rcx
        jz      done
        bts     r8, rcx
        cmp     rcx, 6                  # AT_PAGESZ
        jne     1f
        cmp     rdx, 4096
        mov     al, 'p'
        call    verdict
1:      cmp     rcx, 9                  # AT_ENTRY
        jne     2f
        lea     rdi, [rip + _start]
        cmp     rdx, rdi
        mov     al, 'n'
        call    verdict
2:      cmp     rcx, 17                 # AT_CLKTCK
        jne     3f
        cmp     rdx, 100
        mov     al, 't'
        call    verdict
3:      cmp     rcx, 4                  # AT_PHENT
        jne     next
        cmp     rdx, 56
        mov     al, 'h'
        call    verdict
        jmp     next
        # PHDR PHENT PHNUM PAGESZ BASE FLAGS ENTRY UID EUID GID EGID PLATFORM HWCAP CLKTCK
        # SECURE RANDOM EXECFN
done:   mov     r9, 0x8283fbf8
        and     r8, r9
        cmp     r8, r9
        mov     al, 'x'
        call    verdict
        mov     eax, 1
        mov     edi, 1
        lea     rsi, [rip + line]
        mov     edx, [rip + used]
        mov     byte ptr [rsi + rdx], 10
        inc     edx
        syscall
        xor     edi, edi
        mov     eax, 60
        syscall
# Appends AL when ZF is set, else '!' and AL.
verdict:
        lea     rdi, [rip + line]
        mov     r10d, [rip + used]
        je      4f
        mov     byte ptr [rdi + r10], '!'
        inc     r10d
4:      mov     [rdi + r10], al
        inc     r10d
        mov     [rip + used], r10d
        ret
        .bss
line:   .zero 64
used:   .zero 4
        .section .note.GNU-stack,"",@progbits
