//! What `pg_restore --list` says of an archive.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// An archive by its list of contents.
#[derive(Debug, PartialEq)]
pub(super) struct Archive<'a> {
    /// Whose backup it is.
    pub(super) database: Option<&'a str>,
    /// When it was begun, at the latest: an archive has the hands of the clock and not the zone that it hung in. It holds
    /// what the database held then.
    pub(super) began: Option<OffsetDateTime>,
    pub(super) entries: Vec<&'a str>,
}

/// No clock is further behind that of UTC, summer time included.
const FARTHEST_ZONE: time::Duration = time::Duration::hours(12);

const TIME: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

impl<'a> Archive<'a> {
    pub(super) fn of(list: &'a str) -> Archive<'a> {
        let told = |name: &str| list.lines().find_map(|line| line.strip_prefix(';')?.trim_start().strip_prefix(name));
        let began = told("Archive created at ").and_then(|at| {
            let at = at.trim().strip_suffix(" UTC").or_else(|| at.trim().strip_suffix(" GMT"))?;
            PrimitiveDateTime::parse(at, TIME).ok().map(|at| at.assume_utc() + FARTHEST_ZONE)
        });
        let is_entry = |line: &&str| !line.starts_with(';') && !line.trim().is_empty();
        Archive { database: told("dbname: ").map(str::trim), began, entries: list.lines().filter(is_entry).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_head_tells_whose_it_is_and_when_it_was_begun() {
        let list = ";\n; Archive created at 2026-01-31 23:00:00 UTC\n;     dbname: portal\n;     TOC Entries: 5\n;\n\n\
                    3; 2615 2200 SCHEMA - public postgres\n";
        let archive = Archive::of(list);
        assert_eq!((archive.database, archive.began), (Some("portal"), Some(datetime!(2026-02-01 11:00 UTC))));
        assert_eq!(archive.entries, ["3; 2615 2200 SCHEMA - public postgres"]);
        assert_eq!(Archive::of("; Archive created at 2026-01-31 23:00:00 CET\n").began, None);
    }
}
