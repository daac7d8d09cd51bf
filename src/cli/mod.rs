//! The door: what was typed, what is printed, the exit code. The only room that prints or reads the environment.

#![expect(clippy::print_stderr, reason = "the one room that prints")]

mod advice;
mod args;
mod baseline;
mod campaign;
mod diagnostics;
mod diff;
mod explain;
mod gates;
mod load;
mod paper;
mod progress;
mod rules;
mod said;
mod schema;
mod show;
mod surroundings;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use crate::config::{self, Config};
use crate::db::{Cancel, ConnSpec};
use crate::disposable::{Options as ServerOptions, Supervisor};
use crate::evidence::Redaction;
use crate::report::Format;
use crate::run::{self, Context, DemoOptions, Error, Exit, Lookup, MigrateOptions, VerifyOptions};
use crate::spill::Temporary;

use args::{Cli, Command, Common, Demo, Listing, Snapshot, Verify};
use baseline::Baseline;
use progress::Progress;
use rules::Rules;
use said::{fail, print, print_by, print_outcome, print_report, say, usage};
use surroundings::Surroundings;

/// The stack of a worker, in bytes.
const WORKER_STACK: usize = 8 << 20;

/// Runs what was typed.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    // Both last as long as the program.
    let cli: &'static Cli = Box::leak(Box::new(cli));
    let around: &'static Surroundings = Box::leak(Box::new(Surroundings::look(cli.common.color)));
    diagnostics::init(cli.common.verbose);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    // As large as the main thread's: a command is one long future, and without optimisation each of its steps takes much.
    let runtime = match builder.worker_threads(2).thread_stack_size(WORKER_STACK).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::from(error).context("the runtime cannot be started"), around),
    };
    // On a worker, which waits for the sockets itself: from outside of the workers every answer of the server would
    // have to wake a second thread.
    let outcome = runtime
        .block_on(runtime.spawn(dispatch(cli, around)))
        .unwrap_or_else(|error| Err(anyhow::Error::from(error).context("the work broke off")));
    // A reading thread that is stuck in the system must not keep the process.
    runtime.shutdown_background();
    match outcome {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => fail(&error, around),
    }
}

async fn dispatch(cli: &Cli, around: &Surroundings) -> anyhow::Result<Exit> {
    // Before the configuration is read: a schema is what helps to mend it.
    if let Command::Schema(typed) = &cli.command {
        return schema::run(typed);
    }
    let mut overrides = cli.common.overrides();
    cli.command.override_measure(&mut overrides);
    overrides.expect = expect(&cli.command).cloned();
    let config = config::load(&overrides).map_err(Error::from)?;
    match &cli.command {
        Command::Init { folder } => init(folder),
        Command::Report { run, output } => {
            let report = run::report(&config, run)?;
            print_report(&report, output.format, around, cli.common.quiet);
            Ok(report.verdict.into())
        }
        Command::Verify(Verify { rejudge: Some(run), only, output, .. }) => {
            let outcome = run::rejudge(&config, operator(&cli.common, around), run, only)?;
            Ok(print_outcome(&outcome, output.format, around, cli.common.quiet))
        }
        Command::Snapshot { command: Snapshot::List { format } } => {
            print(&show::snapshots(&run::list_snapshots(&config)?, &config, *format, around));
            Ok(Exit::Go)
        }
        Command::Snapshot { command: command @ Snapshot::Compare { .. } } => compare(&config, command, around).await,
        Command::Demo(demo) => with_demo(cli, &config, around, demo).await,
        Command::Gates(typed) if typed.list => {
            print(&gates::list(&run::declared_gates(&config, &typed.only)?));
            Ok(Exit::Go)
        }
        Command::Load(typed) if typed.list => {
            print(&load::list(&run::declared_loads(&config, &typed.only)?));
            Ok(Exit::Go)
        }
        Command::Campaign(typed) => campaign::run(typed, &cli.common, around).await,
        Command::Rules { command: Rules::Probe(typed) } if typed.platform => {
            rules::platform(cli, &config, around, typed).await
        }
        Command::Diff(diff) => diff::run(diff, &cli.common, &config, around).await,
        _ => with_server(cli, &config, around).await,
    }
}

/// The file of expected changes that was typed.
fn expect(command: &Command) -> Option<&std::path::PathBuf> {
    match command {
        Command::Migrate(migrate) => migrate.expect.as_ref(),
        Command::Verify(Verify { expect, .. })
        | Command::Snapshot {
            command: Snapshot::Take { expect, .. } | Snapshot::Check { expect, .. } | Snapshot::Compare { expect, .. },
        } => expect.as_ref(),
        _ => None,
    }
}

/// The commands that need a server of the user's.
async fn with_server(cli: &Cli, config: &Config, around: &Surroundings) -> anyhow::Result<Exit> {
    if let Command::Rules { command: Rules::Probe(typed) } = &cli.command {
        typed.refuse_unasked()?;
    }
    let (spec, notes) = ConnSpec::resolve(config.database.as_deref(), &around.env).map_err(Error::from)?;
    for note in notes {
        let about_arguments = matches!(note, crate::db::Note::PasswordInConnectionString);
        if !about_arguments || cli.common.typed_database() {
            say(&format!("phasegate: {note}"), around);
        }
    }
    let quiet = cli.common.quiet || machine_output(&cli.command);
    let progress = Progress::new(around, quiet);
    let events = |event| progress.take(event);
    let context = context(config, spec, around, &cli.common, &events);
    let exit = match &cli.command {
        Command::Plan { format } => {
            let plan = run::plan(&context).await?;
            progress.finish();
            print(&show::plan(&plan, *format, around));
            plan_exit(&plan)
        }
        Command::Status { format } => {
            let history = run::status(&context).await?;
            progress.finish();
            print(&show::status(&history, *format, around));
            plan_exit(&history.plan)
        }
        Command::Log { verify: true, .. } => {
            let (rows, faults) = run::history(&context).await?;
            progress.finish();
            print(&show::chain(rows, &faults, around));
            if faults.is_empty() { Exit::Go } else { Exit::NoGo }
        }
        Command::Log { format, .. } => {
            let rows = run::log_rows(&context).await?;
            progress.finish();
            print(&show::log(&rows, *format, around)?);
            if let Some(fault) = rows.faults.first() {
                let text = format!("row {}: {}; phasegate log --verify names every fault", fault.seq, fault.problem);
                say(&format!("phasegate: the log was rewritten: {text}"), around);
            }
            Exit::Go
        }
        Command::Snapshot { command: Snapshot::Take { name, .. } } => {
            let name = name.clone().unwrap_or_else(surroundings::stamp);
            let (taken, directory) = run::take_snapshot(&context, &name).await?;
            progress.finish();
            print(&show::taken(&taken, &directory, around));
            // A table that could not be read, or none at all: nothing can be held against such a snapshot.
            let is_open = crate::snapshot::coverage(&taken).verdict == crate::verdict::Verdict::NotEvaluated;
            if is_open { Exit::CouldNotJudge } else { Exit::Go }
        }
        Command::Snapshot { command: Snapshot::Check { baseline, update, format, .. } } => {
            let checked = run::check_snapshot(&context, baseline, *update).await?;
            progress.finish();
            print(&show::differences(checked.verdict, &checked.facts, *format, around));
            if checked.updated {
                say(&format!("phasegate: {} is now as the database is", checked.baseline.display()), around);
            }
            if checked.updated { Exit::Go } else { checked.verdict.into() }
        }
        Command::Snapshot { command: Snapshot::Schema { output, force } } => {
            let (text, objects) = run::schema_baseline(&context).await?;
            progress.finish();
            match output {
                Some(path) => {
                    run::write_schema_baseline(&text, path, *force)?;
                    print(&format!("{}: {objects} objects\n", path.display()));
                }
                None => print(&text),
            }
            Exit::Go
        }
        Command::Migrate(options) => {
            let chosen = MigrateOptions {
                lock_wait: options.lock_wait,
                apply_only: options.apply_only,
                each_phase: options.snapshot_each_phase || config.measure.each_phase,
                old_database: further(options.old_database.as_deref(), config, around)?,
                ..MigrateOptions::default()
            };
            let outcome = run::migrate(&context, &chosen).await?;
            progress.finish();
            print_outcome(&outcome, options.output.format, around, cli.common.quiet)
        }
        Command::Verify(Verify { explain: true, only, output, .. }) => {
            let form = explain::Form::of(output.format)?;
            let explanation = run::explain_rules(&context, only).await?;
            progress.finish();
            print(&explain::text(&explanation, form));
            if explanation.is_whole() { Exit::Go } else { Exit::CouldNotJudge }
        }
        Command::Verify(Verify { against, old_database, only, rules_only, output, .. }) => {
            let options = VerifyOptions {
                against: against.clone(),
                old_database: further(old_database.as_deref(), config, around)?,
                only: only.clone(),
                rules_only: *rules_only,
            };
            let outcome = run::verify(&context, &options).await?;
            progress.finish();
            print_outcome(&outcome, output.format, around, cli.common.quiet)
        }
        Command::Rules { command: Rules::Generate { profile, output, force } } => {
            let drafts = run::generate_rules(&context, *profile).await?;
            progress.finish();
            match output {
                Some(output) => print(&format!("{}\n", run::write_drafts(&drafts, output, *force)?.display())),
                None => print(&drafts.text()),
            }
            Exit::Go
        }
        Command::Rules { command: Rules::Drift { format } } => {
            let drift = run::rules_drift(&context).await?;
            progress.finish();
            print(&rules::drift(&drift, *format));
            drift.verdict().into()
        }
        Command::Rules { command: Rules::Probe(typed) } => {
            let trials = run::try_rules(&context, &typed.only).await?;
            progress.finish();
            print(&rules::text(&trials, typed.format, around));
            trials.verdict().into()
        }
        Command::Gates(typed) => {
            let outcome = run::gates(&context, &typed.options()).await?;
            progress.finish();
            print_outcome(&outcome, typed.output.format, around, cli.common.quiet)
        }
        Command::Load(typed) => {
            let outcome = run::load(&context, &typed.options()).await?;
            progress.finish();
            print_outcome(&outcome, typed.output.format, around, cli.common.quiet)
        }
        Command::Watch(typed) => watch::run(typed, &context, around, cli.common.quiet).await?,
        Command::Baseline { command } => {
            let outcome = match command {
                Baseline::Capture { name, .. } => run::capture_baseline(&context, name).await?,
                Baseline::Compare { name, .. } => run::compare_baseline(&context, name).await?,
            };
            progress.finish();
            print_outcome(&outcome, command.output().format, around, cli.common.quiet)
        }
        Command::Init { .. }
        | Command::Demo(_)
        | Command::Campaign(_)
        | Command::Diff(_)
        | Command::Report { .. }
        | Command::Schema(_)
        | Command::Snapshot { .. } => Exit::Go,
    };
    Ok(exit)
}

async fn with_demo(cli: &Cli, config: &Config, around: &Surroundings, demo: &Demo) -> anyhow::Result<Exit> {
    let scratch = Temporary::folder("demo")?;
    let server = server_options(&demo.server)?;
    let options = DemoOptions {
        scale: demo.scale,
        server,
        scratch: scratch.path().to_owned(),
        env: around.env.clone(),
        each_phase: demo.snapshot_each_phase || config.measure.each_phase,
        keep: demo.keep,
    };
    let progress = Progress::new(around, cli.common.quiet || demo.output.format != Format::Terminal);
    let events = |event| progress.take(event);
    // The demo brings its own server; where to connect is known once it runs.
    let spec = ConnSpec::from_url("postgresql://postgres@localhost/postgres").map_err(Error::from)?;
    let context = context(config, spec, around, &cli.common, &events);
    let (outcome, kept) = run::demo(&context, &options).await?;
    progress.finish();
    let exit = print_outcome(&outcome, demo.output.format, around, cli.common.quiet);
    if let Some(kept) = kept {
        eprintln!("the server is kept: psql '{}'\nend it with: {}", kept.url, kept.stop_command);
    }
    Ok(exit)
}

/// How a throw-away server is made.
fn server_options(choice: &args::ServerChoice) -> anyhow::Result<ServerOptions> {
    Ok(ServerOptions {
        bin_dir: choice.pg_bin.clone(),
        major: choice.pg_major,
        search_path: std::env::var_os("PATH"),
        ..ServerOptions::new(Supervisor::Reexec(std::env::current_exe()?))
    })
}

fn context<'a>(
    config: &'a Config,
    spec: ConnSpec,
    around: &'a Surroundings,
    common: &Common,
    events: &'a (dyn Fn(run::Event) + Send + Sync),
) -> Context<'a> {
    let operator = operator(common, around);
    let free_bytes = Some(&surroundings::free_bytes as run::FreeBytes<'_>);
    let spec = hiding(spec, config, &[]);
    Context { config, spec, cancel: on_interrupt(), events, operator, free_bytes, env: around.env.clone() }
}

/// Who runs this, for the evidence.
fn operator(common: &Common, around: &Surroundings) -> Option<String> {
    common.operator.clone().or_else(|| around.user.clone())
}

/// Ctrl-C stops the work in an orderly way: the server ends the statement, and the log says so.
fn on_interrupt() -> Cancel {
    let (switch, cancel) = Cancel::new();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("phasegate: stopping; the statement under way is being cancelled on the server");
            switch.cancel();
        }
        // Thrown or not, the switch stays where it is as long as the program runs.
        std::future::pending::<()>().await;
    });
    cancel
}

fn init(folder: &std::path::Path) -> anyhow::Result<Exit> {
    let written = run::init(folder)?;
    for path in &written {
        print(&format!("{}\n", path.strip_prefix(".").unwrap_or(path).display()));
    }
    print(if written.is_empty() {
        "everything is there already; nothing was written\n"
    } else {
        "next: phasegate plan shows what would run, phasegate migrate runs it\n"
    });
    Ok(Exit::Go)
}

async fn compare(config: &Config, typed: &Snapshot, around: &Surroundings) -> anyhow::Result<Exit> {
    let Snapshot::Compare { before, after, declared, old_database, new_database, redact, format, .. } = typed else {
        return Ok(Exit::Go);
    };
    let allowed = if *declared { run::declared_in_folder(config)? } else { crate::phase::Declared::default() };
    let lookup = Lookup {
        old: further(old_database.as_deref(), config, around)?,
        new: further(new_database.as_deref(), config, around)?,
    };
    let (redact, cancel) = (Redaction::new(redact.clone()), on_interrupt());
    let compared = run::compare_snapshots(config, (before, after), &allowed, &lookup, &redact, &cancel).await;
    let (verdict, facts) = compared?;
    print(&show::differences(verdict, &facts, *format, around));
    Ok(verdict.into())
}

/// A further database that was typed, beside the one that a command is about.
fn further(typed: Option<&str>, config: &Config, around: &Surroundings) -> anyhow::Result<Option<ConnSpec>> {
    typed.map(|typed| Ok(hiding(connection(typed, around)?, config, &[]))).transpose()
}

/// The same, and errors of the server tell no values where some are not to be shown.
fn hiding(spec: ConnSpec, config: &Config, typed: &[String]) -> ConnSpec {
    ConnSpec { hides_values: !typed.is_empty() || !config.measure.redact.entries().is_empty(), ..spec }
}

/// Where to connect, with what is to be said about it.
fn connection(typed: &str, around: &Surroundings) -> anyhow::Result<ConnSpec> {
    let (spec, notes) = ConnSpec::resolve(Some(typed), &around.env).map_err(Error::from)?;
    for note in notes {
        say(&format!("phasegate: {note}"), around);
        if matches!(note, crate::db::Note::PasswordInConnectionString) {
            say("phasegate: every user of this machine can read a password among the arguments", around);
        }
    }
    Ok(spec)
}

fn machine_output(command: &Command) -> bool {
    match command {
        Command::Migrate(migrate) => migrate.output.format != Format::Terminal,
        Command::Gates(typed) => typed.output.format != Format::Terminal,
        Command::Load(typed) => typed.output.format != Format::Terminal,
        // It has a view of its own.
        Command::Watch(_) => true,
        Command::Baseline { command } => command.output().format != Format::Terminal,
        Command::Verify(Verify { output, .. }) => output.format != Format::Terminal,
        Command::Snapshot { command: Snapshot::Check { format, .. } } => *format == Listing::Json,
        Command::Snapshot { command: Snapshot::Schema { output, .. } } => output.is_none(),
        Command::Rules { command: Rules::Probe(typed) } => typed.format == Listing::Json,
        Command::Rules { command: Rules::Generate { output, .. } } => output.is_none(),
        Command::Rules { command: Rules::Drift { format } } => *format == Listing::Json,
        _ => false,
    }
}

fn plan_exit(plan: &crate::plan::Plan) -> Exit {
    match (plan.is_clear(), plan.is_bad_input()) {
        (true, _) => Exit::Go,
        (false, true) => Exit::CouldNotJudge,
        (false, false) => Exit::NoGo,
    }
}
