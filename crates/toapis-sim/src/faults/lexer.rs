//! Splits a line into statements and their words.

/// Returns the words of each statement of a line. Quotes keep spaces, semicolons and `#` in a word.
pub(super) fn statements(line: &str) -> Vec<Vec<String>> {
    let mut statements = vec![Vec::new()];
    let mut word = String::new();
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            _ if quoted => word.push(character),
            '#' if word.is_empty() => break,
            ';' => {
                finish_word(&mut statements, &mut word);
                statements.push(Vec::new());
            }
            character if character.is_whitespace() => finish_word(&mut statements, &mut word),
            character => word.push(character),
        }
    }
    finish_word(&mut statements, &mut word);
    statements.retain(|words| !words.is_empty());
    statements
}

fn finish_word(statements: &mut [Vec<String>], word: &mut String) {
    if let Some(last) = statements.last_mut().filter(|_| !word.is_empty()) {
        last.push(std::mem::take(word));
    }
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn quotes_group_words_and_a_comment_ends_the_line() {
        assert_eq!(statements("a b;c"), [vec!["a", "b"], vec!["c"]]);
        assert_eq!(statements("a=\"b; #c\" d#e # f; g"), [["a=b; #c", "d#e"]]);
        assert!(statements(" ;; # nothing").is_empty());
    }
}
