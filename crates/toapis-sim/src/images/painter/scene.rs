//! The landscape: sky, stars, sun or moon, clouds, and mountain ranges that fade into haze.

use fastrand::Rng;

use super::{
    canvas::{Canvas, Rgb, byte, mix, real, whole},
    noise::Curve,
    palette::{PALETTES, Palette},
};

/// The number of mountain ranges.
const RANGES: usize = 5;

/// Paints the whole canvas from a seed.
pub(super) fn paint(canvas: &mut Canvas, seed: u64) {
    let mut rng = Rng::with_seed(seed ^ 0x005E_ED0F_7A1E);
    let palette = &PALETTES[rng.usize(..PALETTES.len())];
    let (width, height) = (real(canvas.width()), real(canvas.height()));
    let short = width.min(height);
    let horizon = height * (0.56 + 0.08 * rng.f32());

    sky(canvas, palette, horizon);
    if palette.is_night {
        stars(canvas, &mut rng, horizon);
    }
    let disc = (
        width * (0.2 + 0.6 * rng.f32()),
        height * (0.17 + 0.2 * rng.f32()),
    );
    let radius = short * (0.07 + 0.05 * rng.f32());
    canvas.glow(disc.0, disc.1, radius * 4.5, palette.glow, 150);
    canvas.disc(disc.0, disc.1, radius, palette.disc, 255);
    if palette.is_night {
        craters(canvas, &mut rng, disc, radius, palette);
    }
    clouds(canvas, &mut rng, palette, horizon);
    land(canvas, &mut rng, palette, horizon);
}

fn sky(canvas: &mut Canvas, palette: &Palette, horizon: f32) {
    let [top, middle, low] = palette.sky;
    for y in 0..canvas.height() {
        let t = real(y) / horizon;
        let color = if t < 0.55 {
            fade(top, middle, t / 0.55)
        } else {
            fade(middle, low, (t - 0.55) / 0.45)
        };
        canvas.row(y).fill(color);
    }
}

fn stars(canvas: &mut Canvas, rng: &mut Rng, horizon: f32) {
    let (width, height) = (real(canvas.width()), real(canvas.height()));
    let unit = (width.min(height) / 1024.0).max(0.5);
    for _ in 0..whole(170.0 * (width / height).clamp(0.5, 2.0)) {
        let (x, y) = (rng.f32() * width, rng.f32() * rng.f32().max(0.25) * horizon);
        let radius = unit * (0.4 + 1.3 * rng.f32() * rng.f32());
        let alpha = byte(255.0 * (0.35 + 0.6 * rng.f32()) * (1.0 - y / horizon).clamp(0.1, 1.0));
        canvas.disc(x, y, radius, [255, 250, 240], alpha);
    }
}

/// Paints darker plains on the moon, inside of its edge.
fn craters(canvas: &mut Canvas, rng: &mut Rng, (x, y): (f32, f32), radius: f32, palette: &Palette) {
    for _ in 0..9 {
        let size = radius * (0.08 + 0.2 * rng.f32());
        let reach = (radius - size) * 0.9;
        let (dx, dy) = (
            reach * (2.0 * rng.f32() - 1.0),
            reach * (2.0 * rng.f32() - 1.0),
        );
        if dx * dx + dy * dy < reach * reach {
            canvas.disc(
                x + dx,
                y + dy,
                size,
                mix(palette.disc, palette.sky[1], 130),
                70,
            );
        }
    }
}

/// Paints bands of thin clouds with soft outlines.
fn clouds(canvas: &mut Canvas, rng: &mut Rng, palette: &Palette, horizon: f32) {
    let (width, height) = (real(canvas.width()), real(canvas.height()));
    for _ in 0..4 {
        let curve = Curve::hills(rng.u64(..));
        let middle = horizon * (0.3 + 0.55 * rng.f32());
        let thick = height * (0.012 + 0.022 * rng.f32());
        let shift = rng.f32() * 40.0;
        let strength = 28.0 + 40.0 * rng.f32();
        let color = mix(palette.glow, [255; 3], 120);
        for x in 0..canvas.width() {
            let along = real(x) / width;
            let body = (curve.at(shift + along * 3.0) - 0.42).max(0.0) * 3.2;
            let half = thick * body;
            let drift = middle + height * 0.02 * (curve.at(shift + 20.0 + along * 1.5) - 0.5);
            let (from, to) = (
                whole((drift - half).max(0.0)),
                whole((drift + half * 0.5).max(0.0)),
            );
            for y in from..to.min(canvas.height()) {
                let away = real(y) - drift;
                let edge = 1.0 - (away.abs() / if away < 0.0 { half } else { half * 0.5 }).min(1.0);
                canvas.row(y)[x] = mix(canvas.row(y)[x], color, byte(strength * edge));
            }
        }
    }
}

/// The outline and the colors of a mountain range.
struct Range {
    /// The distance of the outline from the top in pixels, for each column.
    outline: Vec<f32>,
    /// The color at the outline.
    color: Rgb,
    /// The rows between which the color fades into haze.
    fade: (f32, f32),
    /// The maximum opacity of the haze.
    haze: f32,
}

fn land(canvas: &mut Canvas, rng: &mut Rng, palette: &Palette, horizon: f32) {
    let ranges: Vec<Range> = (0..RANGES)
        .map(|index| range(canvas, rng, palette, horizon, index))
        .collect();
    // Each pixel shows the nearest range whose outline is above it. One pass over the pixels paints
    // all ranges.
    let width = canvas.width();
    let floors: Vec<Vec<u16>> = ranges
        .iter()
        .map(|range| {
            range
                .outline
                .iter()
                .map(|&y| u16::try_from(whole(y) + 1).unwrap_or(u16::MAX))
                .collect()
        })
        .collect();
    let first = floors
        .iter()
        .flatten()
        .min()
        .map_or(0, |&y| usize::from(y).saturating_sub(1));
    let mut nearest = vec![0_u8; width];
    for y in first..canvas.height() {
        let row_number = u16::try_from(y).unwrap_or(u16::MAX);
        nearest.fill(0);
        for (number, floor) in (1_u8..).zip(&floors) {
            for (place, &top) in nearest.iter_mut().zip(floor) {
                *place = (*place).max(if top <= row_number { number } else { 0 });
            }
        }
        let mut colors = [[0; 3]; RANGES];
        for (color, range) in colors.iter_mut().zip(&ranges) {
            *color = range.at(real(y), palette);
        }
        for (pixel, &number) in canvas.row(y).iter_mut().zip(&nearest) {
            if number > 0 {
                *pixel = colors[usize::from(number - 1) % RANGES];
            }
        }
    }
    // The pixels of the outlines are blended afterwards, which smooths the edges.
    for (index, range) in ranges.iter().enumerate() {
        for (x, &outline) in range.outline.iter().enumerate() {
            let hidden = ranges[index + 1..]
                .iter()
                .any(|near| near.outline[x] <= outline + 1.0);
            let y = whole(outline);
            if !hidden && y < canvas.height() {
                let cover = byte((1.0 - outline.fract()) * 255.0);
                canvas.row(y)[x] = mix(canvas.row(y)[x], range.at(outline, palette), cover);
            }
        }
    }
}

fn range(canvas: &Canvas, rng: &mut Rng, palette: &Palette, horizon: f32, index: usize) -> Range {
    let (width, height) = (real(canvas.width()), real(canvas.height()));
    let near = real(index) / real(RANGES - 1);
    let curve = if index < 3 {
        Curve::peaks(rng.u64(..))
    } else {
        Curve::hills(rng.u64(..))
    };
    let base = horizon + (height - horizon) * (0.02 + 0.78 * near * near);
    let relief = height
        * if index < 3 {
            0.30 - 0.07 * real(index)
        } else {
            0.15
        };
    // Wider images show more mountains, not wider ones.
    let stretch = (2.2 + 1.4 * near) * (width / height).clamp(0.4, 8.0) / 1.6;
    let shift = 100.0 * rng.f32();
    let mut outline: Vec<f32> = (0..canvas.width())
        .map(|x| base - relief * curve.at(shift + stretch * real(x) / width))
        .collect();
    if index == RANGES - 1 {
        firs(&mut outline, rng, height);
    }
    let top = outline.iter().copied().fold(height, f32::min);
    Range {
        outline,
        color: fade(palette.land[0], palette.land[1], near),
        fade: (top, base + height * 0.12),
        haze: 0.75 * (1.0 - near),
    }
}

/// Adds firs to the nearest outline, each a stack of triangles.
fn firs(outline: &mut [f32], rng: &mut Rng, height: f32) {
    let width = outline.len();
    let ground = outline.to_vec();
    let count = width * 40 / whole(height).max(1);
    for _ in 0..count.min(400) {
        let foot = rng.usize(..width.max(1));
        let tall = height * (0.02 + 0.05 * rng.f32() * rng.f32());
        let wide = (tall * 0.24).max(1.0);
        let from = foot.saturating_sub(whole(wide) + 1);
        let to = (foot + whole(wide) + 2).min(width);
        for (x, top) in outline.iter_mut().enumerate().take(to).skip(from) {
            let away = (real(x.abs_diff(foot)) / wide).min(1.0);
            // Three levels of branches; `away` is 0 at the trunk.
            let step = (away * 3.0).fract() * 0.16;
            let tip =
                ground[foot] + tall * 0.05 - tall * (1.0 - away - step * (1.0 - away)).max(0.0);
            *top = top.min(tip).max(0.0);
        }
    }
}

impl Range {
    fn at(&self, y: f32, palette: &Palette) -> Rgb {
        let (from, to) = self.fade;
        let t = ((y - from) / (to - from).max(1.0)).clamp(0.0, 1.0);
        mix(self.color, palette.haze, byte(255.0 * self.haze * t * t))
    }
}

fn fade(from: Rgb, to: Rgb, t: f32) -> Rgb {
    mix(from, to, byte(t.clamp(0.0, 1.0) * 255.0))
}
