//! What is different at every run, masked.

/// The text with the given words replaced, and with ids of runs, instants, times taken, hashes and process ids masked.
pub(super) fn mask(text: &str, words: &[(String, &'static str)]) -> String {
    let mut text = text.replace('\\', if cfg!(windows) { "/" } else { "\\" });
    for (found, written) in words {
        text = text.replace(found.as_str(), written);
    }
    for (pattern, written) in PATTERNS {
        text = replace(&text, pattern, written);
    }
    let lines = text.split_inclusive('\n').map(|line| match line.split_once(LOOKUP) {
        Some((front, _)) => format!("{front}{LOOKUP}REASON\n"),
        None => line.to_owned(),
    });
    lines.collect()
}

/// What each system says in its own words.
const LOOKUP: &str = "failed to lookup address information: ";

/// `9` is a digit, `f` a lower-case hexadecimal digit, `+` one or more of what stands before it; the rest is itself.
/// Those that keep their width come first, since tables are aligned by it.
const PATTERNS: &[(&str, &str)] = &[
    ("99999999T999999Z-ffff", "<--------RUN-------->"),
    ("9999-99-99T99:99:99.9+Z", "<INSTANT>"),
    ("9999-99-99T99:99:99Z", "<-----INSTANT------>"),
    ("9999-99-99 99:99:99", "<-----INSTANT----->"),
    ("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "<SHA256>"),
    ("9.999 s", "N.NNN s"),
    ("9.99 s", "N.NN s"),
    (",9+.999,", ",N.NNN,"),
    ("process 9+", "process PID"),
    ("pid 9+", "pid PID"),
];

fn replace(text: &str, pattern: &str, written: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        // Not in the middle of a longer number or word.
        let word = pattern.starts_with(|c: char| c.is_ascii_alphanumeric());
        let inside = word && before.is_some_and(|c: char| c.is_ascii_alphanumeric());
        match if inside { None } else { matched(rest, pattern) } {
            Some(length) => {
                out.push_str(written);
                rest = &rest[length..];
                before = None;
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
                before = Some(first);
            }
        }
    }
    out
}

/// How many bytes the pattern takes at the start of the text.
fn matched(text: &str, pattern: &str) -> Option<usize> {
    let mut at = 0;
    let mut wanted = pattern.chars().peekable();
    while let Some(what) = wanted.next() {
        let fits = |c: char| match what {
            '9' => c.is_ascii_digit(),
            'f' => c.is_ascii_digit() || ('a'..='f').contains(&c),
            _ => c == what,
        };
        let c = text[at..].chars().next().filter(|c| fits(*c))?;
        at += c.len_utf8();
        if wanted.next_if_eq(&'+').is_some() {
            at += text[at..].chars().take_while(|c| fits(*c)).map(char::len_utf8).sum::<usize>();
        }
    }
    Some(at)
}
