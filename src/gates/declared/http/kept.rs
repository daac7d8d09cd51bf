//! Answers kept before the phases and compared after them.

use std::path::PathBuf;

use serde_json::Value;

use super::super::bench::Bench;
use super::super::kind::Unmeasured;
use super::answer::Answer;
use crate::verdict::Stage;

/// What became of an answer that is kept.
pub(super) enum Kept {
    /// This is the answer that later ones are held against.
    Now,
    /// It is the same as before.
    Same,
    /// It differs, at these places.
    Differs(Vec<String>),
}

/// Before the phases, keeps the answer; later, holds it against the one that was kept.
///
/// Kept are the SHA-256 of each value of the JSON by its place, or of the whole body where it is no JSON: differences are
/// named by place and nothing of what users see is written to a disk.
///
/// # Errors
/// There is no place to keep it, or nothing was kept before.
pub(super) async fn hold_against(
    answer: &Answer,
    ignore: &[String],
    bench: &Bench<'_>,
    index: usize,
) -> Result<Kept, Unmeasured> {
    let Some(folder) = &bench.platform.memory else {
        return Err(Unmeasured::new("there is no run in which an answer could be kept"));
    };
    let path: PathBuf = folder.join(format!("{}_{index}.json", bench.gate));
    let now = places(answer, ignore);
    let io = |error: std::io::Error| Unmeasured::new(format!("{}: {error}", path.display()));
    if matches!(bench.stage, Stage::Preflight | Stage::Before) {
        tokio::fs::create_dir_all(folder).await.map_err(io)?;
        let text = serde_json::to_string_pretty(&now).map_err(|error| Unmeasured::new(error.to_string()))?;
        tokio::fs::write(&path, text).await.map_err(io)?;
        return Ok(Kept::Now);
    }
    let text = match tokio::fs::read(&path).await {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Unmeasured::new("no answer was kept before the phases")
                .remedy("give the gate the stage before as well: when = [\"before\", \"after\"]"));
        }
        Err(error) => return Err(io(error)),
    };
    let before: Places =
        serde_json::from_slice(&text).map_err(|error| Unmeasured::new(format!("{}: {error}", path.display())))?;
    let differing = differences(&before, &now);
    Ok(if differing.is_empty() { Kept::Same } else { Kept::Differs(differing) })
}

type Places = std::collections::BTreeMap<String, String>;

/// The checksum of every value by its place.
fn places(answer: &Answer, ignore: &[String]) -> Places {
    let mut places = Places::from([("status".to_owned(), answer.status.to_string())]);
    match answer.json() {
        Ok(json) => walk(&json, "", ignore, &mut places),
        Err(_) => drop(places.insert("body".into(), crate::digest::Checksum::of(&answer.body).to_string())),
    }
    places
}

fn walk(value: &Value, at: &str, ignore: &[String], places: &mut Places) {
    if ignore.iter().any(|pattern| matches(pattern, at)) {
        return;
    }
    let below = |name: &str| format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(name, value)| walk(value, &below(name), ignore, places));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(index, value)| walk(value, &below(&index.to_string()), ignore, places));
        }
        other => {
            places.insert(at.to_owned(), crate::digest::Checksum::of(other.to_string().as_bytes()).to_string());
        }
    }
}

/// Whether a pattern names a place; `*` stands for any one part of it.
fn matches(pattern: &str, at: &str) -> bool {
    let (mut pattern, mut at) = (pattern.split('/'), at.split('/'));
    loop {
        match (pattern.next(), at.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == "*" || wanted == found => {}
            _ => return false,
        }
    }
}

fn differences(before: &Places, now: &Places) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (place, was) in before {
        match now.get(place) {
            None => found.push(format!("{place}: gone")),
            Some(is) if is != was => found.push(format!("{place}: changed")),
            Some(_) => {}
        }
    }
    found.extend(now.keys().filter(|place| !before.contains_key(*place)).map(|place| format!("{place}: new")));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        Answer { status: 200, headers: Vec::new(), body: body.into(), took: std::time::Duration::ZERO }
    }

    #[test]
    fn differences_are_named_by_place_and_what_is_ignored_is_not() {
        let ignore = ["/at".to_owned(), "/items/*/seen".to_owned()];
        let before = places(&answer(r#"{"at":1,"items":[{"id":1,"seen":5},{"id":2,"seen":5}],"sum":"10.0"}"#), &ignore);
        let same = places(&answer(r#"{"sum":"10.0","at":2,"items":[{"id":1,"seen":6},{"seen":1,"id":2}]}"#), &ignore);
        assert_eq!(differences(&before, &same), Vec::<String>::new());
        let other = places(&answer(r#"{"at":1,"items":[{"id":1,"seen":5}],"sum":"10.00","new":null}"#), &ignore);
        assert_eq!(differences(&before, &other), ["/items/1/id: gone", "/sum: changed", "/new: new"]);
    }
}
