//! Random values derived from the seed: one stream for each purpose and ordinal, so that a draw
//! never shifts another.

use fastrand::Rng;
use ulid::Ulid;

/// Creates the generator of one item: the `ordinal`-th of its stream.
pub(crate) fn rng_for(seed: u64, stream: RngStream, ordinal: u64) -> Rng {
    let state = splitmix64(seed ^ (stream as u64).wrapping_mul(0xA076_1D64_78BD_642F));
    let state = state.wrapping_add(ordinal.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    Rng::with_seed(splitmix64(state))
}

/// The purpose of a stream of random numbers.
#[derive(Clone, Copy)]
pub(crate) enum RngStream {
    TaskId = 1,
    Duration,
    Upload,
    Key,
    Event,
    Request,
    Fault,
}

/// The finalizer of `SplitMix64`, a bijection.
pub(crate) fn splitmix64(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The format of task ids. The API documents ids as opaque; each of these was observed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdFormat {
    /// `tsk_img_` and a ULID, as observed from the live service.
    #[default]
    Live,
    /// `task_img_` and twelve letters and digits, as on the API page.
    Page,
    /// `img_` and 32 hexadecimal digits, as in the documentation's samples.
    Hex,
    /// `task_` and a ULID, as elsewhere in the documentation.
    Ulid,
}

impl IdFormat {
    /// Generates the id of the `ordinal`-th task. It does not depend on the time of the request.
    pub(crate) fn generate(self, seed: u64, ordinal: u64) -> String {
        let mut rng = rng_for(seed, RngStream::TaskId, ordinal);
        match self {
            Self::Live => format!("tsk_img_{}", ulid(&mut rng, ordinal)),
            Self::Ulid => format!("task_{}", ulid(&mut rng, ordinal)),
            Self::Page => format!(
                "task_img_{}",
                alphanumeric(&mut rng, 12).to_ascii_lowercase()
            ),
            Self::Hex => format!("img_{:032x}", rng.u128(..)),
        }
    }
}

/// Generates a ULID that sorts by ordinal: its time is November 2025 plus `ordinal` milliseconds.
pub(crate) fn ulid(rng: &mut Rng, ordinal: u64) -> Ulid {
    Ulid::from_parts(1_763_000_000_000_u64.wrapping_add(ordinal), rng.u128(..))
}

/// Generates `count` ASCII letters and digits.
pub(crate) fn alphanumeric(rng: &mut Rng, count: usize) -> String {
    (0..count).map(|_| rng.alphanumeric()).collect()
}

/// An odd multiplier that scatters file numbers, and its inverse modulo 2^32.
const FILE_MULTIPLIER: u32 = 0x9E37_79B1;
const FILE_MULTIPLIER_INVERSE: u32 = 0x0E8B_2F51;

/// Encodes a file number as eight hexadecimal digits. The encoding is a bijection.
pub(crate) fn encode_file_number(seed: u64, number: u32) -> String {
    let mixed = (number ^ low_half(seed)).wrapping_mul(FILE_MULTIPLIER);
    format!("{:08x}", mixed ^ (mixed >> 16))
}

/// Decodes the digits of [`encode_file_number`].
pub(crate) fn decode_file_number(seed: u64, hex: &str) -> Option<u32> {
    let mixed = u32::from_str_radix(hex, 16).ok()?;
    Some((mixed ^ (mixed >> 16)).wrapping_mul(FILE_MULTIPLIER_INVERSE) ^ low_half(seed))
}

fn low_half(seed: u64) -> u32 {
    let [a, b, c, d, ..] = seed.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::{IdFormat, decode_file_number, encode_file_number};

    #[test]
    fn ids_have_an_observed_format_and_depend_on_seed_and_ordinal() {
        let id = IdFormat::Live.generate(1, 2);
        assert!(id.starts_with("tsk_img_01") && id.len() == 8 + 26, "{id}");
        assert_eq!(id, IdFormat::Live.generate(1, 2));
        assert_ne!(id, IdFormat::Live.generate(1, 3));
        assert_ne!(id, IdFormat::Live.generate(2, 2));
        assert!(IdFormat::Ulid.generate(1, 1).starts_with("task_01"));
        assert_eq!(
            IdFormat::Page.generate(1, 1).len(),
            "task_img_abc123def456".len()
        );
        assert_eq!(IdFormat::Hex.generate(1, 1).len(), 4 + 32);
    }

    #[test]
    fn file_numbers_survive_encoding_and_decoding() {
        for number in (0..10_000).chain([u32::MAX]) {
            let digits = encode_file_number(7, number);
            assert_eq!(decode_file_number(7, &digits), Some(number));
        }
    }
}
