//! What a kind of rule or gate is told, for the reader of files, for help, documentation and editors.

use super::shape::Shape;

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
    /// Whether what it stands in must name a `table` beside it.
    pub needs_table: bool,
}

impl KindInfo {
    /// The parameters as a Markdown table, as the documentation shows them.
    pub fn parameter_table(&self) -> String {
        parameter_table(self.parameters)
    }

    /// All its names, its own first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.name].into_iter().chain(self.other_names.iter().copied())
    }
}

/// Parameters as a Markdown table.
pub fn parameter_table(parameters: &[Parameter]) -> String {
    let mut out = String::from("| parameter | what | default | meaning |\n|---|---|---|---|\n");
    for parameter in parameters {
        let default = parameter.default.map_or("required".to_owned(), |text| format!("`{text}`"));
        let what = parameter.shape.brief();
        out.push_str(&format!("| `{}` | {what} | {default} | {} |\n", parameter.name, parameter.meaning));
    }
    out
}

/// A parameter of a kind, for help and documentation.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// The name in rule files.
    pub name: &'static str,
    /// What it may be.
    pub shape: Shape,
    /// What it is where it is not given: a value as TOML writes it, or words for what no value says; `None` where it must
    /// be given.
    pub default: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
}

impl Parameter {
    pub(crate) const fn required(name: &'static str, shape: Shape, meaning: &'static str) -> Parameter {
        Parameter { name, shape, default: None, meaning }
    }

    pub(crate) const fn optional(
        name: &'static str,
        shape: Shape,
        default: &'static str,
        meaning: &'static str,
    ) -> Parameter {
        Parameter { name, shape, default: Some(default), meaning }
    }

    /// The default as a value; `None` where there is none, or words say what it is.
    pub(crate) fn default_value(&self) -> Option<toml::Value> {
        let text = self.default?;
        toml::from_str::<toml::Table>(&format!("x = {text}")).ok()?.remove("x")
    }
}
