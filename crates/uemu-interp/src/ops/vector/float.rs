//! Float lanes: two sources, no immediate.

use super::binary::operations;

operations! {
    16 true Sse2 sse packed:
        [Addps Vaddps] = "addps" [Addpd Vaddpd] = "addpd" [Subps Vsubps] = "subps" [Subpd Vsubpd] = "subpd"
        [Mulps Vmulps] = "mulps" [Mulpd Vmulpd] = "mulpd" [Divps Vdivps] = "divps" [Divpd Vdivpd] = "divpd"
        [Minps Vminps] = "minps" [Minpd Vminpd] = "minpd" [Maxps Vmaxps] = "maxps" [Maxpd Vmaxpd] = "maxpd"
        [Sqrtps Vsqrtps] = "sqrtps" [Sqrtpd Vsqrtpd] = "sqrtpd"
        [Cvtdq2ps Vcvtdq2ps] = "cvtdq2ps" [Cvtps2dq Vcvtps2dq] = "cvtps2dq" [Cvttps2dq Vcvttps2dq] = "cvttps2dq";
    16 true Sse3 sse packed:
        [Haddps Vhaddps] = "haddps" [Haddpd Vhaddpd] = "haddpd" [Hsubps Vhsubps] = "hsubps" [Hsubpd Vhsubpd] = "hsubpd"
        [Addsubps Vaddsubps] = "addsubps" [Addsubpd Vaddsubpd] = "addsubpd";
    8 true Sse2 sse scalar:
        [Addsd Vaddsd] = "addsd" [Subsd Vsubsd] = "subsd" [Mulsd Vmulsd] = "mulsd" [Divsd Vdivsd] = "divsd"
        [Sqrtsd Vsqrtsd] = "sqrtsd" [Minsd Vminsd] = "minsd" [Maxsd Vmaxsd] = "maxsd" [Cvtsd2ss Vcvtsd2ss] = "cvtsd2ss";
    4 true Sse2 sse scalar:
        [Addss Vaddss] = "addss" [Subss Vsubss] = "subss" [Mulss Vmulss] = "mulss" [Divss Vdivss] = "divss"
        [Sqrtss Vsqrtss] = "sqrtss" [Minss Vminss] = "minss" [Maxss Vmaxss] = "maxss" [Cvtss2sd Vcvtss2sd] = "cvtss2sd";
}
