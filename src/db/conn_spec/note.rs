use std::fmt;
use std::path::PathBuf;

/// Something about the settings that the user should know, though the connection can be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// The connection string holds a password. Where it came as an argument, all users of the machine can read it.
    PasswordInConnectionString,
    /// The password file was left aside.
    PassfileIgnored {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The driver trusts the system's authorities besides the given file; libpq would trust the file alone.
    SystemRootsTrustedToo {
        /// The given file.
        path: PathBuf,
    },
    /// A variable that libpq passes to the server is not used, since phasegate sets the setting itself.
    VariableNotUsed {
        /// Which variable.
        name: &'static str,
        /// What holds in its place.
        instead: &'static str,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::PasswordInConnectionString => f.write_str(
                "the connection string holds a password; given as an argument it is visible to every user of this \
                 machine: use a password file or PGPASSWORD",
            ),
            Note::PassfileIgnored { path, reason } => write!(f, "password file {}: {reason}", path.display()),
            Note::SystemRootsTrustedToo { path } => write!(
                f,
                "the server's certificate is accepted from the authorities in {} and also from those that this \
                 system trusts; sslmode=verify-full ties it to the host name",
                path.display()
            ),
            Note::VariableNotUsed { name, instead } => write!(f, "{name} is not used: {instead}"),
        }
    }
}
