//! Roles that may do more, or less, than they should.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, quote_literal};

use super::catalog_scope;
use super::kind::{Complaints, Form, Kind, Name, Parameter, Scope, Shape};
use super::row::Probed;
use super::violation::Planned;

/// What a role must be allowed on tables, and what it must not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Privileges {
    role: Spanned<String>,
    #[serde(default)]
    allowed: Vec<Spanned<Privilege>>,
    #[serde(default)]
    forbidden: Vec<Spanned<Privilege>>,
    #[serde(default)]
    schemas: Vec<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Privilege {
    Select,
    Insert,
    Update,
    Delete,
    Truncate,
    References,
    Trigger,
}

impl Privilege {
    fn word(self) -> &'static str {
        match self {
            Privilege::Select => "SELECT",
            Privilege::Insert => "INSERT",
            Privilege::Update => "UPDATE",
            Privilege::Delete => "DELETE",
            Privilege::Truncate => "TRUNCATE",
            Privilege::References => "REFERENCES",
            Privilege::Trigger => "TRIGGER",
        }
    }
}

const PRIVILEGES: Shape = Shape::List {
    of: &Shape::Word(&["select", "insert", "update", "delete", "truncate", "references", "trigger"]),
    least: 0,
};

impl Kind for Privileges {
    const NAME: &'static str = "privileges";
    const SUMMARY: &'static str =
        "tables on which a role lacks a privilege that it needs, or has one that it must not have";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required(
            "role",
            Shape::Text(Form::Named("role", "roles")),
            "the role; what it has by way of other roles counts",
        ),
        Parameter::optional(
            "allowed",
            PRIVILEGES,
            "[]",
            "what it must have: `select`, `insert`, `update`, `delete`, `truncate`, `references`, `trigger`",
        ),
        Parameter::optional("forbidden", PRIVILEGES, "[]", "what it must not have"),
        Parameter::optional(
            "schemas",
            Shape::SCHEMAS,
            "all",
            "the schemas that are looked at, where the rule names no table",
        ),
    ];
    const NEEDS_TABLE: bool = false;

    fn look_over(&self, complaints: &mut Complaints) {
        if self.allowed.is_empty() && self.forbidden.is_empty() {
            complaints.add(self.role.span(), "privileges asks for nothing: give allowed, forbidden or both");
        }
        for both in
            self.forbidden.iter().filter(|one| self.allowed.iter().any(|other| other.get_ref() == one.get_ref()))
        {
            complaints.add(both.span(), "it is allowed above");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::one_scope(scope, &self.schemas, Self::NAME, complaints);
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let (words, change) = match self.allowed.is_empty() {
            true => (&self.forbidden, "GRANT %s ON %s TO %I"),
            false => (&self.allowed, "REVOKE %s ON %s FROM %I, PUBLIC"),
        };
        let words: Vec<&str> = words.iter().map(|one| one.get_ref().word()).collect();
        let role = quote_literal(self.role.get_ref());
        let statement = format!("EXECUTE pg_catalog.format('{change}', '{}', item.name, {role});", words.join(", "));
        catalog_scope::violation(scope, &self.schemas, &statement)
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let list = |privileges: &[Spanned<Privilege>], wanted: &str| {
            let rows = privileges.iter().map(|one| format!("('{}', {wanted})", one.get_ref().word()));
            rows.collect::<Vec<_>>()
        };
        let asked = [list(&self.allowed, "true"), list(&self.forbidden, "false")].concat();
        let with = Sql::new(include_str!("role_privileges.sql"))
            .fragment("asked", asked.join(", "))
            .fragment("role", quote_literal(self.role.get_ref()))
            .fragment("scope", catalog_scope::condition(scope, &self.schemas));
        let noun = format!("privileges of {} that are not as expected", self.role.get_ref());
        catalog_scope::probe(scope, "privilege", &noun, &with)
    }
}
