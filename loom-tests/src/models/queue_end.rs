//! Queues: closing, and joining.

use super::queue::{Note, fifo, get, idle};
use super::{both, join, written};
use crate::harness::Model;
use crate::queue::Fifo;
use crate::wakers::{Bell, Token, block_on, poll_once};
use loom::thread;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

pub(super) const MODELS: &[Model] = written! { "queue":
    close_wakes_getters "closing wakes all who wait for items, more than a batch";
    close_wakes_putters "closing wakes all who wait for room, and returns their items";
    close_drains @ 2 "what was put before the end is got, and nothing else";
    close_now_against_get "an end at once returns what nobody got";
    close_publishes "what was done before the end is seen by who is told of it";
    slot_against_close "a slot is used before the end, or its item comes back";
    join_waits "a join ends when everything is done";
    join_of_three "everything done lets all joiners go, more than a batch";
    join_is_let_go_for_good "a joiner that was let go is not held by what is put after";
    done_publishes "what was done before an item was done is seen by who joins";
    two_done "of two that mark one item as done, one is told that it is too many";
    close_now_ends_a_join "an end at once lets joiners go";
    cancelled_join "a join that is given up leaves the others in peace";
    last_sender_ends @ 2 "the last sender ends the queue, and what was put by any is got";
    last_receiver_ends "the last receiver ends the queue: who waits for room has its item back";
    halves_last_sender "the last of two senders wakes who waits for an item, once";
    halves_last_receiver "the last of two receivers wakes who waits for room, once; the item comes back";
    halves_clone_against_drop "a half that is cloned while another is dropped keeps the queue open";
    halves_of_both_kinds "the last halves of both kinds go at once: what is in it is dropped, once";
    halves_publish "what was done before any half was dropped is seen by who is told of the end";
};

fn halves_last_sender() {
    let (sender, receiver) = Fifo::<u32>::bounded(1).split();
    let (other, bell) = (sender.clone(), Bell::new());
    let mut get = Box::pin(receiver.get());
    assert!(bell.poll(get.as_mut()).is_pending());
    both(move || drop(other), move || drop(sender));
    assert_eq!(bell.rung(), 1);
    assert!(matches!(bell.poll(get.as_mut()), Poll::Ready(Err(_))));
    idle(&receiver);
}

fn halves_last_receiver() {
    let (sender, receiver) = Fifo::bounded(1).split();
    sender.try_put(1).expect("room");
    let (other, bell) = (receiver.clone(), Bell::new());
    let mut put = Box::pin(sender.put(2));
    assert!(bell.poll(put.as_mut()).is_pending());
    both(move || drop(other), move || drop(receiver));
    assert_eq!(bell.rung(), 1);
    let Poll::Ready(Err(back)) = bell.poll(put.as_mut()) else { panic!("told") };
    assert_eq!(back.into_inner(), 2);
    idle(&sender);
}

fn halves_clone_against_drop() {
    let (sender, receiver) = Fifo::bounded(1).split();
    let (other, others) = (sender.clone(), receiver.clone());
    let ends = move || {
        drop(other);
        drop(others);
    };
    let ((), (sender, receiver)) = both(ends, move || {
        let clones = (sender.clone(), receiver.clone());
        drop(sender);
        drop(receiver);
        clones
    });
    sender.try_put(1).expect("neither is the last");
    drop(sender);
    assert_eq!((receiver.try_get().ok(), receiver.is_closed()), (Some(1), true));
}

fn halves_of_both_kinds() {
    let (sender, receiver) = Fifo::bounded(1).split();
    let token = Token::new();
    let item = token.clone();
    let puts = move || sender.try_put(item).is_ok(); // then the only sender is dropped
    let gets = move || receiver.try_get().is_ok(); // and the only receiver
    let (put, got) = both(puts, gets);
    assert!(put || !got);
    assert_eq!(token.count(), 1, "an item was kept");
}

fn halves_publish() {
    let (sender, receiver) = Fifo::<u32>::unbounded().split();
    let notes = [(); 2].map(|()| Note::new());
    let threads = [sender.clone(), sender].into_iter().zip(&notes).map(|(sender, note)| {
        let note = Arc::clone(note);
        thread::spawn(move || {
            note.write();
            drop(sender);
        })
    });
    let threads: Vec<_> = threads.collect();
    assert!(block_on(receiver.get()).is_err());
    notes.iter().for_each(|note| note.read());
    threads.into_iter().for_each(join);
}

fn last_sender_ends() {
    let (sender, receiver) = Fifo::bounded(2).split();
    let senders = [sender.clone(), sender];
    let puts = senders.map(|sender| thread::spawn(move || sender.try_put(1).expect("room")));
    assert_eq!((block_on(receiver.get()), block_on(receiver.get())), (Ok(1), Ok(1)));
    assert!(block_on(receiver.get()).is_err());
    puts.into_iter().for_each(join);
    idle(&receiver);
}

fn last_receiver_ends() {
    let (sender, receiver) = Fifo::bounded(1).split();
    let token = Token::new();
    sender.try_put(token.clone()).expect("room");
    let gets = receiver.clone();
    let gets = thread::spawn(move || gets.try_get().expect("it is not the last").count());
    let item = token.clone();
    let puts = move || block_on(sender.put(item)).map_err(|back| back.into_inner().count()).is_ok();
    both(puts, move || drop(receiver));
    join(gets);
    assert_eq!(token.count(), 1, "an item was kept");
}

fn close_wakes_getters() {
    let queue = Arc::new(Fifo::<u32>::unbounded());
    let bells = [(); 3].map(|()| Bell::new());
    let mut gets: Vec<_> = (0..3).map(|_| Box::pin(queue.get())).collect();
    for (bell, get) in bells.iter().zip(&mut gets) {
        assert!(bell.poll(get.as_mut()).is_pending());
    }
    let other = Arc::clone(&queue);
    both(move || other.close(), || assert!(block_on(queue.get()).is_err()));
    for (bell, get) in bells.iter().zip(&mut gets) {
        assert_eq!(bell.rung(), 1);
        assert!(matches!(bell.poll(get.as_mut()), Poll::Ready(Err(_))));
    }
    idle(&queue);
}

fn close_wakes_putters() {
    let queue = fifo(1);
    queue.try_put(0).expect("room");
    let bells = [(); 3].map(|()| Bell::new());
    let mut puts: Vec<_> = (1..=3).map(|n| Box::pin(queue.put(n))).collect();
    for (bell, put) in bells.iter().zip(&mut puts) {
        assert!(bell.poll(put.as_mut()).is_pending());
    }
    let other = Arc::clone(&queue);
    both(move || other.close(), || assert_eq!(block_on(queue.get()), Ok(0)));
    let mut put = 0;
    for ((bell, waits), n) in bells.iter().zip(&mut puts).zip(1..) {
        assert_eq!(bell.rung(), 1);
        match bell.poll(waits.as_mut()) {
            Poll::Ready(Err(back)) => assert_eq!(back.into_inner(), n),
            // Woken for the room, and not for the end: but then it is closed all the same.
            _ => put += 1,
        }
    }
    assert_eq!(put, 0, "put after the end");
    idle(&queue);
}

fn close_drains() {
    let queue = fifo(1);
    let puts = Arc::clone(&queue);
    let puts = thread::spawn(move || (1..=2).filter(|n| block_on(puts.put(*n)).is_ok()).count());
    let other = Arc::clone(&queue);
    let closes = thread::spawn(move || other.close());
    let got = std::iter::from_fn(|| block_on(queue.get()).ok()).count();
    join(closes);
    assert_eq!(got, join(puts), "got as many as were put");
    idle(&queue);
}

fn close_now_against_get() {
    let queue = fifo(2);
    queue.try_put(1).expect("room");
    let (puts, gets) = (Arc::clone(&queue), Arc::clone(&queue));
    let put = thread::spawn(move || puts.try_put(2).is_ok());
    let got = thread::spawn(move || block_on(gets.get()).ok());
    let left = queue.close_now();
    let (put, got) = (join(put), join(got));
    assert_eq!(left.len() + usize::from(got.is_some()), 1 + usize::from(put));
    idle(&queue);
}

fn close_publishes() {
    let (queue, cell) = (fifo::<u32>(1), Note::new());
    let (other, written) = (Arc::clone(&queue), Arc::clone(&cell));
    both(
        move || {
            written.write();
            other.close();
        },
        || {
            assert!(block_on(queue.get()).is_err());
            cell.read();
        },
    );
}

fn slot_against_close() {
    let queue = fifo(1);
    let other = Arc::clone(&queue);
    let (put, ()) = both(
        move || block_on(other.reserve()).is_ok_and(|slot| slot.put(Token::new()).is_ok()),
        || queue.close(),
    );
    assert_eq!(queue.try_get().is_ok(), put);
    idle(&queue);
}

fn join_waits() {
    let queue = fifo(2);
    queue.try_put(1).expect("room");
    queue.try_put(2).expect("room");
    let worker = Arc::clone(&queue);
    both(
        move || {
            for _ in 0..2 {
                let _done = worker.done_on_drop();
                worker.try_get().expect("an item");
            }
        },
        || {
            block_on(queue.join());
            assert_eq!(queue.unfinished(), 0);
        },
    );
    idle(&queue);
}

/// One who joins, and its bell.
type Joiner = (Arc<Bell>, Pin<Box<dyn Future<Output = ()>>>);

/// Three that join a queue with one item to be done.
fn three_joiners() -> (Arc<Fifo<u32>>, Vec<Joiner>) {
    let queue = fifo(2);
    queue.try_put(1).expect("room");
    let joiner = |_| -> Joiner {
        let (queue, bell) = (Arc::clone(&queue), Bell::new());
        let mut join: Pin<Box<dyn Future<Output = ()>>> =
            Box::pin(async move { queue.join().await });
        assert!(bell.poll(join.as_mut()).is_pending());
        (bell, join)
    };
    let joiners = (0..3).map(joiner).collect();
    (queue, joiners)
}

fn join_of_three() {
    let (queue, joiners) = three_joiners();
    let worker = Arc::clone(&queue);
    both(move || worker.task_done().expect("one"), || block_on(queue.join()));
    for (bell, mut join) in joiners {
        assert_eq!(bell.rung(), 1);
        assert!(bell.poll(join.as_mut()).is_ready());
    }
}

fn join_is_let_go_for_good() {
    let (queue, joiners) = three_joiners();
    let (worker, late) = (Arc::clone(&queue), Bell::new());
    let mut joins_late = Box::pin(queue.join());
    let ((), before) = both(
        move || worker.task_done().expect("one"),
        || {
            let before = late.poll(joins_late.as_mut()).is_pending();
            queue.try_put(2).expect("room");
            before
        },
    );
    let released = joiners[0].0.rung() == 1;
    for (bell, mut join) in joiners {
        // When the second item came first, there was no moment without any.
        assert_eq!(bell.rung() == 1, released, "all or none");
        assert_eq!(bell.poll(join.as_mut()).is_ready(), released);
    }
    assert_eq!(before && late.rung() == 0, before && !released);
}

fn done_publishes() {
    let (queue, cell) = (fifo(1), Note::new());
    queue.try_put(()).expect("room");
    let (worker, written) = (Arc::clone(&queue), Arc::clone(&cell));
    both(
        move || {
            written.write();
            worker.task_done().expect("one");
        },
        || {
            block_on(queue.join());
            cell.read();
        },
    );
}

fn two_done() {
    let queue = fifo(1);
    queue.try_put(()).expect("room");
    let other = Arc::clone(&queue);
    let (a, b) = both(move || other.task_done().is_ok(), || queue.task_done().is_ok());
    assert_ne!(a, b);
}

fn close_now_ends_a_join() {
    let queue = fifo(2);
    queue.try_put(1).expect("room");
    queue.try_put(2).expect("room");
    let other = Arc::clone(&queue);
    both(move || assert_eq!(other.close_now(), [1, 2]), || block_on(queue.join()));
    idle(&queue);
}

fn cancelled_join() {
    let (queue, mut joiners) = three_joiners();
    let (_, first) = joiners.remove(0);
    let worker = Arc::clone(&queue);
    both(move || worker.task_done().expect("one"), move || drop(first));
    for (bell, mut join) in joiners {
        assert_eq!(bell.rung(), 1);
        assert!(bell.poll(join.as_mut()).is_ready());
    }
    assert!(poll_once(Box::pin(queue.join()).as_mut()).is_ready());
    assert_eq!(get(&queue)(), 1);
}
