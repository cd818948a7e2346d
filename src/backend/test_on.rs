//! One test, many backends.

/// Makes of each `async fn` a module with one `#[test]` per backend.
///
/// | backend | runs the test |
/// |---|---|
/// | `threads`, `tokio`, `smol`, `async_std` | once, on a runtime of its own |
/// | `sim` | in 100 schedules of the simulator, with seeds from 0; see [`explore`](crate::sim::explore) |
/// | `sim(seeds = 1000)` | in so many |
/// | `sim(pct = 1000)` | in so many of [`Policy::Pct`](crate::sim::Policy::Pct), of depth 3 |
/// | `sim(all = 1000)` | in every schedule there is, up to so many |
/// | `loom` | under the model checker, in every schedule of at most 3 preemptions; four tasks at most |
/// | `loom(preemptions = 2)` | of at most so many |
///
/// Without `#[backends(...)]` it runs on all whose features are on, and not under loom, which takes more
/// time. A backend that is listed and whose feature is off is a compile error that says so. `loom` is
/// the crate `anyrt_loom`, the library of the package `loom-tests`, which is a dev-dependency of yours
/// then, as anyrt itself never depends on loom;
/// without it the compiler says ``use of unresolved module or unlinked crate `anyrt_loom` ``.
///
/// The body runs in a module of its own; `use super::*` is there already.
///
/// # Examples
///
/// In a file of tests; `cargo test` lists `adds::threads`, `adds::tokio`, `adds::sim`:
///
/// ```
/// use anyrt::prelude::*;
/// use anyrt::family::Lock;
/// use std::sync::Arc;
///
/// anyrt::test_on! {
///     #[backends(threads, tokio, sim(seeds = 200))]
///     async fn adds<R: Runtime>(rt: R) {
///         let sum = Arc::new(Lock::<R, u32>::new(0));
///         let add = |n| {
///             let sum = sum.clone();
///             rt.spawn(async move { *sum.lock().await += n })
///         };
///         for task in [add(1), add(2), add(3)] {
///             task.await.unwrap();
///         }
///         assert_eq!(*sum.lock().await, 6);
///     }
/// }
/// # fn main() {}
/// ```
///
/// A slip of the pen is told:
///
/// ```compile_fail
/// anyrt::test_on! {
///     #[backends(tokyo)]
///     async fn nothing<R: Runtime>(rt: R) {
///         drop(rt);
///     }
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! test_on {
    () => {};
    (
        $(#[doc = $doc:expr])*
        #[backends($($backends:tt)*)]
        async fn $name:ident<$r:ident: Runtime>($rt:ident: $of:ident) $body:block
        $($rest:tt)*
    ) => {
        $(#[doc = $doc])*
        mod $name {
            #[allow(unused_imports, reason = "the body may or may not need what is around it")]
            use super::*;

            async fn body<$r: $crate::contract::Runtime>($rt: $of) $body

            $crate::__test_backends! { $($backends)* }
        }
        $crate::test_on! { $($rest)* }
    };
    (
        $(#[doc = $doc:expr])*
        async fn $name:ident<$r:ident: Runtime>($rt:ident: $of:ident) $body:block
        $($rest:tt)*
    ) => {
        $crate::test_on! {
            $(#[doc = $doc])*
            #[backends(threads, tokio?, smol?, async_std?, sim?)]
            async fn $name<$r: Runtime>($rt: $of) $body
            $($rest)*
        }
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "write `#[backends(tokio, threads, sim(seeds = 100))] async fn name<R: Runtime>(rt: R) { ... }`, \
             without a result; the list may be left out"
        );
    };
}

/// One `#[test]` for each backend of a list. With a `?` it may be missing.
#[doc(hidden)]
#[macro_export]
macro_rules! __test_backends {
    ($(,)?) => {};
    ($(,)? threads $($rest:tt)*) => {
        #[test]
        fn threads() {
            let owner = $crate::backend::ThreadsOwner::new().expect("threads for the test");
            $crate::contract::BlockOn::run(&owner, body);
        }
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? tokio ? $($rest:tt)*) => {
        $crate::__test_tokio! { maybe }
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? tokio $($rest:tt)*) => {
        $crate::__test_tokio! {}
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? smol ? $($rest:tt)*) => {
        $crate::__test_smol! { maybe }
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? smol $($rest:tt)*) => {
        $crate::__test_smol! {}
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? async_std ? $($rest:tt)*) => {
        $crate::__test_async_std! { maybe }
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? async_std $($rest:tt)*) => {
        $crate::__test_async_std! {}
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? sim ? $($rest:tt)*) => {
        $crate::__test_sim! { maybe random 100 }
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? sim(seeds = $number:expr) $($rest:tt)*) => {
        $crate::__test_sim! { random $number }
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? sim(pct = $number:expr) $($rest:tt)*) => {
        $crate::__test_sim! { pct $number, 3 }
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? sim(all = $number:expr) $($rest:tt)*) => {
        $crate::__test_sim! { all $number }
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? sim $($rest:tt)*) => {
        $crate::__test_sim! { random 100 }
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? loom(preemptions = $number:expr) $($rest:tt)*) => {
        #[test]
        fn loom() {
            let _explored = ::anyrt_loom::model_with($number, body);
        }
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? loom $($rest:tt)*) => {
        #[test]
        fn loom() {
            let _explored = ::anyrt_loom::model(body);
        }
        $crate::__test_backends! { $($rest)* }
    };
    ($(,)? $other:tt $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`", ::core::stringify!($other), "` is no backend for `test_on!`: there are threads, tokio, \
             smol, async_std, sim, sim(seeds = N), sim(pct = N), sim(all = N), loom and \
             loom(preemptions = N)"
        ));
    };
}

#[cfg(feature = "tokio")]
#[doc(hidden)]
#[macro_export]
macro_rules! __test_tokio {
    ($(maybe)?) => {
        #[test]
        fn tokio() {
            $crate::contract::BlockOn::run(
                &$crate::backend::TokioOwner::with_workers(2).expect("a runtime for the test"),
                body,
            );
        }
    };
}

#[cfg(not(feature = "tokio"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __test_tokio {
    (maybe) => {};
    () => {
        ::core::compile_error!(
            "the feature `tokio` of anyrt is off: turn it on, or leave `tokio` out of the list"
        );
    };
}

#[cfg(feature = "smol")]
#[doc(hidden)]
#[macro_export]
macro_rules! __test_smol {
    ($(maybe)?) => {
        #[test]
        fn smol() {
            $crate::contract::BlockOn::run(
                &$crate::backend::SmolOwner::with_workers(2).expect("a runtime for the test"),
                body,
            );
        }
    };
}

#[cfg(not(feature = "smol"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __test_smol {
    (maybe) => {};
    () => {
        ::core::compile_error!(
            "the feature `smol` of anyrt is off: turn it on, or leave `smol` out of the list"
        );
    };
}

#[cfg(feature = "async-std")]
#[doc(hidden)]
#[macro_export]
macro_rules! __test_async_std {
    ($(maybe)?) => {
        #[test]
        fn async_std() {
            $crate::contract::BlockOn::run(&$crate::backend::AsyncStd, body);
        }
    };
}

#[cfg(not(feature = "async-std"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __test_async_std {
    (maybe) => {};
    () => {
        ::core::compile_error!(
            "the feature `async-std` of anyrt is off: turn it on, or leave `async_std` out of the list"
        );
    };
}

#[cfg(feature = "sim")]
#[doc(hidden)]
#[macro_export]
macro_rules! __test_sim {
    (maybe $which:ident $($arguments:expr),*) => {
        $crate::__test_sim! { $which $($arguments),* }
    };
    ($which:ident $($arguments:expr),*) => {
        #[test]
        fn sim() {
            let config = $crate::backend::sim::Explore::$which($($arguments),*);
            let _explored = $crate::backend::sim::explore(config, body);
        }
    };
}

#[cfg(not(feature = "sim"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __test_sim {
    (maybe $($which:tt)*) => {};
    ($($which:tt)*) => {
        ::core::compile_error!(
            "the feature `sim` of anyrt is off: turn it on, or leave `sim` out of the list"
        );
    };
}
