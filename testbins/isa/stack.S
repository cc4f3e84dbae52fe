// PUSH and POP in their odd forms, ENTER, LEAVE, RET n, PUSHF, LAHF, XLAT, high bytes,
// indirect calls: each result is folded into one number, written in hex.
// build: nostdlib
        .intel_syntax noprefix
        .globl _start
        .macro take reg
        xor     r15, \reg
        rol     r15, 7
        add     r15, 0x1e3779b9
        .endm
        .text
_start: xor     r15d, r15d
        mov     rbp, 0x1122334455667788
        push    -2
        pop     rax
        take    rax
        push    0x12345678
        pop     rcx
        take    rcx
        mov     bx, 0x4321
        mov     r14, rsp
        push    bx                      # 16 bits
        sub     r14, rsp
        take    r14
        pop     si
        movzx   rsi, si
        take    rsi
        push    rsp                     # the value before the push
        pop     rax
        sub     rax, rsp
        take    rax
        mov     rax, rsp
        push    rax
        pop     rsp                     # the popped value wins
        sub     rax, rsp
        take    rax
        push    qword ptr [rip + table]
        pop     qword ptr [rip + slot]
        mov     rax, [rip + slot]
        take    rax
        push    5
        push    6
        pop     qword ptr [rsp]         # the address is computed after the pop
        pop     rax
        take    rax
        mov     r14, rsp
        enter   32, 0
        mov     rax, r14
        sub     rax, rsp
        take    rax
        leave
        sub     r14, rsp
        take    r14
        take    rbp
        mov     rbp, rsp
        enter   16, 2
        mov     rax, rbp
        sub     rax, [rbp - 16]
        take    rax
        leave
        stc
        std
        pushf
        pop     rax
        and     eax, 0xcd5
        take    rax
        cld
        push    0xad5                   # CF PF AF ZF SF OF IF, and bit 1 reads as 1
        popf
        lahf
        movzx   eax, ah
        take    rax
        seto    al
        movzx   eax, al
        take    rax
        mov     ax, 0x4000
        sahf
        setz    al
        setc    cl
        movzx   eax, al
        movzx   ecx, cl
        take    rax
        take    rcx
        clc
        cmc
        sbb     rdx, rdx
        take    rdx
        lea     rbx, [rip + table]
        mov     rax, 0xffffff03
        xlatb
        take    rax
        mov     rax, 0x1234
        mov     rdx, 0x5678
        add     ah, dl
        mov     bh, ah
        sub     al, bh
        take    rax
        movzx   ecx, ah
        take    rcx
        mov     rsi, 0x55
        mov     sil, 0xaa               # a REX byte register, not DH
        take    rsi
        push    1
        push    2
        push    3
        call    drop
        take    rax
        lea     rax, [rip + twice]
        mov     rdi, 21
        call    rax
        take    rax
        call    qword ptr [rip + where]
        take    rax
        lea     rax, [rip + 1f]
        push    rax
        ret
        ud2
1:      lea     rax, [rip + 2f]
        jmp     rax
        ud2
2:      lea     rax, [rip + 3f]
        mov     [rip + slot], rax
        jmp     qword ptr [rip + slot]
        ud2
3:      mov     eax, 0x80000000
        lea     ecx, [rax + rax*2 + 5]
        take    rcx
        lea     rcx, [eax + eax]        # a 32-bit address
        take    rcx
hex:    lea     rdi, [rip + text + 16]
        mov     ecx, 16
4:      mov     eax, r15d
        and     eax, 15
        lea     rdx, [rip + digits]
        mov     al, [rdx + rax]
        dec     rdi
        mov     [rdi], al
        shr     r15, 4
        loop    4b
        mov     eax, 1
        mov     edi, 1
        lea     rsi, [rip + text]
        mov     edx, 17
        syscall
        xor     edi, edi
        mov     eax, 60
        syscall
drop:   mov     rax, [rsp + 16]
        add     rax, [rsp + 24]
        ret     24
twice:  lea     rax, [rdi + rdi]
        ret
        .data
table:  .quad   0x8877665544332211
where:  .quad   twice
slot:   .quad   0
digits: .ascii  "0123456789abcdef"
text:   .ascii  "................\n"
        .section .note.GNU-stack,"",@progbits
