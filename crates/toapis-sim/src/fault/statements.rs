//! Cuts a line into statements, and those into words.

/// The words of each statement of a line. Quotes keep spaces, semicolons and comment signs inside a word.
pub(super) fn statements(line: &str) -> Vec<Vec<String>> {
    let mut statements = vec![Vec::new()];
    let mut word = String::new();
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => word.push(letter),
            '#' if word.is_empty() => break,
            ';' => {
                end(&mut statements, &mut word);
                statements.push(Vec::new());
            }
            letter if letter.is_whitespace() => end(&mut statements, &mut word),
            letter => word.push(letter),
        }
    }
    end(&mut statements, &mut word);
    statements.retain(|words| !words.is_empty());
    statements
}

fn end(statements: &mut [Vec<String>], word: &mut String) {
    if let Some(last) = statements.last_mut().filter(|_| !word.is_empty()) {
        last.push(std::mem::take(word));
    }
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn quotes_keep_what_is_in_them_and_a_comment_ends_the_line() {
        assert_eq!(statements("a b;c"), [vec!["a", "b"], vec!["c"]]);
        assert_eq!(statements("a=\"b; #c\" d#e # f; g"), [["a=b; #c", "d#e"]]);
        assert!(statements(" ;; # nothing").is_empty());
    }
}
