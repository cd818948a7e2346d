use super::*;

#[test]
fn nonsense_is_a_typed_error() {
    let build = |options: ThreadsBuilder| options.build().unwrap_err();
    assert!(matches!(build(ThreadsOwner::builder().workers(0)), BuildError::NoWorkers));
    let blocking = ThreadsOwner::builder().max_blocking_threads(0);
    assert!(matches!(build(blocking), BuildError::NoBlockingThreads));
    assert!(matches!(build(ThreadsOwner::builder().thread_name("a\0b")), BuildError::Os(_)));
    assert!(matches!(build(ThreadsOwner::builder().workers(usize::MAX)), BuildError::Os(_)));
    assert!(matches!(build(ThreadsOwner::builder().stack_size(usize::MAX)), BuildError::Os(_)));
}

#[test]
#[cfg(target_os = "linux")]
fn a_refused_thread_leaves_none_behind() {
    let options = ThreadsOwner::builder().thread_name("refused").stack_size(1 << 46);
    assert!(matches!(options.workers(3).build(), Err(BuildError::Os(_))));
    until("they are off the list", || threads_named("refused") == 0);
}

#[test]
fn threads_have_names() {
    let owner = ThreadsOwner::builder().workers(1).thread_name("named").build().unwrap();
    let name = || thread::current().name().map(String::from);
    let rt = owner.handle();
    assert_eq!(owner.block_on(rt.spawn(async move { name() })).unwrap().unwrap(), "named-0");
    let blocking = owner.block_on(rt.spawn_blocking(name)).unwrap().unwrap();
    assert_eq!(blocking, "named-blocking-0");
}

#[test]
fn debug_says_what_it_is() {
    let owner = workers(3);
    let rt = owner.handle();
    assert_eq!(format!("{rt:?}"), "Threads { workers: 3, is_up: true }");
    assert_eq!(format!("{owner:?}"), "ThreadsOwner(Threads { workers: 3, is_up: true })");
    drop(owner);
    assert_eq!(format!("{rt:?}"), "Threads { workers: 3, is_up: false }");
}
