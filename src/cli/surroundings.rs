//! The environment, the terminal, the machine.

use std::io::IsTerminal;
use std::path::Path;

use time::OffsetDateTime;
use time::macros::format_description;

use crate::db::Env;
use crate::report::Style;

use super::args::When;

/// What the program runs in.
pub(super) struct Surroundings {
    pub(super) env: Env,
    pub(super) user: Option<String>,
    /// Whether standard error is a terminal that can show progress.
    pub(super) live: bool,
    pub(super) width: u16,
    /// Where messages are broken; not at all where nobody looks at them but a log.
    pub(super) error_width: Option<u16>,
    pub(super) colour: bool,
}

impl Surroundings {
    pub(super) fn look(color: When) -> Surroundings {
        let env = Env::new(
            std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?))),
        );
        let stdout = std::io::stdout().is_terminal();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let user = user();
        Surroundings {
            env: match &user {
                Some(user) => env.with_user(user.clone()),
                None => env,
            },
            user,
            live: std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
            width: asked_width().or_else(|| if stdout { terminal_width() } else { None }).unwrap_or(80).max(MIN_WIDTH),
            error_width: error_width(),
            colour: is_coloured(color, stdout, no_colour),
        }
    }

    pub(super) fn style(&self) -> Style {
        Style { width: self.width, colour: self.colour }
    }
}

/// What was asked for; else colour on a terminal, unless NO_COLOR says otherwise (no-color.org: any text does).
fn is_coloured(color: When, terminal: bool, no_colour: bool) -> bool {
    match color {
        When::Always => true,
        When::Never => false,
        When::Auto => terminal && !no_colour,
    }
}

fn user() -> Option<String> {
    let named = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).or_else(own_name).or_else(|| output("id", &["-un"]))
}

/// The name in `/etc/passwd` of the user that this process runs as; asking `id` costs a process.
#[cfg(target_os = "linux")]
fn own_name() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let uid = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, id) = (fields.next()?, fields.next()?, fields.next()?);
        (id == uid).then(|| name.to_owned())
    })
}

#[cfg(not(target_os = "linux"))]
fn own_name() -> Option<String> {
    None
}

/// Narrower than this, nothing can be read.
const MIN_WIDTH: u16 = 40;

/// The width of messages: as asked for, else that of the terminal they go to.
pub(super) fn error_width() -> Option<u16> {
    let width = asked_width().or_else(|| if std::io::stderr().is_terminal() { terminal_width() } else { None });
    width.map(|width| width.max(MIN_WIDTH))
}

fn asked_width() -> Option<u16> {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok())
}

fn terminal_width() -> Option<u16> {
    comfy_table::Table::new().width()
}

/// Free bytes of the file system that holds a directory, as POSIX `df` tells it; `None` elsewhere.
pub(super) fn free_bytes(directory: &Path) -> Option<u64> {
    let text = output("df", &["-Pk", directory.to_str()?])?;
    let kilobytes: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

fn output(program: &str, args: &[&str]) -> Option<String> {
    if cfg!(windows) {
        return None;
    }
    let output = std::process::Command::new(program).args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// The time as a name.
pub(super) fn stamp() -> String {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    OffsetDateTime::now_utc().format(format).unwrap_or_else(|_| "snapshot".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_asked_for_or_found_on_a_terminal() {
        for (color, terminal, no_colour, expected) in [
            (When::Auto, true, false, true),
            (When::Auto, true, true, false),
            (When::Auto, false, false, false),
            (When::Always, false, true, true),
            (When::Never, true, false, false),
        ] {
            assert_eq!(is_coloured(color, terminal, no_colour), expected, "{color:?} {terminal} {no_colour}");
        }
    }
}
