//! The form of a text: `*` is any text, `?` any character, `#` one digit or more, all else itself.

/// Whether the whole text is of this form.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // What of the pattern can begin at each place of the text: never more steps than both are long.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for part in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            let before = |places: &[bool]| at > 0 && places[at - 1];
            next[at] = match part {
                '*' => reached[at] || before(&next),
                '?' => before(&reached),
                '#' => (before(&reached) || before(&next)) && text[at - 1].is_ascii_digit(),
                itself => before(&reached) && text[at - 1] == itself,
            };
        }
        reached = next;
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn the_whole_text_is_of_the_form_or_it_is_not() {
        for (pattern, text) in [
            ("#", "30"),
            ("postgresql://*@*/*", "postgresql://portal:a@b@db1/portal"),
            ("v#.#", "v15.18"),
            ("*", ""),
            ("a?c", "aéc"),
            ("eu-*-#", "eu-west-1"),
            ("##", "12"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("#", ""),
            ("#", "30 "),
            ("#", "-1"),
            ("#", "thirty"),
            ("postgresql://*@*/*", "postgresql://db1/portal"),
            ("a?c", "ac"),
            ("", "a"),
            ("##", "1"),
            ("a", "ab"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        // No form takes long, whatever the text is.
        assert!(!matches(&"*a".repeat(60), &"a".repeat(59)));
    }
}
