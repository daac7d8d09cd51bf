//! Several defects in one database: which go together, and what the checks must say of all of them.

use std::collections::BTreeSet;

use super::judge::Complaint;

/// What must be said of these defects together; `None` where that cannot be told. Gates that count over all tables say the
/// sum. A rule that two of them are the business of could mistake one for the other.
pub fn summed<'a>(
    of: impl IntoIterator<Item = &'a [Complaint]>,
    is_rule: impl Fn(&str) -> bool,
) -> Option<Vec<Complaint>> {
    let mut all: Vec<Complaint> = Vec::new();
    for complaint in of.into_iter().flatten() {
        match all.iter_mut().find(|known| known.check == complaint.check) {
            None => all.push(complaint.clone()),
            Some(known) if known.more > 0 && complaint.more > 0 && !is_rule(&known.check) => {
                known.more += complaint.more;
                known.names.extend(complaint.names.iter().cloned());
            }
            Some(_) => return None,
        }
    }
    Some(all)
}

/// The tables that statements touch: by their own names, and by those of their indexes, sequences and constraints, which
/// begin with them.
pub fn touched<'t>(sql: &[String], tables: &'t [String]) -> BTreeSet<&'t str> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words: BTreeSet<&str> = sql.iter().flat_map(|sql| sql.split(|letter| !is_name(letter))).collect();
    let is_meant = |table: &&String| {
        words
            .iter()
            .any(|word| word.strip_prefix(table.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')))
    };
    tables.iter().filter(is_meant).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::super::judge::Wanted;
    use super::*;

    fn complaint(check: &str, more: u64, name: &str) -> Complaint {
        Complaint { check: check.into(), more, names: vec![name.into()], wanted: Wanted::Red }
    }

    #[test]
    fn a_gate_says_the_sum_and_a_rule_has_one_defect_at_a_time() {
        let one = [complaint("a_rule", 1, "id=1 "), complaint("a_gate", 1, "a id=1 ")];
        let two = [complaint("another_rule", 1, "id=2 "), complaint("a_gate", 2, "b id=2 ")];
        let all = summed([one.as_slice(), &two], |check| check.ends_with("_rule")).unwrap();
        let told: Vec<_> = all.iter().map(|one| (one.check.as_str(), one.more, one.names.len())).collect();
        assert_eq!(told, [("a_rule", 1, 1), ("a_gate", 3, 2), ("another_rule", 1, 1)]);
        assert_eq!(summed([one.as_slice(), &one], |check| check.ends_with("_rule")), None);
        let uncounted = [complaint("a_gate", 0, "red ")];
        assert_eq!(summed([one.as_slice(), &uncounted], |_| false), None, "that it is red tells nothing of the other");
    }

    #[test]
    fn tables_are_touched_by_their_names_and_those_of_what_is_theirs() {
        let tables = ["products", "product_owners", "users"].map(str::to_owned);
        let of = |sql: &str| touched(&[sql.to_owned()], &tables).into_iter().collect::<Vec<_>>();
        assert_eq!(of("UPDATE public.products SET a = 1 WHERE b = 'user'"), ["products"]);
        assert_eq!(
            of("DROP INDEX public.users_email_lower_idx; SELECT 1 FROM product_owners"),
            ["product_owners", "users"]
        );
        assert_eq!(of("REVOKE CREATE ON SCHEMA public FROM PUBLIC"), [""; 0]);
    }
}
