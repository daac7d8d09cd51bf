//! What is declared in a folder, each as a checksum: whether it is still the same is known without keeping it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::digest::Checksum;

use super::folder::paths;
use super::top::TABLES;

/// The checksum of each declaration of a folder, as `loads.four_users`; of a `*.sql` file, which is a rule, the file's.
/// Comments and the layout of TOML do not count. What cannot be read is not among them.
pub fn checksums(folder: &Path) -> BTreeMap<String, Checksum> {
    let mut found = BTreeMap::new();
    for path in paths(folder).unwrap_or_default() {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if path.extension().is_some_and(|end| end == "sql") {
            let id = path.file_stem().unwrap_or_default().to_string_lossy();
            found.insert(format!("rules.{id}"), Checksum::of(text.as_bytes()));
            continue;
        }
        let tables = toml::from_str::<toml::Table>(&text).unwrap_or_default();
        for (sort, entries) in tables.iter().filter(|(sort, _)| TABLES.contains(&sort.as_str())) {
            for (id, entry) in entries.as_table().into_iter().flatten() {
                if let Ok(json) = serde_json::to_string(entry) {
                    found.insert(format!("{sort}.{id}"), Checksum::of(json.as_bytes()));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_counts_and_how_it_is_laid_out_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("a.toml", "[rules.r]\ntable = \"t\"\ncheck.row_count = { min = 1, max = 2 }\n[loads.l]\nusers = 4\n");
        write("q.sql", "SELECT 1");
        let before = checksums(folder.path());
        assert_eq!(before.keys().collect::<Vec<_>>(), ["loads.l", "rules.q", "rules.r"]);
        write(
            "a.toml",
            "# a comment\n[loads.l]\nusers   = 4\n[rules.r]\ncheck.row_count = { max = 2, min = 1 }\ntable = \"t\"\n",
        );
        assert_eq!(checksums(folder.path()), before);
        write("a.toml", "[loads.l]\nusers = 5\n[rules.r]\ncheck.row_count = { max = 2, min = 1 }\ntable = \"t\"\n");
        let after = checksums(folder.path());
        assert!(after["loads.l"] != before["loads.l"] && after["rules.r"] == before["rules.r"]);
    }
}
