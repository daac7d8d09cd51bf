//! How to install a PostgreSQL server on this system, in one sentence.

use std::fs;

/// The remedy for this machine.
pub(super) fn remedy(major: Option<u32>) -> String {
    let os_release = ["/etc/os-release", "/usr/lib/os-release"].iter().find_map(|path| fs::read_to_string(path).ok());
    remedy_for(std::env::consts::OS, &os_release.unwrap_or_default(), major)
}

fn remedy_for(os: &str, os_release: &str, major: Option<u32>) -> String {
    match install_command(os, os_release, major) {
        Some(install) => format!("install them with `{install}`, or run the project's set-up script `./setup`"),
        None => "install the PostgreSQL server with this system's package manager, or run the project's set-up \
                 script `./setup`"
            .to_owned(),
    }
}

fn install_command(os: &str, os_release: &str, major: Option<u32>) -> Option<String> {
    let versioned =
        |prefix: &str| major.map_or_else(|| prefix.trim_end_matches(['-', '@']).to_owned(), |n| format!("{prefix}{n}"));
    let newest = major.unwrap_or(18);
    match os {
        "macos" => return Some(format!("brew install postgresql@{newest}")),
        "windows" => return Some(format!("winget install PostgreSQL.PostgreSQL.{newest}")),
        "linux" => {}
        _ => return None,
    }
    families(os_release).iter().find_map(|family| match family.as_str() {
        "debian" | "ubuntu" => Some(format!("sudo apt-get install {}", versioned("postgresql-"))),
        // The distribution has one major; others come from the PostgreSQL project's own repository.
        "fedora" | "rhel" | "centos" => Some(match major {
            Some(n) => format!("sudo dnf install postgresql{n}-server postgresql{n}-contrib"),
            None => "sudo dnf install postgresql-server postgresql-contrib".to_owned(),
        }),
        "arch" => Some("sudo pacman -S postgresql".to_owned()),
        "alpine" => Some(major.map_or("sudo apk add postgresql".to_owned(), |n| format!("sudo apk add postgresql{n}"))),
        "suse" | "opensuse" => Some("sudo zypper install postgresql-server postgresql-contrib".to_owned()),
        _ => None,
    })
}

/// The distribution and what it descends from, nearest first: ID, then ID_LIKE.
fn families(os_release: &str) -> Vec<String> {
    let value = |key: &str| {
        os_release
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
            .unwrap_or_default()
            .trim_matches(['"', '\''])
    };
    [value("ID"), value("ID_LIKE")].iter().flat_map(|words| words.split_whitespace()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_is_told_its_own_command() {
        let cases = [
            ("linux", "ID=debian\n", None, "sudo apt-get install postgresql`"),
            (
                "linux",
                "NAME=\"Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
                Some(16),
                "sudo apt-get install postgresql-16`",
            ),
            ("linux", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", None, "sudo dnf install postgresql-server"),
            ("linux", "ID=fedora\n", Some(17), "sudo dnf install postgresql17-server"),
            ("linux", "ID=arch\n", None, "sudo pacman -S postgresql`"),
            ("linux", "ID=alpine\n", Some(16), "sudo apk add postgresql16`"),
            ("macos", "", Some(15), "brew install postgresql@15`"),
            ("windows", "", None, "winget install PostgreSQL.PostgreSQL."),
            ("linux", "ID=unheard-of\n", None, "this system's package manager"),
            ("freebsd", "ID=freebsd\n", None, "this system's package manager"),
        ];
        for (os, os_release, major, expected) in cases {
            let text = remedy_for(os, os_release, major);
            assert!(text.contains(expected) && text.contains("`./setup`"), "{os} {os_release:?}: {text}");
        }
    }
}
