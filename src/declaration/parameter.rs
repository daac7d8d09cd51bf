//! What a kind of rule or gate is told, for help and documentation.

/// A kind, for help and documentation.
#[derive(Debug, Clone, Copy)]
pub struct KindInfo {
    /// The name in rule files.
    pub name: &'static str,
    /// Other names that files may call it by.
    pub other_names: &'static [&'static str],
    /// One sentence: what it finds.
    pub summary: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
}

impl KindInfo {
    /// The parameters as a Markdown table, as the documentation shows them.
    pub fn parameter_table(&self) -> String {
        let mut out = String::from("| parameter | default | meaning |\n|---|---|---|\n");
        for parameter in self.parameters {
            let default = parameter.default.map_or("required".to_owned(), |text| format!("`{text}`"));
            out.push_str(&format!("| `{}` | {default} | {} |\n", parameter.name, parameter.meaning));
        }
        out
    }
}

/// A parameter of a kind, for help and documentation.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// The name in rule files.
    pub name: &'static str,
    /// What it is where it is not given; `None` where it must be given.
    pub default: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
}

impl Parameter {
    pub(crate) const fn required(name: &'static str, meaning: &'static str) -> Parameter {
        Parameter { name, default: None, meaning }
    }

    pub(crate) const fn optional(name: &'static str, default: &'static str, meaning: &'static str) -> Parameter {
        Parameter { name, default: Some(default), meaning }
    }
}
