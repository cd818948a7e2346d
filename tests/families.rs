//! The clauses of the sync families, for each family on every backend in every configuration; and the
//! table of `docs/families.md`, which is made of what they do.

#[path = "support/owners.rs"]
mod owners;

use std::fmt::Write;
use std::path::Path;

use anyrt::family::{AsyncLockSync, Portable, TokioSync};
use anyrt::prelude::*;
use anyrt::sim::Policy;
use anyrt::testing::{Clause, family};
use anyrt::{AsyncStd, SmolGlobal, TokioOwner};
use owners::{
    Erased, Existing, ends, lasts, one_blocking_thread, sim, smol, threads,
    threads_with_one_blocking, tokio,
};

/// The suite of one family, erased: it is compiled once for all backends.
macro_rules! everywhere {
    ($family:ident: $($backend:ident = $make:expr;)*) => {$(
        anyrt::family_conformance!($backend, super::$family, || $make);
    )*};
}

macro_rules! family {
    ($name:ident, $family:ident) => {
        mod $name {
            use super::*;

            everywhere! { $family:
                tokio_2 = ends(tokio(2));
                tokio_1 = ends(tokio(1));
                tokio_1_blocking = ends(one_blocking_thread());
                tokio_current = ends(TokioOwner::current_thread().unwrap());
                tokio_existing = lasts(Existing);
                smol_2 = ends(smol(2));
                smol_1 = ends(smol(1));
                smol_global = lasts(SmolGlobal);
                async_std = lasts(AsyncStd);
                threads_2 = ends(threads(2));
                threads_1 = ends(threads(1));
                threads_1_blocking = ends(threads_with_one_blocking());
                sim_fifo = ends(sim(Policy::Fifo));
                sim_random = ends(sim(Policy::Random));
                sim_pct = ends(sim(Policy::Pct { depth: 3, steps: 1_000 }));
            }
        }
    };
}

family!(portable, Portable);
family!(tokio_sync, TokioSync);
family!(async_lock_sync, AsyncLockSync);

/// Of each clause, the runtimes on which a family keeps it, as seen just now.
type Seen = Vec<(Clause, Vec<&'static str>)>;

type Backend = (&'static str, fn() -> Erased);

const RUNTIMES: [Backend; 5] = [
    ("threads", || ends(threads(2))),
    ("tokio", || ends(tokio(2))),
    ("smol", || ends(smol(2))),
    ("async-std", || lasts(AsyncStd)),
    ("sim", || ends(sim(Policy::Random))),
];

fn see<F: SyncFamily>() -> Seen {
    let mut seen: Seen = Vec::new();
    for (name, make) in RUNTIMES {
        for (at, (clause, kept)) in family::outcomes::<F, _>(make).into_iter().enumerate() {
            if seen.len() == at {
                seen.push((clause, Vec::new()));
            }
            seen[at].1.extend(kept.then_some(name));
        }
    }
    seen
}

fn cell<F: SyncFamily>(clause: &Clause, kept_on: &[&str]) -> String {
    let deviation = F::DEVIATIONS.iter().find(|one| one.clause() == clause.id());
    match (kept_on, deviation) {
        (all, _) if all.len() == RUNTIMES.len() => "kept".into(),
        ([], Some(deviation)) => format!("**no**: {}", deviation.instead()),
        (some, Some(deviation)) => {
            format!("on {} only: {}", some.join(", "), deviation.instead())
        }
        (_, None) => panic!("{} breaks {clause}, and does not say so", F::NAME),
    }
}

#[test]
fn the_published_table_is_what_the_families_do() {
    let families = [see::<Portable>(), see::<TokioSync>(), see::<AsyncLockSync>()];
    let mut table =
        String::from("| clause | Portable | TokioSync | AsyncLockSync |\n|---|---|---|---|\n");
    for ((portable, tokio), async_lock) in families[0].iter().zip(&families[1]).zip(&families[2]) {
        let clause = &portable.0;
        let cells = [
            cell::<Portable>(clause, &portable.1),
            cell::<TokioSync>(clause, &tokio.1),
            cell::<AsyncLockSync>(clause, &async_lock.1),
        ];
        writeln!(table, "| {clause} | {} |", cells.join(" | ")).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/families.md");
    if std::env::var_os("ANYRT_WRITE_TABLE").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert_eq!(
        published, table,
        "docs/families.md is out of date: run this test with ANYRT_WRITE_TABLE=1"
    );
}
