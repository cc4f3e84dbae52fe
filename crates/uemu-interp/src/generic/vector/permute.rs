//! What AVX and AVX2 add in moving elements about: permutations, broadcasts, insertion and extraction of lanes.

use super::convert::{element, map_elements, put_element};
use super::lanes::{join32, join64, map32, map64, split32, split64};
use super::shuffle::selectors;
use super::{Lanes, Out, Vx};
use iced_x86::Mnemonic as M;

/// Executes it.
pub(super) fn execute(v: &mut Vx<'_, '_>) -> Out {
    match v.m {
        M::Vpbroadcastb => broadcast(v, 8),
        M::Vpbroadcastw => broadcast(v, 16),
        M::Vpbroadcastd | M::Vbroadcastss => broadcast(v, 32),
        M::Vpbroadcastq | M::Vbroadcastsd => broadcast(v, 64),
        M::Vbroadcastf128 | M::Vbroadcasti128 => {
            let x = v.second()?[0];
            v.write([x, x])
        }
        M::Vpermilps => match v.immediate() {
            Some(imm) => v.by_lane(|_, b| {
                let x = split32(b);
                join32(selectors(imm).map(|i| x[i]))
            }),
            None => v.by_lane(|a, b| {
                let x = split32(a);
                map32(b, b, |i, _| x[i as usize & 3])
            }),
        },
        M::Vpermilpd => match v.immediate() {
            // Two bits of the immediate for each lane.
            Some(imm) => v.by_numbered_lane(|n, _, b| {
                let (x, imm) = (split64(b), usize::from(imm >> (2 * n)));
                join64([x[imm & 1], x[imm >> 1 & 1]])
            }),
            // Bit 1 of each element chooses.
            None => v.by_lane(|a, b| {
                let x = split64(a);
                map64(b, b, |i, _| x[(i >> 1) as usize & 1])
            }),
        },
        M::Vpermd | M::Vpermps => {
            let (index, x) = (v.first()?, v.second()?);
            v.write(map_elements(2, index, 32, 32, |i| element(x, i as u32 & 7, 32)))
        }
        M::Vpermq | M::Vpermpd => {
            let (x, imm) = (v.second()?, v.imm());
            let mut r = [0; 2];
            for (i, from) in (0..).zip(selectors(imm)) {
                put_element(&mut r, i, 64, element(x, from as u32, 64));
            }
            v.write(r)
        }
        M::Vperm2f128 | M::Vperm2i128 => {
            let (a, b, imm) = (v.first()?, v.second()?, v.imm());
            let pick = |c: u8| if c & 8 != 0 { 0 } else { [a[0], a[1], b[0], b[1]][usize::from(c & 3)] };
            v.write([pick(imm), pick(imm >> 4)])
        }
        M::Vinsertf128 | M::Vinserti128 => {
            let (mut a, b, imm) = (v.first()?, v.second()?[0], v.imm());
            a[usize::from(imm & 1)] = b;
            v.write(a)
        }
        M::Vextractf128 | M::Vextracti128 => {
            let (x, imm): (Lanes, u8) = (v.second()?, v.imm());
            v.write([x[usize::from(imm & 1)], 0])
        }
        _ => Ok(None),
    }
}

/// The lowest element everywhere.
fn broadcast(v: &mut Vx<'_, '_>, bits: u32) -> Out {
    let low = element(v.second()?, 0, bits);
    let lane = (0..128 / bits).fold(0, |r, i| r | u128::from(low) << (i * bits));
    v.write([lane, if v.lanes == 2 { lane } else { 0 }])
}
