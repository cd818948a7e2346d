//! Every small program over `OnceCell`.

use super::generated;
use crate::harness::Model;
use crate::linear::{self, Step, Subject, What};
use crate::session::{Tell, Waits, tell};
use crate::sync::OnceCell;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

pub(in super::super) const MODELS: &[Model] =
    &[generated("once_cell::generated", 1, linear::all::<OnceCells>)];

#[derive(Debug)]
struct OnceCells;

/// To get the value, or to make it at once.
const INIT: u8 = 1;
/// To get the value, or to make it in two polls.
const SLOWLY: u8 = 2;
/// What [`Set`] sets.
const SET: u8 = 9;

impl Waits for OnceCells {
    type Object = OnceCell<u8>;
    type Ret = Option<u8>;

    fn object() -> OnceCell<u8> {
        OnceCell::new()
    }

    async fn wait(cell: Arc<OnceCell<u8>>, kind: u8, told: Tell<Option<u8>>) {
        let mut early = kind == SLOWLY;
        let init = || {
            poll_fn(move |cx| {
                if std::mem::take(&mut early) {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(kind)
            })
        };
        let value = *cell.get_or_init(init).await;
        tell(&told, Some(value));
    }
}

/// Sets the value. (To get it is the first thing that a wait does.)
#[derive(Debug, Clone, Copy, PartialEq)]
struct Set;

/// The value, and who makes it.
#[derive(Debug, Clone, Default)]
struct Spec {
    value: Option<u8>,
    making: Option<usize>,
    /// A call was in vain, as another thread was at it: so a value has to come.
    due: bool,
}

impl Subject for OnceCells {
    type Op = Set;
    type Spec = Spec;

    const OPS: &'static [Set] = &[Set];
    const WAITS: &'static [u8] = &[INIT, SLOWLY];
    const PRELUDES: &'static [&'static [Step<Set>]] = &[&[], &[Step::Wait(SLOWLY)]];

    fn spec() -> Spec {
        Spec::default()
    }

    fn run(cell: &OnceCell<u8>, Set: Set) -> Option<u8> {
        cell.set(SET).is_ok().then_some(SET)
    }

    fn accept(spec: &mut Spec, call: &What<Set, Option<u8>>) -> bool {
        let Spec { value, making, due } = spec;
        match call {
            What::Did(Set, None) => {
                *due |= value.is_none() && making.is_none();
                true
            }
            // Who waits slowly may have waited for this, not made a value: the same below. (If two make
            // one, one panics.)
            What::Did(Set, set) => {
                *making = None;
                value.replace(SET).is_none() && *set == *value
            }
            What::Polled(_, _, Some(got)) if value.is_some() => got == value,
            What::Polled(id, kind, Some(got)) => {
                let mine = *kind == INIT || *making == Some(*id);
                *making = None;
                *value = Some(*kind);
                mine && got == value
            }
            // A moment ago it was being made or set; that this one is woken is checked elsewhere.
            What::Polled(_, _, None) if value.is_some() => true,
            What::Polled(id, SLOWLY, None) => {
                making.get_or_insert(*id);
                true
            }
            What::Polled(_, _, None) => {
                *due |= making.is_none();
                true
            }
            What::Dropped(id, _) => {
                *making = making.filter(|other| other != id);
                true
            }
        }
    }

    fn ends(spec: &Spec) -> bool {
        spec.value.is_some() || !spec.due
    }
}
