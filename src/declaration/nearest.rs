//! What somebody may have meant.

/// What could have been meant: all names where they are few, else those that are nearest.
pub(crate) fn allowed(asked: &str, names: &[&str]) -> String {
    const FEW: usize = 12;
    if names.is_empty() {
        return "there is none at all".into();
    }
    if names.len() <= FEW {
        return format!("there are: {}", names.join(", "));
    }
    let mut nearest: Vec<&&str> = names.iter().collect();
    nearest.sort_by_key(|name| distance(asked, name));
    nearest.truncate(3);
    format!("nearest: {}", nearest.into_iter().copied().collect::<Vec<_>>().join(", "))
}

/// All names that there are, and before them the one that was meant, where one is near.
pub(crate) fn and_nearest(asked: &str, names: &[&str]) -> String {
    let all =
        if names.is_empty() { "there is none at all".to_owned() } else { format!("there are: {}", names.join(", ")) };
    let near = (asked.chars().count() / 3).max(2);
    let nearest = names.iter().map(|name| (distance(&asked.to_lowercase(), name), name)).min();
    match nearest.filter(|(distance, _)| *distance <= near) {
        Some((_, name)) => format!("did you mean {name}? {all}"),
        None => all,
    }
}

/// How many letters must be put in, taken out or exchanged to come from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let exchanged = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_are_named() {
        let names: Vec<String> = (0..20).map(|n| format!("column_{n}")).chain(["email".to_owned()]).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(allowed("emial", &names).starts_with("nearest: email, "), "{}", allowed("emial", &names));
        assert_eq!(allowed("x", &["id", "name"]), "there are: id, name");
    }

    #[test]
    fn what_is_near_stands_before_all_there_are() {
        let names = ["table", "severity", "where"];
        assert_eq!(and_nearest("Severty", &names), "did you mean severity? there are: table, severity, where");
        assert_eq!(and_nearest("colour", &names), "there are: table, severity, where");
        assert_eq!(and_nearest("x", &[]), "there is none at all");
    }
}
