//! Makes the texts of the contract safe in doc comments.
//!
//! Descriptions are Markdown for readers of the contract, but rustdoc gives Markdown more meanings:
//! a code block without a language runs as a test, `[Foo::bar]` is a link to a Rust item, and
//! `<id>` is HTML.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd, TextMergeWithOffset};
use serde_json::Value;
use toapis_openapi::reference::is_data_keyword;

/// Returns the contract with its summaries, titles and descriptions escaped for doc comments.
pub(crate) fn escape_texts(mut contract: Value) -> Value {
    escape_below(&mut contract, false);
    contract
}

/// `has_names` is true for a mapping whose keys are names, not keywords.
fn escape_below(value: &mut Value, has_names: bool) {
    match value {
        Value::Object(map) => {
            for (key, below) in map {
                let is_text = matches!(key.as_str(), "description" | "summary" | "title");
                match below {
                    Value::String(text) if is_text && !has_names => *text = escape(text),
                    _ if is_data_keyword(key) && !has_names => {}
                    _ => escape_below(below, key == "properties" && !has_names),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| escape_below(item, false)),
        _ => {}
    }
}

/// Escapes one text. Code blocks become text blocks, brackets and HTML become literal, and bare
/// URLs become links.
fn escape(text: &str) -> String {
    let parser = Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter();
    let mut escaped = String::with_capacity(text.len());
    let mut copied = 0;
    let mut is_code = false;
    let mut is_link = false;
    for (event, range) in TextMergeWithOffset::new(parser) {
        let replacement = match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                is_code = true;
                let lines = match kind {
                    CodeBlockKind::Fenced(_) => fenced_lines(&text[range.clone()]),
                    CodeBlockKind::Indented => text[range.clone()].lines().collect(),
                };
                // A line of the block that looks like a fence must not end it.
                let lines = lines.iter().map(|line| line.replace("```", "'''"));
                let lines: Vec<_> = lines.collect();
                let end = if text[range.clone()].ends_with('\n') {
                    "\n"
                } else {
                    ""
                };
                format!("```text\n{}\n```{end}", lines.join("\n"))
            }
            Event::End(TagEnd::CodeBlock) => {
                is_code = false;
                continue;
            }
            Event::Start(Tag::Link { dest_url, .. }) if is_url(&dest_url) => {
                is_link = true;
                continue;
            }
            Event::End(TagEnd::Link) => {
                is_link = false;
                continue;
            }
            // A link to anything but a URL would be a link to a Rust item.
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => {
                let whole = &text[range.start..range.end];
                escape_literals(whole, false)
            }
            Event::Text(_) if !is_code => escape_literals(&text[range.clone()], !is_link),
            Event::Html(_) | Event::InlineHtml(_) => escape_literals(&text[range.clone()], false),
            _ => continue,
        };
        // Events inside of a replaced part are part of the replacement.
        if range.start >= copied {
            escaped.push_str(&text[copied..range.start]);
            escaped.push_str(&replacement);
            copied = range.end;
        }
    }
    escaped.push_str(&text[copied..]);
    escaped.truncate(escaped.trim_end().len());
    escaped
}

/// Returns the lines between the fences of a code block.
fn fenced_lines(block: &str) -> Vec<&str> {
    let mut lines: Vec<_> = block.lines().skip(1).collect();
    let is_fence = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("```") || line.starts_with("~~~")
    };
    if lines.last().is_some_and(is_fence) {
        lines.pop();
    }
    lines
}

fn is_url(target: &str) -> bool {
    target.starts_with("http://") || target.starts_with("https://")
}

/// Escapes the characters that begin links and HTML, and makes links of URLs if `link_urls`.
fn escape_literals(text: &str, link_urls: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if link_urls && is_url(rest) {
            let end = rest.find(|end: char| end.is_whitespace() || "<>\"`|".contains(end));
            let url = &rest[..end.unwrap_or(rest.len())];
            let url = url.trim_end_matches(['.', ',', ';', ':', ')', ']', '\'']);
            escaped.extend(["<", url, ">"]);
            rest = &rest[url.len()..];
            continue;
        }
        if matches!(character, '[' | ']' | '<') && !escaped.ends_with('\\') {
            escaped.push('\\');
        }
        escaped.push(character);
        rest = &rest[character.len_utf8()..];
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_never_becomes_code_links_or_html() {
        for (text, escaped) in [
            (
                "A task.\n\n```\nlet x: u32 = \"a\";\n```",
                "A task.\n\n```text\nlet x: u32 = \"a\";\n```",
            ),
            (
                "~~~rust\npanic!()\n~~~\nEnd.",
                "```text\npanic!()\n```\nEnd.",
            ),
            (
                "Begin:\n\n    panic!()\n\nEnd.",
                "Begin:\n\n    ```text\npanic!()\n```\n\nEnd.",
            ),
            ("```json\n{\"a\": [1]}", "```text\n{\"a\": [1]}\n```"),
            (
                "See https://docs.toapis.com/a_b.",
                "See <https://docs.toapis.com/a_b>.",
            ),
            (
                "See <https://docs.toapis.com>.",
                "See <https://docs.toapis.com>.",
            ),
            (
                "See [the page](https://toapis.com).",
                "See [the page](https://toapis.com).",
            ),
            (
                "Calls [Foo::bar] or [baz](Foo::baz).",
                "Calls \\[Foo::bar\\] or \\[baz\\](Foo::baz).",
            ),
            ("The task <id> of `<id>`.", "The task \\<id> of `<id>`."),
            ("<details>\nx\n</details>", "\\<details>\nx\n\\</details>"),
            (
                "1 < 2 and `a[0]` and ``` b ```.",
                "1 \\< 2 and `a[0]` and ``` b ```.",
            ),
            ("Plain *text* of `size`.", "Plain *text* of `size`."),
        ] {
            assert_eq!(escape(text), escaped, "{text}");
        }
    }

    #[test]
    fn names_and_data_are_unchanged() {
        let contract = json!({
            "properties": {"description": {"type": "string", "description": "[a]"}},
            "example": {"description": "[a]"},
            "x-notes": {"description": "[a]"},
        });
        let escaped = escape_texts(contract.clone());
        assert_eq!(
            escaped["properties"]["description"]["description"],
            "\\[a\\]"
        );
        assert_eq!(escaped["example"], contract["example"]);
        assert_eq!(escaped["x-notes"], contract["x-notes"]);
    }
}
