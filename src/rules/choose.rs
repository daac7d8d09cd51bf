//! Some of the rules, by id or tag.

use std::collections::BTreeSet;

use crate::verdict::Moment;

use super::kind::Name;
use super::load::RuleSet;
use super::place::RuleFileErrors;
use super::words;

impl RuleSet {
    /// Only the rules that one of these words calls by id or tag; all of them where there is no word. With a rule come
    /// those that it combines; with one that counts only where it is combined, those that combine it.
    ///
    /// # Errors
    /// [`RuleFileErrors::Choice`] where a word calls no rule of this moment: what chooses nothing would check nothing.
    pub fn choose(mut self, only: &[String], moment: Moment) -> Result<RuleSet, RuleFileErrors> {
        for word in only {
            if !self.at(moment).any(|rule| rule.is_called(word)) {
                return Err(RuleFileErrors::Choice { word: word.clone(), reason: self.why_none(word, moment) });
            }
        }
        if !only.is_empty() {
            let called = self.rules.iter().filter(|rule| only.iter().any(|word| rule.is_called(word)));
            let kept = self.with_their_company(called.map(|rule| rule.id.clone()).collect());
            self.rules.retain(|rule| kept.contains(&rule.id));
        }
        Ok(self)
    }

    fn with_their_company(&self, mut kept: BTreeSet<String>) -> BTreeSet<String> {
        loop {
            let is_kept = |id: &String| kept.contains(id);
            let counts_only_there =
                |name: &&Name| self.rules.iter().any(|rule| rule.only_combined && rule.id == *name.get_ref());
            let mut company = BTreeSet::new();
            for rule in &self.rules {
                let parts = rule.check.combines();
                if is_kept(&rule.id) {
                    company.extend(parts.iter().map(|name| name.get_ref().clone()));
                } else if parts.iter().filter(counts_only_there).any(|name| is_kept(name.get_ref())) {
                    company.insert(rule.id.clone());
                }
            }
            let before = kept.len();
            kept.extend(company);
            if kept.len() == before {
                return kept;
            }
        }
    }

    fn why_none(&self, word: &str, moment: Moment) -> String {
        let other = self.rules.iter().find(|rule| rule.is_called(word));
        if let Some(rule) = other {
            let (is, not) = match moment {
                Moment::Before => ("after", "before"),
                Moment::After => ("before", "after"),
            };
            return format!("rule {} says when = {is:?} and is not judged {not} the phases", rule.id);
        }
        let mut known: Vec<&str> =
            self.at(moment).flat_map(|rule| rule.tags.iter().chain([&rule.id])).map(String::as_str).collect();
        known.sort_unstable();
        known.dedup();
        words::allowed(word, &known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::load_embedded;

    const RULES: &str = "[rules.a]\ntags = [\"pii\", \"daily\"]\ntable = \"t\"\ncheck.row_count = { min = 1 }\n\
                         [rules.b]\ntags = [\"pii\"]\ntable = \"t\"\ncheck.row_count = { min = 1 }\n\
                         [rules.c]\nwhen = \"before\"\ntags = [\"early\"]\ntable = \"t\"\ncheck.row_count = { min = 1 }\n";

    fn chosen(only: &[&str]) -> Result<Vec<String>, String> {
        let set = load_embedded(&[("a.toml", RULES)]).unwrap();
        let only: Vec<String> = only.iter().map(|word| (*word).to_owned()).collect();
        match set.choose(&only, Moment::After) {
            Ok(set) => Ok(set.rules.into_iter().map(|rule| rule.id).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn rules_are_chosen_by_id_and_by_tag() {
        assert_eq!(chosen(&["pii"]).unwrap(), ["a", "b"]);
        assert_eq!(chosen(&["b"]).unwrap(), ["b"]);
        assert_eq!(chosen(&["daily", "b"]).unwrap(), ["a", "b"]);
        assert_eq!(chosen(&[]).unwrap(), ["a", "b", "c"]);
    }

    #[test]
    fn what_counts_only_where_it_is_combined_brings_that_along() {
        let toml = "[rules.either]\ncheck.any_of = { rules = [\"one\", \"two\"] }\n\
                    [rules.one]\ntable = \"t\"\nonly_combined = true\ncheck.row_count = { min = 1 }\n\
                    [rules.two]\ntable = \"t\"\ncheck.row_count = { min = 1 }\n\
                    [rules.three]\ntable = \"t\"\ncheck.row_count = { min = 1 }\n";
        let chosen = |word: &str| {
            let set = load_embedded(&[("a.toml", toml)]).unwrap().choose(&[word.to_owned()], Moment::After).unwrap();
            set.rules.into_iter().map(|rule| rule.id).collect::<Vec<_>>()
        };
        assert_eq!(chosen("one"), ["either", "one", "two"]);
        assert_eq!(chosen("either"), ["either", "one", "two"]);
        assert_eq!(chosen("two"), ["two"]);
    }

    #[test]
    fn what_chooses_nothing_is_an_error_that_says_what_there_is() {
        assert_eq!(
            chosen(&["pii", "pi"]).unwrap_err(),
            "no rule has the id or tag \"pi\" here: there are: a, b, daily, pii"
        );
        assert_eq!(
            chosen(&["early"]).unwrap_err(),
            "no rule has the id or tag \"early\" here: rule c says when = \"before\" and is not judged after the phases"
        );
    }
}
