//! The order of the house: what every file of the project keeps to.

mod source;

use std::collections::BTreeSet;

use source::{Token, files, project, resolve, text, tokens};

#[test]
fn no_file_names_a_machine_or_leaves_something_for_later() {
    let mut broken = Vec::new();
    for file in text_files() {
        for (number, line) in (1..).zip(text(&file).lines()) {
            let found = words_for_later(line).or_else(|| machine_path(line));
            broken.extend(found.map(|found| format!("{file}:{number}: {found}")));
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn only_the_door_prints_and_reads_the_environment() {
    let mut broken = Vec::new();
    for file in files("src").iter().filter(|file| file.ends_with(".rs")) {
        if !file.starts_with("src/cli") && file != "src/main.rs" {
            broken.extend(doors_work(&text(file)).into_iter().map(|(line, what)| format!("{file}:{line}: {what}")));
        }
    }
    assert!(broken.is_empty(), "belongs into src/cli:\n{}", broken.join("\n"));
}

#[test]
fn every_sql_file_is_run_by_the_rust_beside_it() {
    let all = files("src");
    let mut used = BTreeSet::new();
    for file in all.iter().filter(|file| file.ends_with(".rs")) {
        used.extend(included(file, &text(file)));
    }
    for path in &used {
        assert!(project().join(path).exists(), "{path} is included and not there");
    }
    let unused: Vec<&String> = all
        .iter()
        .filter(|file| file.ends_with(".sql"))
        .filter(|file| !used.contains(*file) && !used.iter().any(|used| file.starts_with(&format!("{used}/"))))
        .collect();
    assert!(unused.is_empty(), "no include_str! names {unused:?}");
}

#[test]
fn links_between_pages_resolve() {
    let mut broken = Vec::new();
    for file in pages() {
        for (line, link) in links(&text(&file)) {
            broken.extend(dead(&file, &link).map(|why| format!("{file}:{line}: {link}: {why}")));
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_page_is_in_the_index() {
    let index: Vec<String> = links(&text("docs/README.md")).into_iter().map(|(_, link)| link).collect();
    for file in pages().iter().filter(|file| file.starts_with("docs/") && *file != "docs/README.md") {
        let name = file.trim_start_matches("docs/");
        let folder = name.split_once('/').map(|(folder, _)| format!("{folder}/README.md"));
        let listed = |link: &String| link == name || Some(link) == folder.as_ref();
        assert!(index.iter().any(listed), "docs/README.md does not link to {name}");
    }
}

#[test]
fn exit_codes_are_the_same_on_every_page() {
    let codes = |file| -> Vec<String> { code_rows(&text(file)) };
    let expected = codes("docs/exit-codes.md");
    assert_eq!(expected.len(), 7, "docs/exit-codes.md: {expected:?}");
    assert_eq!(codes("README.md"), expected, "README.md and docs/exit-codes.md");
}

#[test]
fn the_changelog_has_a_place_for_what_comes_next() {
    let text = text("CHANGELOG.md");
    let first = text.lines().find(|line| line.starts_with("## "));
    assert_eq!(first, Some("## [Unreleased]"));
}

#[test]
fn every_dependency_says_what_it_is_for() {
    assert_eq!(unexplained(&text("Cargo.toml")), Vec::<String>::new(), "no comment above it in Cargo.toml");
}

#[cfg(unix)]
#[test]
fn scripts_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    for file in ["setup", ".ci/run"] {
        let mode = std::fs::metadata(project().join(file)).expect(file).permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{file} is not executable");
        assert!(text(file).starts_with("#!/"), "{file}");
    }
}

/// All files with text that people write. Recorded server output and binary files are left out.
fn text_files() -> Vec<String> {
    const ENDS: &[&str] = &["rs", "sql", "md", "toml", "json", "yml", "sh"];
    files("")
        .into_iter()
        .filter(|file| !file.starts_with("tests/cases"))
        .filter(|file| {
            ENDS.iter().any(|end| file.ends_with(&format!(".{end}"))) || !file.contains('.') || file == ".ci/run"
        })
        .collect()
}

fn pages() -> Vec<String> {
    text_files().into_iter().filter(|file| file.ends_with(".md")).collect()
}

/// The words are put together here, so that this file does not hold them.
fn words_for_later(line: &str) -> Option<String> {
    let words = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    let parts = || line.split(|c: char| !c.is_ascii_alphanumeric());
    words.into_iter().find(|word| parts().any(|part| part == word)).map(|word| format!("{word} is left over"))
}

/// A directory of one machine, or the host of a registry.
fn machine_path(line: &str) -> Option<String> {
    let paths = [["/wo", "rk"].concat(), ["/tm", "p/w"].concat(), ["/ro", "ot"].concat()];
    let starts = |path: &String| {
        line.match_indices(path.as_str()).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + path.len()..].chars().next();
            !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '}' | '.' | '_' | '-'))
                && !after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        })
    };
    let hosts = [["crates", ".io"].concat(), ["npmjs", ".org"].concat(), ["deb.debian", ".org"].concat()];
    let path = paths.iter().find(|path| starts(path)).map(|path| format!("{path} is a path of one machine"));
    path.or_else(|| hosts.iter().find(|host| line.contains(*host)).map(|host| format!("{host} is a registry's host")))
}

/// Prints and looks at the environment, with their lines.
fn doors_work(text: &str) -> Vec<(u32, String)> {
    let tokens = tokens(text);
    let at = |index: usize| tokens.get(index).map(|(_, token)| token);
    let mut found = Vec::new();
    for (index, (line, token)) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        let prints = matches!(word.as_str(), "println" | "eprintln" | "print" | "eprint" | "dbg");
        if prints && at(index + 1) == Some(&Token::Sign('!')) {
            found.push((*line, format!("{word}!")));
        }
        let reads = ["var", "var_os", "vars", "vars_os", "args", "args_os"];
        if word == "env" && at(index + 1) == Some(&Token::Path) {
            let read = reads.iter().find(|name| at(index + 2).is_some_and(|token| token.is(name)));
            found.extend(read.map(|name| (*line, format!("env::{name}"))));
        }
    }
    found
}

/// The files that a Rust file takes in, and the folders whose migrations it embeds.
fn included(file: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for window in tokens(text).windows(4) {
        let [(_, Token::Word(word)), (_, Token::Sign('!')), (_, Token::Sign('(')), (_, Token::Text(path))] = window
        else {
            continue;
        };
        match word.as_str() {
            "include_str" | "include_bytes" => found.push(resolve(file, path)),
            "embed_migrations" => found.push(path.clone()),
            _ => {}
        }
    }
    found
}

/// The targets of `[text](target)` outside of code, with their lines.
fn links(text: &str) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    let mut code = false;
    for (number, line) in (1..).zip(text.lines()) {
        code ^= line.trim_start().starts_with("```");
        if code {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for rest in prose.split("](").skip(1) {
            found.extend(rest.split_once(')').map(|(target, _)| (number, target.to_owned())));
        }
    }
    found
}

/// Why a link leads nowhere.
fn dead(file: &str, link: &str) -> Option<String> {
    if ["https://", "http://", "mailto:"].iter().any(|start| link.starts_with(start)) {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() { file.to_owned() } else { resolve(file, path) };
    if !project().join(&target).exists() {
        return Some(format!("{target} is not there"));
    }
    if anchor.is_empty() || headings(&text(&target)).contains(anchor) {
        return None;
    }
    Some(format!("{target} has no heading {anchor:?}"))
}

/// The headings as links name them: lower case, blanks as dashes, other signs left out.
fn headings(text: &str) -> BTreeSet<String> {
    let kept = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let slug = |title: &str| title.trim().to_lowercase().replace(|c| !kept(c), "").replace(' ', "-");
    text.lines().filter(|line| line.starts_with('#')).map(|line| slug(line.trim_start_matches('#'))).collect()
}

/// Rows `| 0 | go | …`: the code and its meaning.
fn code_rows(text: &str) -> Vec<String> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, code, meaning, ..] = cells[..] else { return None };
        code.trim_matches('`').parse::<u8>().ok().map(|code| format!("{code} {meaning}"))
    };
    text.lines().filter(|line| line.starts_with('|')).filter_map(row).collect()
}

/// Dependencies without a comment in the line above.
fn unexplained(manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut section = "";
    let mut above = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]") && !line.starts_with([' ', '#', ']']) && !above.starts_with('#') {
            found.extend(line.split_once(" = ").map(|(name, _)| name.to_owned()));
        }
        above = line;
    }
    found
}

/// The checks themselves, on planted text.
mod checks {
    use super::*;

    #[test]
    fn words_and_paths_are_found_and_look_alikes_are_not() {
        let later = ["// TO", "DO: later"].concat();
        assert!(words_for_later(&later).is_some() && words_for_later("TODOS are fine").is_none());
        for path in [["see /wo", "rk/main"].concat(), ["\"/tm", "p/w/house\""].concat(), ["/ro", "ot/.cargo"].concat()]
        {
            assert!(machine_path(&path).is_some(), "{path}");
        }
        for line in ["/workflow", "tests/work/x", "/tmp/work", "{root}/etc", "$root/etc", "/rooted"] {
            assert_eq!(machine_path(line), None, "{line}");
        }
        assert!(machine_path(&["index.crates", ".io"].concat()).is_some());
    }

    #[test]
    fn prints_and_environment_are_found_outside_of_strings_and_comments() {
        let text = "fn f() {\n    println!(\"a\");\n    let a = std::env::var_os(\"A\");\n}\n// println!()\n";
        let found: Vec<u32> = doors_work(text).iter().map(|(line, _)| *line).collect();
        assert_eq!(found, [2, 3]);
        assert_eq!(doors_work("let a = \"println!()\"; env!(\"X\"); env::temp_dir();"), []);
    }

    #[test]
    fn included_files_are_found() {
        let text = "include_str!(\"a.sql\"); include_str!(\n    \"../db/b.sql\"\n); // include_str!(\"c.sql\")";
        assert_eq!(included("src/plan/x.rs", text), ["src/plan/a.sql", "src/db/b.sql"]);
    }

    #[test]
    fn dead_links_are_found() {
        let text = "[a](docs/none.md) and [b](Cargo.toml)\n```\n[c](x)\n```\n`[d](y)` [e](https://example.com)";
        let found = links(text);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(dead("README.md", &found[0].1).is_some() && dead("README.md", &found[1].1).is_none());
        assert!(dead("README.md", "#no-such-heading").is_some());
        assert!(headings("## What it does, exactly\n").contains("what-it-does-exactly"));
    }

    #[test]
    fn a_dependency_without_a_word_is_found() {
        let manifest = "[dependencies]\n# why\na = \"1\"\nb = \"1\"\n[lints]\nc = 1\n[dev-dependencies]\nd = \"1\"\n";
        assert_eq!(unexplained(manifest), ["b", "d"]);
    }
}
