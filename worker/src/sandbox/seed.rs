//! Hash and random numbers that stay the same for ever: the same request must give the same answer on every machine,
//! which the standard library's hasher does not promise.

/// Offset and prime of 64-bit FNV-1a, from its specification.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// Hash of several byte strings; where one ends and the next begins counts too.
pub(super) fn hash(parts: &[&[u8]]) -> u64 {
    let mut state = FNV_OFFSET;
    for part in parts {
        state = part.iter().fold(state, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(FNV_PRIME));
        // 256 is no byte, so it separates the parts.
        state = (state ^ 256).wrapping_mul(FNV_PRIME);
    }
    mix(state)
}

/// The finisher of `SplitMix64` (Steele, Lea, Flood 2014), with its published constants.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A `SplitMix64` generator: tiny, and its sequence is fixed by its seed.
#[derive(Debug, Clone)]
pub(super) struct Seeded(u64);

impl Seeded {
    /// A generator that starts at `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number from 0 to `bound` - 1; 0 when `bound` is 0. The bias of the remainder does not matter here.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// A number from 0 up to, not including, 1: the 53 bits a double holds.
    pub(super) fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// One of `items`, which must not be empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }
}
