//! The whole contract on every backend, in every configuration, plain and behind `AnyRuntime`.

#[path = "support/owners.rs"]
mod owners;

use anyrt::sim::Policy;
use anyrt::{AsyncStd, SmolGlobal, ThreadsOwner, TokioOwner, conformance};
use owners::{
    Existing, ends, lasts, one_blocking_thread, sim, smol, threads, threads_with_one_blocking,
    tokio,
};

fn threads_in_reactor(workers: usize) -> ThreadsOwner {
    ThreadsOwner::builder().workers(workers).drive_async_io().build().unwrap()
}

conformance!(tokio_2, || tokio(2), local, shutdown, workers, inside);
conformance!(tokio_1, || tokio(1), local, shutdown, workers, inside);
conformance!(tokio_1_blocking, one_blocking_thread, local, shutdown, workers, inside);
conformance!(tokio_current, || TokioOwner::current_thread().unwrap(), local, shutdown);
conformance!(tokio_existing, || Existing, workers);
conformance!(smol_2, || smol(2), local, shutdown, workers, inside);
conformance!(smol_1, || smol(1), local, shutdown, workers, inside);
conformance!(smol_global, || SmolGlobal, local, workers);
conformance!(async_std, || AsyncStd, local, workers);
conformance!(threads_2, || threads(2), local, shutdown, workers, inside);
conformance!(threads_1, || threads(1), local, shutdown, workers, inside);
conformance!(threads_2_reactor, || threads_in_reactor(2), local, shutdown, workers, inside);
conformance!(threads_1_reactor, || threads_in_reactor(1), local, shutdown, workers, inside);
conformance!(threads_1_blocking, threads_with_one_blocking, local, shutdown, workers, inside);

// The policies find the clauses kept in different orders.
conformance!(sim_fifo, || sim(Policy::Fifo), local, shutdown);
conformance!(sim_random, || sim(Policy::Random), local, shutdown);
conformance!(sim_pct, || sim(Policy::Pct { depth: 3, steps: 1_000 }), local, shutdown);

// Local tasks know nothing of the handle, so there is nothing about them to repeat.
conformance!(any_tokio_2, || ends(tokio(2)), shutdown, workers, inside);
conformance!(any_tokio_1, || ends(tokio(1)), shutdown, workers, inside);
conformance!(any_tokio_1_blocking, || ends(one_blocking_thread()), shutdown, workers, inside);
conformance!(any_tokio_current, || ends(TokioOwner::current_thread().unwrap()), shutdown);
conformance!(any_tokio_existing, || lasts(Existing), workers);
conformance!(any_smol_2, || ends(smol(2)), shutdown, workers, inside);
conformance!(any_smol_1, || ends(smol(1)), shutdown, workers, inside);
conformance!(any_smol_global, || lasts(SmolGlobal), workers);
conformance!(any_async_std, || lasts(AsyncStd), workers);
conformance!(any_threads_2, || ends(threads(2)), shutdown, workers, inside);
conformance!(any_threads_1, || ends(threads(1)), shutdown, workers, inside);
conformance!(
    any_threads_1_blocking,
    || ends(threads_with_one_blocking()),
    shutdown,
    workers,
    inside
);
