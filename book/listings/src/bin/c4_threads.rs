//! Start, join, scope, names, panics.

use std::thread;

fn main() {
    // ANCHOR: join
    let sum = thread::Builder::new()
        .name("adder".into())
        .spawn(|| {
            let name = thread::current().name().map(String::from);
            (name, (1..=100).sum::<u32>())
        })
        .expect("the system has a thread for us");
    let (name, sum) = sum.join().expect("it did not panic");
    println!("{} says {sum}", name.expect("we gave it one"));
    // ANCHOR_END: join

    // ANCHOR: panic
    let failed = thread::spawn(|| "12a".parse::<u32>().expect("a number"));
    match failed.join() {
        Ok(number) => println!("{number}"),
        Err(_panic) => println!("the thread panicked, and we are still here"),
    }
    // ANCHOR_END: panic

    // ANCHOR: scope
    let words = ["waiting", "is", "work", "well", "done"];
    let (front, back) = words.split_at(2);
    let letters = thread::scope(|scope| {
        let front =
            scope.spawn(|| front.iter().map(|word| word.len()).sum::<usize>());
        let back =
            scope.spawn(|| back.iter().map(|word| word.len()).sum::<usize>());
        front.join().expect("no panic") + back.join().expect("no panic")
    });
    println!("{letters} letters in {} words", words.len()); // `words` is still ours
    // ANCHOR_END: scope
}
