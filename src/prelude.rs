//! The traits, for `use anyrt::prelude::*`.

pub use crate::contract::{
    BlockOn, JoinHandle, LocalBlockOn, Runtime, Shutdown, Spawn, SpawnBlocking, SpawnLocal, Timer,
};
