//! A buffer of pixels and the operations that paint on it.

/// Red, green, blue.
pub(super) type Rgb = [u8; 3];

/// The pixels of an image, row by row.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Rgb>,
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32) -> Self {
        let (width, height) = (width as usize, height as usize);
        Self {
            width,
            height,
            pixels: vec![[0; 3]; width * height],
        }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    /// Returns the pixels as bytes for an encoder.
    pub(super) fn bytes(&self) -> &[u8] {
        self.pixels.as_flattened()
    }

    pub(super) fn row(&mut self, y: usize) -> &mut [Rgb] {
        &mut self.pixels[y * self.width..(y + 1) * self.width]
    }

    /// Blends `color` with `alpha` over a pixel; a position outside of the canvas is ignored.
    pub(super) fn blend(&mut self, x: i32, y: i32, color: Rgb, alpha: u8) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return;
        };
        if x < self.width && y < self.height {
            let pixel = &mut self.pixels[y * self.width + x];
            *pixel = mix(*pixel, color, alpha);
        }
    }

    /// Paints a disc with a soft edge of one pixel.
    pub(super) fn disc(&mut self, cx: f32, cy: f32, radius: f32, color: Rgb, alpha: u8) {
        self.radial(
            cx,
            cy,
            radius + 1.0,
            |distance| byte((radius + 0.5 - distance).clamp(0.0, 1.0) * f32::from(alpha)),
            color,
        );
    }

    /// Paints light that fades from the centre to nothing at `radius`.
    pub(super) fn glow(&mut self, cx: f32, cy: f32, radius: f32, color: Rgb, alpha: u8) {
        self.radial(
            cx,
            cy,
            radius,
            |distance| {
                let fade = 1.0 - (distance / radius).min(1.0);
                byte(fade * fade * f32::from(alpha))
            },
            color,
        );
    }

    /// Paints with an alpha that depends on the distance from a point. A table maps the square of
    /// the distance to the alpha, which avoids a square root per pixel.
    fn radial(&mut self, cx: f32, cy: f32, radius: f32, alpha: impl Fn(f32) -> u8, color: Rgb) {
        const STEPS: usize = 4096;
        let square = radius * radius;
        #[expect(clippy::cast_precision_loss, reason = "4096 fits an f32 exactly")]
        let table: Vec<u8> = (0..STEPS)
            .map(|i| alpha((i as f32 / STEPS as f32 * square).sqrt()))
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "4096 fits an f32 exactly")]
        let scale = STEPS as f32 / square;
        let (x0, x1) = span(cx, radius, self.width);
        let (y0, y1) = span(cy, radius, self.height);
        for y in y0..y1 {
            let dy = real(y) - cy;
            let row = &mut self.pixels[y * self.width..(y + 1) * self.width];
            for (x, pixel) in row.iter_mut().enumerate().take(x1).skip(x0) {
                let dx = real(x) - cx;
                let index = whole((dx * dx + dy * dy) * scale);
                if let Some(&alpha) = table.get(index)
                    && alpha > 0
                {
                    *pixel = mix(*pixel, color, alpha);
                }
            }
        }
    }

    /// Fills a box with round corners.
    pub(super) fn card(&mut self, area: Area, corner: f32, color: Rgb, alpha: u8) {
        let corner = corner
            .min(real(area.width) / 2.0)
            .min(real(area.height) / 2.0);
        for y in area.y..(area.y + area.height).min(self.height) {
            let fy = real(y - area.y) + 0.5;
            let dy = (corner - fy)
                .max(fy - (real(area.height) - corner))
                .max(0.0);
            let end = (area.x + area.width).min(self.width);
            let row = &mut self.pixels[y * self.width..(y + 1) * self.width];
            for (x, pixel) in row.iter_mut().enumerate().take(end).skip(area.x) {
                let fx = real(x - area.x) + 0.5;
                let dx = (corner - fx).max(fx - (real(area.width) - corner)).max(0.0);
                let cover = if dx > 0.0 && dy > 0.0 {
                    byte(
                        (corner + 0.5 - (dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0)
                            * f32::from(alpha),
                    )
                } else {
                    alpha
                };
                *pixel = mix(*pixel, color, cover);
            }
        }
    }
}

/// A box in pixels.
#[derive(Clone, Copy)]
pub(super) struct Area {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Blends `over` with `alpha` over `under`.
pub(super) fn mix(under: Rgb, over: Rgb, alpha: u8) -> Rgb {
    let alpha = u32::from(alpha);
    let one = |under: u8, over: u8| {
        let sum = u32::from(under) * (255 - alpha) + u32::from(over) * alpha + 127;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a weighted mean of two bytes is a byte"
        )]
        let byte = ((sum + (sum >> 8) + 1) >> 8) as u8;
        byte
    };
    [
        one(under[0], over[0]),
        one(under[1], over[1]),
        one(under[2], over[2]),
    ]
}

/// Rounds a number between 0 and 255 to a byte.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates"
)]
pub(super) fn byte(value: f32) -> u8 {
    (value + 0.5) as u8
}

/// Truncates a number to an integer; negative numbers become 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates"
)]
pub(super) fn whole(value: f32) -> usize {
    value as usize
}

/// Converts a number of pixels to a float, exactly for up to 2^24.
#[expect(
    clippy::cast_precision_loss,
    reason = "a side is at most 16,384 pixels"
)]
pub(super) fn real(value: usize) -> f32 {
    value as f32
}

fn span(centre: f32, radius: f32, limit: usize) -> (usize, usize) {
    (
        whole((centre - radius).max(0.0)),
        whole((centre + radius + 1.0).max(0.0)).min(limit),
    )
}

#[cfg(test)]
mod tests {
    use super::{Canvas, mix};

    #[test]
    fn blending_with_extreme_alpha_gives_one_of_the_colors() {
        for byte in 0..=255 {
            assert_eq!(mix([byte; 3], [7, 8, 9], 255), [7, 8, 9]);
            assert_eq!(mix([byte; 3], [7, 8, 9], 0), [byte; 3]);
        }
    }

    #[test]
    fn painting_outside_of_the_canvas_is_ignored() {
        let mut canvas = Canvas::new(4, 4);
        canvas.disc(-50.0, -50.0, 9.0, [255; 3], 255);
        canvas.blend(-1, 2, [255; 3], 255);
        canvas.blend(4, 2, [255; 3], 255);
        assert!(canvas.bytes().iter().all(|&byte| byte == 0));
        canvas.disc(2.0, 2.0, 900.0, [255; 3], 255);
        assert!(canvas.bytes().iter().all(|&byte| byte == 255));
    }
}
