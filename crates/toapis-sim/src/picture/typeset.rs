//! Type: which font has a letter, how wide it is, where a line breaks, and its pixels.

use std::{collections::HashMap, sync::LazyLock};

use ab_glyph::{Font as _, FontRef, GlyphId, PxScale, ScaleFont as _, point};

use super::canvas::{Canvas, Rgb, byte, real};

/// The bundled fonts, asked in this order. Their licences lie beside them in `fonts/`.
static FONTS: LazyLock<Vec<FontRef<'static>>> = LazyLock::new(|| {
    let files: [&'static [u8]; 3] = [
        include_bytes!("../../fonts/Inter-Medium.otf"),
        include_bytes!("../../fonts/DejaVuSans.ttf"),
        include_bytes!("../../fonts/DroidSansFallbackFull.ttf"),
    ];
    files
        .into_iter()
        .filter_map(|file| FontRef::try_from_slice(file).ok())
        .collect()
});

/// Where a letter is found.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Found {
    font: usize,
    glyph: GlyphId,
}

/// The pixels of a letter at one size.
struct Shape {
    left: i32,
    top: i32,
    width: usize,
    cover: Vec<u8>,
}

/// Sets lines of one size on a canvas.
pub(super) struct Type {
    size: f32,
    shapes: HashMap<Found, Option<Shape>>,
}

impl Type {
    /// Type of `size` pixels an em.
    pub(super) fn new(size: f32) -> Self {
        Self {
            size,
            shapes: HashMap::new(),
        }
    }

    /// The width of a text in pixels.
    pub(super) fn width(&self, text: &str) -> f32 {
        text.chars()
            .filter_map(find)
            .map(|found| self.advance(found))
            .sum()
    }

    /// Breaks a text into lines no wider than `room`. Words stay whole where they fit; ideographs break anywhere.
    pub(super) fn wrap(&self, text: &str, room: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let mut line = String::new();
            let mut used = 0.0;
            for word in pieces(paragraph) {
                let wide = self.width(word);
                if used + self.width(word.trim_end()) <= room {
                    line.push_str(word);
                    used += wide;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                for letter in word.chars() {
                    let wide = find(letter).map_or(0.0, |found| self.advance(found));
                    if used + wide > room && !line.is_empty() {
                        lines.push(std::mem::take(&mut line));
                        used = 0.0;
                    }
                    line.push(letter);
                    used += wide;
                }
            }
            lines.push(line);
        }
        lines
    }

    /// Draws a line whose baseline is at `y`; gives where it ended.
    pub(super) fn draw(
        &mut self,
        canvas: &mut Canvas,
        text: &str,
        x: f32,
        y: f32,
        colour: Rgb,
        alpha: u8,
    ) -> f32 {
        let mut pen = x;
        for found in text.chars().filter_map(find) {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the pen stays within the picture"
            )]
            let (left, base) = (pen.round() as i32, y.round() as i32);
            if let Some(shape) = self
                .shapes
                .entry(found)
                .or_insert_with(|| outline(found, self.size))
            {
                for (row, line) in (0_i32..).zip(shape.cover.chunks_exact(shape.width)) {
                    for (column, &cover) in (0_i32..).zip(line) {
                        if cover > 0 {
                            let cover = byte(f32::from(cover) * f32::from(alpha) / 255.0);
                            canvas.blend(
                                left + shape.left + column,
                                base + shape.top + row,
                                colour,
                                cover,
                            );
                        }
                    }
                }
            }
            pen += self.advance(found);
        }
        pen
    }

    fn advance(&self, found: Found) -> f32 {
        let font = &FONTS[found.font];
        font.as_scaled(scale(found.font, self.size))
            .h_advance(found.glyph)
    }
}

/// The text with every letter that no bundled font has written out as its code point, so that it is marked and not
/// lost: U+1F680 becomes `⟨1F680⟩`. Control characters become spaces.
pub(super) fn marked(text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => marked.push('\n'),
            // Joiners, variation selectors and marks of direction have no look of their own.
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' => {}
            letter if letter.is_control() || letter.is_whitespace() => marked.push(' '),
            letter if find(letter).is_some() => marked.push(letter),
            letter => {
                use std::fmt::Write as _;
                // Writing to a string does not fail.
                let _ = write!(marked, "⟨{:X}⟩", u32::from(letter));
            }
        }
    }
    marked
}

fn find(letter: char) -> Option<Found> {
    FONTS.iter().enumerate().find_map(|(font, face)| {
        let glyph = face.glyph_id(letter);
        (glyph.0 != 0).then_some(Found { font, glyph })
    })
}

/// The scale that makes an em of this font `size` pixels high, so that fonts stand beside each other evenly.
fn scale(font: usize, size: f32) -> PxScale {
    let font = &FONTS[font];
    PxScale::from(size * font.height_unscaled() / font.units_per_em().unwrap_or(1000.0))
}

fn outline(found: Found, size: f32) -> Option<Shape> {
    let glyph = found
        .glyph
        .with_scale_and_position(scale(found.font, size), point(0.0, 0.0));
    let outlined = FONTS[found.font].outline_glyph(glyph)?;
    let bounds = outlined.px_bounds();
    let (width, height) = (
        super::canvas::whole(bounds.width()),
        super::canvas::whole(bounds.height()),
    );
    if width == 0 || height == 0 {
        return None;
    }
    let mut cover = vec![0_u8; width * height];
    outlined.draw(|x, y, share| {
        if let Some(place) = cover.get_mut(y as usize * width + x as usize) {
            *place = byte(share.clamp(0.0, 1.0) * 255.0);
        }
    });
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a letter is at most a few thousand pixels from its pen"
    )]
    let (left, top) = (bounds.min.x.floor() as i32, bounds.min.y.floor() as i32);
    Some(Shape {
        left,
        top,
        width,
        cover,
    })
}

/// The pieces that a line may break between: words with the spaces after them, and single ideographs.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut previous: Option<char> = None;
    for (at, letter) in text.char_indices() {
        let breaks = previous.is_some_and(|before| {
            (before == ' ' && letter != ' ')
                || ((ideograph(before) || ideograph(letter)) && !closing(letter) && letter != ' ')
        });
        if breaks {
            pieces.push(&text[start..at]);
            start = at;
        }
        previous = Some(letter);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

fn ideograph(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// What never begins a line.
fn closing(letter: char) -> bool {
    matches!(
        letter,
        ',' | '.'
            | '!'
            | '?'
            | ':'
            | ';'
            | ')'
            | ']'
            | '}'
            | '、'
            | '。'
            | '，'
            | '！'
            | '？'
            | '：'
            | '；'
            | '）'
            | '」'
            | '』'
            | '”'
            | '’'
            | '》'
    )
}

/// The ascent that a line of type leaves above its baseline, by its size.
pub(super) fn ascent(size: f32) -> f32 {
    size * 0.92
}

/// The number of pixels that a panel needs for its lines.
pub(super) fn block(lines: usize, leading: f32) -> f32 {
    real(lines) * leading
}

#[cfg(test)]
mod tests {
    use super::{FONTS, Type, marked, pieces};

    #[test]
    fn every_bundled_font_can_be_read() {
        assert_eq!(FONTS.len(), 3);
    }

    #[test]
    fn a_letter_in_no_font_is_written_out_and_all_others_are_kept() {
        assert_eq!(
            marked("Ärger, кот, γάτα, 月の猫"),
            "Ärger, кот, γάτα, 月の猫"
        );
        assert_eq!(marked("고"), "⟨ACE0⟩");
        assert_eq!(marked("go \u{1f680}\u{fe0f}\tnow"), "go ⟨1F680⟩ now");
    }

    #[test]
    fn no_line_is_wider_than_its_room_and_nothing_is_lost() {
        let kind = Type::new(20.0);
        for text in [
            "one two three four five six seven",
            "宇宙服を着た猫が月面を歩いている、静かな夜",
            &"x".repeat(200),
        ] {
            let lines = kind.wrap(text, 120.0);
            assert!(lines.len() > 1);
            for line in &lines {
                assert!(kind.width(line.trim_end()) <= 120.0, "{line}");
            }
            assert_eq!(lines.concat(), text);
        }
    }

    #[test]
    fn ideographs_break_anywhere_but_not_before_a_full_stop() {
        assert_eq!(pieces("ab cd。月面。x"), ["ab ", "cd。", "月", "面。", "x"]);
    }
}
