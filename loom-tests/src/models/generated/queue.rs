//! Every small program over queues: of each kind over put and get, and over batches, closing, joining and
//! halves.

use super::generated;
use crate::harness::Model;
use crate::linear::{self, Step, Subject, What};
use crate::queue::{Closed, Heap, Keyed, Queue, Receiver, Ring, Sender, Stack, Store, TryGetError};
use crate::session::{Tell, Waits, tell, tell_and_hold};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

pub(in super::super) const MODELS: &[Model] = &[
    generated("fifo::generated", 2, linear::all::<Items<Ring<Item>>>),
    generated("lifo::generated", 1, linear::all::<Items<Stack<Item>>>),
    generated("priority::generated", 1, linear::all::<Items<Heap<Item>>>),
    generated("fifo::generated_ends", 1, linear::all::<Ends>),
    generated("fifo::generated_joins", 2, linear::all::<Joins>),
    generated("fifo::generated_batches", 2, linear::all::<Batches>),
    generated("fifo::generated_senders", 1, linear::all::<Senders>),
    generated("fifo::generated_receivers", 1, linear::all::<Receivers>),
];

/// Each item is told from the others by a number of its own.
type Item = Keyed<u8, u32>;

#[derive(Debug)]
pub(super) struct Numbered<S: Store> {
    queue: Held<S>,
    /// The two halves of the other kind, of which the last one ends the queue.
    halves: Mutex<Vec<Held<S>>>,
    next: AtomicU32,
}

/// What a queue is reached by.
#[derive(Debug)]
enum Held<S: Store> {
    Itself(Queue<S>),
    Sender(Sender<S>),
    Receiver(Receiver<S>),
}

impl<S: Store> Deref for Held<S> {
    type Target = Queue<S>;

    fn deref(&self) -> &Queue<S> {
        match self {
            Self::Itself(queue) => queue,
            Self::Sender(sender) => sender,
            Self::Receiver(receiver) => receiver,
        }
    }
}

impl<S: Store<Item = Item>> Numbered<S> {
    fn new(queue: Held<S>, halves: Vec<Held<S>>) -> Self {
        Self { queue, halves: Mutex::new(halves), next: AtomicU32::new(0) }
    }

    fn whole() -> Self {
        Self::new(Held::Itself(Queue::bounded(2)), Vec::new())
    }

    fn two_senders() -> Self {
        let (sender, receiver) = Queue::bounded(2).split();
        Self::new(Held::Receiver(receiver), [sender.clone(), sender].map(Held::Sender).into())
    }

    fn two_receivers() -> Self {
        let (sender, receiver) = Queue::bounded(2).split();
        Self::new(Held::Sender(sender), [receiver.clone(), receiver].map(Held::Receiver).into())
    }

    fn item(&self, key: u8) -> Item {
        Keyed::new(key, self.next.fetch_add(1, Relaxed))
    }

    fn run(&self, op: Op) -> Ret {
        match op {
            Op::Put(key) => {
                let item = self.item(key);
                match self.queue.try_put(item) {
                    Ok(()) => Ret::Put(vec![item]),
                    Err(error) if error.is_full() => Ret::Full,
                    Err(_) => Ret::Closed,
                }
            }
            Op::Get => match self.queue.try_get() {
                Ok(item) => Ret::Got(vec![item]),
                Err(TryGetError::Empty) => Ret::Empty,
                Err(_) => Ret::Closed,
            },
            Op::PutTwo => {
                let items = [self.item(1), self.item(1)];
                match self.queue.try_put_many(&mut items.into()) {
                    Ok(0) => Ret::Full,
                    Ok(n) => Ret::Put(items[..n].to_vec()),
                    Err(_) => Ret::Closed,
                }
            }
            Op::GetTwo => {
                let mut got = Vec::new();
                match self.queue.try_get_many(&mut got, 2) {
                    Ok(_) => Ret::Got(got),
                    Err(TryGetError::Empty) => Ret::Empty,
                    Err(_) => Ret::Closed,
                }
            }
            Op::Close => {
                self.queue.close();
                Ret::Done
            }
            Op::CloseNow => Ret::Left(self.queue.close_now()),
            Op::TaskDone => self.queue.task_done().map_or(Ret::TooMany, |()| Ret::Done),
            Op::DropSender | Op::DropReceiver => {
                let half = self.halves.lock().expect("no panic").pop();
                half.map_or(Ret::TooMany, |_| Ret::Done)
            }
        }
    }

    async fn wait(&self, kind: u8, told: Tell<Ret>) {
        let ret = match kind {
            GET => self.queue.get().await.map(|item| Ret::Got(vec![item])),
            PUT => {
                let item = self.item(1);
                let put = self.queue.put(item).await;
                put.map(|()| Ret::Put(vec![item])).map_err(|_| Closed::default())
            }
            JOIN => {
                self.queue.join().await;
                Ok(Ret::Done)
            }
            GET_MANY => {
                let mut got = Vec::new();
                self.queue.get_many(&mut got, 2).await.map(|_| Ret::Got(got))
            }
            _ => match self.queue.reserve().await {
                Ok(slot) => return tell_and_hold(told, Ret::Done, slot).await,
                Err(closed) => Err(closed),
            },
        };
        tell(&told, ret.unwrap_or(Ret::Closed));
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Op {
    /// With this key.
    Put(u8),
    Get,
    PutTwo,
    GetTwo,
    Close,
    CloseNow,
    TaskDone,
    DropSender,
    DropReceiver,
}

const GET: u8 = 0;
const PUT: u8 = 1;
const JOIN: u8 = 2;
const GET_MANY: u8 = 3;
const RESERVE: u8 = 4;

#[derive(Debug, Clone)]
pub(super) enum Ret {
    Put(Vec<Item>),
    Got(Vec<Item>),
    Left(Vec<Item>),
    Full,
    Empty,
    Closed,
    Done,
    TooMany,
}

/// What is in it, and who waits until everything is done.
#[derive(Debug, Clone, Default)]
pub(super) struct Spec {
    items: Vec<Item>,
    closed: bool,
    /// Who holds a slot.
    slots: Vec<usize>,
    unfinished: usize,
    joining: Vec<usize>,
    /// Who joined, and does not know it yet.
    joined: Vec<usize>,
    /// Halves that were dropped.
    dropped: usize,
}

impl Spec {
    fn room(&self) -> usize {
        2 - self.items.len() - self.slots.len()
    }

    fn put(&mut self, items: &[Item], wanted: usize) -> bool {
        let fits = items.len() == wanted.min(self.room());
        self.items.extend(items);
        self.unfinished += items.len();
        fits && !self.closed
    }

    fn got<S: Kind>(&mut self, items: &[Item], wanted: usize) -> bool {
        let all = items.len() == wanted.min(self.items.len());
        all && items.iter().all(|item| {
            let next = self.items.remove(S::front(&self.items));
            next.value == item.value
        })
    }

    fn done(&mut self, n: usize) {
        self.unfinished -= n;
        if self.unfinished == 0 {
            self.joined.append(&mut self.joining);
        }
    }

    fn accept<S: Kind>(&mut self, call: &What<Op, Ret>) -> bool {
        match call {
            What::Did(Op::PutTwo, Ret::Put(items)) => self.put(items, 2),
            What::Did(Op::Put(_), Ret::Put(items))
            | What::Polled(_, PUT, Some(Ret::Put(items))) => self.put(items, 1),
            What::Did(Op::GetTwo, Ret::Got(items))
            | What::Polled(_, GET_MANY, Some(Ret::Got(items))) => self.got::<S>(items, 2),
            What::Did(Op::Get, Ret::Got(items)) | What::Polled(_, GET, Some(Ret::Got(items))) => {
                self.got::<S>(items, 1)
            }
            What::Did(_, Ret::Full) | What::Polled(_, PUT | RESERVE, None) => {
                !self.closed && self.room() == 0
            }
            What::Did(_, Ret::Empty) | What::Polled(_, GET | GET_MANY, None) => {
                !self.closed && self.items.is_empty()
            }
            What::Did(Op::Put(_) | Op::PutTwo, Ret::Closed)
            | What::Polled(_, PUT | RESERVE, Some(Ret::Closed)) => self.closed,
            What::Did(_, Ret::Closed) | What::Polled(_, _, Some(Ret::Closed)) => {
                self.closed && self.items.is_empty()
            }
            What::Did(Op::TaskDone, Ret::TooMany) => self.unfinished == 0,
            What::Did(Op::TaskDone, _) => {
                let some = self.unfinished > 0;
                if some {
                    self.done(1);
                }
                some
            }
            What::Did(Op::CloseNow, Ret::Left(items)) => {
                self.closed = true;
                let n = self.items.len();
                let same = self.got::<S>(items, n) && self.items.is_empty();
                self.done(n.min(self.unfinished));
                same
            }
            What::Did(Op::Close, _) => {
                self.closed = true;
                true
            }
            // The others took them, and may not be done with it.
            What::Did(Op::DropSender | Op::DropReceiver, Ret::TooMany) => true,
            What::Did(op @ (Op::DropSender | Op::DropReceiver), _) => {
                self.dropped += 1;
                self.closed |= self.dropped == 2;
                if self.closed && *op == Op::DropReceiver {
                    self.items.clear();
                }
                self.dropped <= 2
            }
            What::Polled(id, RESERVE, Some(_)) => {
                let room = !self.closed && self.room() > 0;
                self.slots.push(*id);
                room
            }
            What::Polled(id, JOIN, Some(_)) => self.unfinished == 0 || self.joined.contains(id),
            What::Polled(id, JOIN, None) => {
                if !self.joining.contains(id) {
                    self.joining.push(*id);
                }
                self.unfinished > 0 && !self.joined.contains(id)
            }
            What::Dropped(id, _) => {
                self.slots.retain(|other| other != id);
                self.joining.retain(|other| other != id);
                true
            }
            What::Did(..) | What::Polled(..) => false,
        }
    }
}

/// Which item is next.
pub(super) trait Kind: Store<Item = Item> + Debug + Send + 'static {
    fn front(items: &[Item]) -> usize;
}

impl Kind for Ring<Item> {
    fn front(_: &[Item]) -> usize {
        0
    }
}

impl Kind for Stack<Item> {
    fn front(items: &[Item]) -> usize {
        items.len() - 1
    }
}

impl Kind for Heap<Item> {
    fn front(items: &[Item]) -> usize {
        (0..items.len()).min_by_key(|at| items[*at].key).expect("not empty")
    }
}

/// A subject, from its operations, its waits and its preludes.
macro_rules! subject {
    ($name:ty, $store:ty, $new:ident, [$($kind:ident)?]: $ops:expr, $waits:expr, $preludes:expr) => {
        impl $(<$kind: Kind>)? Waits for $name {
            type Object = Numbered<$store>;
            type Ret = Ret;

            fn object() -> Self::Object {
                Numbered::$new()
            }

            async fn wait(object: Arc<Self::Object>, kind: u8, told: Tell<Ret>) {
                object.wait(kind, told).await;
            }
        }

        impl $(<$kind: Kind>)? Subject for $name {
            type Op = Op;
            type Spec = Spec;

            const OPS: &'static [Op] = $ops;
            const WAITS: &'static [u8] = $waits;
            const PRELUDES: &'static [&'static [Step<Op>]] = $preludes;

            fn spec() -> Spec {
                Spec::default()
            }

            fn run(object: &Self::Object, op: Op) -> Ret {
                object.run(op)
            }

            fn accept(spec: &mut Spec, call: &What<Op, Ret>) -> bool {
                spec.accept::<$store>(call)
            }
        }
    };
}

#[derive(Debug)]
struct Items<S>(PhantomData<S>);

#[derive(Debug)]
struct Ends;

#[derive(Debug)]
struct Joins;

#[derive(Debug)]
struct Batches;

#[derive(Debug)]
struct Senders;

#[derive(Debug)]
struct Receivers;

const fn put(key: u8) -> Step<Op> {
    Step::Do(Op::Put(key))
}

subject!(Items<S>, S, whole, [S]:
    &[Op::Put(1), Op::Put(2), Op::Get],
    &[GET, PUT],
    &[&[], &[put(2), put(1), Step::Wait(PUT)], &[Step::Wait(GET), Step::Wait(GET)]]);
subject!(Ends, Ring<Item>, whole, []:
    &[Op::Put(1), Op::Close, Op::CloseNow],
    &[GET, PUT],
    &[&[], &[put(2), put(1), Step::Wait(PUT)], &[Step::Wait(GET)]]);
subject!(Joins, Ring<Item>, whole, []:
    &[Op::Put(1), Op::TaskDone, Op::CloseNow],
    &[JOIN],
    &[&[], &[put(1), Step::Wait(JOIN), Step::Wait(JOIN)]]);
subject!(Batches, Ring<Item>, whole, []:
    &[Op::PutTwo, Op::GetTwo],
    &[GET_MANY, RESERVE],
    &[&[], &[Step::Do(Op::PutTwo), Step::Wait(RESERVE), Step::Wait(RESERVE)],
      &[Step::Wait(GET_MANY), Step::Wait(GET_MANY)]]);
subject!(Senders, Ring<Item>, two_senders, []:
    &[Op::Put(1), Op::DropSender],
    &[GET, PUT],
    &[&[], &[put(2), put(1), Step::Wait(PUT)], &[Step::Wait(GET)]]);
subject!(Receivers, Ring<Item>, two_receivers, []:
    &[Op::Put(1), Op::DropReceiver],
    &[GET, PUT],
    &[&[], &[put(2), put(1), Step::Wait(PUT)], &[Step::Wait(GET)]]);
