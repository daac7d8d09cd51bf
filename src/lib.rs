//! phasegate runs a PostgreSQL migration as ordered phases, puts gates before and after them, and leaves
//! evidence that a person can sign.
//!
//! One way through: config -> plan -> execution -> evidence -> verdict -> report.
//!
//! The rooms stand on floors and import only from lower ones (`tests/floors.rs` enforces it):
//!
//! | floor | rooms |
//! |---|---|
//! | 6 door | [`cli`] |
//! | 5 route | [`run`] |
//! | 4 hands | [`config`], [`execute`], [`diff`] |
//! | 3 rooms | [`plan`], [`migration_log`], [`snapshot`], [`rules`], [`gates`], [`campaign`] |
//! | 2 ground | [`phase`], [`script`], [`db`], [`disposable`], [`platform`], [`report`], [`declaration`], [`spill`] |
//! | 1 fact | [`evidence`] |
//! | 0 words | [`verdict`], [`digest`], [`decimal`] |
//!
//! The library never prints and never reads the environment by itself; only [`cli`] does.

pub mod campaign;
pub mod cli;
pub mod config;
pub mod db;
pub mod decimal;
pub mod declaration;
pub mod diff;
pub mod digest;
pub mod disposable;
pub mod evidence;
pub mod execute;
pub mod gates;
pub mod migration_log;
pub mod phase;
pub mod plan;
pub mod platform;
pub mod report;
pub mod rules;
pub mod run;
pub mod script;
pub mod snapshot;
pub mod spill;
pub mod verdict;
