//! Texts with `${NAME}` in them: what an earlier answer said, else an environment variable, else what stands behind `:-`.

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
    pub(crate) fn remember(&mut self, name: &str, value: String) {
        self.answers.insert(name.to_owned(), value);
    }

    /// The text with every `${NAME}` replaced. `${NAME:-text}` stands for the text where the name is not set, or is empty.
    ///
    /// # Errors
    /// The name that stands for nothing.
    pub(crate) fn expand(&self, text: &str) -> Result<String, String> {
        replaced(text, |name, default| match default {
            Some(default) => Ok(self.value(name).filter(|value| !value.is_empty()).unwrap_or(default).to_owned()),
            None => {
                let value = self.value(name).map(str::to_owned);
                value.ok_or_else(|| format!("${{{name}}} is not set, and no answer before was remembered as it"))
            }
        })
    }

    /// Where the service is that this url stands for.
    ///
    /// # Errors
    /// A name that stands for nothing; a variable that holds no url, or one with a password. Its value is not told.
    pub(crate) fn base(&self, url: &str) -> Result<Base, String> {
        let sent = self.expand(url)?;
        if !is_http(&sent) {
            return Err(format!("what {url} stands for does not begin with http:// or https://"));
        }
        if holds_password(&sent) {
            return Err(format!("what {url} stands for holds a password; put a header with ${{VARIABLE}}"));
        }
        let shown = replaced(url, |name, default| {
            let is_set = self.value(name).is_some_and(|value| !value.is_empty());
            Ok(default.filter(|_| !is_set).map_or_else(|| format!("${{{name}}}"), str::to_owned))
        })?;
        Ok(Base { sent, shown })
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.answers.get(name).map(String::as_str).or_else(|| self.env.get(name))
    }
}

/// Where a service is: as it is asked, and as it may be shown. What a variable says is not shown.
pub(crate) struct Base {
    pub(crate) sent: String,
    pub(crate) shown: String,
}

pub(super) fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

pub(super) fn holds_password(url: &str) -> bool {
    url.split('/').nth(2).is_some_and(|host| host.contains('@'))
}

/// The text with what `value` says in place of each `${NAME}` and `${NAME:-text}`.
fn replaced(text: &str, value: impl Fn(&str, Option<&str>) -> Result<String, String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let Some(end) = after.find('}') else {
            return Err(format!("{:?} has no }}", after.chars().take(20).collect::<String>()));
        };
        let inside = &after[2..end];
        match inside.split_once(":-") {
            Some((name, default)) => out.push_str(&value(name, Some(default))?),
            None => out.push_str(&value(inside, None)?),
        }
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
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

    #[test]
    fn a_text_stands_for_a_name_that_is_not_set() {
        let known = Known::new(Env::new([("HOST", "db1"), ("EMPTY", "")]));
        assert_eq!(known.expand("${HOST:-a}/${EMPTY:-b}/${NO:-c:-d}/${NO:-}").unwrap(), "db1/b/c:-d/");
    }

    #[test]
    fn what_a_variable_says_of_a_url_is_asked_and_not_shown() {
        let known = Known::new(Env::new([
            ("URL", "http://inside.example:1"),
            ("FILE", "file:///secret"),
            ("LOGIN", "http://anna:secret@inside.example"),
        ]));
        let base = |url| known.base(url).map(|base| (base.sent, base.shown));
        assert_eq!(base("${URL:-http://a}/x"), Ok(("http://inside.example:1/x".into(), "${URL}/x".into())));
        assert_eq!(base("${NO:-http://a}/x"), Ok(("http://a/x".into(), "http://a/x".into())));
        for (url, wrong) in [("${FILE}", "does not begin with"), ("${LOGIN}", "holds a password"), ("${NO}", "not set")]
        {
            let error = base(url).unwrap_err();
            assert!(error.contains(wrong) && !error.contains("secret"), "{error}");
        }
    }
}
