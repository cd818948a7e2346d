//! What is told of a task where it is spawned: its name, the place, and the type that it comes from.

use std::any::type_name;
use std::borrow::Cow;
use std::cell::RefCell;
use std::panic::Location;

/// Who is spawned.
#[derive(Debug, Clone)]
pub(crate) struct Birth {
    /// If one was given.
    pub(crate) name: Option<Cow<'static, str>>,
    /// Of the future or closure: tells the function that it comes from.
    pub(crate) type_name: &'static str,
    pub(crate) at: &'static Location<'static>,
    /// Who looks knows it already, as a job of an executor.
    #[cfg_attr(not(feature = "diagnose"), expect(dead_code, reason = "for those who look"))]
    pub(crate) is_known: bool,
}

thread_local! {
    /// Of the task that this thread spawns next, if somebody knows better than the one who will ask.
    static NEXT: RefCell<Option<Birth>> = const { RefCell::new(None) };
}

impl Birth {
    /// Of a future or closure of type `F` that is spawned by the caller, if nothing else was announced.
    #[track_caller]
    pub(crate) fn of<F: ?Sized>() -> Self {
        let announced = NEXT.try_with(RefCell::take).ok().flatten();
        announced.unwrap_or(Self {
            name: None,
            type_name: type_name::<F>(),
            at: Location::caller(),
            is_known: false,
        })
    }

    /// Of a job without a name, that was submitted there.
    pub(crate) fn of_job(at: &'static Location<'static>) -> Self {
        Self { name: None, type_name: "", at, is_known: true }
    }
}

impl Birth {
    /// The name, or else the function that the future or closure comes from: `transfer` of
    /// `bank::transfer::{{closure}}`; or else the place: `bank.rs:7`.
    pub(crate) fn short_name(&self) -> String {
        let anonymous = || match self.type_name {
            "" => {
                let file = self.at.file().rsplit(['/', '\\']).next().unwrap_or_default();
                format!("{file}:{}", self.at.line())
            }
            type_name => function_of(type_name),
        };
        self.name.as_deref().map_or_else(anonymous, String::from)
    }
}

fn function_of(type_name: &str) -> String {
    // Without parameters, as they have paths of their own.
    let mut depth = 0_usize;
    let path: String = type_name
        .chars()
        .filter(|letter| {
            match letter {
                '<' => depth += 1,
                '>' if depth > 0 => {
                    depth -= 1;
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect();
    path.rsplit("::").find(|part| !part.starts_with("{{")).unwrap_or(&path).to_owned()
}

/// Tells of the task that this thread spawns before the guard is dropped, unless that is told already
/// by someone farther out.
#[track_caller]
pub(crate) fn announce<F: ?Sized>(name: Option<Cow<'static, str>>) -> Announced {
    announce_birth(Birth {
        name,
        type_name: type_name::<F>(),
        at: Location::caller(),
        is_known: false,
    })
}

/// Likewise of a job that was submitted to an executor there.
pub(crate) fn announce_job(at: &'static Location<'static>) -> Announced {
    announce_birth(Birth::of_job(at))
}

fn announce_birth(birth: Birth) -> Announced {
    let _ended = NEXT.try_with(|next| {
        next.borrow_mut().get_or_insert(birth);
    });
    Announced
}

/// Takes back what nobody has asked for.
#[must_use = "it is taken back when this is dropped"]
pub(crate) struct Announced;

impl Drop for Announced {
    fn drop(&mut self) {
        let _ended = NEXT.try_with(RefCell::take);
    }
}

#[cfg(test)]
mod tests {
    use super::function_of;

    #[test]
    fn a_future_goes_by_the_function_that_it_comes_from() {
        assert_eq!(function_of("bank::transfer::{{closure}}::{{closure}}"), "transfer");
        assert_eq!(function_of("bank::Teller<bank::Money>"), "Teller");
        assert_eq!(function_of("bank::Teller<bank::Money>::serve::{{closure}}"), "serve");
        assert_eq!(function_of("<bank::Teller as bank::Serve>::serve::{{closure}}"), "serve");
    }
}
