//! The executor bridge: what every executor keeps, and what a pool adds.

mod after;
mod contract;
mod deadlocks;
mod examples;
mod futures;
mod pool;
mod python;
mod support;
