//! The panel with the prompt, and below it the other parameters of the request.

use super::{
    canvas::{Area, Canvas, real, whole},
    text_layout::{TextLayout, ascent, block_height, replace_missing_glyphs},
};
use crate::images::ImageSpec;

/// Paints the panel onto the lower part of the image.
pub(super) fn paint(canvas: &mut Canvas, spec: &ImageSpec) {
    let (width, height) = (real(canvas.width()), real(canvas.height()));
    // The font size depends on the shorter side, but stays readable on very wide or tall images.
    let short = width.min(height).max((width * height).sqrt() / 1.33);
    let margin = width.min(height) * 0.04;
    let inner = margin * 0.85;
    let room = width - 2.0 * (margin + inner);
    if room < 8.0 || height < 24.0 {
        return;
    }
    let small = (short * 0.0165).max(7.0);
    let notes = TextLayout::new(small).wrap(&parameters(spec), room);
    let note_height = block_height(notes.len(), small * 1.5);

    let prompt = replace_missing_glyphs(spec.prompt.trim());
    let (size, lines) = fit(
        &prompt,
        room,
        (height - 2.0 * (margin + inner)) * 0.62 - note_height,
        short,
    );
    let leading = size * 1.32;
    let panel = (block_height(lines.len(), leading) + small * 0.9 + note_height + 2.0 * inner)
        .min(height - 2.0 * margin);
    let top = height - margin - panel;
    let layout = TextLayout::new(size);
    let widest = lines
        .iter()
        .map(|line| layout.width(line))
        .fold(0.0, f32::max);
    let notes_widest = notes
        .iter()
        .map(|line| TextLayout::new(small).width(line))
        .fold(0.0, f32::max);
    // The panel is only as wide as its text.
    let panel_width = (widest.max(notes_widest) + 2.0 * inner).min(width - 2.0 * margin);
    let area = Area {
        x: whole(margin),
        y: whole(top),
        width: whole(panel_width),
        height: whole(panel),
    };
    canvas.card(area, short * 0.022, [8, 10, 20], 150);

    let mut layout = TextLayout::new(size);
    let mut baseline = top + inner + ascent(size);
    for line in &lines {
        layout.draw(
            canvas,
            line.trim_end(),
            margin + inner,
            baseline,
            [255; 3],
            250,
        );
        baseline += leading;
    }
    let mut layout = TextLayout::new(small);
    let mut baseline =
        top + inner + block_height(lines.len(), leading) + small * 0.9 + ascent(small);
    for line in &notes {
        layout.draw(
            canvas,
            line.trim_end(),
            margin + inner,
            baseline,
            [225, 228, 240],
            215,
        );
        baseline += small * 1.5;
    }
}

/// Returns the line with model, size, seed and the name of the simulator.
fn parameters(spec: &ImageSpec) -> String {
    let model = if spec.model.is_empty() {
        String::new()
    } else {
        format!("{}   ·   ", replace_missing_glyphs(&spec.model))
    };
    format!(
        "{model}{} × {}   ·   seed {}   ·   drawn by toapis-sim",
        spec.width, spec.height, spec.seed
    )
}

/// Returns the largest font size in which the text fits, and its lines. A text that does not fit in
/// the smallest size is cut with an ellipsis.
fn fit(text: &str, room: f32, tall: f32, short: f32) -> (f32, Vec<String>) {
    let smallest = (short * 0.0155).max(7.0);
    let mut size = (short * 0.036).max(smallest);
    // The number of lines grows with the square of the font size. The estimate avoids measuring a
    // prompt of thirty thousand characters many times.
    let characters = real(text.chars().take(100_000).count()).max(1.0);
    size = size.min(
        (room * tall.max(1.0) / (characters * 0.5))
            .sqrt()
            .max(smallest),
    );
    loop {
        let most = whole(tall / (size * 1.32)).max(1);
        // Only text that can fit is measured.
        let enough = whole(real(most) * room / (size * 0.16)).max(16);
        let shown: String = text.chars().take(enough).collect();
        let mut lines = TextLayout::new(size).wrap(&shown, room);
        if lines.len() <= most && shown.len() == text.len() {
            return (size, lines);
        }
        if size <= smallest {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                let layout = TextLayout::new(size);
                while !last.is_empty() && layout.width(last) + layout.width("…") > room {
                    last.pop();
                }
                last.push('…');
            }
            return (size, lines);
        }
        size = (size * 0.9).max(smallest);
    }
}
