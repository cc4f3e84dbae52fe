//! Integer lanes, logic, packing and cryptography: two sources, no immediate.

use super::binary::operations;

operations! {
    16 false Sse2 sse packed:
        [Paddb Vpaddb] = "paddb" [Paddw Vpaddw] = "paddw" [Paddd Vpaddd] = "paddd" [Paddq Vpaddq] = "paddq"
        [Paddsb Vpaddsb] = "paddsb" [Paddsw Vpaddsw] = "paddsw" [Paddusb Vpaddusb] = "paddusb" [Paddusw Vpaddusw] = "paddusw"
        [Psubb Vpsubb] = "psubb" [Psubw Vpsubw] = "psubw" [Psubd Vpsubd] = "psubd" [Psubq Vpsubq] = "psubq"
        [Psubsb Vpsubsb] = "psubsb" [Psubsw Vpsubsw] = "psubsw" [Psubusb Vpsubusb] = "psubusb" [Psubusw Vpsubusw] = "psubusw"
        [Pmullw Vpmullw] = "pmullw" [Pmulhw Vpmulhw] = "pmulhw" [Pmulhuw Vpmulhuw] = "pmulhuw"
        [Pmuludq Vpmuludq] = "pmuludq" [Pmaddwd Vpmaddwd] = "pmaddwd"
        [Psadbw Vpsadbw] = "psadbw" [Pavgb Vpavgb] = "pavgb" [Pavgw Vpavgw] = "pavgw"
        [Pminub Vpminub] = "pminub" [Pminsw Vpminsw] = "pminsw" [Pmaxub Vpmaxub] = "pmaxub" [Pmaxsw Vpmaxsw] = "pmaxsw"
        [Pcmpeqb Vpcmpeqb] = "pcmpeqb" [Pcmpeqw Vpcmpeqw] = "pcmpeqw" [Pcmpeqd Vpcmpeqd] = "pcmpeqd"
        [Pcmpgtb Vpcmpgtb] = "pcmpgtb" [Pcmpgtw Vpcmpgtw] = "pcmpgtw" [Pcmpgtd Vpcmpgtd] = "pcmpgtd"
        [Pand Vpand Andps Vandps Andpd Vandpd] = "pand" [Pandn Vpandn Andnps Vandnps Andnpd Vandnpd] = "pandn"
        [Por Vpor Orps Vorps Orpd Vorpd] = "por" [Pxor Vpxor Xorps Vxorps Xorpd Vxorpd] = "pxor"
        [Packsswb Vpacksswb] = "packsswb" [Packssdw Vpackssdw] = "packssdw" [Packuswb Vpackuswb] = "packuswb"
        [Punpcklbw Vpunpcklbw] = "punpcklbw" [Punpcklwd Vpunpcklwd] = "punpcklwd"
        [Punpckldq Vpunpckldq Unpcklps Vunpcklps] = "punpckldq"
        [Punpcklqdq Vpunpcklqdq Unpcklpd Vunpcklpd] = "punpcklqdq"
        [Punpckhbw Vpunpckhbw] = "punpckhbw" [Punpckhwd Vpunpckhwd] = "punpckhwd"
        [Punpckhdq Vpunpckhdq Unpckhps Vunpckhps] = "punpckhdq"
        [Punpckhqdq Vpunpckhqdq Unpckhpd Vunpckhpd] = "punpckhqdq";
    16 false Ssse3 sse packed:
        [Pshufb Vpshufb] = "pshufb" [Pmaddubsw Vpmaddubsw] = "pmaddubsw" [Pmulhrsw Vpmulhrsw] = "pmulhrsw"
        [Phaddw Vphaddw] = "phaddw" [Phaddd Vphaddd] = "phaddd" [Phaddsw Vphaddsw] = "phaddsw"
        [Phsubw Vphsubw] = "phsubw" [Phsubd Vphsubd] = "phsubd" [Phsubsw Vphsubsw] = "phsubsw"
        [Psignb Vpsignb] = "psignb" [Psignw Vpsignw] = "psignw" [Psignd Vpsignd] = "psignd"
        [Pabsb Vpabsb] = "pabsb" [Pabsw Vpabsw] = "pabsw" [Pabsd Vpabsd] = "pabsd";
    16 false Sse41 sse packed:
        [Pmulld Vpmulld] = "pmulld" [Pmuldq Vpmuldq] = "pmuldq"
        [Pminsb Vpminsb] = "pminsb" [Pminsd Vpminsd] = "pminsd" [Pminuw Vpminuw] = "pminuw" [Pminud Vpminud] = "pminud"
        [Pmaxsb Vpmaxsb] = "pmaxsb" [Pmaxsd Vpmaxsd] = "pmaxsd" [Pmaxuw Vpmaxuw] = "pmaxuw" [Pmaxud Vpmaxud] = "pmaxud"
        [Packusdw Vpackusdw] = "packusdw" [Pcmpeqq Vpcmpeqq] = "pcmpeqq";
    16 false Sse41 sse scalar:
        [Phminposuw Vphminposuw] = "phminposuw";
    16 false Sse42 sse packed:
        [Pcmpgtq Vpcmpgtq] = "pcmpgtq";
    16 false Avx2 vex vex:
        [Vpsllvd] = "vpsllvd" [Vpsllvq] = "vpsllvq" [Vpsrlvd] = "vpsrlvd" [Vpsrlvq] = "vpsrlvq" [Vpsravd] = "vpsravd";
    16 false Avx vex vex:
        [Vpermilps] = "vpermilps" [Vpermilpd] = "vpermilpd";
    16 false Aes sse packed:
        [Aesenc Vaesenc] = "aesenc" [Aesenclast Vaesenclast] = "aesenclast"
        [Aesdec Vaesdec] = "aesdec" [Aesdeclast Vaesdeclast] = "aesdeclast";
    16 false Aes sse scalar:
        [Aesimc Vaesimc] = "aesimc";
    16 false Gfni sse packed:
        [Gf2p8mulb Vgf2p8mulb] = "gf2p8mulb";
    16 false Sha sse legacy:
        [Sha1nexte] = "sha1nexte" [Sha1msg1] = "sha1msg1" [Sha1msg2] = "sha1msg2"
        [Sha256msg1] = "sha256msg1" [Sha256msg2] = "sha256msg2";
}
