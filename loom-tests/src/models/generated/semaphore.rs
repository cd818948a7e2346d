//! Every small program over `Semaphore` and `BoundedSemaphore`.

use super::generated;
use super::permits::Permits;
use crate::harness::Model;
use crate::linear::{self, Step, Subject, What};
use crate::session::{Tell, Waits, tell, tell_and_hold};
use crate::sync::{BoundedSemaphore, Semaphore};
use std::sync::Arc;

pub(in super::super) const MODELS: &[Model] = &[
    generated("semaphore::generated", 2, linear::all::<Semaphores<false>>),
    generated("fair_semaphore::generated", 2, linear::all::<Semaphores<true>>),
    generated("bounded_semaphore::generated", 1, linear::all::<Bounded>),
];

#[derive(Debug)]
struct Semaphores<const FAIR: bool>;

#[derive(Debug, Clone, Copy, PartialEq)]
enum SemaphoreOp {
    Add,
    Close,
}

#[derive(Debug, Clone)]
struct SemaphoreSpec {
    permits: Permits,
    closed: bool,
}

impl<const FAIR: bool> Waits for Semaphores<FAIR> {
    type Object = Semaphore;
    /// Of a wait: whether it got its permits, or was told that there are no more.
    type Ret = bool;

    fn object() -> Semaphore {
        if FAIR { Semaphore::fair(1) } else { Semaphore::new(1) }
    }

    async fn wait(semaphore: Arc<Semaphore>, kind: u8, told: Tell<bool>) {
        match semaphore.acquire_many(kind.into()).await {
            Ok(permit) => tell_and_hold(told, true, permit).await,
            Err(_) => tell(&told, false),
        }
    }
}

impl<const FAIR: bool> Subject for Semaphores<FAIR> {
    type Op = SemaphoreOp;
    type Spec = SemaphoreSpec;

    const OPS: &'static [SemaphoreOp] = &[SemaphoreOp::Add, SemaphoreOp::Close];
    /// The small request behind a large one may take what is free when it is polled, and is not woken.
    const MAY_PASS: bool = !FAIR;
    // For so many permits.
    const WAITS: &'static [u8] = &[1, 2];
    const PRELUDES: &'static [&'static [Step<SemaphoreOp>]] =
        &[&[], &[Step::Wait(1), Step::Wait(1)]];

    fn spec() -> SemaphoreSpec {
        SemaphoreSpec { permits: Permits::new(1, FAIR), closed: false }
    }

    fn run(semaphore: &Semaphore, op: SemaphoreOp) -> bool {
        match op {
            SemaphoreOp::Add => semaphore.add(1).expect("far from full"),
            SemaphoreOp::Close => semaphore.close(),
        }
        true
    }

    fn accept(spec: &mut SemaphoreSpec, call: &What<SemaphoreOp, bool>) -> bool {
        match call {
            What::Did(SemaphoreOp::Add, _) => {
                spec.permits.free += 1;
                true
            }
            What::Did(SemaphoreOp::Close, _) => {
                spec.closed = true;
                true
            }
            What::Polled(id, kind, Some(true)) => {
                spec.permits.got(*id, (*kind).into()) && !spec.closed
            }
            What::Polled(id, _, Some(false)) => {
                spec.permits.leave(*id);
                spec.closed
            }
            What::Polled(id, kind, None) => {
                spec.permits.pending(*id, (*kind).into()) && !spec.closed
            }
            What::Dropped(id, _) => {
                spec.permits.dropped(*id);
                true
            }
        }
    }
}

#[derive(Debug)]
struct Bounded;

#[derive(Debug, Clone)]
struct BoundedSpec {
    permits: Permits,
    forgotten: i32,
}

/// Gives back a permit that was forgotten.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Release;

/// To wait for a permit, and to give it back when it is dropped.
const HOLD: u8 = 1;
/// To wait for a permit that is given back by [`Release`] only.
const TAKE: u8 = 2;

impl Waits for Bounded {
    type Object = BoundedSemaphore;
    /// Of a release: whether it was not one too many.
    type Ret = bool;

    fn object() -> BoundedSemaphore {
        BoundedSemaphore::new(1)
    }

    async fn wait(semaphore: Arc<BoundedSemaphore>, kind: u8, told: Tell<bool>) {
        let permit = semaphore.acquire().await.expect("never closed");
        if kind == HOLD {
            tell_and_hold(told, true, permit).await;
        } else {
            permit.forget();
            tell(&told, true);
        }
    }
}

impl Subject for Bounded {
    type Op = Release;
    type Spec = BoundedSpec;

    const OPS: &'static [Release] = &[Release];
    const WAITS: &'static [u8] = &[HOLD, TAKE];
    const PRELUDES: &'static [&'static [Step<Release>]] =
        &[&[], &[Step::Wait(TAKE), Step::Wait(HOLD)]];

    fn spec() -> BoundedSpec {
        BoundedSpec { permits: Permits::new(1, false), forgotten: 0 }
    }

    fn run(semaphore: &BoundedSemaphore, Release: Release) -> bool {
        semaphore.release(1).is_ok()
    }

    fn accept(spec: &mut BoundedSpec, call: &What<Release, bool>) -> bool {
        let permits = &mut spec.permits;
        match call {
            // One that is not done may have come between a `TAKE` and its `forget`: `over_release` and
            // `acquire_against_release` know better.
            What::Did(Release, false) => true,
            What::Did(Release, true) => {
                permits.free += 1;
                spec.forgotten -= 1;
                spec.forgotten >= 0
            }
            What::Polled(id, kind, Some(_)) => {
                let got = permits.got(*id, 1);
                if *kind == TAKE {
                    permits.forget(*id);
                    spec.forgotten += 1;
                }
                got
            }
            What::Polled(id, _, None) => permits.pending(*id, 1),
            What::Dropped(id, _) => {
                permits.dropped(*id);
                true
            }
        }
    }
}
