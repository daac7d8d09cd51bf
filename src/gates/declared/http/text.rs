//! Texts with `${NAME}` in them: what an earlier answer said, else an environment variable.

use std::collections::BTreeMap;

use crate::db::Env;

/// What names stand for. Its values are secrets: they go to the service and nowhere else.
pub(crate) struct Known {
    env: Env,
    answers: BTreeMap<String, String>,
}

impl Known {
    pub(crate) fn new(env: Env) -> Known {
        Known { env, answers: BTreeMap::new() }
    }

    /// Remembers what an answer said.
    pub(super) fn remember(&mut self, name: &str, value: String) {
        self.answers.insert(name.to_owned(), value);
    }

    /// The text with every `${NAME}` replaced.
    ///
    /// # Errors
    /// The name that stands for nothing.
    pub(super) fn expand(&self, text: &str) -> Result<String, String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, after) = rest.split_at(at);
            out.push_str(before);
            let Some(end) = after.find('}') else {
                return Err(format!("{:?} has no }}", &after[..after.len().min(20)]));
            };
            let name = &after[2..end];
            let value = self.answers.get(name).map(String::as_str).or_else(|| self.env.get(name));
            out.push_str(
                value.ok_or_else(|| format!("${{{name}}} is not set, and no answer before was remembered as it"))?,
            );
            rest = &after[end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_answers_and_variables() {
        let mut known = Known::new(Env::new([("USER_1", "anna"), ("TOKEN", "old")]));
        known.remember("TOKEN", "new".into());
        assert_eq!(known.expand("a ${USER_1}: ${TOKEN}$").unwrap(), "a anna: new$");
        assert!(known.expand("${NO}").unwrap_err().contains("${NO} is not set"));
        assert!(known.expand("${NO").unwrap_err().contains("has no }"));
    }
}
