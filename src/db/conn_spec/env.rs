use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The surroundings that settings are read from: variables, home directory, user. Filled by the caller; an empty one
/// makes the connection string the only source.
#[derive(Clone, Default)]
pub struct Env {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
    user: Option<String>,
}

impl Env {
    /// From variables. The home directory is that of `HOME` (`USERPROFILE` on Windows), the user that of `USER`
    /// (`USERNAME`), unless told otherwise by [`Env::with_home`] and [`Env::with_user`].
    pub fn new<K: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (K, V)>) -> Env {
        let variables = variables.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        let mut env = Env { variables, home: None, user: None };
        let (home, user) = if cfg!(windows) { ("USERPROFILE", "USERNAME") } else { ("HOME", "USER") };
        env.home = env.get(home).map(PathBuf::from);
        env.user = env.get(user).map(str::to_owned);
        env
    }

    /// The same with this home directory.
    #[must_use]
    pub fn with_home(self, home: impl Into<PathBuf>) -> Env {
        Env { home: Some(home.into()), ..self }
    }

    /// The same with this user of the operating system: the default role.
    #[must_use]
    pub fn with_user(self, user: impl Into<String>) -> Env {
        Env { user: Some(user.into()), ..self }
    }

    /// A variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let exact = self.variables.get(name);
        // On Windows `Path` and `PATH` are one variable.
        let alike = || self.variables.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let found = if cfg!(windows) { exact.or_else(alike) } else { exact };
        found.map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All variables, for programs that are run with them.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// A file of libpq's: `~/<unix>`, on Windows `%APPDATA%\postgresql\<windows>`.
    pub(super) fn file(&self, unix: &str, windows: &str) -> Option<PathBuf> {
        if cfg!(windows) {
            return self.get("APPDATA").map(|dir| PathBuf::from(dir).join("postgresql").join(windows));
        }
        self.home.as_ref().map(|home| home.join(unix))
    }
}

/// Names only: a value may be a password.
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.variables.keys().collect();
        f.debug_struct("Env").field("variables", &names).field("home", &self.home).field("user", &self.user).finish()
    }
}
