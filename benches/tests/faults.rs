//! What peers get wrong, ours does not: the same probes.

use std::time::Duration;

use anyrt_benches::compare::Side;
use anyrt_benches::faults::{Finding, Probe, futurelocks, mistakes};

/// Long: it only ends what would hang for ever.
const LIMIT: Duration = Duration::from_secs(300);

fn of_ours(probes: Vec<Probe>) -> Vec<Finding> {
    let ours = probes.into_iter().filter(|probe| probe.side() == Side::Ours);
    ours.map(|probe| probe.finding(LIMIT)).collect()
}

#[test]
fn ours_have_no_futurelock() {
    let findings = of_ours(futurelocks());
    assert_eq!(findings.len(), 6 * 4, "six of ours in four shapes");
    let wrong = findings.iter().filter(|finding| !finding.is_right());
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&Finding>::new());
}

#[test]
fn ours_make_none_of_the_mistakes() {
    let findings = of_ours(mistakes());
    assert_eq!(findings.len(), 2 + 2 + 2 * 5, "each row that ours has an answer to");
    let wrong = findings.iter().filter(|finding| !finding.is_right());
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&Finding>::new());
}
