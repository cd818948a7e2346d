//! Work that blocks a thread.

use std::hint::black_box;

use anyrt::prelude::*;

use super::{Info, Workload, time};
use crate::measure::{Job, Outcome, cost};

pub(super) struct RoundTrip;

impl Workload for RoundTrip {
    const INFO: Info = Info::new(
        "blocking",
        "hand a function to the blocking threads and await its value",
        &[time("blocking round trip")],
    );

    async fn run<R: Runtime>(rt: R, job: Job) -> Outcome {
        cost(&job, |n| {
            let rt = rt.clone();
            async move {
                for i in 0..n {
                    let echo = rt.spawn_blocking(move || black_box(i)).await;
                    assert_eq!(echo.expect("it neither panics nor is aborted"), i);
                }
            }
        })
        .await
    }
}
