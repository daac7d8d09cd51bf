//! Where the data of a `COPY ... FROM STDIN` ends: at a line that is `\.` and nothing else, as psql has it.

/// The greatest piece of COPY data, in bytes.
pub(super) const PIECE_BYTES: usize = 64 * 1024;

/// How much text is looked at to cut one piece: a piece, and an end marker behind it.
pub(super) const WINDOW_BYTES: usize = PIECE_BYTES + "\\.\r\n".len();

/// What stands at the front of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// So many bytes of data. The next piece begins a line, or goes on within one.
    Data { bytes: usize, line_ends: bool },
    /// The end marker's line, of so many bytes.
    EndMarker { bytes: usize },
    /// The script ends without a marker.
    Missing,
}

/// Cuts a piece off the front of the text, which holds `WINDOW_BYTES` or all that is left of the script.
pub(super) fn cut(text: &str, at_line_start: bool) -> Outcome {
    let mut at = 0;
    let mut at_line_start = at_line_start;
    while at < text.len() {
        let rest = &text[at..];
        if at_line_start && let Some(bytes) = end_marker(rest) {
            return if at == 0 { Outcome::EndMarker { bytes } } else { Outcome::Data { bytes: at, line_ends: true } };
        }
        let line_bytes = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
        if at + line_bytes > PIECE_BYTES {
            return if at > 0 { Outcome::Data { bytes: at, line_ends: true } } else { within_line(text) };
        }
        at += line_bytes;
        at_line_start = true;
    }
    if at == 0 { Outcome::Missing } else { Outcome::Data { bytes: at, line_ends: text.ends_with('\n') } }
}

fn within_line(text: &str) -> Outcome {
    Outcome::Data { bytes: text.floor_char_boundary(PIECE_BYTES), line_ends: false }
}

/// The length of the end marker's line, if the text begins with one. At the script's end it needs no line end.
fn end_marker(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("\\.")?;
    match rest {
        "" | "\r" => Some(text.len()),
        _ if rest.starts_with('\n') => Some(3),
        _ if rest.starts_with("\r\n") => Some(4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_the_marker_only() {
        let data = |bytes| Outcome::Data { bytes, line_ends: true };
        let table = [
            ("\\.\nselect 1;", true, Outcome::EndMarker { bytes: 3 }),
            ("\\.\r\n", true, Outcome::EndMarker { bytes: 4 }),
            ("\\.", true, Outcome::EndMarker { bytes: 2 }),
            ("\\.\n", false, data(3)),
            ("1\n2\n\\.\n", true, data(4)),
            ("a\\.\n\\.x\n \\.\n\\.\n", true, data(12)),
            ("", true, Outcome::Missing),
            ("1", true, Outcome::Data { bytes: 1, line_ends: false }),
        ];
        for (text, at_line_start, expected) in table {
            assert_eq!(cut(text, at_line_start), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let line = format!("a{}\n", "ä".repeat(PIECE_BYTES));
        assert_eq!(cut(&line, true), Outcome::Data { bytes: PIECE_BYTES - 1, line_ends: false });
        let two = format!("1\n{line}");
        assert_eq!(cut(&two, true), Outcome::Data { bytes: 2, line_ends: true });
    }
}
