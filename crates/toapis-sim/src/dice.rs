//! Everything that is random, by seed: a stream for each purpose and number, so that one draw never shifts another.

use fastrand::Rng;
use ulid::Ulid;

/// A generator for the `ordinal`-th thing of a kind.
pub(crate) fn dice(seed: u64, purpose: Purpose, ordinal: u64) -> Rng {
    let mut state = seed ^ (purpose as u64).wrapping_mul(0xA076_1D64_78BD_642F);
    state = scramble(state).wrapping_add(ordinal.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    Rng::with_seed(scramble(state))
}

/// What a stream of numbers is for.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    TaskId = 1,
    Duration,
    Upload,
    Key,
    Event,
    Request,
    Fault,
}

/// The finaliser of `SplitMix64`: equal only for equal input.
fn scramble(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The shapes of task ids that were seen; all are opaque to a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdShape {
    /// `tsk_img_` and a ULID, as the live service was seen to do.
    #[default]
    Live,
    /// `task_img_` and twelve letters and digits, as on the page.
    Page,
    /// `img_` and 32 hexadecimal digits, as in the documentation's samples.
    Hex,
    /// `task_` and a ULID, as elsewhere in the documentation.
    Ulid,
}

impl IdShape {
    /// The id of the `ordinal`-th task. It tells no time, so that it is the same whenever the request came.
    pub(crate) fn mint(self, seed: u64, ordinal: u64) -> String {
        let mut rng = dice(seed, Purpose::TaskId, ordinal);
        match self {
            Self::Live => format!("tsk_img_{}", ulid(&mut rng, ordinal)),
            Self::Ulid => format!("task_{}", ulid(&mut rng, ordinal)),
            Self::Page => format!("task_img_{}", letters(&mut rng, 12).to_ascii_lowercase()),
            Self::Hex => format!("img_{:032x}", rng.u128(..)),
        }
    }
}

/// A ULID in the order of minting, with a time of its own: a millisecond an ordinal, from November 2025 on.
pub(crate) fn ulid(rng: &mut Rng, ordinal: u64) -> Ulid {
    Ulid::from_parts(1_763_000_000_000_u64.wrapping_add(ordinal), rng.u128(..))
}

/// Letters and digits.
pub(crate) fn letters(rng: &mut Rng, count: usize) -> String {
    (0..count).map(|_| rng.alphanumeric()).collect()
}

/// The odd number that file numbers are scrambled by, and its inverse modulo 2^32.
const SCRAMBLE: (u32, u32) = (0x9E37_79B1, 0x0E8B_2F51);

/// Eight hexadecimal digits for a file, which tell its number to who knows the seed: no two files share them.
pub(crate) fn file_hex(seed: u64, number: u32) -> String {
    let mixed = (number ^ low_half(seed)).wrapping_mul(SCRAMBLE.0);
    format!("{:08x}", mixed ^ (mixed >> 16))
}

/// The number of the file that has these digits.
pub(crate) fn file_number(seed: u64, hex: &str) -> Option<u32> {
    let mixed = u32::from_str_radix(hex, 16).ok()?;
    Some((mixed ^ (mixed >> 16)).wrapping_mul(SCRAMBLE.1) ^ low_half(seed))
}

fn low_half(seed: u64) -> u32 {
    let [a, b, c, d, ..] = seed.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::{IdShape, file_hex, file_number};

    #[test]
    fn ids_have_the_shapes_that_were_seen_and_depend_on_seed_and_ordinal_alone() {
        let id = IdShape::Live.mint(1, 2);
        assert!(id.starts_with("tsk_img_01") && id.len() == 8 + 26, "{id}");
        assert_eq!(id, IdShape::Live.mint(1, 2));
        assert_ne!(id, IdShape::Live.mint(1, 3));
        assert_ne!(id, IdShape::Live.mint(2, 2));
        assert!(IdShape::Ulid.mint(1, 1).starts_with("task_01"));
        assert_eq!(
            IdShape::Page.mint(1, 1).len(),
            "task_img_abc123def456".len()
        );
        assert_eq!(IdShape::Hex.mint(1, 1).len(), 4 + 32);
    }

    #[test]
    fn the_digits_of_a_file_tell_its_number_so_no_two_files_share_them() {
        for number in (0..10_000).chain([u32::MAX]) {
            assert_eq!(file_number(7, &file_hex(7, number)), Some(number));
        }
    }
}
