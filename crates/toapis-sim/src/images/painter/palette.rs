//! The color palettes of landscapes.

use super::canvas::Rgb;

/// The colors of a landscape.
pub(super) struct Palette {
    /// The sky at the top, in the middle, and at the horizon.
    pub(super) sky: [Rgb; 3],
    /// The sun or moon.
    pub(super) disc: Rgb,
    /// The light around sun or moon.
    pub(super) glow: Rgb,
    /// The farthest and the nearest mountains.
    pub(super) land: [Rgb; 2],
    /// The haze at the feet of the mountains.
    pub(super) haze: Rgb,
    /// Whether there are stars.
    pub(super) is_night: bool,
}

const fn rgb(hex: u32) -> Rgb {
    let [_, r, g, b] = hex.to_be_bytes();
    [r, g, b]
}

const fn palette(
    sky: [u32; 3],
    disc: u32,
    glow: u32,
    land: [u32; 2],
    haze: u32,
    is_night: bool,
) -> Palette {
    Palette {
        sky: [rgb(sky[0]), rgb(sky[1]), rgb(sky[2])],
        disc: rgb(disc),
        glow: rgb(glow),
        land: [rgb(land[0]), rgb(land[1])],
        haze: rgb(haze),
        is_night,
    }
}

/// All palettes; the seed selects one.
pub(super) const PALETTES: [Palette; 8] = [
    // Moonlight.
    palette(
        [0x0b_1030, 0x1f_2a5c, 0x56_5f9c],
        0xf4_f0dc,
        0xa9_b4e8,
        [0x49_5591, 0x0a_0f28],
        0x7c_84bd,
        true,
    ),
    // Dusk.
    palette(
        [0x1d_1741, 0x74_2f6f, 0xf2_8a5f],
        0xff_e3b0,
        0xff_b27a,
        [0x8a_4877, 0x16_0f2e],
        0xe0_8276,
        true,
    ),
    // Dawn.
    palette(
        [0x3a_5f9e, 0x97_b0d6, 0xfb_d6b8],
        0xff_f4d8,
        0xff_e0b8,
        [0x93_8fb8, 0x1f_2a48],
        0xf3_cfc0,
        false,
    ),
    // Noon.
    palette(
        [0x2b_7cc4, 0x77_b9e2, 0xd9_eef2],
        0xff_fdf0,
        0xf6_fbff,
        [0x7f_aac4, 0x12_3b3f],
        0xc9_e3e6,
        false,
    ),
    // Desert.
    palette(
        [0xc4_5a3a, 0xec_9a58, 0xfb_dc9a],
        0xff_f3cf,
        0xff_dd9a,
        [0xd2_8257, 0x45_1a22],
        0xf3_b87c,
        false,
    ),
    // Northern night.
    palette(
        [0x05_1420, 0x0d_4049, 0x3f_9c86],
        0xea_fff4,
        0x7f_e8c2,
        [0x2b_6f6c, 0x04_1219],
        0x5a_b39b,
        true,
    ),
    // Lavender.
    palette(
        [0x4b_3f8f, 0x9b_7cc8, 0xf6_c3d9],
        0xff_f2ee,
        0xff_d9e4,
        [0x8d_74b8, 0x23_1a47],
        0xd9_abcf,
        false,
    ),
    // Ember.
    palette(
        [0x12_0d1c, 0x4a_1526, 0xd2_4a2c],
        0xff_c98a,
        0xff_7f45,
        [0x6b_2430, 0x0d_0810],
        0xb8_4434,
        true,
    ),
];
