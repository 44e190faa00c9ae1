//! The panel with the words: the prompt, wrapped to fit, and below it what else was asked for.

use super::{
    Order,
    canvas::{Area, Canvas, real, whole},
    typeset::{Type, ascent, block, marked},
};

/// Paints the panel onto the lower part of the picture.
pub(super) fn paint(canvas: &mut Canvas, order: &Order) {
    let (width, height) = (real(canvas.width()), real(canvas.height()));
    // Type is sized by the shorter side; on a ribbon of a picture that would be too small to read.
    let short = width.min(height).max((width * height).sqrt() / 1.33);
    let margin = width.min(height) * 0.04;
    let inner = margin * 0.85;
    let room = width - 2.0 * (margin + inner);
    if room < 8.0 || height < 24.0 {
        return;
    }
    let small = (short * 0.0165).max(7.0);
    let notes = Type::new(small).wrap(&note(order), room);
    let note_height = block(notes.len(), small * 1.5);

    let prompt = marked(order.prompt.trim());
    let (size, lines) = fit(
        &prompt,
        room,
        (height - 2.0 * (margin + inner)) * 0.62 - note_height,
        short,
    );
    let leading = size * 1.32;
    let panel = (block(lines.len(), leading) + small * 0.9 + note_height + 2.0 * inner)
        .min(height - 2.0 * margin);
    let top = height - margin - panel;
    let longest = Type::new(size);
    let widest = lines
        .iter()
        .map(|line| longest.width(line))
        .fold(0.0, f32::max);
    let notes_widest = notes
        .iter()
        .map(|line| Type::new(small).width(line))
        .fold(0.0, f32::max);
    // A short prompt on a wide picture gets a panel of its own width, not a bar across the picture.
    let panel_width = (widest.max(notes_widest) + 2.0 * inner).min(width - 2.0 * margin);
    let area = Area {
        x: whole(margin),
        y: whole(top),
        width: whole(panel_width),
        height: whole(panel),
    };
    canvas.card(area, short * 0.022, [8, 10, 20], 150);

    let mut kind = Type::new(size);
    let mut baseline = top + inner + ascent(size);
    for line in &lines {
        kind.draw(
            canvas,
            line.trim_end(),
            margin + inner,
            baseline,
            [255; 3],
            250,
        );
        baseline += leading;
    }
    let mut kind = Type::new(small);
    let mut baseline = top + inner + block(lines.len(), leading) + small * 0.9 + ascent(small);
    for line in &notes {
        kind.draw(
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

/// The small line: model, size, seed, and who drew it, so that no one takes it for a model's work.
fn note(order: &Order) -> String {
    let model = if order.model.is_empty() {
        String::new()
    } else {
        format!("{}   ·   ", marked(&order.model))
    };
    format!(
        "{model}{} × {}   ·   seed {}   ·   drawn by toapis-sim",
        order.width, order.height, order.seed
    )
}

/// The largest type in which the text fits; the text is cut with an ellipsis where even the smallest does not do.
fn fit(text: &str, room: f32, tall: f32, short: f32) -> (f32, Vec<String>) {
    let smallest = (short * 0.0155).max(7.0);
    let mut size = (short * 0.036).max(smallest);
    // The number of lines grows with the square of the size: begin near the size that such a text needs, so that a
    // prompt of thirty thousand characters is not measured ten times.
    let letters = real(text.chars().take(100_000).count()).max(1.0);
    size = size.min(
        (room * tall.max(1.0) / (letters * 0.5))
            .sqrt()
            .max(smallest),
    );
    loop {
        let most = whole(tall / (size * 1.32)).max(1);
        // No more of the text is set than could ever stand there.
        let enough = whole(real(most) * room / (size * 0.16)).max(16);
        let shown: String = text.chars().take(enough).collect();
        let mut lines = Type::new(size).wrap(&shown, room);
        if lines.len() <= most && shown.len() == text.len() {
            return (size, lines);
        }
        if size <= smallest {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                let kind = Type::new(size);
                while !last.is_empty() && kind.width(last) + kind.width("…") > room {
                    last.pop();
                }
                last.push('…');
            }
            return (size, lines);
        }
        size = (size * 0.9).max(smallest);
    }
}
