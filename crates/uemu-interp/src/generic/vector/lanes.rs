//! A 128-bit value as lanes, lowest first.

macro_rules! lanes {
    ($($split:ident $join:ident $map:ident: $t:ty, $n:literal;)*) => {$(
        pub(in crate::generic) fn $split(v: u128) -> [$t; $n] {
            std::array::from_fn(|i| (v >> (i as u32 * <$t>::BITS)) as $t)
        }
        pub(in crate::generic) fn $join(v: [$t; $n]) -> u128 {
            v.iter().rev().fold(0, |acc, &x| acc << (<$t>::BITS % 128) | u128::from(x))
        }
        pub(in crate::generic) fn $map(a: u128, b: u128, f: impl Fn($t, $t) -> $t) -> u128 {
            let (a, b) = ($split(a), $split(b));
            $join(std::array::from_fn(|i| f(a[i], b[i])))
        }
    )*};
}

lanes! {
    split8 join8 map8: u8, 16;
    split16 join16 map16: u16, 8;
    split32 join32 map32: u32, 4;
    split64 join64 map64: u64, 2;
}
