//! Structures that cross the system call boundary: fixed size, little-endian, at fixed offsets.

/// An integer at an offset of a structure.
pub trait Scalar: Copy {
    /// Bytes.
    const SIZE: usize;
    /// Reads it at `at`; zero if that lies outside.
    fn get(bytes: &[u8], at: usize) -> Self;
    /// Writes it at `at`; nothing if that lies outside.
    fn put(self, bytes: &mut [u8], at: usize);
}

macro_rules! scalars {
    ($($t:ty)*) => {$(
        impl Scalar for $t {
            const SIZE: usize = size_of::<$t>();
            fn get(bytes: &[u8], at: usize) -> $t {
                match bytes.get(at..).and_then(|b| b.first_chunk()) {
                    Some(b) => <$t>::from_le_bytes(*b),
                    None => 0,
                }
            }
            fn put(self, bytes: &mut [u8], at: usize) {
                if let Some(to) = bytes.get_mut(at..).and_then(|b| b.first_chunk_mut()) {
                    *to = self.to_le_bytes();
                }
            }
        }
        impl Plain for $t {
            const SIZE: usize = size_of::<$t>();
            fn decode(bytes: &[u8]) -> $t {
                Scalar::get(bytes, 0)
            }
            fn encode(&self, bytes: &mut [u8]) {
                Scalar::put(*self, bytes, 0);
            }
        }
    )*};
}
scalars! { u8 u16 u32 u64 i8 i16 i32 i64 }

/// A structure with a fixed layout.
pub trait Plain: Sized {
    /// Bytes.
    const SIZE: usize;
    /// From its bytes; what is missing reads as zero.
    fn decode(bytes: &[u8]) -> Self;
    /// Into `bytes`, which hold `SIZE`.
    fn encode(&self, bytes: &mut [u8]);
    /// Its bytes.
    fn to_vec(&self) -> Vec<u8> {
        let mut v = vec![0; Self::SIZE];
        self.encode(&mut v);
        v
    }
}

impl<A: Plain, const N: usize> Plain for [A; N] {
    const SIZE: usize = A::SIZE * N;
    fn decode(bytes: &[u8]) -> Self {
        std::array::from_fn(|i| A::decode(bytes.get(i * A::SIZE..).unwrap_or_default()))
    }
    fn encode(&self, bytes: &mut [u8]) {
        for (a, to) in self.iter().zip(bytes.chunks_mut(A::SIZE.max(1))) {
            a.encode(to);
        }
    }
}

/// Declares structures by the offset of each field; bytes that no field covers are zero.
#[macro_export]
macro_rules! plain_struct {
    ($($(#[$doc:meta])* pub struct $name:ident($size:literal) { $($(#[$fdoc:meta])* $field:ident: $t:ty = $at:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $t,)*
        }
        impl $crate::plain::Plain for $name {
            const SIZE: usize = $size;
            fn decode(bytes: &[u8]) -> $name {
                $name { $($field: <$t as $crate::plain::Plain>::decode(bytes.get($at..).unwrap_or_default()),)* }
            }
            fn encode(&self, bytes: &mut [u8]) {
                $(if let Some(to) = bytes.get_mut($at..) {
                    $crate::plain::Plain::encode(&self.$field, to);
                })*
            }
        }
    )*};
}
