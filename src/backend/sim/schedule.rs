//! The order in which units ran: what a replay needs, in one line.

use std::fmt;
use std::str::FromStr;

/// Which task, job or root ran at each step of a simulation, by the order in which they were spawned
/// (the root of `block_on` is 0).
///
/// Printed as `0 1x3 2`: the root once, then unit 1 three times, then unit 2.
///
/// # Examples
///
/// ```
/// use anyrt::sim::Schedule;
///
/// let schedule: Schedule = "0 1x3 2".parse().unwrap();
/// assert_eq!(schedule.steps(), [0, 1, 1, 1, 2]);
/// assert_eq!(schedule.to_string(), "0 1x3 2");
/// assert!("0 1y3".parse::<Schedule>().is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Schedule(pub(super) Vec<u32>);

impl Schedule {
    /// The unit that runs at each step.
    pub fn steps(&self) -> &[u32] {
        &self.0
    }
}

impl From<Vec<u32>> for Schedule {
    fn from(steps: Vec<u32>) -> Self {
        Self(steps)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, run) in self.0.chunk_by(|a, b| a == b).enumerate() {
            let space = if number == 0 { "" } else { " " };
            match run.len() {
                1 => write!(f, "{space}{}", run[0])?,
                times => write!(f, "{space}{}x{times}", run[0])?,
            }
        }
        Ok(())
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        /// A slip of the pen must not ask for more memory than there is.
        const LONGEST: usize = 1 << 24;
        let mut steps = Vec::new();
        for word in text.split_whitespace() {
            let wrong = || ScheduleError { word: word.into() };
            let (unit, times) = word.split_once('x').unwrap_or((word, "1"));
            let unit: u32 = unit.parse().map_err(|_| wrong())?;
            let times: usize = times.parse().map_err(|_| wrong())?;
            if times == 0 || times > LONGEST - steps.len() {
                return Err(wrong());
            }
            steps.extend(std::iter::repeat_n(unit, times));
        }
        Ok(Self(steps))
    }
}

/// A text that is no [`Schedule`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleError {
    word: String,
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no part of a schedule: write the number of a unit, or `3x5` for five steps of unit 3",
            self.word
        )
    }
}

impl std::error::Error for ScheduleError {}
