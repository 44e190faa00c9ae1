//! Text layout: fonts, line breaks and glyphs.

use std::{collections::HashMap, sync::LazyLock};

use ab_glyph::{Font as _, FontRef, GlyphId, PxScale, ScaleFont as _, point};

use super::canvas::{Canvas, Rgb, byte, real};

/// The bundled fonts in order of preference. Their licenses are in `fonts/`.
static FONTS: LazyLock<Vec<FontRef<'static>>> = LazyLock::new(|| {
    let files: [&'static [u8]; 3] = [
        include_bytes!("../../../fonts/Inter-Medium.otf"),
        include_bytes!("../../../fonts/DejaVuSans.ttf"),
        include_bytes!("../../../fonts/DroidSansFallbackFull.ttf"),
    ];
    files
        .into_iter()
        .filter_map(|file| FontRef::try_from_slice(file).ok())
        .collect()
});

/// A glyph of one of the fonts.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Glyph {
    font: usize,
    id: GlyphId,
}

/// The pixels of a glyph in one size.
struct GlyphBitmap {
    left: i32,
    top: i32,
    width: usize,
    cover: Vec<u8>,
}

/// The layout of text in one font size.
pub(super) struct TextLayout {
    size: f32,
    bitmaps: HashMap<Glyph, Option<GlyphBitmap>>,
}

impl TextLayout {
    /// Creates a layout with a font size in pixels per em.
    pub(super) fn new(size: f32) -> Self {
        Self {
            size,
            bitmaps: HashMap::new(),
        }
    }

    /// Returns the width of a text in pixels.
    pub(super) fn width(&self, text: &str) -> f32 {
        text.chars()
            .filter_map(find)
            .map(|glyph| self.advance(glyph))
            .sum()
    }

    /// Breaks a text into lines of at most `room` pixels. Words that fit a line are not broken;
    /// ideographs are.
    pub(super) fn wrap(&self, text: &str, room: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let mut line = String::new();
            let mut used = 0.0;
            for word in split_at_breaks(paragraph) {
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
                for character in word.chars() {
                    let wide = find(character).map_or(0.0, |glyph| self.advance(glyph));
                    if used + wide > room && !line.is_empty() {
                        lines.push(std::mem::take(&mut line));
                        used = 0.0;
                    }
                    line.push(character);
                    used += wide;
                }
            }
            lines.push(line);
        }
        lines
    }

    /// Paints a line whose baseline is at `y`.
    pub(super) fn draw(
        &mut self,
        canvas: &mut Canvas,
        text: &str,
        x: f32,
        y: f32,
        color: Rgb,
        alpha: u8,
    ) {
        let mut pen = x;
        for glyph in text.chars().filter_map(find) {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the pen stays within the image"
            )]
            let (left, base) = (pen.round() as i32, y.round() as i32);
            if let Some(bitmap) = self
                .bitmaps
                .entry(glyph)
                .or_insert_with(|| rasterize(glyph, self.size))
            {
                for (row, line) in (0_i32..).zip(bitmap.cover.chunks_exact(bitmap.width)) {
                    for (column, &cover) in (0_i32..).zip(line) {
                        if cover > 0 {
                            let cover = byte(f32::from(cover) * f32::from(alpha) / 255.0);
                            canvas.blend(
                                left + bitmap.left + column,
                                base + bitmap.top + row,
                                color,
                                cover,
                            );
                        }
                    }
                }
            }
            pen += self.advance(glyph);
        }
    }

    fn advance(&self, glyph: Glyph) -> f32 {
        let font = &FONTS[glyph.font];
        font.as_scaled(scale(glyph.font, self.size))
            .h_advance(glyph.id)
    }
}

/// Replaces each character that no bundled font has by its code point, U+1F680 by `⟨1F680⟩`, and
/// control characters by spaces.
pub(super) fn replace_missing_glyphs(text: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => replaced.push('\n'),
            // Joiners, variation selectors and directional marks are invisible.
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' => {}
            character if character.is_control() || character.is_whitespace() => replaced.push(' '),
            character if find(character).is_some() => replaced.push(character),
            character => {
                use std::fmt::Write as _;
                // Writing to a string does not fail.
                let _ = write!(replaced, "⟨{:X}⟩", u32::from(character));
            }
        }
    }
    replaced
}

fn find(character: char) -> Option<Glyph> {
    FONTS.iter().enumerate().find_map(|(font, face)| {
        let id = face.glyph_id(character);
        (id.0 != 0).then_some(Glyph { font, id })
    })
}

/// Returns the scale that gives an em of every font the same size in pixels.
fn scale(font: usize, size: f32) -> PxScale {
    let font = &FONTS[font];
    PxScale::from(size * font.height_unscaled() / font.units_per_em().unwrap_or(1000.0))
}

fn rasterize(glyph: Glyph, size: f32) -> Option<GlyphBitmap> {
    let positioned = glyph
        .id
        .with_scale_and_position(scale(glyph.font, size), point(0.0, 0.0));
    let outlined = FONTS[glyph.font].outline_glyph(positioned)?;
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
        if let Some(pixel) = cover.get_mut(y as usize * width + x as usize) {
            *pixel = byte(share.clamp(0.0, 1.0) * 255.0);
        }
    });
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a glyph is at most a few thousand pixels from its pen"
    )]
    let (left, top) = (bounds.min.x.floor() as i32, bounds.min.y.floor() as i32);
    Some(GlyphBitmap {
        left,
        top,
        width,
        cover,
    })
}

/// Splits a text where a line may break: into words with their trailing spaces, and ideographs.
fn split_at_breaks(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut previous: Option<char> = None;
    for (at, character) in text.char_indices() {
        let breaks = previous.is_some_and(|before| {
            (before == ' ' && character != ' ')
                || ((is_ideograph(before) || is_ideograph(character))
                    && !is_closing(character)
                    && character != ' ')
        });
        if breaks {
            pieces.push(&text[start..at]);
            start = at;
        }
        previous = Some(character);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Returns true for punctuation that must not begin a line.
fn is_closing(character: char) -> bool {
    matches!(
        character,
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

/// Returns the distance from the top of a line to its baseline.
pub(super) fn ascent(size: f32) -> f32 {
    size * 0.92
}

/// Returns the height of lines in pixels.
pub(super) fn block_height(lines: usize, leading: f32) -> f32 {
    real(lines) * leading
}

#[cfg(test)]
mod tests {
    use super::{FONTS, TextLayout, replace_missing_glyphs, split_at_breaks};

    #[test]
    fn every_bundled_font_is_valid() {
        assert_eq!(FONTS.len(), 3);
    }

    #[test]
    fn characters_without_a_glyph_become_code_points() {
        assert_eq!(
            replace_missing_glyphs("Ärger, кот, γάτα, 月の猫"),
            "Ärger, кот, γάτα, 月の猫"
        );
        assert_eq!(replace_missing_glyphs("고"), "⟨ACE0⟩");
        assert_eq!(
            replace_missing_glyphs("go \u{1f680}\u{fe0f}\tnow"),
            "go ⟨1F680⟩ now"
        );
    }

    #[test]
    fn wrapped_lines_fit_and_keep_all_text() {
        let layout = TextLayout::new(20.0);
        for text in [
            "one two three four five six seven",
            "宇宙服を着た猫が月面を歩いている、静かな夜",
            &"x".repeat(200),
        ] {
            let lines = layout.wrap(text, 120.0);
            assert!(lines.len() > 1);
            for line in &lines {
                assert!(layout.width(line.trim_end()) <= 120.0, "{line}");
            }
            assert_eq!(lines.concat(), text);
        }
    }

    #[test]
    fn ideographs_break_except_before_punctuation() {
        assert_eq!(
            split_at_breaks("ab cd。月面。x"),
            ["ab ", "cd。", "月", "面。", "x"]
        );
    }
}
