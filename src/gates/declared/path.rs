//! Files and folders: there, of a size and an age, with or without a text.

use std::path::PathBuf;
use std::time::SystemTime;

use serde::Deserialize;

use super::bench::Bench;
use super::gate::{accepted_ms, millis};
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use crate::declaration::{Complaints, Name, Parameter, Shape};

/// A file or a folder that must be there, or must not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Path {
    path: PathBuf,
    #[serde(default)]
    is: Is,
    #[serde(default)]
    min_bytes: u64,
    max_age: Option<Name>,
    #[serde(default)]
    contains: Vec<String>,
}

/// What is expected of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Is {
    #[default]
    Present,
    File,
    Folder,
    Absent,
}

impl Kind for Path {
    const NAME: &'static str = "path";
    const SUMMARY: &'static str = "a file or a folder is there: large enough, new enough, with the texts it must have";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("path", Shape::PATH, "the file or folder; relative to the configuration"),
        Parameter::optional(
            "is",
            Shape::Word(&["present", "file", "folder", "absent"]),
            "\"present\"",
            "`present`, `file`, `folder`, or `absent`",
        ),
        Parameter::optional("min_bytes", Shape::COUNT, "0", "how large the file is at least"),
        Parameter::optional("max_age", Shape::TIME, "none", "how long ago it was changed at most: `1h`"),
        Parameter::optional("contains", Shape::TEXTS, "[]", "texts that stand in the file"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if let Some(age) = &self.max_age {
            millis(age, complaints);
        }
        if matches!(self.is, Is::Folder | Is::Absent) && self.is_about_content() {
            complaints.add(0..0, "min_bytes and contains are of a file; a folder has neither");
        }
    }

    fn subject(&self) -> String {
        self.path.display().to_string()
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let path = bench.path(&self.path);
        let found = match tokio::fs::metadata(&path).await {
            Ok(found) => Some(found),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(Unmeasured::new(format!("{}: {error}", path.display()))),
        };
        let what = |found: &std::fs::Metadata| if found.is_dir() { "a folder" } else { "a file" };
        let Some(found) = found else {
            let outcome = Outcome::of(self.is == Is::Absent);
            let finding = Finding::new(outcome, self.expected(), "there is nothing of this name");
            return Ok(vec![finding.remedy(format!("bring {} there, or correct the path", self.path.display()))]);
        };
        let mut wrong = Vec::new();
        match self.is {
            Is::Absent => wrong.push(format!("there is {}", what(&found))),
            Is::File if found.is_dir() => wrong.push("it is a folder".to_owned()),
            Is::Folder if !found.is_dir() => wrong.push("it is a file".to_owned()),
            // What a folder weighs is the file system's matter.
            Is::Present if found.is_dir() && self.is_about_content() => wrong.push("it is a folder".to_owned()),
            _ => {}
        }
        if found.len() < self.min_bytes {
            wrong.push(format!("it has {} bytes", found.len()));
        }
        wrong.extend(self.too_old(&found)?);
        if wrong.is_empty() && !self.contains.is_empty() {
            let text = tokio::fs::read(&path).await.map_err(|error| Unmeasured::new(error.to_string()))?;
            let text = String::from_utf8_lossy(&text);
            let missing = self.contains.iter().filter(|part| !text.contains(part.as_str()));
            wrong.extend(missing.map(|part| format!("the text {part:?} is not in it")));
        }
        let measured = match wrong.is_empty() {
            true => format!("{}, {} bytes", what(&found), found.len()),
            false => wrong.join("; "),
        };
        let finding = Finding::new(Outcome::of(wrong.is_empty()), self.expected(), measured);
        Ok(vec![finding.remedy(format!("look at {}", self.path.display()))])
    }
}

impl Path {
    fn is_about_content(&self) -> bool {
        self.min_bytes > 0 || !self.contains.is_empty()
    }

    fn expected(&self) -> String {
        let mut words = vec![match self.is {
            Is::Present => "there".to_owned(),
            Is::File => "a file".to_owned(),
            Is::Folder => "a folder".to_owned(),
            Is::Absent => "not there".to_owned(),
        }];
        if self.min_bytes > 0 {
            words.push(format!("at least {} bytes", self.min_bytes));
        }
        words.extend(self.max_age.as_ref().map(|age| format!("changed within {}", age.get_ref())));
        if !self.contains.is_empty() {
            words.push(format!("with {} texts in it", self.contains.len()));
        }
        words.join(", ")
    }

    fn too_old(&self, found: &std::fs::Metadata) -> Result<Option<String>, Unmeasured> {
        let limit = self.max_age.as_ref().map(accepted_ms);
        let Some(limit) = limit else { return Ok(None) };
        let changed = found.modified().map_err(|error| Unmeasured::new(format!("its age is not known: {error}")))?;
        // A time of change that lies ahead is no age: the clocks differ.
        let age =
            SystemTime::now().duration_since(changed).map_err(|_| Unmeasured::new("it was changed in the future"))?;
        Ok((age.as_millis() > u128::from(limit)).then(|| format!("it was changed {} s ago", age.as_secs())))
    }
}
