// Code that changes the instruction right after the one that changes it, and its own loop.
// build: nostdlib
// flags: -Wl,-N
// status: 85
        .intel_syntax noprefix
        .globl _start
        .section .text,"awx",@progbits
_start: xor     ebx, ebx
        lea     rdi, [rip + target + 1]
        mov     byte ptr [rdi], 20
target: mov     al, 1                   # says 20 by the time it runs
        movzx   eax, al
        add     ebx, eax
        mov     ecx, 10
        lea     rdi, [rip + step + 2]
again:  inc     byte ptr [rdi]          # the next instruction adds one more each time
step:   add     ebx, 1                  # 2 + 3 + ... + 11 = 65
        dec     ecx
        jnz     again
        lea     rdi, [rip + patch]
        mov     word ptr [rdi], 0x9090  # the jump becomes two NOPs
patch:  jmp     bad
        mov     edi, ebx
        mov     eax, 60
        syscall
bad:    mov     edi, 1
        mov     eax, 60
        syscall
        .section .note.GNU-stack,"",@progbits
